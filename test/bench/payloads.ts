// Sealing and opening of payloads beside bare AES-256-GCM over as many octets, alternating in one process.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { SealingCodec, sealPayload } from '../../adapters/vault/payload-codec.ts';
import { freshPayloadKey } from '../support/payload-key.ts';
import { median } from './report.ts';

export interface PayloadFigure {
  readonly work: string;
  readonly dataOctets: number;
  /** CPU time of one payload. */
  readonly microseconds: number;
  /** CPU time of the cipher alone. */
  readonly floorMicroseconds: number;
}

/** A result of a step, arguments of a change, and the most that a reason or a signal may make of it. */
const LENGTHS = [120, 600, 4_000];
const CALLS_A_TURN = 2_000;
const KEY = freshPayloadKey('bench');
const PLACE = { namespace: 'default', workflowId: `subscription-change/${'5d'.repeat(16)}` };
const CODEC = new SealingCodec({ keys: [KEY], namespace: PLACE.namespace, encryption: 'required' });
const CIPHER = 'aes-256-gcm';

/** Runs sealing and opening in turns with their floors. */
export function measurePayloads(rounds: number): PayloadFigure[] {
  const contests = LENGTHS.flatMap((dataOctets) => [sealing(dataOctets), opening(dataOctets)]);
  const times = contests.map((contest) => ({ ...contest, own: [] as number[], bare: [] as number[] }));
  for (const { codec, floor } of contests) [codec, floor].map(cpuMicrosecondsEach);
  for (let round = 0; round < rounds; round += 1) {
    for (const { codec, floor, own, bare } of times) {
      own.push(cpuMicrosecondsEach(codec));
      bare.push(cpuMicrosecondsEach(floor));
    }
  }
  return times.map(({ work, dataOctets, own, bare }) => ({
    ...{ work, dataOctets, microseconds: median(own), floorMicroseconds: median(bare) },
  }));
}

/** The figures as the table of `docs/performance.md`. */
export function payloadsAsMarkdown(figures: readonly PayloadFigure[]): string {
  return [
    '| work | octets of data | CPU µs each | bare cryptography |',
    '| --- | --- | --- | --- |',
    ...figures.map(
      ({ work, dataOctets, microseconds, floorMicroseconds }) =>
        `| ${work} | ${String(dataOctets)} | ${microseconds.toFixed(1)} | ${floorMicroseconds.toFixed(1)} |`,
    ),
    '',
  ].join('\n');
}

function sealing(dataOctets: number) {
  const payload = payloadOf(dataOctets);
  return {
    ...{ work: 'seal a payload', dataOctets },
    codec: () => sealPayload(payload, KEY, PLACE),
    floor: () => bareSeal(payload.data),
  };
}

function opening(dataOctets: number) {
  const sealed = sealPayload(payloadOf(dataOctets), KEY, PLACE);
  const { iv, ciphertext, tag } = bareSeal(payloadOf(dataOctets).data);
  return {
    ...{ work: 'open a payload', dataOctets },
    codec: () => CODEC.show(sealed),
    floor: () => {
      const decipher = createDecipheriv(CIPHER, KEY.key.reveal(), iv).setAuthTag(tag);
      return [decipher.update(ciphertext), decipher.final()];
    },
  };
}

const payloadOf = (dataOctets: number) => ({
  metadata: { encoding: Buffer.from('json/plain') },
  data: randomBytes(dataOctets),
});

function bareSeal(data: Uint8Array) {
  const iv = randomBytes(12);
  const cipher = createCipheriv(CIPHER, KEY.key.reveal(), iv);
  const ciphertext = cipher.update(data);
  cipher.final();
  return { iv, ciphertext, tag: cipher.getAuthTag() };
}

function cpuMicrosecondsEach(call: () => unknown): number {
  const before = process.cpuUsage();
  for (let index = 0; index < CALLS_A_TURN; index += 1) call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS_A_TURN;
}
