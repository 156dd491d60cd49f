import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ChaosReport } from '../chaos/report.ts';

const CHAOS = join(__dirname, '..', '..', 'dist', 'test', 'chaos', 'chaos.js');
const CHANGES = 30;
/** Start, 40 s of storm, and the rest that has to come after it. */
const ENDS_WITHIN_MS = 300_000;

/** A run with engines and processes of its own: what it kills must not be what other tests use. */
async function chaos(...options: string[]): Promise<{ code: number | null; report: ChaosReport; talk: string }> {
  const child = spawn(process.execPath, [CHAOS, '--json', ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let talk = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  child.stderr.on('data', (chunk) => (talk += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (output === '') throw new Error(`the run ended with ${String(code)} and no report:\n${talk}`);
  return { code, report: JSON.parse(output) as ChaosReport, talk };
}

describe('a storm of lost messages, late answers, power cuts and killed processes', () => {
  test(
    'breaks no promise: a reconciliation of cards, HLRs, registry, packets, events and workflows finds nothing',
    async () => {
      const { code, report } = await chaos('--changes', String(CHANGES), '--seed', '1');
      const { findings, compared, deaths, changes, byState } = report;
      expect(findings.map(({ kind, detail, story }) => [`${kind}: ${detail}`, ...story].join('\n'))).toEqual([]);
      expect(code).toBe(0);
      // It was a storm, and there was something to look at.
      expect(changes).toBeGreaterThan(CHANGES / 2);
      expect(byState['completed']).toBeGreaterThan(0);
      expect(Object.keys(deaths).length).toBeGreaterThan(2);
      for (const facts of [
        'opened',
        'hlrHistory',
        'devices',
        'events',
        'workflows',
        'packets',
        'timeline',
        'subscribers',
      ])
        expect([facts, (compared[facts] ?? 0) > 10]).toEqual([facts, true]);
    },
    ENDS_WITHIN_MS,
  );
});
