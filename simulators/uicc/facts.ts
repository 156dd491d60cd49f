import { z } from 'zod';
import { RESPONSE_STATUSES } from '../../telecom/ota/response-status.ts';
import { iccidSchema, imsiSchema } from '../support/identifier-schemas.ts';
import { FILE_NAMES } from './files.ts';

const at = z.iso.datetime();
const iccid = iccidSchema;
const kvn = z.int();
const cntr = z.int();
/** Tells the octets of one packet from those of another: the beginning of their SHA-256. Absent in old journals. */
const digest = z.string().optional();

/** What can become true of a card; its memory is computed from these. */
export const CARD_FACTS = [
  z.strictObject({ kind: z.literal('counterConsumed'), at, iccid, kvn, cntr, digest }),
  z.strictObject({ kind: z.literal('replayRefused'), at, iccid, cntr, digest }),
  z.strictObject({ kind: z.literal('packetRefused'), at, iccid, status: z.enum(RESPONSE_STATUSES) }),
  z.strictObject({ kind: z.literal('adminCodeRefused'), at, iccid, triesLeft: z.int() }),
  /** After wrong ones, the right one: all tries are back. */
  z.strictObject({ kind: z.literal('adminCodeAccepted'), at, iccid }),
  /** IMSI, K and OPc change together or not at all: they are one fact. */
  z.strictObject({ kind: z.literal('cardUpdated'), at, iccid, imsi: imsiSchema, sealedKeys: z.string() }),
  /** Remote file management changes one file at a time. The content is in hex, or sealed where it is a key. */
  z.strictObject({ kind: z.literal('fileWritten'), at, iccid, file: z.enum(FILE_NAMES), content: z.string() }),
  /** A challenge was accepted: its SEQ is the highest of its array element (3GPP TS 33.102 C.2). */
  z.strictObject({ kind: z.literal('sequenceAccepted'), at, iccid, ind: z.int(), seq: z.int() }),
  /** A packet of the card's own has used up a counter of that direction. */
  z.strictObject({ kind: z.literal('changeRequested'), at, iccid, kvn, cntr, target: z.string() }),
  z.strictObject({ kind: z.literal('powerCut'), at, iccid, writes: z.int() }),
] as const;

type Undated<F> = F extends { readonly at: string } ? Omit<F, 'at'> : never;

/** What a card makes true. */
export type CardFact = Undated<z.infer<(typeof CARD_FACTS)[number]>>;
