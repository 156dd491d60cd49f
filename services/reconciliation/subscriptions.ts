import type { ChangeState } from '../../workflows/shared/states.ts';
import type { ReconciliationFacts, ChangeFact, RegisteredCardFact } from './facts.ts';
import type { Finding } from './findings.ts';
import { groupBy, type Indexed } from './index-facts.ts';

/** Open states in which the HLR of the target has had the card. */
const AT_TARGET: readonly ChangeState[] = ['releasing', 'completedReleasePending'];
const PARKED_WITH_BOTH: readonly ChangeState[] = ['inDoubt', 'torn'];
/** Codes of a change in doubt whose subscription at the target is being withdrawn, or was by its operator. */
const TARGET_MAY_BE_GONE: readonly (string | null)[] = ['UNDO_FAILED', 'RESERVATION_WITHDRAWN'];

/**
 * Exactly one working subscription for each card, or an open change that names both.
 *
 * An open change may have two alive: that is what makes it safe. One in doubt or torn has to keep both, and its card may work with
 * neither for now. As soon as the target's HLR has had the card, the card has to work; the source's subscription may live until it is released.
 */
export function reconcileSubscriptions(facts: ReconciliationFacts, indexed: Indexed): Finding[] {
  const devices = new Map(facts.devices?.map((device) => [device.iccid, device]));
  const findings: Finding[] = [];
  const explained = new Set<string>();
  for (const card of facts.cards) {
    const changes = indexed.changesOf.get(card.iccid) ?? [];
    const newest = changes.at(-1);
    const open = changes.findLast(({ ended }) => !ended);
    findings.push(
      ...withoutBoth(open, indexed),
      ...two({ card, changes, open, newest }, { facts, indexed, explained }),
      ...working({ card, open, device: devices.get(card.iccid) }, indexed),
    );
  }
  return [...findings, ...orphans(facts, indexed, explained), ...doublyAssigned(facts, indexed)];
}

interface OneCard {
  readonly card: RegisteredCardFact;
  readonly changes: readonly ChangeFact[];
  readonly open: ChangeFact | undefined;
  readonly newest: ChangeFact | undefined;
}

const isAlive = (imsi: string | null, { subscriber }: Indexed): boolean =>
  imsi !== null && subscriber.get(imsi)?.alive === true;

function withoutBoth(open: ChangeFact | undefined, indexed: Indexed): Finding[] {
  if (open === undefined || !PARKED_WITH_BOTH.includes(open.state)) return [];
  const { changeId, iccid, sourceImsi, targetImsi, state, code } = open;
  const needed = TARGET_MAY_BE_GONE.includes(code) ? [sourceImsi] : [sourceImsi, targetImsi];
  return needed
    .filter((imsi) => !isAlive(imsi, indexed))
    .map((imsi) => ({
      ...{ kind: 'doubtWithoutBoth', iccid, changeId, ...(imsi !== null && { imsi }) },
      detail: `the change is ${state}, and IMSI ${imsi ?? '(none named)'} is barred, deleted or unknown at its HLR`,
    }));
}

/** What this card ever had and nobody else has now, and is still alive. */
function two(
  { card, changes, open, newest }: OneCard,
  { facts, indexed, explained }: { facts: ReconciliationFacts; indexed: Indexed; explained: Set<string> },
): Finding[] {
  const { iccid } = card;
  const ever = new Set([card.imsi, ...changes.flatMap(({ sourceImsi, targetImsi }) => [sourceImsi, targetImsi])]);
  const living = [...ever]
    .filter((imsi) => imsi !== null)
    .filter(
      (imsi) => isAlive(imsi, indexed) && [...(indexed.ownersOf.get(imsi) ?? [])].every((owner) => owner === iccid),
    );
  for (const imsi of living) explained.add(imsi);
  const allowed = open === undefined ? [card.imsi] : [card.imsi, open.sourceImsi, open.targetImsi];
  const surplus = living.filter((imsi) => !allowed.includes(imsi));
  if (surplus.length === 0) return [];
  if (open === undefined && newest !== undefined && closedByPerson(newest, facts)) return [];
  return surplus.map((imsi) => ({
    ...{ kind: 'twoSubscriptions', iccid, imsi, ...(newest && { changeId: newest.changeId }) },
    detail: `IMSI ${imsi} is alive beside ${card.imsi}, and the newest change is ${newest?.state ?? 'none'}`,
  }));
}

/** A person has said that the source let go, whatever its HLR says. */
const closedByPerson = ({ changeId, state }: ChangeFact, { timeline }: ReconciliationFacts): boolean =>
  state === 'completed' &&
  timeline.some(
    (entry) => entry.changeId === changeId && entry.state === 'completed' && entry.actor.startsWith('user:'),
  );

function working(
  {
    card,
    open,
    device,
  }: Pick<OneCard, 'card' | 'open'> & { device: { imsi: string | null; attached: boolean } | undefined },
  indexed: Indexed,
): Finding[] {
  const { iccid } = card;
  if (open !== undefined && !AT_TARGET.includes(open.state)) return [];
  const about = { iccid, ...(open && { changeId: open.changeId }) };
  if (!isAlive(card.imsi, indexed))
    return [
      {
        ...{ kind: 'noWorkingSubscription', ...about, imsi: card.imsi },
        detail: `IMSI ${card.imsi}, which the registry gives the card, is barred, deleted or unknown at ${card.operator}`,
      },
    ];
  if (device === undefined) return [];
  if (device.imsi !== card.imsi) return [registryWrong(about, { imsi: card.imsi, held: device.imsi ?? 'none' })];
  if (device.attached && indexed.subscriber.get(card.imsi)?.attached === true) return [];
  return [
    {
      ...{ kind: 'noWorkingSubscription', ...about, imsi: card.imsi },
      detail: `the device is ${device.attached ? 'attached' : 'not attached'} with IMSI ${card.imsi}; its HLR says ${
        indexed.subscriber.get(card.imsi)?.attached === true ? 'attached' : 'not attached'
      }`,
    },
  ];
}

/** The card was read, and holds something else than the registry says. */
export const registryWrong = (
  about: Pick<Finding, 'iccid' | 'changeId'>,
  { imsi, held }: { readonly imsi: string; readonly held: string },
): Finding => ({
  ...{ kind: 'registryWrong', ...about, imsi },
  detail: `the registry says IMSI ${imsi}, the card holds ${held}`,
});

function orphans(
  { subscribers }: ReconciliationFacts,
  { ownersOf }: Indexed,
  explained: ReadonlySet<string>,
): Finding[] {
  return subscribers
    .filter(({ alive, imsi }) => alive && !ownersOf.has(imsi) && !explained.has(imsi))
    .map(({ operator, imsi }) => ({
      ...{ kind: 'orphanedImsi', imsi },
      detail: `${operator} has IMSI ${imsi} alive, and no card and no open change has it`,
    }));
}

function doublyAssigned({ devices = [] }: ReconciliationFacts, { ownersOf }: Indexed): Finding[] {
  const recorded = [...ownersOf]
    .filter(([, owners]) => owners.size > 1)
    .map(([imsi, owners]): Finding => ({
      ...{ kind: 'doublyAssignedImsi', imsi },
      detail: `the record gives IMSI ${imsi} to ${[...owners].sort().join(' and ')}`,
    }));
  const held = [...groupBy(devices, ({ imsi }) => imsi)]
    .filter(([imsi, cards]) => imsi !== null && cards.length > 1)
    .map(([imsi, cards]): Finding => ({
      ...{ kind: 'doublyAssignedImsi', imsi: imsi ?? '' },
      detail: `IMSI ${imsi ?? ''} is on ${cards.map(({ iccid }) => iccid).join(' and ')}`,
    }));
  return [...recorded, ...held];
}
