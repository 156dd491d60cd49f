import type { EventBus } from '../../adapters/kafka/event-bus.ts';
import type { OutgoingMessage } from '../../adapters/kafka/messages.ts';
import { cardProfiles, type CardProfiles } from '../../services/packets/card-profiles.ts';
import { handleDelivery } from '../../services/deliveries/handle-delivery.ts';
import { CardIndex } from '../../adapters/vault/card-index.ts';
import type { Vault } from '../../adapters/vault/vault.ts';
import { parsePlmn } from '../../telecom/identifiers/plmn.ts';
import { CHANGE_REQUEST_SPI, CHANGE_REQUEST_TAR, encodeChangeRequest } from '../../telecom/ota/change-request.ts';
import type { CommandPacket } from '../../telecom/ota/command-packet.ts';
import { Secret } from '../../telecom/secret.ts';
import { scriptedDatabase } from './scripted-database.ts';
import { keys, KIC_KEY, KID_KEY } from '../telecom/ota/packets.ts';

export const ICCID = '8999901000000000013';
export const MSISDN = '9990110000001';
export const CHANGE_ID = '019376a4-0000-7000-8000-000000000001';
export const INDEX = new CardIndex(Secret.of<Uint8Array>(Buffer.alloc(32, 7)));
/** Seals nothing: what is stored is what is opened. */
const VAULT = { open: (octets: Uint8Array) => Promise.resolve(Secret.of(octets)) } as unknown as Vault;
export const CARD = {
  ...{ iccid: ICCID, profile: 'cpa-aes', kvn: 2 },
  ...{ sealed_adm1: Buffer.alloc(8), sealed_kic: Buffer.from(KIC_KEY, 'hex'), sealed_kid: Buffer.from(KID_KEY, 'hex') },
};

export interface Registry {
  readonly lastRequest?: number;
  readonly packets?: readonly object[];
  readonly sent?: readonly object[];
  /** The open change whose packet may have gone to the card's number. */
  readonly waiting?: readonly object[];
  readonly profiles?: CardProfiles;
  /** The packets of which it is noted at once that their card can't read them; of any other it was noted before. */
  readonly keyRefusals?: number;
  readonly later?: (action: () => void, milliseconds: number) => void;
  /** The clock, in milliseconds since the epoch. */
  readonly now?: () => number;
}

/** The OTA worker's side of one card, with all that it talks to played. */
export function playedOta({
  lastRequest = 0,
  packets = [],
  sent = [],
  waiting = [],
  profiles = cardProfiles(),
  keyRefusals = 0,
  later,
  now = Date.now,
}: Registry = {}) {
  const published: { readonly topic: string; readonly message: OutgoingMessage }[] = [];
  const updates: { readonly statement: string; readonly parameters: readonly unknown[] }[] = [];
  const database = scriptedDatabase((statement, parameters) => {
    // What an answer means for a block of its card is shown where a database knows of blocks.
    if (statement.includes('card_blocks')) return [];
    if (statement.trimStart().startsWith('update')) {
      updates.push({ statement, parameters });
      return statement.includes('key_refusal is null') && updates.length <= keyRefusals ? [{}] : [];
    }
    if (statement.includes('request_cntr'))
      return parameters[0] === MSISDN ? [{ ...CARD, request_cntr: lastRequest }] : [];
    if (statement.includes('from operators')) return parameters[0] === '00102' ? [{ id: 'operator-2' }] : [];
    if (statement.includes('with newest')) return [...packets];
    if (statement.includes('not change.ended')) return parameters[0] === MSISDN ? [...waiting] : [];
    return parameters[0] === MSISDN ? [...sent] : [];
  });
  const bus = {
    publish: (topic: string, messages: readonly OutgoingMessage[]) => {
      published.push(...messages.map((message) => ({ topic, message })));
      return Promise.resolve([]);
    },
  } as unknown as EventBus;
  const logged: string[] = [];
  const called: string[] = [];
  const take = handleDelivery({
    ...{ smsc: 'smsc-1', database, vault: VAULT, profiles, bus, index: INDEX, now, later },
    log: (level, told, fields) => {
      logged.push(`${level}: ${told}`);
      if (fields !== undefined) called.push(fields.code);
    },
  });
  const events = () =>
    published.map(({ topic, message: { value } }) => ({ topic, ...(JSON.parse(String(value)) as { data: object }) }));
  return { take, published, updates, events, logged, called };
}

/** What a card sends that asks for its change. */
export const REQUEST: CommandPacket = {
  header: {
    ...{ spi: CHANGE_REQUEST_SPI, tar: CHANGE_REQUEST_TAR, cntr: 7 },
    ...{ kic: { algorithm: 'aes', kvn: 2 }, kid: { algorithm: 'aes', kvn: 2 } },
  },
  data: encodeChangeRequest({ target: parsePlmn('00102') }),
  keys,
};
