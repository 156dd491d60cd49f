import type { CardReading } from '../../workflows/reading/ports.ts';
import type { LiveReconciliation } from './reconcile-live.ts';
import { registryWrong } from './subscriptions.ts';

/** A reconciliation of one card that was asked besides: what it holds, a disagreement with the registry, or why it told nothing. */
export function withReading(
  report: LiveReconciliation,
  { iccid, reading }: { readonly iccid: string; readonly reading: CardReading },
): LiveReconciliation & { readonly held?: string } {
  if (reading.kind === 'notRead')
    return { ...report, leftOut: [...report.leftOut, { iccid, reason: `the card was not read: ${reading.reason}` }] };
  const { held, imsi } = reading;
  const findings = held === imsi ? report.findings : [...report.findings, registryWrong({ iccid }, { imsi, held })];
  return { ...report, findings, held };
}
