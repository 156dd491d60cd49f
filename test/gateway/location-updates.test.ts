import { locationUpdated, locationUpdateRefused } from '../../gateway/location-updates.ts';
import { parseImei } from '../../telecom/identifiers/imei.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';

const operator = { operator: 'operator-2', plmn: '00102' };
const imsi = parseImsi('001029000000001');
const at = '2026-11-25T03:49:13.000Z';

test('a location update is told with the device and the network', () => {
  const imei = parseImei('490154203237518');
  expect(locationUpdated(operator, { imsi, locationUpdate: { at, imei } })).toEqual({
    ...{ specversion: '1.0', id: `location-update-${imsi}-${at}`, source: '/operators/operator-2/hlr' },
    ...{ type: 'org.rehome.hlr.location-updated.v1', subject: imsi, time: at, datacontenttype: 'application/json' },
    data: { imsi, imei: '490154203237518', plmn: '00102' },
  });
});

test('a device that the HLR does not know is left out', () => {
  expect(locationUpdated(operator, { imsi, locationUpdate: { at, imei: null } }).data).toEqual({ imsi, plmn: '00102' });
});

test('a refused one is told without a device, since it did not get so far', () => {
  expect(locationUpdateRefused(operator, { imsi, refusedAt: at })).toEqual({
    ...{ specversion: '1.0', id: `location-update-refused-${imsi}-${at}`, source: '/operators/operator-2/hlr' },
    ...{ type: 'org.rehome.hlr.location-update-refused.v1', subject: imsi, time: at },
    ...{ datacontenttype: 'application/json', data: { imsi } },
  });
});

test('the same update has the same id, and the next one another', () => {
  const told = (when: string) => locationUpdated(operator, { imsi, locationUpdate: { at: when, imei: null } }).id;
  expect(told(at)).toBe(told(at));
  expect(told(at)).not.toBe(told('2026-11-25T03:49:14.000Z'));
});
