import { z } from 'zod';
import { REFUSAL_CAUSES } from '../../telecom/gsup/registration-refusal.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { HlrError, type Hlr } from '../hlr.ts';
import { JsonClient, type JsonAnswer } from '../http/json-client.ts';
import { imeiSchema, imsiSchema, msisdnSchema } from '../identifier-schemas.ts';
import { messageOf } from '../log.ts';

const Subscriber = z.object({
  imsi: imsiSchema,
  msisdn: msisdnSchema,
  barred: z.boolean(),
  attached: z.boolean(),
  locationUpdate: z.object({ at: z.iso.datetime(), imei: imeiSchema.nullable() }).nullable(),
  authentication: z.object({ at: z.iso.datetime(), outcome: z.enum(['seen', 'failed']) }).nullable(),
  refusedAt: z.iso.datetime().nullable(),
  refusal: z.object({ at: z.iso.datetime(), cause: z.enum(REFUSAL_CAUSES) }).nullable(),
});

const SENTENCES = {
  unknown: 'does not know',
  collision: 'has another subscriber under',
  refused: 'refused the call about',
} as const;
const KINDS: Readonly<Record<number, keyof typeof SENTENCES>> = { 404: 'unknown', 409: 'collision' };

/** The management interface of the simulated HLR (simulators/README.md), on the same machine. */
export function simulatedHlr(url: string): Hlr {
  const client = new JsonClient(url);
  const pathOf = (imsi: Imsi): string => `/management/subscribers/${imsi}`;
  return {
    create: async ({ imsi, msisdn, k, opc }) => {
      await done(client.call('PUT', pathOf(imsi), { msisdn, k: toHex(k.reveal()), opc: toHex(opc.reveal()) }), imsi);
    },
    bar: async (imsi) => {
      await done(client.call('PUT', `${pathOf(imsi)}/bar`), imsi);
    },
    unbar: async (imsi) => {
      await done(client.call('DELETE', `${pathOf(imsi)}/bar`), imsi);
    },
    remove: async (imsi) => {
      await done(client.call('DELETE', pathOf(imsi)), imsi);
    },
    subscriber: async (imsi) => {
      const { status, content } = await reached(client.call('GET', pathOf(imsi)));
      if (status === 404) return undefined;
      const parsed = Subscriber.safeParse(content);
      if (status !== 200) throw failed(status, imsi);
      if (!parsed.success) throw new HlrError('refused', `the HLR's answer about IMSI ${imsi} can't be read`);
      return parsed.data;
    },
    close: () => client.close(),
  };
}

async function done(call: Promise<JsonAnswer>, imsi: Imsi): Promise<void> {
  const { status } = await reached(call);
  if (status >= 300) throw failed(status, imsi);
}

async function reached(call: Promise<JsonAnswer>): Promise<JsonAnswer> {
  return call.catch((cause: unknown) => {
    throw new HlrError('unreachable', `the HLR can't be reached: ${messageOf(cause)}`);
  });
}

function failed(status: number, imsi: Imsi): HlrError {
  if (status >= 500) return new HlrError('unreachable', 'the HLR is down');
  const kind = KINDS[status] ?? 'refused';
  return new HlrError(kind, `the HLR ${SENTENCES[kind]} IMSI ${imsi}`);
}
