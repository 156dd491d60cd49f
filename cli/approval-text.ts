import type { Approval } from '../workflows/support/approvals.ts';
import type { ApprovalAnswer } from '../application/requests.ts';
import { printable } from './printable.ts';
import type { Explained } from './text.ts';

type Recorded = Extract<ApprovalAnswer, { readonly kind: 'first' | 'approved' }>;

/** Every sentence that the command line says of tries that have to be approved. */
export const APPROVAL_TEXT = {
  about: 'approve one more try of an admin code that the card has refused; takes two persons',
  nobody: {
    happened: 'an approval needs the name of a person, of at most 100 characters, and there is none',
    did: 'nothing was recorded',
    next: 'say who approves with --actor NAME',
  },
  notRefused: (iccid: string, rehome: string): Explained => ({
    happened: `ICCID ${iccid} has refused no admin code since it last proved that its code is right`,
    did: 'nothing was recorded',
    next: `what keeps it from a change says \`${rehome} change ${iccid} --to OPERATOR --dry-run\``,
  }),
  changeOpen: (iccid: string, changeId: string, rehome: string): Explained => ({
    happened: `change ${changeId} of ICCID ${iccid} is open, and the card may refuse its admin code in it`,
    did: 'nothing was recorded',
    next: `approve when it has ended: ${rehome} status ${changeId}`,
  }),
  approved: (iccid: string, answer: Recorded): string =>
    answer.kind === 'approved'
      ? `ICCID ${iccid} may be tried once more${answer.recorded ? '' : ', as was approved before'}: ${told(answer.first)}, and ${told(answer.second)}\n`
      : `ICCID ${iccid} ${answer.recorded ? 'is approved' : 'was approved before'} by one person, ${told(answer.first)}; another person has to approve it too until ${answer.until}\n`,
} as const;

const told = ({ by, at, reason }: Approval): string => `${printable(by)} at ${at} (${printable(reason)})`;
