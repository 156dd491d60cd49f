import type { Rejection } from '../workflows/change/ports.ts';
import type { BlockAnswer, RequestAnswer } from '../application/requests.ts';
import type { CardBlock, CardView, KeyRefusal, UnrecordedChange } from '../application/views.ts';
import type { ReconciliationSummary } from '../workflows/reconciliation/ports.ts';
import type { ReconciliationReport, ImportCounts, KeptReport, Registered } from '../application/ports.ts';
import { printable, printableLines } from './printable.ts';

type Refusal = Extract<RequestAnswer, { readonly kind: 'refused' }>;

type Blocked = Extract<BlockAnswer, { readonly kind: 'blocked' }>;

/** An error as a person needs it: what happened, what the system did, what they can do. */
export interface Explained {
  readonly happened: string;
  readonly did: string;
  readonly next: string;
}

/** `1 card`, `2 cards` */
export const counted = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`;

const storedSoFar = (cards: number): string =>
  cards === 0 ? 'nothing was imported' : `${counted(cards, 'card')} of earlier rows stay imported`;

/** A card that was left out may not be among those that were found, so that no number falls below none. */
const comparedOf = (cards: number, leftOut: number): string =>
  leftOut === 0
    ? `${counted(cards, 'card')} compared`
    : `${String(Math.max(0, cards - leftOut))} of ${counted(cards, 'card')} compared, ${String(leftOut)} left out`;

/** Every sentence that the command line says, in one place. */
export const TEXT = {
  about: 'Moves SIM cards from one mobile operator to another over the air.',
  change: 'start a subscription change of one card',
  support: 'act on an open change: cancel it, try again, read its card, or decide what nothing proves',
  resume: 'give an open change a workflow again, after its own was terminated or lost',
  parked: 'list events that no change waited for, newest first',
  events: 'show what was published to subscription-change.events, in order for each card',
  status: 'show where a change stands',
  timeline: 'show every state of a change, with who caused it',
  evidence: 'show all that proves what became of a change, for an operator that disputes it',
  list: 'list changes, newest first',
  cards: 'register and show cards',
  cardsImport: 'register the cards of a CSV file; re-runnable',
  cardsShow: 'show a registered card, without its secrets',
  cardsBlock: 'block a card against changes',
  cardsUnblock: 'take the block of a card away',
  operators: 'register operators, SMSCs and agreements',
  operatorsList: 'list the registered operators',
  operatorsImport: 'register the operators, SMSCs and agreements of a JSON file; re-runnable',
  projections: 'maintain the read model',
  projectionsRebuild: 'compute the read model anew from the timeline',
  reconcile: 'compare what is recorded with what is true; changes nothing',
  reconcileChanges:
    'compare the cards with an open change, and those of which something was recorded lately, now; the same is done by itself every RECONCILE_EVERY_HOURS',
  reconcileCard: 'compare one card',
  reconciliationReports: 'list what the scheduled reconciliations came to, newest first',
  reconciliationReport: 'show the report of one of them; without an id, of the newest that has ended',
  setup: 'bring database schema, topics, search attributes and schedules up to date',
  ota: 'build and read secured packets of ETSI TS 102 225, for engineers; prints JSON',
  otaEncode: 'build a command packet and cut it into messages',
  otaDecodeCommand: 'open a command packet as its card does',
  otaDecodeResponse: 'read what a card answered',
  milenage: 'compute f1 to f5*, OPc and AUTN of 3GPP TS 35.206; prints JSON',
  serve: 'run one or more roles in this process until it is told to stop',
  json: 'print one JSON document on stdout',

  finding: ({ kind, means, iccid, changeId, imsi, detail }: ReconciliationReport['findings'][number]) =>
    `${kind}: ${printable(detail)}\n  it means: ${means}\n  ICCID ${iccid ?? '-'}, IMSI ${imsi ?? '-'}, change ${changeId ?? '-'}\n`,
  reconciled: ({ cards, changes, subscribers, findings }: ReconciliationReport, leftOut: number) =>
    `${comparedOf(cards, leftOut)}, with ${counted(changes, 'change')} and ${counted(subscribers, 'subscriber')}: ${
      findings.length > 0
        ? counted(findings.length, 'finding')
        : leftOut === 0
          ? 'nothing disagrees'
          : 'nothing disagrees in what was compared'
    }\n`,
  notReconciled: (iccid: string, reasons: readonly string[]) =>
    `ICCID ${iccid} was left out: ${printable(reasons.join('; '))}\n`,
  reconciliationLimit: (limit: number) =>
    `these are as many cards as --limit ${String(limit)} allows, so that others may not have been looked at\n`,
  asksCard: (seconds: string) =>
    `the card is asked over the air, for ${seconds} s at most, unless a change of it is open; none begins meanwhile\n`,
  held: (held: string) => `the card holds ${held === 'none' ? 'no IMSI' : `IMSI ${printable(held)}`}\n`,
  badPatience: (text: string): Explained => ({
    happened: `${printable(text)} is not a number of seconds from 1 to 3600`,
    did: 'nothing was asked',
    next: 'give a whole number, as in --patience 120',
  }),
  reconciliationSummary: ({
    reconciliationId,
    beganAt,
    endedAt,
    gaveUp,
    cards,
    found,
    notJudged,
  }: ReconciliationSummary) =>
    `${reconciliationId}  ${beganAt.toISOString()}  ${counted(cards, 'card')}, ${counted(found, 'finding')}, ${String(notJudged)} left out${
      endedAt === null ? '; has not ended' : gaveUp === null ? '' : `; gave up: ${printable(gaveUp)}`
    }\n`,
  notAll: ({ found, notJudged, findings, leftOut }: KeptReport) =>
    `kept are ${String(findings.length)} of ${counted(found, 'finding')}, and ${String(leftOut.length)} of ${counted(notJudged, 'card')} that were left out\n`,
  noReports: 'no reconciliation has been due yet\n',
  noReport: (asked: string | undefined, rehome: string): Explained => ({
    happened:
      asked === undefined ? 'no scheduled reconciliation has ended yet' : `there is no report ${printable(asked)}`,
    did: 'nothing was shown',
    next: `list them with: ${rehome} reconcile reports`,
  }),
  badHours: (text: string): Explained => ({
    happened: `${printable(text)} is not a number of hours`,
    did: 'nothing was looked at',
    next: 'give a whole number, as in --hours 24',
  }),

  seeHelp: (command: string) => `see ${command} --help`,
  noChanges: 'no change to list\n',
  followsEvents: 'following from here on; Ctrl-C ends it\n',
  beginningWithoutFollow: {
    happened: '--from-beginning is for --follow: without it, events are shown from the beginning anyway',
    did: 'nothing was read',
    next: 'add --follow, or leave the option out',
  },
  noParkedEvents: 'no event is parked\n',
  parkedTimes: (times: number, since: string) => `${String(times)} times since ${since}`,
  started: (changeId: string) => `change ${changeId} started\n`,
  repeated: (changeId: string) => `this request was made before, as change ${changeId}\n`,
  stillOpen: (changeId: string, rehome: string) => `  still open, goes on by itself: ${rehome} status ${changeId}\n`,
  waitsForDatabase: '  the database does not answer; the change goes on by itself, and this view once it is back\n',
  next: (changeId: string, rehome: string) => `Next: ${rehome} status ${changeId}\n`,
  noChange: (asked: string, rehome: string): Explained => ({
    happened: `no change is known for ${asked}`,
    did: 'nothing was done',
    next: `give a change id or the ICCID of a card that was changed; \`${rehome} list\` shows them`,
  }),
  neverChanged: ({ iccid, operator, imsi }: CardView, rehome: string): Explained => ({
    happened: `ICCID ${iccid} is registered, at ${operator} with IMSI ${imsi}, and was never changed`,
    did: 'nothing was done',
    next: `see the card with \`${rehome} cards show ${iccid}\`, or change it with \`${rehome} change ${iccid} --to OPERATOR\``,
  }),
  notBegun: ({ changeId, iccid, startedAt }: UnrecordedChange, rehome: string): Explained => ({
    happened: `change ${changeId} of ICCID ${iccid} was started at ${startedAt.toISOString()}, and no orchestrator has taken it yet`,
    did: 'nothing was done: it has no state so far',
    next: `see that \`${rehome} serve orchestrator\` runs; the change then begins by itself`,
  }),
  workflowsNotKnown: 'Temporal does not answer, so nobody knows which of these have a workflow\n',
  goesOn: (changeId: string, rehome: string): Explained => ({
    happened: 'the waiting was interrupted',
    did: `the change goes on: ${rehome} status ${changeId}`,
    next: 'cancel it if it is not wanted (docs/operations.md, What you may do)',
  }),
  lost: (changeId: string, rehome: string): Explained => ({
    happened: `no workflow carries change ${changeId} on: it was terminated, has failed, or was lost`,
    did: 'the change stays open and blocks its card',
    next: `give it a workflow again: ${rehome} resume ${changeId}`,
  }),
  blankRequestId: {
    happened: '--request-id is blank, and a blank id would make different orders the same request',
    did: 'nothing was started',
    next: 'give an id of the order, or leave the option out',
  },
  unknownOperator: (target: string, operators: readonly string[], rehome: string): Explained => ({
    happened: `--to names no registered operator: ${target.trim() === '' ? 'it is blank' : target}`,
    did: 'nothing was started',
    next:
      operators.length === 0
        ? `register operators with \`${rehome} operators import FILE.json\``
        : `give one of ${operators.join(', ')}, or register it with \`${rehome} operators import FILE.json\``,
  }),
  noOperators: 'no operator is registered\n',
  resumed: (changeId: string, rehome: string) =>
    `change ${changeId} has a workflow again and goes on from its last step; follow it: ${rehome} status ${changeId}\n`,
  notResumed: (
    changeId: string,
    why: string,
    { rehome, see = changeId }: { rehome: string; see?: string },
  ): Explained => ({
    happened: `change ${changeId} can't be resumed: ${why}`,
    did: 'nothing was started',
    next: `see where it stands: ${rehome} status ${see}`,
  }),
  supported: (message: string) => `${printable(message)}\n`,
  notSupported: (changeId: string, why: string, rehome: string): Explained => ({
    happened: `change ${changeId}: ${printable(why)}`,
    did: 'nothing was done, and nothing is recorded',
    next: `see what is possible now: ${rehome} status ${changeId}`,
  }),
  notCarriedOn: (changeId: string, rehome: string): Explained => ({
    happened: `change ${changeId}: no workflow carries it on: it was terminated, has failed, or was lost`,
    did: 'nothing was done, and nothing is recorded',
    next: `give it a workflow again, then ask again: ${rehome} resume ${changeId}`,
  }),
  untilWhen: {
    happened: 'a new deadline is a time, and only extendDeadline has one',
    did: 'nothing was done',
    next: 'give it as in --until 2026-12-31T12:00:00Z',
  } satisfies Explained,
  noCard: (iccid: string, rehome: string): Explained => ({
    happened: `ICCID ${iccid} is not in the card registry`,
    did: 'nothing was done',
    next: `register it with \`${rehome} cards import FILE.csv\``,
  }),
  badIccid: (text: string, problem: string): Explained => ({
    happened: `${text} is not an ICCID: ${problem}`,
    did: 'nothing was done',
    next: 'check the number on the card; an ICCID has 19 or 20 digits and ends in a check digit',
  }),
  refused: ({ code, reason, runningChangeId: running }: Refusal, rehome: string): Explained => ({
    happened: `${printable(reason)} [${code}]`,
    did: 'no change was started',
    next:
      code === 'CARD_BEING_READ'
        ? 'make the same request again, with the same request id, when the reading has ended'
        : running === undefined
          ? 'ask with another request id'
          : `follow the running one: ${rehome} status ${running}`,
  }),
  dryRun: 'a dry run: nothing was started or recorded\n',
  wouldBeRejected: ({ code, reason }: Rejection): Explained => ({
    happened: `${printable(reason)} [${code}]`,
    did: 'a dry run: nothing was started or recorded',
    next: `read docs/failures.md#${code.toLowerCase()}`,
  }),
  emptyReason: (command: string): Explained => ({
    happened: `${command} needs a reason, and that is empty`,
    did: 'nothing was changed',
    next: 'say why with --reason TEXT: whoever asks for a change of the card reads it',
  }),
  keyRefusal: ({ status, at, verified }: KeyRefusal) =>
    `${status}, since ${at}, ${verified ? 'with its own checksum' : 'not verified'}: compare kvn, kic and kid of its row with its personalization data, as docs/operations.md#a-card-with-other-keys says${status === 'securityError' ? '; some cards say it also of a second copy of a packet that they have run' : ''}`,
  blocked: (iccid: string, { block, before }: Blocked) =>
    before
      ? `ICCID ${iccid} was blocked before, by ${printable(block.by)} at ${block.at.toISOString()}: ${printable(block.reason)}\n`
      : `ICCID ${iccid} is blocked against changes\n`,
  blockedWhileOpen: (changeId: string, rehome: string) =>
    `Change ${changeId} of the card was admitted before and goes on: ${rehome} status ${changeId}\n`,
  unblocked: (iccid: string, { by, at, reason }: CardBlock) =>
    `ICCID ${iccid} is no longer blocked; it was by ${printable(by)} since ${at.toISOString()}: ${printable(reason)}\n`,
  notBlocked: (iccid: string) => `ICCID ${iccid} is not blocked\n`,
  imported: ({ read, added, updated, unchanged, codesChanged, rejected }: ImportCounts) =>
    `${counted(read, 'row')}: ${String(added)} added, ${String(updated)} updated${codesChanged === 0 ? '' : ` (${String(codesChanged)} with another adm1)`}, ${String(unchanged)} unchanged, ${String(rejected)} rejected\n`,
  rejects: (rejectFile: string, file: string) =>
    `The rejected rows are in ${rejectFile}, each with its line and reason; correct these lines in ${file} and import ${file} again.\n`,
  registered: (kind: string, { added, updated, unchanged }: Registered) =>
    `${kind}: ${String(added.length)} added, ${String(updated.length)} updated${updated.length === 0 ? '' : ` (${updated.join(', ')})`}, ${String(unchanged.length)} unchanged\n`,
  restartRoles: 'Restart the roles operator and ota: they read their list at their start.\n',
  rebuilt: (changes: number) => `${counted(changes, 'change')} computed from the timeline\n`,
  setUp: (what: string, names: readonly string[]) =>
    `${what}: ${names.length === 0 ? 'up to date' : names.join(', ')}\n`,
  optionWithoutRole: (option: string, role: string): Explained => ({
    happened: `--${option} is for the role ${role}, which is not to be run`,
    did: 'nothing was started',
    next: `add the role ${role}, or leave the option out`,
  }),
  notRegistered: (problem: string, rehome: string): Explained => ({
    happened: problem,
    did: 'nothing is served',
    next: `correct the id, or register it with \`${rehome} operators import FILE.json\``,
  }),
  outputLost: (problem: string): Explained => ({
    happened: `what the command prints could not be written: ${problem}`,
    did: 'the command was carried out; its output is lost, wholly or in part',
    next: 'make room, or write it elsewhere, and look again with `list` or `status`',
  }),
  serviceAway: (problem: string): Explained => ({
    happened: problem,
    did: 'the command did not finish; running changes go on by themselves once the service is back',
    next: 'start it (`npm start` brings up everything on one machine), or point TEMPORAL_ADDRESS, KAFKA_BROKERS and DATABASE_URL to yours',
  }),
  keysMissing: (problem: string): Explained => ({
    happened: `a key file of this installation can't be read: ${problem}`,
    did: 'nothing was changed',
    next: '`npm start` makes the files once in its data folder: set DATA_FOLDER to that folder, or name your own by DATABASE_PASSWORD_FILE (or a DATABASE_URL with the password), KEY_ENCRYPTION_KEY_FILE, INDEX_KEY_FILE and OPERATOR_TLS_…_FILE',
  }),
  badCardFile: (problem: string, stored: number): Explained => ({
    happened: problem,
    did: storedSoFar(stored),
    next: 'remove the cause, or name another file, and import again; rows that are in already do no harm',
  }),
  badRejectFile: (problem: string, stored: number): Explained => ({
    happened: problem,
    did: storedSoFar(stored),
    next: 'name another place for the rejected rows with --rejects FILE, and import again',
  }),
  badNetworkFile: (problem: string): Explained => ({
    happened: problem,
    did: 'nothing was imported',
    next: 'correct the file and import it again; what is registered already does no harm',
  }),
  undecodable: (problem: string): Explained => ({
    happened: problem,
    did: 'nothing was printed',
    next: 'compare the field with the clause that is named',
  }),
  badKeyFile: (file: string, problem: string): Explained => ({
    happened: `the key file ${file} can't be read: ${problem}`,
    did: 'nothing was printed',
    next: 'give a JSON file whose members are keys in hex',
  }),
  badNumber: (option: string, text: string, highest: number): Explained => ({
    happened: `${option} ${text} is not a whole number from 0 to ${String(highest)}`,
    did: 'nothing was printed',
    next: 'give it in decimal digits',
  }),
  tooMuchData: (octets: number, most: number): Explained => ({
    happened: `--data has ${String(octets)} octets; one packet carries at most ${String(most)}`,
    did: 'nothing was built',
    next: 'cut it into several packets',
  }),
  packetMissing: {
    happened: 'there is nothing to open',
    did: 'nothing was printed',
    next: 'give the packet with --packet, or its messages with --user-data',
  },
  milenageKeys: {
    happened: 'K, and either OPc or OP, are needed',
    did: 'nothing was computed',
    next: 'give --k with --opc or --op, or a file of them with --keys',
  },
  badConfiguration: (problem: string): Explained => ({
    happened: problem,
    did: 'nothing was started',
    next: 'correct the settings named above; docs/configuration.md lists all of them',
  }),
  ourFault: (problem: string): Explained => ({
    happened: `something went wrong that should not: ${problem}`,
    did: 'the command stopped; running changes are not affected',
    next: 'please report it, with the log files of the processes',
  }),
} as const;

export const explain = ({ happened, did, next }: Explained): string =>
  printableLines(`${happened}\n  ${did}\n  ${next}\n`);
