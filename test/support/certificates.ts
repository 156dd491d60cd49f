import { join } from 'node:path';
import { createPki } from '../../scripts/pki.ts';

/** PEM files of one party. */
export interface PartyFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes the same certificates as the set-up does, in the folder of a test. */
export async function createCertificates(folder: string): Promise<{ operators: PartyFiles; rehome: PartyFiles }> {
  await createPki(folder);
  const files = (party: string): PartyFiles => ({
    ca: join(folder, 'ca.crt'),
    cert: join(folder, `${party}.crt`),
    key: join(folder, `${party}.key`),
  });
  return { operators: files('operators'), rehome: files('rehome') };
}
