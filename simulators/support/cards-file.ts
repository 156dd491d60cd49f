import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { parseIccid, type Iccid } from '../../telecom/identifiers/iccid.ts';
import { parseImei, type Imei } from '../../telecom/identifiers/imei.ts';
import { parseImsi, type Imsi } from '../../telecom/identifiers/imsi.ts';
import { parseMsisdn, type Msisdn } from '../../telecom/identifiers/msisdn.ts';
import { fromHex } from '../../telecom/octets/hex.ts';
import type { OtaKeys } from '../../telecom/ota/ota-keys.ts';
import type { MacLength } from '../../telecom/ota/packet-security.ts';
import { Secret } from '../../telecom/secret.ts';

/** Type allocation code of test devices, which begin with 00 (GSMA TS.06). */
const TEST_DEVICE = '001010';

const Row = z.object({
  iccid: z.string(),
  operator: z.string().min(1),
  imsi: z.string(),
  msisdn: z.string(),
  profile: z.string().default(''),
  adm1: z.string().regex(/^[0-9a-f]{16}$/i, 'adm1 is 16 hex digits'),
  kvn: z.coerce.number().int().min(1).max(15),
  kic: z.string(),
  kid: z.string(),
});

/** One card as it left its factory, and the device that it sits in. */
export interface FactoryCard {
  readonly iccid: Iccid;
  readonly operator: string;
  readonly imsi: Imsi;
  readonly msisdn: Msisdn;
  readonly imei: Imei;
  readonly adminCode: Secret<Uint8Array>;
  readonly kvn: number;
  readonly keys: OtaKeys;
  /** What its keys are used with; AES unless said. */
  readonly algorithm?: 'aes' | 'tripleDes2Key' | 'tripleDes3Key';
  /** Octets of a cryptographic checksum; 8 unless said. */
  readonly macLength?: MacLength;
}

/** What the keys of the cards of a profile are used with. */
export type KeyTypes = Readonly<Record<string, Required<Pick<FactoryCard, 'algorithm' | 'macLength'>>>>;

/** Reads the cards that the simulated devices carry; the error names the line that can't be read, and no value of it. */
export function readCardsFile(path: string, keyTypes: KeyTypes = {}): FactoryCard[] {
  const rows: unknown[] = parse(readFileSync(path), { columns: true, skip_empty_lines: true, bom: true });
  return rows.map((row, index) => {
    try {
      return factoryCard(Row.parse(row), keyTypes);
    } catch (cause) {
      throw new Error(`card ${String(index + 1)} of ${path} cannot be read; correct the file and start again`, {
        cause,
      });
    }
  });
}

function factoryCard(row: z.infer<typeof Row>, keyTypes: KeyTypes): FactoryCard {
  const iccid = parseIccid(row.iccid);
  const keyType = keyTypes[row.profile];
  return {
    iccid,
    operator: row.operator,
    imsi: parseImsi(row.imsi),
    msisdn: parseMsisdn(row.msisdn),
    imei: imeiOfDeviceWith(iccid),
    adminCode: Secret.of(fromHex(row.adm1, 'adm1')),
    kvn: row.kvn,
    keys: { kic: Secret.of(fromHex(row.kic, 'kic')), kid: Secret.of(fromHex(row.kid, 'kid')) },
    ...(keyType && { algorithm: keyType.algorithm, macLength: keyType.macLength }),
  };
}

/** The device of a card has the card's issuer and serial number in its own number: both simulators know it. */
function imeiOfDeviceWith(iccid: Iccid): Imei {
  return parseImei(TEST_DEVICE + iccid.slice(5, 7) + iccid.slice(-7, -1));
}
