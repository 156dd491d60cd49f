import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { defineSearchAttributeKey } from '@temporalio/common';
import {
  SEARCH_ATTRIBUTES,
  deliveryFailedSignal,
  deviceReachableSignal,
  locationUpdateSignal,
  proofOfReceiptSignal,
  type ChangeOutcome,
  type LocationUpdate,
  type ProofOfReceipt,
} from '../../workflows/shared/contract.ts';
import type { FailureCode } from '../../workflows/shared/failure-codes.ts';
import type { ChangeState } from '../../workflows/shared/states.ts';
import {
  situationQuery,
  supportUpdate,
  type Situation,
  type SupportAnswer,
  type SupportRequest,
} from '../../workflows/support/actions.ts';
import type { FakeNetwork } from './fake-network.ts';
import type { StepName } from './network-plan.ts';

const STATE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD');
const REAL_MILLISECONDS = 10_000;
const METADATA_QUERY = '__temporal_workflow_metadata';

/** One running change, and what the world does to it. */
export class ChangeRun {
  readonly #handle: WorkflowHandle;
  readonly #environment: TestWorkflowEnvironment;
  #events = 0;

  constructor(
    readonly network: FakeNetwork,
    handle: WorkflowHandle,
    environment: TestWorkflowEnvironment,
  ) {
    this.#handle = handle;
    this.#environment = environment;
  }

  get states(): ChangeState[] {
    return this.network.states;
  }

  get calls(): StepName[] {
    return this.network.calls;
  }

  timesCalled(step: StepName): number {
    return this.network.attempts.filter((attempt) => attempt.step === step).length;
  }

  /** The card takes the packet and proves it. */
  async cardConfirms(): Promise<void> {
    this.network.takePacket();
    await this.cardAnswers({ status: 'porOk', statusWord: '9000' });
  }

  /** A PoR arrives, whatever the card did; authenticated, of this change and new, unless told otherwise. */
  async cardAnswers(por: Partial<ProofOfReceipt> & Pick<ProofOfReceipt, 'status'>): Promise<void> {
    const { changeId } = this.network.plan;
    await this.#handle.signal(proofOfReceiptSignal, {
      ...{ eventId: this.#nextEventId(), changeId, cntr: 1, authenticated: true },
      ...por,
    });
  }

  /** The SMSC gives the packet up. */
  async deliveryFails(eventId = this.#nextEventId()): Promise<void> {
    const { changeId } = this.network.plan;
    await this.#handle.signal(deliveryFailedSignal, { eventId, changeId });
  }

  /** The device shows itself on the network of the source. */
  async deviceComesBack(): Promise<void> {
    const { changeId } = this.network.plan;
    await this.#handle.signal(deviceReachableSignal, { eventId: this.#nextEventId(), changeId });
  }

  /** The card answers a probe: it holds this subscription. */
  async cardIsReadToHold(holds: NonNullable<ProofOfReceipt['holds']>): Promise<void> {
    await this.cardAnswers({ status: 'porOk', purpose: 'probe', holds });
  }

  /** A support person asks for something. */
  async supportAsks(request: Partial<SupportRequest> & Pick<SupportRequest, 'action'>): Promise<SupportAnswer> {
    return this.#handle.executeUpdate(supportUpdate, {
      args: [{ actor: 'user:ann', reason: 'as the test has it', ...request }],
    });
  }

  async situation(): Promise<Situation> {
    return this.#handle.query(situationQuery);
  }

  /** The card, which has taken the packet, registers at the target, and the event of it arrives. */
  async cardAttaches(): Promise<void> {
    await this.cardAttachesUnseen();
    await this.locationUpdateArrives();
  }

  /** The card registers at the target, and no event ever arrives. */
  async cardAttachesUnseen(): Promise<void> {
    this.network.attachedAt = new Date(await this.now()).toISOString();
    this.network.takePacket();
    this.network.attach();
  }

  /** An event says that the card registered, whether that is so or not. */
  async locationUpdateArrives(event: Partial<LocationUpdate> = {}): Promise<void> {
    const { changeId, targetImsi: imsi } = this.network.plan;
    await this.#handle.signal(locationUpdateSignal, { eventId: this.#nextEventId(), changeId, imsi, ...event });
  }

  /** Resolves once a step has been called so many times in all. */
  async attempts(step: StepName, times = 1): Promise<void> {
    await this.#until(`${step} to be called ${String(times)} times`, () => this.timesCalled(step) >= times);
  }

  async reaches(state: ChangeState): Promise<void> {
    await this.#until(`the state ${state}`, () => this.states.includes(state));
  }

  /** Resolves once the timeline says so, as a state’s cause or what was told in it. */
  async says(cause: string): Promise<void> {
    await this.#until(`“${cause}”`, () => this.network.causes.some((one) => one.includes(cause)));
  }

  /** Resolves once the state that was recorded last has this code, or none. */
  async isTold(code: FailureCode | undefined): Promise<void> {
    await this.#until(`the code ${String(code)}`, () => this.network.timeline.at(-1)?.code === code);
  }

  /** Lets time pass; on the server that skips time, at once. */
  async passes({ hours = 0, seconds = hours * 3_600 }: { hours?: number; seconds?: number }): Promise<void> {
    await this.#environment.sleep(seconds * 1_000);
  }

  /** The time of the server, in milliseconds since the epoch. */
  async now(): Promise<number> {
    return this.#environment.currentTimeMs();
  }

  async cancel(): Promise<void> {
    await this.#handle.cancel();
  }

  letGoOn(step: StepName): void {
    this.network.letGoOn(step);
  }

  /** How the change ends; time passes until then. */
  async outcome(): Promise<ChangeOutcome> {
    return (await this.#handle.result()) as ChangeOutcome;
  }

  async isOpen(): Promise<boolean> {
    return (await this.#handle.describe()).status.name === 'RUNNING';
  }

  /** Resolves once the change has ended, or stands in doubt. */
  async settles(): Promise<'ended' | 'inDoubt'> {
    await this.#until('an end, or a doubt', async () => !(await this.isOpen()) || this.states.at(-1) === 'inDoubt');
    return (await this.isOpen()) ? 'inDoubt' : 'ended';
  }

  /** What the Temporal Web UI shows of the change. */
  async currentDetails(): Promise<string> {
    const metadata = await this.#handle.query<{ readonly currentDetails?: string }>(METADATA_QUERY);
    return metadata.currentDetails ?? '';
  }

  /** Under which state the Temporal Web UI finds the change. */
  async listedAs(): Promise<unknown> {
    const { typedSearchAttributes } = await this.#handle.describe();
    return typedSearchAttributes.get(STATE);
  }

  async history(): Promise<History> {
    return this.#handle.fetchHistory();
  }

  /**
   * Brings a change that a test leaves open to its end, and answers what went wrong for its card before. It is not terminated:
   * the server that skips time would stand still for every later test if it were just busy with it.
   */
  async wrapUp(): Promise<readonly string[]> {
    const breaches = [...this.network.breaches];
    this.network.letAllGoOn();
    if (await this.isOpen()) {
      const wasFrozen = this.network.seenAtSource;
      this.network.heal();
      await this.locationUpdateArrives();
      if (wasFrozen) await this.supportAsks({ action: 'retryNow' });
      await this.outcome();
    }
    return breaches;
  }

  #nextEventId(): string {
    this.#events += 1;
    return `event-${String(this.#events)}`;
  }

  async #until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + REAL_MILLISECONDS;
    while (!(await isTrue())) {
      if (Date.now() > deadline) throw new Error(`waited in vain for ${what}; called: ${this.calls.join(', ')}`);
      await delay(5);
    }
  }
}
