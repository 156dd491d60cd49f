import { parseTar, type Tar } from '../../telecom/identifiers/tar.ts';
import { CPA_DEFAULT_TAR } from '../../telecom/ota/cpa-command.ts';
import { changeSubscription, type ChangeDone, type ChangeOutcome } from './change-application.ts';
import { FileSession, type ScriptPlace } from './file-session.ts';
import { runCompactScript, runExpandedScript, type ScriptOutcome } from './remote-scripts.ts';

/** What an application did with the data of a packet; or that its user is to be asked first. */
export type ApplicationOutcome =
  ChangeDone | (Extract<ChangeOutcome, { kind: 'askUser' }> & { readonly question: string });

/** An application takes the data of a packet whose security was checked; throws PowerLost where the fault plan says so. */
export type Application = (data: Uint8Array, place: ScriptPlace) => ApplicationOutcome;

/** Remote file management of the USIM, in compact and in expanded format: a TAR has one format (ETSI TS 101 220 Annex D). */
export const REMOTE_FILES_COMPACT_TAR = parseTar('b00011');
export const REMOTE_FILES_EXPANDED_TAR = parseTar('b20111');

const QUESTION = 'Change your operator?';

const APPLICATIONS: ReadonlyMap<string, Application> = new Map<Tar, Application>([
  [CPA_DEFAULT_TAR, changing],
  [REMOTE_FILES_COMPACT_TAR, (data, place) => finished(runCompactScript(data, new FileSession(place)))],
  [REMOTE_FILES_EXPANDED_TAR, (data, place) => finished(runExpandedScript(data, new FileSession(place)))],
]);

/** The application that a TAR addresses. */
export const applicationWith = (tar: string): Application | undefined => APPLICATIONS.get(tar);

function changing(data: Uint8Array, place: ScriptPlace): ApplicationOutcome {
  const outcome = changeSubscription(data, place);
  return outcome.kind === 'askUser' ? { ...outcome, question: QUESTION } : outcome;
}

const finished = (outcome: ScriptOutcome): ApplicationOutcome => ({ kind: 'done', ...outcome });
