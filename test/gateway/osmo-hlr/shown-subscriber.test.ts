import { HlrError } from '../../../gateway/hlr.ts';
import { readShownSubscriber } from '../../../gateway/osmo-hlr/shown-subscriber.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';

const imsi = parseImsi('901990000000001');

// As osmo-hlr 1.5.0 shows a subscriber that has attached.
const ATTACHED = `    ID: 1
    IMSI: 901990000000001
    MSISDN: 491700000001
    IMEI: 490154203237518
    SGSN number: MME-1
    last LU seen on PS: 2026-11-25T03:49:13+00:00 (1s ago)
    3G auth: MILENAGE
             K=465b5ce8b199b49faa5f0a2ee238a6bc
             OPC=cd63cb71954a9f4e48a5994e37a02baf
             IND-bitlen=5 last-SQN=97`;
const shown = (text: string) => readShownSubscriber(imsi, text.split('\n'));
const LOCATION = { at: '2026-11-25T03:49:13.000Z', imei: '490154203237518' };

test('a subscriber that has attached is read with its device, and without its keys', () => {
  const subscriber = shown(ATTACHED);
  expect(subscriber).toEqual({
    ...{ imsi, msisdn: '491700000001', barred: false, attached: true, locationUpdate: LOCATION, lastSqn: 97 },
  });
});

test('a subscriber that was nowhere yet has no location update', () => {
  expect(shown('    ID: 1\n    IMSI: 901990000000001\n    MSISDN: 491700000001')).toEqual({
    ...{ imsi, msisdn: '491700000001', barred: false, attached: false, locationUpdate: null, lastSqn: 0 },
  });
});

test('a subscriber of whom no vector was given out yet has the last SQN 0, also when it has keys', () => {
  expect(shown(ATTACHED.replace(' last-SQN=97', ''))).toMatchObject({ lastSqn: 0 });
});

test('a subscriber is barred when neither domain is left to it', () => {
  const withoutCs = ATTACHED.replace('    SGSN', '    CS disabled\n    SGSN');
  expect(shown(withoutCs)).toMatchObject({ barred: false, attached: true });
  expect(shown(withoutCs.replace('    CS', '    PS disabled\n    CS'))).toMatchObject({
    ...{ barred: true, attached: false, locationUpdate: LOCATION },
  });
});

test('a subscriber that has left does not count as attached', () => {
  expect(shown(ATTACHED.replace('    last', '    PS purged\n    last'))).toMatchObject({
    ...{ attached: false, locationUpdate: LOCATION },
  });
});

test('a subscriber of a circuit-switched node is attached too, and the later of its location updates counts', () => {
  const both = ATTACHED.replace('    last', '    last LU seen on CS: 2026-11-25T05:00:00+01:00 (1s ago)\n    last');
  expect(shown(both.replace('SGSN number', 'VLR number'))).toMatchObject({
    ...{ attached: true, locationUpdate: { at: '2026-11-25T04:00:00.000Z' } },
  });
});

test('what the HLR does not know, or an operator typed wrong, is left out', () => {
  expect(shown(ATTACHED.replace('491700000001', 'none').replace(/ {4}IMEI: .*\n/, ''))).toMatchObject({
    ...{ msisdn: undefined, locationUpdate: { imei: null } },
  });
  expect(shown(ATTACHED.replace('490154203237518', '12'))).toMatchObject({ locationUpdate: { imei: null } });
});

test('another subscriber than the one asked for is refused, and nothing of it is repeated', () => {
  const other = () => shown(ATTACHED.replace('901990000000001', '901990000000002'));
  expect(other).toThrow(new HlrError('refused', 'osmo-hlr does not show IMSI 901990000000001 when it is asked to'));
});
