import fc from 'fast-check';
import {
  DELIVERY_RECEIPT,
  EventError,
  LOCATION_UPDATED,
  PROOF_OF_RECEIPT,
  cloudEvent,
  readEvent,
} from '../../../services/events/cloud-event.ts';
import { locationUpdated, locationUpdateRefused, proofOfReceipt } from '../../support/events.ts';

const octets = (event: unknown): Buffer => Buffer.from(JSON.stringify(event));

test('a location update is read with its IMSI', () => {
  const event = locationUpdated({ id: 'location-1', imsi: '001029000000001' });
  expect(readEvent(octets(event))).toMatchObject({
    kind: 'locationUpdated',
    event: { id: 'location-1', data: { imsi: '001029000000001' } },
  });
});

test('a location update that was refused is read with its IMSI', () => {
  expect(readEvent(octets(locationUpdateRefused({ id: 'refused-1', imsi: '001029000000001' })))).toMatchObject({
    kind: 'locationUpdateRefused',
    event: { id: 'refused-1', data: { imsi: '001029000000001' } },
  });
});

test('a proof of receipt is read with its counter, status, status word and whether it is authenticated', () => {
  const event = proofOfReceipt({ id: 'por-1', statusWord: '9000' });
  expect(readEvent(octets(event))).toMatchObject({ kind: 'proofOfReceipt', event: { data: event.data } });
});

test('members that nobody agreed on are ignored, as CloudEvents wants it', () => {
  const event = { ...locationUpdated({ id: 'location-1' }), traceparent: '00-1', datacontenttype: 'application/json' };
  expect(readEvent(octets(event)).kind).toBe('locationUpdated');
});

test('an event of a type that nobody waits for is left alone', () => {
  const event = cloudEvent({ id: '1', source: '/x', type: DELIVERY_RECEIPT, subject: 'x', time: 'now', data: {} });
  expect(readEvent(octets(event))).toEqual({ kind: 'other', type: DELIVERY_RECEIPT });
});

const POISON: readonly [what: string, value: Buffer | null, told: RegExp][] = [
  ['no value', null, /empty/],
  ['no JSON', Buffer.from('{"id":'), /not JSON/],
  ['octets that are no text', Buffer.from([0xff, 0x00, 0xfe]), /not JSON/],
  ['a number', octets(7), /object/],
  ['nothing in JSON', octets(null), /object/],
  ['another version', octets({ ...locationUpdated({}), specversion: '0.3' }), /specversion/],
  ['no id', octets({ ...locationUpdated({}), id: '' }), /id/],
  ['an id without end', octets({ ...locationUpdated({}), id: 'x'.repeat(257) }), /id/],
  ['NUL in its id', octets({ ...locationUpdated({}), id: 'a\0b' }), /id/],
  ['half a surrogate pair in its source', octets({ ...locationUpdated({}), source: '\ud800' }), /source/],
  ['a time without end', octets({ ...locationUpdated({}), time: 'x'.repeat(65) }), /time/],
  ['no data', octets({ ...locationUpdated({}), data: undefined }), /data/],
  ['an IMSI of letters', octets(locationUpdated({ imsi: 'one' })), /imsi/],
  ['an IMSI that is a number', octets({ ...locationUpdated({}), data: { imsi: 1 } }), /imsi/],
  ['a refusal of no IMSI', octets({ ...locationUpdateRefused({}), data: {} }), /imsi/],
  ['an ICCID with a wrong check digit', octets(proofOfReceipt({ iccid: '8999901000000000014' })), /iccid/],
  ['an unknown status', octets(proofOfReceipt({ status: 'fine' })), /status/],
  ['a negative counter', octets(proofOfReceipt({ cntr: -1 })), /cntr/],
  ['a status word in capitals', octets(proofOfReceipt({ statusWord: '6A82' })), /statusWord/],
  ['a change id that is none', octets(proofOfReceipt({ changeId: 'x' })), /changeId/],
  ['no word on authentication', octets(proofOfReceipt({ authenticated: 'yes' })), /authenticated/],
];

test.each(POISON)('a message with %s is refused with its reason', (_what, value, told) => {
  expect(() => readEvent(value)).toThrow(EventError);
  expect(() => readEvent(value)).toThrow(told);
});

const anyOctets = fc.uint8Array().map((value) => Buffer.from(value));
const anyJson = fc.json().map((text) => Buffer.from(text));
const nearlyRight = fc
  .record({
    specversion: fc.constantFrom('1.0', '1.1', 1),
    id: fc.oneof(fc.string(), fc.integer()),
    source: fc.string(),
    type: fc.constantFrom(LOCATION_UPDATED, PROOF_OF_RECEIPT, 'other'),
    data: fc.oneof(fc.anything(), fc.record({ imsi: fc.anything(), iccid: fc.anything(), status: fc.anything() })),
  })
  .map((event) =>
    Buffer.from(JSON.stringify(event, (_key, value: unknown) => (typeof value === 'bigint' ? 0 : value))),
  );

test('whatever a message holds, it is read or refused, and nothing else ever happens', () => {
  fc.assert(
    fc.property(fc.oneof(anyOctets, anyJson, nearlyRight), (value) => {
      try {
        expect(['locationUpdated', 'proofOfReceipt', 'other']).toContain(readEvent(value).kind);
      } catch (cause) {
        expect(cause).toBeInstanceOf(EventError);
      }
    }),
    { numRuns: 500 },
  );
});
