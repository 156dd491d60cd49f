import type { Desk } from '../../application/ports.ts';
import type { ApprovalAnswer } from '../../application/requests.ts';
import type { Answers } from '../support/fake-application.ts';
import { ASKED_AT, CHANGE_ID, ICCID, rehome, USER } from '../support/fake-application.ts';

const COMMAND = `cards approve ${ICCID} --reason compared`;
const by = (name: string) => ({ by: `user:${name}`, at: ASKED_AT.toISOString(), reason: 'compared' });
const [first, second] = [by('ada'), by('bob')];
const until = '2026-01-03T03:04:05.000Z';

const answering = (answer: ApprovalAnswer): Answers => ({ approveTry: () => Promise.resolve(answer) });
const byOne = { kind: 'first', first, until, refusedIn: CHANGE_ID, recorded: true } as const;
const byTwo = { kind: 'approved', first, second, refusedIn: CHANGE_ID, recorded: true } as const;

describe('cards approve', () => {
  test('approves in the name of the user, or of who is named, with the reason', async () => {
    const wishes: Parameters<Desk['approveTry']>[0][] = [];
    const approveTry: Desk['approveTry'] = (wish) => {
      wishes.push(wish);
      return Promise.resolve(byOne);
    };
    await rehome(COMMAND, { approveTry });
    await rehome(`${COMMAND} --actor bob`, { approveTry });
    expect(wishes).toEqual([
      { iccid: ICCID, by: USER, reason: 'compared' },
      { iccid: ICCID, by: 'user:bob', reason: 'compared' },
    ]);
  });

  test.each([
    [
      'one person, that another has to, and until when',
      byOne,
      `ICCID ${ICCID} is approved by one person, user:ada at 2026-01-02T03:04:05.000Z (compared); another person has to approve it too until ${until}\n`,
    ],
    [
      'the same person again, that this was so before',
      { ...byOne, recorded: false },
      `ICCID ${ICCID} was approved before by one person, user:ada at 2026-01-02T03:04:05.000Z (compared); another person has to approve it too until ${until}\n`,
    ],
    [
      'two persons, that the card may be tried',
      byTwo,
      `ICCID ${ICCID} may be tried once more: user:ada at 2026-01-02T03:04:05.000Z (compared), and user:bob at 2026-01-02T03:04:05.000Z (compared)\n`,
    ],
    [
      'a third person, that two have',
      { ...byTwo, recorded: false },
      `ICCID ${ICCID} may be tried once more, as was approved before: user:ada at 2026-01-02T03:04:05.000Z (compared), and user:bob at 2026-01-02T03:04:05.000Z (compared)\n`,
    ],
  ] as const)('tells %s', async (_whom, answer, stdout) => {
    expect(await rehome(COMMAND, answering(answer))).toEqual({ exitCode: 0, stdout, stderr: '' });
  });

  test('of a card that has refused nothing exits with 1, and says so', async () => {
    const { exitCode, stdout, stderr } = await rehome(COMMAND, answering({ kind: 'notRefused' }));
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(
      `ICCID ${ICCID} has refused no admin code since it last proved that its code is right\n  nothing was recorded\n`,
    );
  });

  test('of a card that is being changed exits with 1, and names the change', async () => {
    const answer = { kind: 'changeOpen', changeId: CHANGE_ID } as const;
    const { exitCode, stdout, stderr } = await rehome(COMMAND, answering(answer));
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toContain(`approve when it has ended: rehome status ${CHANGE_ID}`);
  });

  test.each<[ApprovalAnswer, number]>([
    [byOne, 0],
    [byTwo, 0],
    [{ kind: 'notRefused' }, 1],
    [{ kind: 'changeOpen', changeId: CHANGE_ID }, 1],
  ])('is one JSON document: %j', async (answer, code) => {
    const { exitCode, stdout } = await rehome(`${COMMAND} --json`, answering(answer));
    expect(exitCode).toBe(code);
    expect(JSON.parse(stdout)).toEqual({ iccid: ICCID, ...answer });
  });

  test.each<[string, ApprovalAnswer]>([
    ['is not in the card registry', { kind: 'unknown' }],
    ['needs the name of a person', { kind: 'nobody' }],
  ])('exits with 2 when it %s', async (what, answer) => {
    const { exitCode, stdout, stderr } = await rehome(`${COMMAND} --json`, answering(answer));
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(what);
  });

  test.each([`cards approve ${ICCID}`, `cards approve ${ICCID} --reason `, 'cards approve 123 --reason compared'])(
    'asks nothing of the desk for: %s',
    async (command) => {
      expect(await rehome(command)).toMatchObject({ exitCode: 2, stdout: '' });
    },
  );
});
