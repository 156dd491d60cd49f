import { createHash } from 'node:crypto';
import { evidencePack } from '../../application/evidence-pack.ts';
import type { Answers } from '../support/fake-application.ts';
import { CHANGE_ID, changeView, ICCID, rehome } from '../support/fake-application.ts';
import { RECORDED, WRITTEN } from '../support/recorded-evidence.ts';

const PACK = evidencePack(RECORDED);
const knowing = (pack = PACK): Answers => ({
  findChange: () => Promise.resolve(changeView('completed')),
  readEvidence: (changeId) =>
    changeId === CHANGE_ID ? Promise.resolve(pack) : Promise.reject(new Error('of another change')),
});

interface Digest {
  readonly algorithm: string;
  readonly value: string;
}

const documentOf = async (pack = PACK) => {
  const { exitCode, stdout, stderr } = await rehome(`evidence ${ICCID} --json`, knowing(pack));
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown> & { readonly digest: Digest };
};

/** Written anew, as `jq --sort-keys --compact-output` does. */
function rewritten(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    member !== null && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([one], [other]) => (one < other ? -1 : 1)))
      : member,
  );
}

describe('the evidence as JSON', () => {
  test('is the whole pack with its version, and a digest beside it', async () => {
    const { digest, ...pack } = await documentOf();
    expect(pack).toEqual(PACK);
    expect(pack['version']).toBe(1);
    expect(digest).toEqual({
      ...{ algorithm: 'SHA-256', canonicalization: 'RFC 8785' },
      value: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
  });

  test('has the digest that anybody computes from the rest of the document', async () => {
    const { digest, ...pack } = await documentOf();
    expect(createHash('sha256').update(rewritten(pack)).digest('hex')).toBe(digest.value);
  });

  test('has another digest when anything in it is another, and the same when only the order of members is', async () => {
    const { digest } = await documentOf();
    const altered = { ...PACK, packets: [{ ...WRITTEN, cntr: 9 }] };
    expect((await documentOf(altered)).digest.value).not.toBe(digest.value);
    const turned = Object.fromEntries(Object.entries(PACK).reverse()) as unknown as typeof PACK;
    expect((await documentOf(turned)).digest).toEqual(digest);
  });

  test('has its members in a fixed order, so that two copies are compared line by line', async () => {
    const turned = Object.fromEntries(Object.entries(PACK).reverse()) as unknown as typeof PACK;
    const [one, other] = await Promise.all(
      [PACK, turned].map((pack) => rehome(`evidence ${ICCID} --json`, knowing(pack))),
    );
    expect(one).toEqual(other);
  });
});

describe('the evidence for people', () => {
  test('has the parties, the ladder, every packet, every request to let go and every state, and the digest', async () => {
    const { digest } = await documentOf();
    const { exitCode, stdout, stderr } = await rehome(`evidence ${CHANGE_ID}`, knowing());
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toBe(
      [
        `  evidence        version 1, SHA-256 ${digest.value}`,
        `  change          ${CHANGE_ID}`,
        `  card            ICCID ${ICCID}`,
        '  from            operator-1 (North, 00101), IMSI 001010000000001, MSISDN 9990110000001',
        '  to              operator-2 (South, 00102), IMSI 001029000000001, MSISDN 999029000001',
        '  state           completed, ended: the source operator has let go at last',
        '  asked for       by user:ada at 2026-01-02T03:04:05.000Z, as order-1',
        // A change may also have ended before it came to that.
        '  consent         nobody was asked',
        '',
        'what proves that the card moved, the strongest last',
        '  PoR             2026-01-02T03:04:08.000Z  verified: the card took the subscription',
        '  authentication  2026-01-02T03:04:08.500Z  the card authenticated with the new IMSI',
        '  location update 2026-01-02T03:04:09.000Z  the new IMSI registered, IMEI 001010010000014; the HLR’s answer was recorded at 2026-01-02T03:04:09.500Z',
        '  same device     yes: the same IMEI at both operators',
        '',
        'packet write 1: sent, counter 8',
        '  prepared        2026-01-02T03:04:06.000Z',
        '  sent            2026-01-02T03:04:06.100Z',
        '  submission 1    begun at 2026-01-02T03:04:06.100Z, taken at 2026-01-02T03:04:06.200Z, as b877000001',
        '  receipt         b877000001 delivered',
        '  card answered   porOk, status word 9000, verified; at 2026-01-02T03:04:08.000Z',
        '',
        'operator-1 was asked to let go',
        '  asked at        2026-01-02T03:04:10.000Z (3 times, last at 2026-01-04T03:04:10.000Z): operator-1 refused: a debt [RELEASE_REFUSED]; its HLR saw the old IMSI last at 2026-01-01T00:00:00.000Z, IMEI 001010010000014',
        '  asked at        2026-01-05T03:04:10.000Z: operator-1 barred and deleted IMSI 001010000000001; its HLR saw the old IMSI last at 2026-01-01T00:00:00.000Z, IMEI 001010010000014',
        '',
        'timeline',
        '    1  2026-01-02T03:04:05.000Z  requested               user:ada: asked for  (2/40)',
        '    8  2026-01-05T03:04:11.000Z  completed               operator:operator-1: the source operator has let go at last  (not published)',
        '',
      ].join('\n'),
    );
  });

  test('says what was not recorded', async () => {
    const pack = evidencePack({ ...RECORDED, attach: null, packets: [], releaseRequests: [] });
    const { stdout } = await rehome(`evidence ${CHANGE_ID}`, knowing(pack));
    expect(stdout.match(/not recorded/g)).toHaveLength(3);
    expect(stdout).toContain('same device     not known');
    expect(stdout).toContain('\nnever: operator-1 was asked to let go\n');
  });

  test('can not steer the terminal with what peers said', async () => {
    const [first] = RECORDED.releaseRequests;
    if (first === undefined) throw new Error('this test needs a request');
    const pack = evidencePack({ ...RECORDED, releaseRequests: [{ ...first, answer: '\u001b[2J\nok' }] });
    for (const form of ['', ' --json']) {
      const { stdout } = await rehome(`evidence ${CHANGE_ID}${form}`, knowing(pack));
      expect(stdout).toContain(String.raw`\u001b[2J`);
      expect(stdout).not.toContain('\u001b');
    }
  });
});

test('evidence of what is not known exits with 2, prints no data, and says what to try', async () => {
  const unknown: Answers = {
    findChange: () => Promise.resolve(undefined),
    findCard: () => Promise.resolve(undefined),
  };
  const { exitCode, stdout, stderr } = await rehome(`evidence ${ICCID}`, unknown);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(`no change is known for ${ICCID}`);
});
