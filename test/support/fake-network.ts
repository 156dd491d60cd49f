import { ApplicationFailure } from '@temporalio/common';
import type { FailureCode } from '../../workflows/shared/failure-codes.ts';
import { failure } from '../../workflows/shared/failures.ts';
import type * as Ports from '../../workflows/change/ports.ts';
import { STATES, type ChangeState } from '../../workflows/shared/states.ts';
import type { Packet, TargetSubscription } from './earlier-work.ts';
import type { Fault } from './fault.ts';
import { gate, type Gate } from './gate.ts';
import type { Activities, NetworkPlan, StepName } from './network-plan.ts';

/** The device that the old subscription was in, as the HLR of the source has it. */
export const IMEI_AT_SOURCE = '001010010000014';

/**
 * Everything around one change: registry, both HLRs, the SMSC, and the card, with the effects that the real ones have. It keeps
 * watch by itself: whatever a change does that would leave the card without a working subscription is noted as a breach.
 */
export class FakeNetwork {
  /** Every attempt in the order in which it came, and whether it was made as a local activity. */
  readonly attempts: { readonly step: StepName; readonly local: boolean }[] = [];
  /** The sequence number with which each step came last. */
  readonly sequences = new Map<StepName, number>();
  readonly timeline: { readonly sequence: number; readonly state: ChangeState; readonly code?: FailureCode }[] = [];
  readonly breaches: string[] = [];
  /** Why a state was recorded that no other activity causes, or something told in it. */
  readonly causes: string[] = [];
  /** What persons did, as it was recorded. */
  readonly told: { readonly actor: string; readonly cause: string }[] = [];
  /** The numbers of the probes that were sent, and of the packets that asked for REFRESH. */
  readonly probes: number[] = [];
  readonly refreshes: number[] = [];
  /** Over whose network each of those went. */
  readonly refreshedOver: ('target' | 'source')[] = [];
  /** The packets that wrote a torn card again. */
  readonly rewrites: { readonly number: number }[] = [];
  source: 'active' | 'deleted' = 'active';
  target: TargetSubscription = 'none';
  packet: Packet = 'none';
  cardHolds: 'source' | 'target' = 'source';
  attachedToTarget = false;
  /** When the card registered at the target, by the clock of the test. */
  attachedAt = '2026-11-25T00:00:00Z';
  /** The HLR of the target sees a card that fails to authenticate with the new IMSI. */
  torn = false;
  /** The HLR of the target has refused to register the card. */
  refusal: Ports.Refusal | undefined;
  /** What the HLR of the source says of the old subscriber. */
  oldSubscriber: Ports.OldSubscriber = { standing: 'served' };
  /** The HLR of the source has seen the old subscription register after the attach. */
  seenAtSource = false;
  /** The device that the card attaches in, where the HLR of the target knows it. */
  imei: string | undefined;
  /** The release that the source was asked for last. */
  release: Ports.Release | undefined;
  /** A card has tried to attach with what was withdrawn. */
  triedLate = false;
  /** The gateway of the target has withdrawn the reservation by itself. */
  lapsed = false;
  readonly #faults: Map<StepName, Fault[]>;
  readonly #gates = new Map<StepName, Gate>();

  constructor(readonly plan: NetworkPlan) {
    this.#faults = new Map([...plan.faults].map(([step, faults]) => [step, [...faults]]));
    for (const step of plan.held) this.#gates.set(step, gate());
    for (const [index, state] of (plan.before?.states ?? []).entries()) this.#record(index + 1, state);
    this.target = plan.before?.target ?? 'none';
    this.packet = plan.before?.packet ?? 'none';
  }

  readonly #activities: Activities = {
    admitChange: (change) =>
      this.#attempt('admitChange', change, () => {
        const { rejection, sourceImsi, askConsent, check } = this.plan;
        const packet = { none: 'none', stopped: 'none', sent: 'mayHaveLeft', accepted: 'accepted' } as const;
        const begun = change.reopened === true ? 'reopened' : 'requested';
        this.#record(change.sequence, rejection === undefined ? begun : 'rejected');
        return (
          rejection ?? {
            kind: 'admitted',
            source: 'operator-1',
            sourceImsi,
            smsc: 'smsc-1',
            askConsent,
            packet: packet[this.packet],
            ...(this.plan.before?.record && { record: this.plan.before.record }),
            ...(check && { checkAdminCode: true }),
            ...((check ?? askConsent) && { askPool: true }),
            ...(this.plan.readBack && { readBack: 'proves' }),
            ...this.plan.terms,
          }
        );
      }),
    askPool: (step) => this.#attempt('askPool', step, () => undefined),
    askConsent: (step) => {
      this.#record(step.sequence, 'awaitingConsent');
      return this.#attempt('askConsent', step, () => undefined);
    },
    checkAdminCode: (step) => {
      this.#record(step.sequence, 'checkingCard');
      const known = this.plan.check?.known;
      return this.#attempt('checkAdminCode', step, () => (known === undefined ? {} : { answer: known }));
    },
    reserveSubscriber: (step) => {
      this.#record(step.sequence, 'reserving');
      return this.#attempt('reserveSubscriber', step, () => {
        if (this.target === 'quarantined') throw this.#failure('RESERVATION_WITHDRAWN');
        this.target = 'reserved';
      });
    },
    lookUpAdminCode: (card) => this.#attempt('lookUpAdminCode', card, () => undefined),
    sendOverTheAir: (step) => {
      this.#record(step.sequence, 'sending');
      return this.#attempt('sendOverTheAir', step, (complete) => {
        if (this.packet === 'stopped') throw this.#failure('SENDING_STOPPED');
        this.packet = complete ? 'accepted' : 'sent';
        if (complete) this.#record(step.sequence + 1, 'awaitingCard');
      });
    },
    stopSending: (packet) =>
      this.#attempt('stopSending', packet, () => {
        if (this.#mayHaveLeft) throw this.#failure('PIVOT_PASSED');
        this.packet = 'stopped';
      }),
    withdrawSubscriber: (step) => {
      this.#record(step.sequence, step.state, step.because.code);
      return this.#attempt('withdrawSubscriber', step, () => {
        if (this.attachedToTarget) throw this.#failure('SUBSCRIBER_ATTACHED');
        this.target = 'quarantined';
      });
    },
    confirmAttach: (step) =>
      this.#attempt('confirmAttach', step, () => {
        if (this.lapsed) throw this.#failure('RESERVATION_WITHDRAWN');
        if (!this.attachedToTarget)
          return {
            ...{ attached: false, ...(this.torn && { authentication: 'failed' as const }) },
            ...(this.refusal && { refusal: this.refusal }),
          };
        const attach = { attached: true, imsi: this.plan.targetImsi, at: this.attachedAt } as const;
        const { hold } = step;
        if (hold !== undefined && !(hold.after !== undefined && this.attachedAt > hold.after))
          return { ...attach, held: true };
        this.target = 'active';
        this.#record(step.sequence, 'releasing');
        return {
          ...attach,
          ...(this.imei !== undefined && { imei: this.imei }),
        };
      }),
    watchAttach: ({ tornIsNews, lapseIsNews, refusalIsNews, heldAttach, ...step }) =>
      this.#attempt('watchAttach', step, () => {
        if (this.lapsed && lapseIsNews) return;
        if (this.refusal !== undefined && refusalIsNews) return;
        const isNews = this.attachedToTarget ? this.attachedAt !== heldAttach : this.torn && tornIsNews;
        if (!isNews) throw retryable('ATTACH_NOT_SEEN');
      }),
    askLateAttach: (step) => this.#attempt('askLateAttach', step, () => ({ seen: this.triedLate })),
    restoreSubscriber: (step) =>
      this.#attempt('restoreSubscriber', step, () => {
        this.target = 'reserved';
        this.lapsed = false;
        this.#record(step.sequence, 'reopened');
      }),
    resendOverTheAir: (step) => this.#attempt('resendOverTheAir', step, () => undefined),
    probeCard: ({ number, ...step }) =>
      this.#attempt('probeCard', step, () => {
        this.probes.push(number);
        const known = this.plan.readBack?.known;
        return known === undefined ? {} : { answer: known };
      }),
    refreshDevice: ({ number, over, ...step }) =>
      this.#attempt('refreshDevice', step, () => {
        this.refreshes.push(number);
        this.refreshedOver.push(over ?? 'source');
      }),
    rewriteCard: ({ number, ...step }) =>
      this.#attempt('rewriteCard', step, () => {
        this.rewrites.push({ number });
        return {};
      }),
    releaseSubscriber: (step) =>
      this.#attempt('releaseSubscriber', step, () => {
        this.#refuseRelease(step);
        this.source = 'deleted';
        this.#record(step.sequence, 'completed');
      }),
    insistOnRelease: (step) =>
      this.#attempt('insistOnRelease', step, () => {
        this.#refuseRelease(step);
        this.source = 'deleted';
      }).catch((cause: unknown) => {
        const { told } = step;
        throw told !== undefined && cause instanceof ApplicationFailure && cause.type === told
          ? retryable(told)
          : cause;
      }),
    watchSource: ({ told, ...step }) =>
      this.#attempt('watchSource', step, () => {
        const { standing, failsToAuthenticate } = this.oldSubscriber;
        if (this.target === 'active') return null;
        if (standing === told.standing && failsToAuthenticate === told.failsToAuthenticate)
          throw retryable('ATTACH_NOT_SEEN');
        return this.oldSubscriber;
      }),
    acceptAttach: (step) =>
      this.#attempt('acceptAttach', step, () => {
        this.target = 'active';
        this.#record(step.sequence, 'releasing');
        return { imsi: this.plan.targetImsi };
      }),
    recordState: (step) =>
      this.#attempt('recordState', step, () => {
        const { actor, cause } = step;
        this.causes.push(cause);
        if (actor.startsWith('user:')) this.told.push({ actor, cause });
        const ended = this.#endedBefore(step.sequence);
        if (ended !== null) return ended;
        this.#record(step.sequence, step.state, step.code);
        return null;
      }),
  };

  /** Makes one attempt at a step, as a worker does. */
  call(step: StepName, input: Ports.Step, local: boolean): Promise<unknown> {
    this.attempts.push({ step, local });
    return (this.#activities[step] as (input: Ports.Step) => Promise<unknown>)(input);
  }

  /** The steps in the order of their attempts; those that only record a state are left out. */
  get calls(): StepName[] {
    return this.attempts.map(({ step }) => step).filter((step) => step !== 'recordState');
  }

  get states(): ChangeState[] {
    return this.timeline.map(({ state }) => state);
  }

  /** The card takes the packet, if one was sent: it then holds the target's IMSI. */
  takePacket(): void {
    if (this.#mayHaveLeft) this.cardHolds = 'target';
  }

  get #mayHaveLeft(): boolean {
    return this.packet === 'sent' || this.packet === 'accepted';
  }

  /** The card registers at the target, if it holds an IMSI that is alive there. */
  attach(): void {
    this.attachedToTarget = this.cardHolds === 'target' && this.target !== 'none' && this.target !== 'quarantined';
  }

  /** Puts everything right and the card at the target, so that a change which is still open can end. */
  heal(): void {
    this.#faults.clear();
    this.letAllGoOn();
    this.cardHolds = 'target';
    this.target = 'active';
    this.attachedToTarget = true;
    this.seenAtSource = false;
    this.lapsed = false;
  }

  letAllGoOn(): void {
    for (const step of this.plan.held) this.letGoOn(step);
  }

  letGoOn(step: StepName): void {
    this.#gates.get(step)?.open();
  }

  /** The subscriptions that live, of source and target. */
  get alive(): readonly ('source' | 'target')[] {
    return [
      ...(this.source === 'active' ? (['source'] as const) : []),
      ...(this.target === 'reserved' || this.target === 'active' ? (['target'] as const) : []),
    ];
  }

  async #attempt<Output>(step: StepName, input: object, effect: (complete: boolean) => Output): Promise<Output> {
    if ('sequence' in input) this.sequences.set(step, Number(input.sequence));
    await this.#gates.get(step)?.opened;
    const fault = this.#nextFault(step);
    if (fault !== undefined && !fault.happened) throw this.#failure(fault.code);
    const output = effect(fault === undefined);
    if (!this.alive.includes(this.cardHolds)) {
      this.breaches.push(`${step} left the card, which holds the IMSI of the ${this.cardHolds}, without service`);
    }
    if (fault !== undefined) throw this.#failure(fault.code);
    return output;
  }

  #nextFault(step: StepName): Fault | undefined {
    const faults = this.#faults.get(step) ?? [];
    const [fault, ...later] = faults;
    if (fault === undefined) return undefined;
    this.#faults.set(step, fault.attempts > 1 ? [{ ...fault, attempts: fault.attempts - 1 }, ...later] : later);
    return fault;
  }

  /** The state that the change had ended in before that number. */
  #endedBefore(sequence: number): ChangeState | null {
    const last = this.timeline.at(-1);
    return last !== undefined && last.sequence !== sequence && STATES[last.state].ended ? last.state : null;
  }

  /** Appends a row unless its number is taken, as the database does. */
  #record(sequence: number, state: ChangeState, code?: FailureCode): void {
    const taken = this.timeline.find((row) => row.sequence === sequence);
    if (taken !== undefined) {
      if (taken.state !== state) this.breaches.push(`${String(sequence)} is ${taken.state}, and was to be ${state}`);
      return;
    }
    const last = this.timeline.at(-1);
    // As the database does: a change that has its end is neither ended again nor opened.
    if (last !== undefined && STATES[last.state].ended && state !== 'reopened') return;
    if (last !== undefined && last.sequence > sequence) {
      this.breaches.push(`${String(sequence)} ${state} came after ${String(last.sequence)} ${last.state}`);
    }
    this.timeline.push({ sequence, state, ...(code && { code }) });
  }

  #refuseRelease(release: Ports.Release): void {
    this.release = release;
    const { attachedAt, imei, sameDevice } = release;
    if (attachedAt === undefined) return;
    if (this.seenAtSource) throw this.#failure('BOTH_ATTACHED');
    if (sameDevice === 'required' && imei !== undefined && imei !== IMEI_AT_SOURCE) throw this.#failure('OTHER_DEVICE');
  }

  #failure(code: FailureCode) {
    return failure(code, `${code} for ICCID ${this.plan.iccid}`);
  }
}

/** What the server repeats by itself. */
const retryable = (type: FailureCode) => ApplicationFailure.create({ type, message: `${type}, as yet` });
