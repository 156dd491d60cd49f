import { evidencePack, type PacketEvidence, type RecordedEvidence } from '../../application/evidence-pack.ts';
import type { ChangeState } from '../../workflows/shared/states.ts';
import { RECORDED, WRITTEN } from '../support/recorded-evidence.ts';

const packOf = (facts: Partial<RecordedEvidence>) => evidencePack({ ...RECORDED, ...facts });

const entries = (...states: readonly (ChangeState | readonly [ChangeState, string])[]): RecordedEvidence['timeline'] =>
  states.map((one, index) => {
    const [state, code] = typeof one === 'string' ? [one, null] : one;
    const at = `2026-01-02T03:04:0${String(index)}.000Z`;
    return { sequence: index + 1, at, state, actor: 'system:test', cause: 'a test', code, event: null };
  });

describe('the ladder of evidence', () => {
  test('has each rung with its time when all was recorded', () => {
    expect(packOf({}).ladder).toEqual({
      proofOfReceipt: '2026-01-02T03:04:08.000Z',
      authenticationSeen: '2026-01-02T03:04:08.500Z',
      locationUpdate: '2026-01-02T03:04:09.000Z',
      sameDevice: true,
    });
  });

  test('says that the device is another one', () => {
    const releaseRequests = RECORDED.releaseRequests.map((one) => ({ ...one, imei: '001010010000022' }));
    expect(packOf({ releaseRequests }).ladder.sameDevice).toBe(false);
  });

  test('claims nothing that was not recorded', () => {
    expect(packOf({ attach: null, packets: [], releaseRequests: [] }).ladder).toEqual({
      ...{ proofOfReceipt: null, authenticationSeen: null, locationUpdate: null, sameDevice: null },
    });
    expect(packOf({ releaseRequests: [] }).ladder.sameDevice).toBeNull();
    expect(packOf({ attach: RECORDED.attach && { ...RECORDED.attach, imei: null } }).ladder.sameDevice).toBeNull();
  });

  const answering = (facts: Partial<NonNullable<PacketEvidence['proofOfReceipt']>>, of = WRITTEN) =>
    packOf({
      packets: [{ ...of, proofOfReceipt: { status: 'porOk', statusWord: '9000', holds: null, at: 'then', ...facts } }],
    }).ladder.proofOfReceipt;

  test('has a PoR only if the card says that it took the subscription, or was read to hold it', () => {
    expect(answering({})).toBe('then');
    expect(answering({ statusWord: '6982' })).toBeNull();
    expect(answering({ status: 'cntrLow', statusWord: null })).toBeNull();
    expect(answering({}, { ...WRITTEN, purpose: 'check' })).toBeNull();
    expect(answering({ holds: 'source' }, { ...WRITTEN, purpose: 'probe' })).toBeNull();
    expect(answering({ holds: 'target' }, { ...WRITTEN, purpose: 'probe' })).toBe('then');
  });
});

describe('the consent', () => {
  test.each([
    ['notAsked', entries('requested', 'reserving')],
    ['granted', entries('requested', 'awaitingConsent', 'awaitingConsent', 'reserving')],
    ['granted', entries('requested', 'awaitingConsent', 'checkingCard')],
    ['refused', entries('requested', 'awaitingConsent', ['rolledBack', 'CONSENT_REFUSED'])],
    ['unanswered', entries('requested', 'awaitingConsent', ['rolledBack', 'CONSENT_PENDING'])],
    ['unanswered', entries('requested', 'awaitingConsent', ['cancelled', 'CANCELLED'])],
    ['unanswered', entries('requested', 'awaitingConsent')],
  ] as const)('is %s where the timeline says so (%#)', (decision, timeline) => {
    const { consent } = packOf({ timeline });
    expect(consent.decision).toBe(decision);
    expect(consent.askedAt).toBe(decision === 'notAsked' ? null : timeline[1]?.at);
    expect(consent.decidedAt).toBe(['granted', 'refused'].includes(decision) ? timeline.at(-1)?.at : null);
  });
});
