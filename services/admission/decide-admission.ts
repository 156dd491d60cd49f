import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { standingOf } from '../../workflows/support/approvals.ts';
import type { FailureCode } from '../../workflows/shared/failure-codes.ts';
import type { Admission, Rejection } from '../../workflows/change/ports.ts';
import { isRequestedByDevice } from '../../application/requests.ts';
import { provesUnchanged, type CardProfile, type CardProfiles } from '../packets/card-profiles.ts';
import type { RefusedCodeFact } from './admin-code-facts.ts';
import type { AgreementTerms } from '../registry/agreements.ts';
import type { OpenPacket } from '../packets/open-packet.ts';

const HOUR_SECONDS = 3_600;
const SECOND_MILLISECONDS = 1_000;
const DAY_MILLISECONDS = 24 * HOUR_SECONDS * SECOND_MILLISECONDS;

/** Which card is to go where, and who asks. */
export interface AdmissionQuestion {
  readonly iccid: Iccid;
  readonly target: string;
  readonly requestedBy: string;
  /** A change that goes on after its workflow was lost: what it began has to be brought to an end, whatever the rules say by now. */
  readonly resumed: boolean;
}

/** What the registry knows of a card, of where it is asked to go, and of what was decided before. */
export interface AdmissionFacts {
  /** The moment of the decision, by the clock of the database. */
  readonly now: Date;
  readonly source: string | null;
  readonly sourceImsi: Imsi | null;
  readonly smsc: string | null;
  /** Null too where this change has shredded the keys that it had reserved: with them a card can't be written again. */
  readonly targetSmsc: string | null;
  readonly profile: string | null;
  /** When the card came to the source: it was moved there, or imported. */
  readonly cameAt: Date | null;
  /** Operators that the card may go to; null: all. */
  readonly targets: readonly string[] | null;
  readonly block: { readonly by: string; readonly at: Date; readonly reason: string } | null;
  readonly targetKnown: boolean;
  readonly agreement: AgreementTerms | null;
  readonly openChange: string | null;
  /** The change in which the card refused its admin code last, and who has approved since then that it is tried once more. */
  readonly refusedCode: RefusedCodeFact | null;
  /** The earlier change whose question about that code may still reach the card, and until when. */
  readonly openQuestion: { readonly changeId: string; readonly until: string } | null;
  /** The packet of an earlier, undone change that the card may still take. */
  readonly openPacket: OpenPacket | null;
  readonly packet: Admission['packet'];
  /** What this change was told before, when that answer was lost. */
  readonly said: 'admitted' | Rejection | null;
}

interface Case extends AdmissionQuestion, AdmissionFacts {
  readonly profiles: CardProfiles;
  /** How a reason names the agreement. */
  readonly between: string;
}

interface Rule {
  /** Where the rule stands and what it is called there, for programs. */
  readonly rule: string;
  readonly code: FailureCode;
  /** Why the change may not begin, for people; undefined when nothing is against it. */
  readonly broken: (asked: Case) => string | undefined;
}

/**
 * The rules, and which of several broken ones is told: first what whoever asks got wrong, then what support has decided, what the
 * operators have agreed on and the card's owner allows, and what is wrong in the registry. What time alone heals is last, so that from
 * the date that is told nothing else that is known now stands against the change.
 */
export const ADMISSION_RULES: readonly Rule[] = [
  {
    rule: 'card',
    code: 'ICCID_UNKNOWN',
    broken: ({ iccid, source }) => (source === null ? `ICCID ${iccid} is not in the card registry` : undefined),
  },
  {
    rule: 'operator',
    code: 'OPERATOR_UNKNOWN',
    broken: ({ target, targetKnown }) => (targetKnown ? undefined : `operator ${target} is not registered`),
  },
  {
    rule: 'card.operator',
    code: 'ALREADY_AT_TARGET',
    broken: ({ iccid, source, target }) =>
      source === target ? `card ${iccid}, operator: it is at ${target} already` : undefined,
  },
  {
    rule: 'card.blocked',
    code: 'CARD_BLOCKED',
    broken: ({ iccid, block }) =>
      block === null
        ? undefined
        : `card ${iccid}, blocked by ${block.by} at ${block.at.toISOString()}: ${block.reason}`,
  },
  {
    rule: 'agreement',
    code: 'AGREEMENT_MISSING',
    broken: ({ source, target, agreement }) =>
      agreement === null ? `no agreement lets cards go from ${String(source)} to ${target}` : undefined,
  },
  {
    rule: 'agreement.deviceRequests',
    code: 'DEVICE_REQUEST_REFUSED',
    broken: ({ between, agreement, requestedBy }) =>
      isRequestedByDevice(requestedBy) && agreement?.deviceRequests !== 'allowed'
        ? `${between}, deviceRequests refused: a card may not ask for its change by itself`
        : undefined,
  },
  {
    rule: 'agreement.cardProfiles',
    code: 'TARGET_NOT_ALLOWED',
    broken: ({ between, agreement, iccid, profile }) => {
      const allowed = agreement?.cardProfiles ?? null;
      return allowed === null || (profile !== null && allowed.includes(profile))
        ? undefined
        : `${between}, cardProfiles ${allowed.join(' ')}: ICCID ${iccid} has the profile ${String(profile)}`;
    },
  },
  {
    rule: 'card.targets',
    code: 'TARGET_NOT_ALLOWED',
    broken: ({ iccid, target, targets }) =>
      targets === null || targets.includes(target)
        ? undefined
        : `card ${iccid}, targets ${targets.join(' ')}: it may not go to ${target}`,
  },
  {
    rule: 'card.profile',
    code: 'CARD_PROFILE_UNKNOWN',
    broken: ({ iccid, profile, profiles }) =>
      profile !== null && Object.hasOwn(profiles, profile)
        ? undefined
        : `card ${iccid}, profile ${String(profile)}: it is not known`,
  },
  {
    rule: 'card.openChange',
    code: 'EARLIER_CHANGE_OPEN',
    broken: ({ iccid, openChange }) =>
      openChange === null
        ? undefined
        : `change ${openChange} of ICCID ${iccid} is still open, and no workflow carries it on; resume it, and ask again when it has ended`,
  },
  {
    rule: 'card.adm1',
    code: 'ADMIN_CODE_WRONG',
    broken: ({ iccid, refusedCode, now }) => {
      const standing = refusedCode && standingOf(refusedCode.approvals, now);
      if (refusedCode === null || standing?.kind === 'approved') return undefined;
      const missing =
        standing?.kind === 'first'
          ? `${standing.first.by} has approved one more try at ${standing.first.at}, and another person has to until ${standing.until}`
          : 'two persons have to approve one more try of the code that the registry has';
      return `card ${iccid}, adm1: the card refused its admin code in change ${refusedCode.changeId}, and ${missing} (rehome cards approve ${iccid} --reason TEXT)`;
    },
  },
  {
    rule: 'card.question',
    code: 'EARLIER_QUESTION_OPEN',
    broken: ({ iccid, openQuestion }) =>
      openQuestion === null
        ? undefined
        : `change ${openQuestion.changeId} has asked ICCID ${iccid} whether its adm1 is right, which may cost a try until ${openQuestion.until}: ask again when the card has answered, or after that`,
  },
  {
    rule: 'card.packet',
    code: 'EARLIER_PACKET_OPEN',
    broken: ({ iccid, openPacket, profile, profiles }) =>
      openPacket === null || (openPacket.probed && countsAsOne(profile, profiles))
        ? undefined
        : `change ${openPacket.changeId} was undone, and its SMSC may hand its packet to ICCID ${iccid} until ${openPacket.until}: ask again after that, or as soon as the card has answered`,
  },
  {
    rule: 'agreement.minimumStayDays',
    code: 'MINIMUM_STAY',
    broken: ({ between, agreement, iccid, cameAt, now }) => {
      const days = agreement?.minimumStayDays ?? null;
      if (days === null || cameAt === null) return undefined;
      const mayLeave = cameAt.getTime() + days * DAY_MILLISECONDS;
      return now.getTime() >= mayLeave
        ? undefined
        : `${between}, minimumStayDays ${String(days)}: may leave from ${toTheSecond(mayLeave)}; ICCID ${iccid} came at ${toTheSecond(cameAt.getTime())}`;
    },
  },
];

/** Whether a card that has answered a probe counts the packet that writes the subscription with the same counter. */
function countsAsOne(profile: string | null, profiles: CardProfiles): boolean {
  const { readBack = 'none' } = (profile === null ? undefined : profiles[profile]) ?? {};
  return readBack === 'none' || readBack.sameCounter;
}

/**
 * Whether a change may begin, and under which terms. The same question with the same facts has the same answer; a change that was told
 * before is told the same again.
 */
export function decideAdmission(
  question: AdmissionQuestion,
  facts: AdmissionFacts,
  profiles: CardProfiles,
): Admission | Rejection {
  if (facts.said !== null && facts.said !== 'admitted') return facts.said;
  const admission = admissionOf(question, facts, profiles);
  if (admission !== undefined && (question.resumed || facts.said === 'admitted')) return admission;
  const asked: Case = {
    ...question,
    ...facts,
    profiles,
    between: `agreement ${String(facts.source)} → ${question.target}`,
  };
  for (const { rule, code, broken } of ADMISSION_RULES) {
    const reason = broken(asked);
    if (reason !== undefined) return { kind: 'rejected', code, reason, rule };
  }
  if (admission === undefined) throw new Error(`ICCID ${question.iccid} breaks no rule, and has no subscription`);
  return admission;
}

/** The terms of the change; none without the card's subscription. */
function admissionOf(
  { requestedBy }: AdmissionQuestion,
  { source, sourceImsi, smsc, targetSmsc, profile, agreement, packet }: AdmissionFacts,
  profiles: CardProfiles,
): Admission | undefined {
  if (source === null || sourceImsi === null || smsc === null) return undefined;
  const { consent = 'none', overlapHours, releaseDays, sameDevice } = agreement ?? {};
  const of = profile !== null && Object.hasOwn(profiles, profile) ? profiles[profile] : undefined;
  const askConsent = consent === 'ask' || (consent === 'askForDeviceRequests' && isRequestedByDevice(requestedBy));
  return {
    ...{ kind: 'admitted', source, sourceImsi, smsc, packet, askConsent },
    ...(of?.format === 'rfm' && { checkAdminCode: true }),
    ...((askConsent || of?.format === 'rfm') && { askPool: true }),
    ...(of?.format === 'rfm' && { tearable: true }),
    ...(of?.format === 'rfm' && targetSmsc !== null && { targetSmsc }),
    ...(of && { readBack: readBackOf(of) }),
    ...(of?.refreshTar && { refreshable: true }),
    ...(overlapHours && { overlapSeconds: Math.ceil(overlapHours * HOUR_SECONDS) }),
    ...(releaseDays && { releaseDays }),
    ...(sameDevice && { sameDevice }),
  };
}

function readBackOf(profile: CardProfile): NonNullable<Admission['readBack']> {
  if (profile.readBack === 'none') return 'counts';
  return provesUnchanged(profile) ? 'proves' : 'tells';
}

/** RFC 3339 in UTC, not before the moment. */
const toTheSecond = (at: number): string =>
  new Date(Math.ceil(at / SECOND_MILLISECONDS) * SECOND_MILLISECONDS).toISOString().replace('.000Z', 'Z');
