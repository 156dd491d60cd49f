import fc from 'fast-check';
import { parseIccid } from '../../../telecom/identifiers/iccid.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { parsePlmn } from '../../../telecom/identifiers/plmn.ts';
import { toHex } from '../../../telecom/octets/hex.ts';
import { Secret } from '../../../telecom/secret.ts';
import { accessControlClassOf, decodeEfAcc, encodeEfAcc } from '../../../telecom/uicc/access-control-class-file.ts';
import { decodeEfAd, encodeEfAd } from '../../../telecom/uicc/administrative-data-file.ts';
import { decodeUsimAuthKey, encodeUsimAuthKey } from '../../../telecom/uicc/authentication-key-file.ts';
import { decodeEfIccid, encodeEfIccid } from '../../../telecom/uicc/iccid-file.ts';
import {
  holdsLocation,
  LOCATION_FILES,
  resetEfEpsloci,
  resetEfKeys,
  resetEfLoci,
  resetEfPsloci,
} from '../../../telecom/uicc/location-files.ts';
import { decodePlmn, encodePlmn } from '../../../telecom/uicc/plmn-coding.ts';
import { decodePlmnList, EF_EHPLMN, EF_FPLMN, encodePlmnList } from '../../../telecom/uicc/plmn-list-files.ts';
import { PERSONALIZED_FILES } from '../../../telecom/uicc/personalization.ts';
import { decodedOrRefused, hex } from '../ota/packets.ts';

const [, , EPSLOCI] = LOCATION_FILES;

test.each([
  ['8999901000000000013', '9899090100000000 10f3'],
  ['89490200001006729407', '98942000000160274970'],
])('EF.ICCID of %s is %s', (iccid, content) => {
  const octets = hex(content.replace(' ', ''));
  expect(toHex(encodeEfIccid(parseIccid(iccid)))).toBe(toHex(octets));
  expect(decodeEfIccid(octets)).toBe(iccid);
});

test.each([
  ['26201', '62f210'],
  ['310410', '130014'],
  ['001001', '001100'],
])('the network %s is coded as %s, its third MNC digit in the middle', (plmn, content) => {
  expect(toHex(encodePlmn(parsePlmn(plmn)))).toBe(content);
  expect(decodePlmn(hex(content))).toBe(plmn);
});

test.each(['ffffff', '62f21', '62f2a0', '62f21000'])('%s is no network', (content) => {
  expect(decodedOrRefused(() => decodePlmn(hex(content)))).toBeUndefined();
});

test('a list of networks is filled with FF, and free entries are no networks, wherever they stand', () => {
  const plmns = [parsePlmn('26201'), parsePlmn('310410')];
  expect(toHex(encodePlmnList(plmns, EF_FPLMN.sizeOctets))).toBe('62f210130014ffffffffffff');
  expect(decodePlmnList(hex('ffffff62f210ffffff130014'))).toEqual(plmns);
  expect(() => encodePlmnList(plmns, EF_EHPLMN.sizeOctets)).toThrow(RangeError);
  expect(decodedOrRefused(() => decodePlmnList(hex('62f210ff')))).toBeUndefined();
});

test.each([
  [[0], '0001'],
  [[7], '0080'],
  [[8], '0100'],
  [[9, 15], '8200'],
])('EF.ACC of classes %j is %s', (classes, content) => {
  expect(toHex(encodeEfAcc(classes))).toBe(content);
  expect(decodeEfAcc(hex(content))).toEqual(classes);
});

test('class 10 is about emergency calls, and no class of a subscriber', () => {
  expect(() => encodeEfAcc([10])).toThrow(RangeError);
  expect(decodedOrRefused(() => decodeEfAcc(hex('0400')))).toBeUndefined();
});

test('an ordinary subscriber has the access control class of the last digit of the IMSI', () => {
  expect(accessControlClassOf(parseImsi('262011106487504'))).toBe(4);
});

test('EF.AD says how many digits of the IMSI are the MNC, in the low nibble of octet 4', () => {
  expect(toHex(encodeEfAd({ mode: hex('000000'), mncDigits: 2 }))).toBe('00000002');
  expect(decodeEfAd(hex('800000f3ff'))).toEqual({ mode: hex('800000'), mncDigits: 3 });
  for (const content of ['00000001', '0000', '000000'])
    expect(decodedOrRefused(() => decodeEfAd(hex(content)))).toBeUndefined();
});

test('location files are reset to the contents of annex E: no identity, no area, not updated', () => {
  const home = parsePlmn('26201');
  expect(toHex(resetEfLoci(home))).toBe('ffffffff62f2100000ff01');
  expect(toHex(resetEfPsloci(home))).toBe('ffffffffffffff62f2100000ff01');
  expect(toHex(resetEfEpsloci(home))).toBe('ffffffffffffffffffffffff62f210000001');
  expect(toHex(resetEfKeys())).toBe(`07${'ff'.repeat(32)}`);
});

test('a location file holds a location until it is reset', () => {
  const home = parsePlmn('26201');
  expect(holdsLocation(EPSLOCI, hex('0bf662f2108001010000000162f2100001 00'.replace(' ', '')))).toBe(true);
  const contents = [resetEfLoci(home), resetEfPsloci(home), resetEfEpsloci(home)];
  expect(LOCATION_FILES.map((file, index) => holdsLocation(file, contents[index] ?? hex('')))).toEqual([
    false,
    false,
    false,
  ]);
});

test('the key file of programmable cards is 14, K and OPc, and shows neither', () => {
  const keys = { k: Secret.of(hex('11'.repeat(16))), opc: Secret.of(hex('22'.repeat(16))) };
  const content = encodeUsimAuthKey(keys);
  expect(toHex(content)).toBe(`14${'11'.repeat(16)}${'22'.repeat(16)}`);
  expect(toHex(decodeUsimAuthKey(content).opc.reveal())).toBe('22'.repeat(16));
  expect(() => encodeUsimAuthKey({ ...keys, k: Secret.of(hex('11')) })).toThrow('K and OPc are 16 octets each');
  expect(decodedOrRefused(() => decodeUsimAuthKey(content.with(0, 0x04)))).toBeUndefined();
});

test('what is written of every file ends where the card’s file ends', () => {
  const subscription = {
    ...{ imsi: parseImsi('310410123456789'), plmn: parsePlmn('310410') },
    ...{ k: Secret.of(hex('11'.repeat(16))), opc: Secret.of(hex('22'.repeat(16))) },
  };
  const files = Object.values(PERSONALIZED_FILES);
  expect(files.map(({ content, offset = 0 }) => offset + content(subscription).length)).toEqual(
    files.map(({ file }) => file.sizeOctets),
  );
  expect(toHex(PERSONALIZED_FILES.ad.content(subscription))).toBe('03');
});

test('no two files of a card have one identifier', () => {
  const files = Object.values(PERSONALIZED_FILES).map(({ file }) => file);
  expect(new Set(files.map(({ fileId }) => fileId)).size).toBe(files.length);
  const short = files.flatMap(({ sfi }) => (sfi === undefined ? [] : [sfi]));
  expect(new Set(short).size).toBe(short.length);
});

test('every decoder answers damaged contents with a DecodeError and nothing else', () => {
  const decoders = [decodeEfIccid, decodePlmn, decodePlmnList, decodeEfAcc, decodeEfAd, decodeUsimAuthKey];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
      for (const decode of decoders) decodedOrRefused((): unknown => decode(octets));
      for (const file of LOCATION_FILES) decodedOrRefused(() => holdsLocation(file, octets));
    }),
    { numRuns: 1_000 },
  );
});
