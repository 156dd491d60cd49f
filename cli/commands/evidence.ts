import { createHash } from 'node:crypto';
import type { EvidencePack } from '../../application/evidence-pack.ts';
import { canonicalJson } from '../../application/canonical-json.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import type { Action } from '../action.ts';
import { showEvidence } from '../show-evidence.ts';
import { existingChange } from './views.ts';

export const evidenceCommand: Action<[asked: string, options: { readonly json?: boolean }]> = async (
  { desk, context: { stdout, invocation } },
  asked,
  { json },
) => {
  const { changeId } = await existingChange(desk, asked, invocation);
  const pack = await desk.readEvidence(changeId);
  const digest = digestOf(pack);
  if (json === true) printJson(stdout, JSON.parse(canonicalJson({ ...pack, digest })));
  else stdout.write(showEvidence(pack, digest.value));
  return EXIT.ok;
};

/** Over the canonical form of the pack without this member, so that two copies can be compared by it. */
const digestOf = (pack: EvidencePack) => ({
  algorithm: 'SHA-256',
  canonicalization: 'RFC 8785',
  value: createHash('sha256').update(canonicalJson(pack)).digest('hex'),
});
