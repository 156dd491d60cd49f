import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTar } from '../../../telecom/identifiers/tar.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';
import { decodeCommandPacket, encodeCommandPacket } from '../../../telecom/ota/command-packet.ts';
import { decodeCompactResponse } from '../../../telecom/ota/compact-response.ts';
import { decodeKic, decodeKid } from '../../../telecom/ota/key-indication.ts';
import { decodeResponsePacket } from '../../../telecom/ota/response-packet.ts';
import { RESPONSE_STATUSES } from '../../../telecom/ota/response-status.ts';
import { decodeSpi } from '../../../telecom/ota/spi.ts';
import { Secret } from '../../../telecom/secret.ts';

interface Keyset {
  readonly kic: string;
  readonly kid: string;
  readonly kic_octet: string;
  readonly kid_octet: string;
}

interface PublishedCommand {
  readonly kind: 'command';
  readonly name: string;
  readonly keyset: string;
  readonly spi: string;
  readonly tar: string;
  readonly cntr: number;
  readonly secured_data: string;
  readonly expected_command_packet: string;
}

interface PublishedResponse {
  readonly kind: 'response';
  readonly name: string;
  readonly keyset: string;
  readonly spi: string;
  readonly response_ud: string;
  readonly expected: { number_of_commands: number; last_sw: string; last_data: string };
  readonly decoded: { tar: string; cntr: number; status: number; data: string };
}

interface PublishedPackets {
  readonly keysets: Readonly<Record<string, Keyset>>;
  readonly vectors: readonly (PublishedCommand | PublishedResponse)[];
}

const FILE = join(__dirname, '../../vectors/ota-examples.json');
const published = JSON.parse(readFileSync(FILE, 'utf8')) as PublishedPackets;

const securityOf = (vector: PublishedCommand | PublishedResponse) => {
  const keyset = published.keysets[vector.keyset];
  if (keyset === undefined) throw new Error(`the file has no key set ${vector.keyset}`);
  const spi = decodeSpi(fromHex(vector.spi, 'SPI'));
  return {
    spi,
    kic: decodeKic(Number.parseInt(keyset.kic_octet, 16)),
    kid: decodeKid(Number.parseInt(keyset.kid_octet, 16), spi.integrity),
    keys: { kic: Secret.of(fromHex(keyset.kic, 'KIc key')), kid: Secret.of(fromHex(keyset.kid, 'KID key')) },
  };
};

for (const vector of published.vectors) {
  if (vector.kind === 'command') {
    test(`builds the published command packet: ${vector.name}`, () => {
      const { keys, ...security } = securityOf(vector);
      const header = { ...security, tar: parseTar(vector.tar), cntr: vector.cntr };
      const packet = encodeCommandPacket({ header, data: fromHex(vector.secured_data, 'data'), keys });
      expect(toHex(packet)).toBe(vector.expected_command_packet);
    });

    test(`opens the published command packet as its card does: ${vector.name}`, () => {
      const { keys, ...security } = securityOf(vector);
      const decoded = decodeCommandPacket(fromHex(vector.expected_command_packet, 'packet'), keys);
      expect(decoded.header).toEqual({ ...security, tar: vector.tar, cntr: vector.cntr });
      expect(toHex(decoded.data)).toBe(vector.secured_data);
      expect(decoded.integrityOk).toBe(true);
    });
  } else {
    for (const [form, udhOctets] of [
      ['whole', 0],
      ['with its header stripped by the network', 3],
    ] as const) {
      test(`verifies the published response ${form}: ${vector.name}`, () => {
        const decoded = decodeResponsePacket(
          fromHex(vector.response_ud, 'user data').slice(udhOctets),
          securityOf(vector),
        );
        expect({ ...decoded, data: toHex(decoded.data) }).toEqual({
          tar: vector.decoded.tar,
          cntr: vector.decoded.cntr,
          status: RESPONSE_STATUSES[vector.decoded.status],
          authenticated: true,
          integrityOk: true,
          ciphered: true,
          data: vector.decoded.data,
        });
      });
    }

    test(`reads what the card executed out of the published response: ${vector.name}`, () => {
      const response = decodeCompactResponse(fromHex(vector.decoded.data, 'data'));
      expect({ ...response, data: toHex(response.data) }).toEqual({
        commands: vector.expected.number_of_commands,
        statusWord: vector.expected.last_sw,
        data: vector.expected.last_data,
      });
    });
  }
}
