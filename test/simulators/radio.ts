import type { SimulatedOperator } from '../../simulators/operator/index.ts';
import { subscriberKeys } from '../../simulators/support/subscriber-keys.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { milenage } from '../../telecom/milenage.ts';
import { fromHex, toHex } from '../../telecom/octets/hex.ts';
import { demoCard, http, seedOf, type Reply } from './harness.ts';

interface Attach {
  readonly imsi: string;
  /** Whose seed the card's keys come from. */
  readonly operator: string;
  readonly imei?: string;
}

/** Answers the operator's challenge as a card with the keys of its operator would, and attaches. */
export async function attachCard({ radioUrl }: SimulatedOperator, { imsi, operator, imei }: Attach): Promise<Reply> {
  const challenge = await http(`POST ${radioUrl}/radio/challenge`, { imsi });
  if (challenge.status !== 200) return challenge;
  const rand = fromHex(String(challenge.body['rand']), 'RAND');
  const { res } = milenage(subscriberKeys(seedOf(operator), parseImsi(imsi))).f2345(rand);
  const device = imei ?? demoCard('operator-1', 1).imei;
  return http(`POST ${radioUrl}/radio/attach`, { imsi, rand: toHex(rand), res: toHex(res), imei: device });
}
