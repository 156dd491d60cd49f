import type { Imsi } from '../telecom/identifiers/imsi.ts';
import { HlrError, type HlrSubscriber } from './hlr.ts';
import { refusal } from './http/problem.ts';
import type { Operator } from './operator.ts';
import type { SubscriberState } from './store/subscribers.ts';

export interface SubscriberView {
  readonly imsi: Imsi;
  readonly state: 'reserved' | 'active' | 'barred' | 'quarantined' | 'deleted';
  readonly attached: boolean;
  readonly locationUpdate: HlrSubscriber['locationUpdate'];
}

/** A subscriber as the HLR has it. */
export async function showSubscriber({ hlr, subscribers }: Operator, imsi: Imsi): Promise<SubscriberView> {
  const [there, kept] = await Promise.all([hlr.subscriber(imsi), subscribers.state(imsi)]);
  if (there !== undefined)
    return { imsi, state: stateOf(there, kept), attached: there.attached, locationUpdate: there.locationUpdate };
  if (kept === 'deleted' || kept === 'deleting')
    return { imsi, state: 'deleted', attached: false, locationUpdate: null };
  throw unknown();
}

function stateOf(
  { barred, locationUpdate }: HlrSubscriber,
  kept: SubscriberState | undefined,
): SubscriberView['state'] {
  if (kept === 'quarantined' || kept === 'removing') return 'quarantined';
  if (barred) return 'barred';
  return locationUpdate === null && kept === 'inUse' ? 'reserved' : 'active';
}

/** Whom Rehome releases, and for which change. */
export interface Release {
  readonly imsi: Imsi;
  readonly changeId?: string;
}

/** Takes a subscriber's access away, at the request of Rehome. What its change has deleted may be somebody else's by now. */
export async function barSubscriber(operator: Operator, release: Release): Promise<void> {
  const { imsi } = release;
  await refuseUnlessReleasing(operator);
  if (await hasBegun(operator, release)) return;
  const kept = await operator.subscribers.state(imsi);
  try {
    await operator.hlr.bar(imsi);
  } catch (cause) {
    const isGone = cause instanceof HlrError && cause.kind === 'unknown' && (kept === 'deleted' || kept === 'deleting');
    if (!isGone) throw cause;
  }
}

/** Deletes a barred subscriber; its IMSI, if it is one of the pool, rests and is given out again with other keys. */
export async function deleteSubscriber(operator: Operator, release: Release): Promise<void> {
  const { hlr, subscribers, store } = operator;
  const { imsi, changeId } = release;
  await refuseUnlessReleasing(operator);
  if (await hasBegun(operator, release)) {
    if ((await subscribers.state(imsi)) === 'deleting') await finishDeletion(operator, imsi);
    return;
  }
  const [there, kept] = await Promise.all([hlr.subscriber(imsi), subscribers.state(imsi)]);
  if (there === undefined && kept === 'deleted') return;
  if (there === undefined && kept !== 'deleting') throw unknown();
  if (kept === 'quarantined' || kept === 'removing')
    throw refusal('IN_QUARANTINE', 'a withdrawn IMSI stays barred until its quarantine ends');
  if (there?.barred === false) throw refusal('NOT_BARRED', 'the subscriber has to be barred before it is deleted');
  await store.database.transaction().execute(async (transaction) => {
    await subscribers.enter(transaction, imsi, 'deleting');
    await store.note(transaction, { kind: 'deletionBegun', imsi, ...(changeId !== undefined && { changeId }) });
  });
  await finishDeletion(operator, imsi);
}

/** Whether this change has had this IMSI deleted: a repetition, whoever has the IMSI now. */
const hasBegun = async ({ store }: Operator, { imsi, changeId }: Release): Promise<boolean> =>
  changeId !== undefined && store.happened({ kind: 'deletionBegun', changeId, imsi });

/** Ends a deletion that is durable already. */
export async function finishDeletion(operator: Operator, imsi: Imsi): Promise<void> {
  const { hlr, subscribers, reservations, store } = operator;
  await hlr.remove(imsi);
  await store.database.transaction().execute(async (transaction) => {
    await subscribers.enter(transaction, imsi, 'deleted');
    // Else its lease would run out in the next life of the IMSI.
    await reservations.settle(transaction, imsi);
    await store.note(transaction, { kind: 'deleted', imsi });
  });
}

async function refuseUnlessReleasing({ backOffice }: Operator): Promise<void> {
  const { release } = await backOffice.permissions();
  if (!release) throw refusal('RELEASE_REFUSED', 'the operator does not release subscribers', 403);
}

const unknown = () => refusal('SUBSCRIBER_UNKNOWN', 'the HLR has no such subscriber', 404);
