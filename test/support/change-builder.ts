import { randomUUID } from 'node:crypto';
import { parseIccid } from '../../telecom/identifiers/iccid.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { SUBSCRIPTION_CHANGE, changeWorkflowId, type ChangePolicy } from '../../workflows/shared/contract.ts';
import type { FailureCode } from '../../workflows/shared/failure-codes.ts';
import type { ChangeBench } from './change-bench.ts';
import { ChangeRun } from './change-run.ts';
import type { EarlierWork } from './earlier-work.ts';
import { FakeNetwork } from './fake-network.ts';
import type { NetworkPlan, StepName } from './network-plan.ts';
import type { Fault } from './fault.ts';

export const ICCID = parseIccid('8999901000000000013');
export const SOURCE_IMSI = parseImsi('001010000000001');
export const TARGET_IMSI = parseImsi('001029000000001');

/** More attempts than any patience of these tests allows. */
const FOREVER = 1_000_000;

const POLICY: ChangePolicy = {
  attemptSeconds: 15,
  consentPatienceSeconds: 120,
  stepPatienceSeconds: 120,
  attachPollSeconds: 600,
  attachDeadlineSeconds: 24 * 3_600,
  releasePatienceSeconds: 3_600,
};

/** Says how one change fares, then starts it. */
export class ChangeBuilder {
  readonly #bench: ChangeBench;
  readonly #faults = new Map<StepName, Fault[]>();
  readonly #held = new Set<StepName>();
  #askConsent = false;
  #check: NetworkPlan['check'];
  #rejectedAs: FailureCode | undefined;
  #policy = POLICY;
  #before: EarlierWork | undefined;
  #readBack: NetworkPlan['readBack'];
  #terms: NonNullable<NetworkPlan['terms']> = {};
  #reopened: { readonly tried: boolean } | undefined;

  constructor(bench: ChangeBench) {
    this.#bench = bench;
  }

  /** The agreement asks for the consent of the source operator. */
  withConsent(): this {
    this.#askConsent = true;
    return this;
  }

  /** The card is one that is asked for its admin code first; it may have answered an earlier workflow already. */
  askingTheCardFirst(check: NonNullable<NetworkPlan['check']> = {}): this {
    this.#check = check;
    return this;
  }

  /** The card can be read back over the air; it may answer a probe at once. */
  readable(readBack: NonNullable<NetworkPlan['readBack']> = {}): this {
    this.#readBack = readBack;
    return this;
  }

  /** Nothing is read of the card; a probe finds how far it counts. */
  counting(): this {
    this.#terms = { ...this.#terms, readBack: 'counts' };
    return this;
  }

  /** The card can be asked to have its device read it anew. */
  refreshable(): this {
    this.#terms = { ...this.#terms, refreshable: true };
    return this;
  }

  /** The card's profile writes one file after the other, so that it may be torn, and is written again. */
  rewritable(): this {
    this.#terms = { ...this.#terms, tearable: true, targetSmsc: 'smsc-2' };
    return this;
  }

  /** The source has so many days after the attach to let go. */
  releasedWithin(days: number): this {
    this.#terms = { ...this.#terms, releaseDays: days };
    return this;
  }

  /** The agreement wants both subscriptions alive for so long after the attach. */
  overlapping(seconds: number): this {
    this.#terms = { ...this.#terms, overlapSeconds: seconds };
    return this;
  }

  /** The agreement has the card stay in its device. */
  inItsDevice(): this {
    this.#terms = { ...this.#terms, sameDevice: 'required' };
    return this;
  }

  /** The change had been undone, and is started again since a card has tried to attach. */
  reopenedAfter(before: EarlierWork, { tried }: { readonly tried: boolean }): this {
    this.#reopened = { tried };
    return this.resumedAfter(before);
  }

  rejectedAs(code: FailureCode): this {
    this.#rejectedAs = code;
    return this;
  }

  patient(policy: Partial<ChangePolicy>): this {
    this.#policy = { ...this.#policy, ...policy };
    return this;
  }

  /** The step fails with this code and does nothing, at so many attempts. */
  failingAt(step: StepName, code: FailureCode, attempts = FOREVER): this {
    return this.#fault(step, { code, attempts, happened: false });
  }

  /** The step does its work, but its answer is lost, at so many attempts. */
  losingTheAnswerOf(step: StepName, code: FailureCode, attempts = FOREVER): this {
    return this.#fault(step, { code, attempts, happened: true });
  }

  /** The step waits before it does anything, until the test lets it go on. */
  holding(step: StepName): this {
    this.#held.add(step);
    return this;
  }

  /** An earlier workflow of the change was lost after this. */
  resumedAfter(before: EarlierWork): this {
    this.#before = before;
    return this;
  }

  async start(): Promise<ChangeRun> {
    const changeId = randomUUID();
    const network = new FakeNetwork({
      ...{ changeId, iccid: ICCID, sourceImsi: SOURCE_IMSI, targetImsi: TARGET_IMSI },
      ...{ askConsent: this.#askConsent, faults: this.#faults, held: this.#held },
      ...(this.#before && { before: this.#before }),
      ...(this.#check && { check: this.#check }),
      ...(this.#readBack && { readBack: this.#readBack }),
      ...{ terms: this.#terms },
      ...(this.#rejectedAs && {
        rejection: { kind: 'rejected', code: this.#rejectedAs, reason: 'as the test has it' },
      }),
    });
    network.triedLate = this.#reopened?.tried === true;
    this.#bench.join(network);
    const handle = await this.#bench.environment.client.workflow.start(SUBSCRIPTION_CHANGE, {
      workflowId: changeWorkflowId(changeId),
      taskQueue: this.#bench.taskQueue,
      args: [
        {
          ...{ changeId, iccid: ICCID, target: 'operator-2', policy: this.#policy },
          ...{ requestedBy: 'user:test', requestId: `request-${changeId}` },
          ...(this.#before && { resumedAfter: this.#before.states.length }),
          ...(this.#reopened && { reopened: true }),
        },
      ],
    });
    return this.#bench.follow(new ChangeRun(network, handle, this.#bench.environment));
  }

  #fault(step: StepName, fault: Fault): this {
    this.#faults.set(step, [...(this.#faults.get(step) ?? []), fault]);
    return this;
  }
}
