import {
  CHANGE_REQUESTED,
  LOCATION_UPDATED,
  LOCATION_UPDATE_REFUSED,
  PROOF_OF_RECEIPT,
  cloudEvent,
} from '../../services/events/cloud-event.ts';

const TIME = '2026-03-04T05:06:07.000Z';
export const CHANGE_ID = '019376a4-0000-7000-8000-000000000001';

/** A location update as the HLR of an operator publishes it; what is given replaces what would be right. */
export function locationUpdated({ id = 'location-1', imsi = '001029000000001' }: { id?: string; imsi?: string }) {
  const data = { imsi, imei: '350000000000017', plmn: '00102' };
  return cloudEvent({
    id,
    source: '/operators/operator-2/hlr',
    type: LOCATION_UPDATED,
    subject: imsi,
    time: TIME,
    data,
  });
}

/** The same of a card that was refused under a barred IMSI. */
export function locationUpdateRefused({ id = 'refused-1', imsi = '001029000000001' }: { id?: string; imsi?: string }) {
  const data = { imsi, servingNode: 'mme-1' };
  return cloudEvent({
    ...{ id, source: '/operators/operator-2/hlr', type: LOCATION_UPDATE_REFUSED, subject: imsi, time: TIME },
    data,
  });
}

/** A proof of receipt as the OTA worker publishes it; what is given replaces what would be right. */
export function proofOfReceipt({
  id = 'por-1',
  ...data
}: { readonly id?: string } & Readonly<Record<string, unknown>>) {
  const right = { iccid: '8999901000000000013', changeId: CHANGE_ID, cntr: 1, status: 'porOk', authenticated: true };
  return cloudEvent({
    ...{ id, source: '/smscs/smsc-1', type: PROOF_OF_RECEIPT, subject: right.iccid, time: TIME },
    data: { ...right, ...data },
  });
}

/** A change that a card asks for, as the OTA worker publishes it; what is given replaces what would be right. */
export function requestedByDevice({
  id = 'request-1',
  ...data
}: { readonly id?: string } & Readonly<Record<string, unknown>>) {
  const right = { iccid: '8999901000000000013', target: 'operator-2', requestId: 'device/8999901000000000013/7' };
  return cloudEvent({
    ...{ id, source: '/smscs/smsc-1', type: CHANGE_REQUESTED, subject: right.iccid, time: TIME },
    data: { ...right, ...data },
  });
}
