import type {
  ConsentEvidence,
  EvidenceLadder,
  EvidencePack,
  PacketEvidence,
  PartyEvidence,
  ReleaseEvidence,
  TimelineEvidence,
} from '../application/evidence-pack.ts';
import { printable } from './printable.ts';
import { counted } from './text.ts';

const LABEL_WIDTH = 16;
const STATE_WIDTH = 24;

type Row = readonly [label: string, text: string];

/** An evidence pack for people: what its JSON document says. */
export function showEvidence(pack: EvidencePack, digest: string): string {
  const { change, source, target, packets, releaseRequests, timeline } = pack;
  const { changeId, iccid, state, code, detail, requestedBy, requestId, requestedAt, reason } = change;
  const letGo = `${source.operator ?? 'the source'} was asked to let go`;
  return [
    table([
      ['evidence', `version ${String(pack.version)}, SHA-256 ${digest}`],
      ['change', changeId],
      ['card', `ICCID ${iccid}`],
      ['from', party(source)],
      ['to', party(target)],
      ['state', `${state}${change.ended ? ', ended' : ', open'}: ${withCode(detail, code)}`],
      ['asked for', `by ${requestedBy} at ${requestedAt}, as ${requestId}${reason === null ? '' : `: ${reason}`}`],
      ['consent', consent(pack.consent, source)],
    ]),
    section('what proves that the card moved, the strongest last', table(ladder(pack))),
    ...packets.map((packet) => section(packetTitle(packet), table(packetRows(packet)))),
    section(releaseRequests.length === 0 ? `never: ${letGo}` : letGo, table(releaseRequests.map(releaseRow))),
    section('timeline', timeline.map(timelineLine).join('')),
  ].join('');
}

const table = (rows: readonly Row[]): string =>
  rows.map(([label, text]) => `  ${label.padEnd(LABEL_WIDTH)}${printable(text)}\n`).join('');

const section = (title: string, lines: string): string => `\n${printable(title)}\n${lines}`;

const withCode = (text: string, code: string | null): string => `${text}${code === null ? '' : ` [${code}]`}`;

const orUnknown = (text: string | null): string => text ?? 'not known';

const party = ({ operator, name, plmn, imsi, msisdn }: PartyEvidence): string =>
  `${orUnknown(operator)}${name === null ? '' : ` (${name}, ${orUnknown(plmn)})`}, IMSI ${orUnknown(imsi)}, MSISDN ${orUnknown(msisdn)}`;

function consent({ decision, askedAt, decidedAt }: ConsentEvidence, { operator }: PartyEvidence): string {
  if (decision === 'notAsked') return 'nobody was asked';
  const asked = `${orUnknown(operator)} was asked at ${orUnknown(askedAt)}`;
  return decision === 'unanswered'
    ? `${asked}, and did not answer`
    : `${asked}; ${decision} at ${orUnknown(decidedAt)}`;
}

const ladder = ({ ladder: proven, attach }: EvidencePack): Row[] => [
  ['PoR', rung(proven.proofOfReceipt, 'verified: the card took the subscription')],
  ['authentication', rung(proven.authenticationSeen, 'the card authenticated with the new IMSI')],
  [
    'location update',
    rung(
      proven.locationUpdate,
      `the new IMSI registered${attach === null ? '' : `, IMEI ${orUnknown(attach.imei)}; the HLR’s answer was recorded at ${attach.recordedAt}`}`,
    ),
  ],
  ['same device', device(proven.sameDevice)],
];

const rung = (at: string | null, text: string): string => (at === null ? 'not recorded' : `${at}  ${text}`);

function device(same: EvidenceLadder['sameDevice']): string {
  if (same === null) return 'not known: one of the two HLRs did not tell the IMEI';
  return same ? 'yes: the same IMEI at both operators' : 'no: the IMEI at the source was another one';
}

const packetTitle = ({ purpose, number, cntr, state }: PacketEvidence): string =>
  `packet ${purpose} ${String(number)}: ${state}, counter ${cntr === null ? 'none' : String(cntr)}`;

const packetRows = ({ preparedAt, sentAt, submissions, receipts, proofOfReceipt }: PacketEvidence): Row[] => [
  ['prepared', preparedAt],
  ['sent', sentAt ?? 'never'],
  ...submissions.map(({ number, begunAt, acceptedAt, failedAt, messageIds }): Row => {
    const taken = acceptedAt === null ? 'not taken as a whole' : `taken at ${acceptedAt}`;
    const failed = failedAt === null ? '' : `, given up at ${failedAt}`;
    return [
      `submission ${String(number)}`,
      `begun at ${begunAt}, ${taken}${failed}, as ${messageIds.join(' ') || 'none'}`,
    ];
  }),
  ...receipts.map(({ messageId, state }): Row => ['receipt', `${messageId} ${state}`]),
  ['card answered', answer(proofOfReceipt)],
];

function answer(proof: PacketEvidence['proofOfReceipt']): string {
  if (proof === null) return 'nothing that was verified';
  const { status, statusWord, holds, at } = proof;
  const read = holds === null ? '' : `, holds the subscription of ${holds}`;
  return `${status}${statusWord === null ? '' : `, status word ${statusWord}`}${read}, verified; ${at === null ? 'when is not recorded' : `at ${at}`}`;
}

function releaseRow({ askedAt, lastAskedAt, times, code, answer: said, registeredAt, imei }: ReleaseEvidence): Row {
  const often = times === 1 ? '' : ` (${counted(times, 'time')}, last at ${lastAskedAt})`;
  const seen =
    registeredAt === null ? '' : `; its HLR saw the old IMSI last at ${registeredAt}, IMEI ${orUnknown(imei)}`;
  return ['asked at', `${askedAt}${often}: ${withCode(said, code)}${seen}`];
}

function timelineLine({ sequence, at, state, actor, cause, code, event }: TimelineEvidence): string {
  const place = event === null ? 'not published' : `${String(event.partition)}/${String(event.offset)}`;
  const line = `${String(sequence).padStart(3)}  ${at}  ${state.padEnd(STATE_WIDTH)}${actor}: ${withCode(cause, code)}  (${place})`;
  return `  ${printable(line)}\n`;
}
