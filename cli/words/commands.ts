import type { Condition, Remedy, RemedyName, RemedyOf } from '../../workflows/explanation/explanation.ts';
import { ACTIONS, type SupportAction } from '../../workflows/support/actions.ts';

/** The command line by which a person asks for an action; without the program's own name. */
export function actionCommand(action: SupportAction, changeId: string): string {
  const until = 'carries' in ACTIONS[action] ? ' --until TIME' : '';
  return `support ${changeId} ${action}${until} --reason TEXT`;
}

/** The remedies that are a command; the others are done outside Rehome. */
const COMMANDS: { readonly [Name in RemedyName]?: (remedy: RemedyOf<Name>) => string } = {
  resumeChange: ({ changeId }) => `resume ${changeId}`,
  showEvidence: ({ changeId }) => `evidence ${changeId}`,
  unblockCard: ({ iccid }) => `cards unblock ${iccid}`,
  correctAdminCode: () => 'cards import FILE',
  approveTry: ({ iccid }) => `cards approve ${iccid} --reason TEXT`,
  checkChange: ({ iccid, target }) => `change ${iccid} --to ${target} --dry-run`,
  orderAgain: ({ iccid, target }) => `change ${iccid} --to ${target}`,
  endEarlierChange: ({ iccid }) => `status ${iccid}`,
};

export const remedyCommand = (remedy: Remedy): string | undefined =>
  (COMMANDS[remedy.remedy] as ((remedy: Remedy) => string) | undefined)?.(remedy);

/** The command that starts the process which would take a step. */
export function serveCommand({ role, id }: NonNullable<Condition['servedBy']>): string {
  if (id === null) return `serve ${role}`;
  return `serve ${role} --${role === 'ota' ? 'smscs' : 'operators'} ${id}`;
}
