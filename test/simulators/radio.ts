import { servingNode } from '../../simulators/serving-node/index.ts';
import type { SimulatedOperator } from '../../simulators/operator/index.ts';
import { subscriberKeys } from '../../simulators/support/subscriber-keys.ts';
import type { Imei } from '../../telecom/identifiers/imei.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { TestUsim } from '../support/usim.ts';
import { demoCard, seedOf } from './harness.ts';

interface Attach {
  readonly imsi: string;
  /** Whose seed the card's keys come from. */
  readonly operator: string;
  readonly imei?: Imei;
  /** SQN that the card has seen already. */
  readonly highestSqn?: number;
  readonly node?: string;
}

/** A serving node that is only there for this; stays connected until `close`. */
export const nodeAt = ({ gsup }: SimulatedOperator, name = 'test-node', onCancelled?: (imsi: string) => void) =>
  servingNode({ name, hlr: gsup, log: () => undefined, ...(onCancelled && { onCancelled }) });

/** The card that a device has, with the keys of its operator's seed. */
export const cardOf = ({ imsi, operator, highestSqn = 0 }: Attach): TestUsim =>
  new TestUsim({ imsi: parseImsi(imsi), keys: subscriberKeys(seedOf(operator), parseImsi(imsi)), highestSqn });

/** Attaches a card through a serving node of its own, and says with which number. */
export async function attachCard(operator: SimulatedOperator, attach: Attach): Promise<string> {
  const node = nodeAt(operator, attach.node);
  try {
    const device = { usim: cardOf(attach), imei: attach.imei ?? demoCard('operator-1', 1).imei };
    return (await node.attach(device)).msisdn;
  } finally {
    await node.close();
  }
}
