import type { PacketEvidence, RecordedEvidence } from '../../application/evidence-pack.ts';
import { CHANGE_ID, ICCID, USER } from './fake-application.ts';

const IMEI = '001010010000014';

/** The packet that wrote the subscription, as its card took it. */
export const WRITTEN: PacketEvidence = {
  ...{ purpose: 'write', number: 1, cntr: 8, state: 'sent' },
  ...{ preparedAt: '2026-01-02T03:04:06.000Z', sentAt: '2026-01-02T03:04:06.100Z' },
  submissions: [
    {
      ...{ number: 1, begunAt: '2026-01-02T03:04:06.100Z', acceptedAt: '2026-01-02T03:04:06.200Z', failedAt: null },
      ...{ segments: null, messageIds: ['b877000001'] },
    },
  ],
  receipts: [{ messageId: 'b877000001', state: 'delivered' }],
  proofOfReceipt: { status: 'porOk', statusWord: '9000', holds: null, at: '2026-01-02T03:04:08.000Z' },
};

/** All that is kept of a change which is completed, after the source had refused to let go three times. */
export const RECORDED: RecordedEvidence = {
  change: {
    ...{ changeId: CHANGE_ID, iccid: ICCID, state: 'completed', ended: true, code: null },
    detail: 'the source operator has let go at last',
    ...{ requestedBy: USER, requestId: 'order-1', requestedAt: '2026-01-02T03:04:05.000Z', reason: null },
  },
  source: {
    ...{ operator: 'operator-1', name: 'North', plmn: '00101' },
    ...{ imsi: '001010000000001', msisdn: '9990110000001' },
  },
  target: {
    ...{ operator: 'operator-2', name: 'South', plmn: '00102' },
    ...{ imsi: '001029000000001', msisdn: '999029000001' },
  },
  attach: {
    ...{ registeredAt: '2026-01-02T03:04:09.000Z', imei: IMEI },
    ...{ authenticatedAt: '2026-01-02T03:04:08.500Z', recordedAt: '2026-01-02T03:04:09.500Z' },
  },
  packets: [WRITTEN],
  releaseRequests: [
    {
      ...{ askedAt: '2026-01-02T03:04:10.000Z', lastAskedAt: '2026-01-04T03:04:10.000Z', times: 3 },
      ...{ code: 'RELEASE_REFUSED', answer: 'operator-1 refused: a debt' },
      ...{ registeredAt: '2026-01-01T00:00:00.000Z', imei: IMEI },
    },
    {
      ...{ askedAt: '2026-01-05T03:04:10.000Z', lastAskedAt: '2026-01-05T03:04:10.000Z', times: 1 },
      ...{ code: null, answer: 'operator-1 barred and deleted IMSI 001010000000001' },
      ...{ registeredAt: '2026-01-01T00:00:00.000Z', imei: IMEI },
    },
  ],
  timeline: [
    {
      ...{
        sequence: 1,
        at: '2026-01-02T03:04:05.000Z',
        state: 'requested',
        actor: USER,
        cause: 'asked for',
        code: null,
      },
      event: { partition: 2, offset: 40, publishedAt: '2026-01-02T03:04:05.200Z' },
    },
    {
      ...{ sequence: 8, at: '2026-01-05T03:04:11.000Z', state: 'completed', actor: 'operator:operator-1', code: null },
      ...{ cause: 'the source operator has let go at last', event: null },
    },
  ],
};
