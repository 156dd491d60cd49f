import type { Desk } from '../../application/ports.ts';
import type { BlockAnswer, UnblockAnswer } from '../../application/requests.ts';
import type { Answers } from '../support/fake-application.ts';
import { ASKED_AT, CHANGE_ID, ICCID, rehome, USER } from '../support/fake-application.ts';

const BLOCK = { by: 'user:bob', at: ASKED_AT, reason: 'stolen' };
const NOT_REGISTERED = `ICCID ${ICCID} is not in the card registry\n  nothing was done\n  register it with \`rehome cards import FILE.csv\`\n`;

describe('cards block', () => {
  const COMMAND = `cards block ${ICCID} --reason stolen`;
  const fresh = { kind: 'blocked', block: BLOCK, before: false, openChange: null } as const;
  const answering = (answer: BlockAnswer): Answers => ({ blockCard: () => Promise.resolve(answer) });

  test('blocks the card in the name of the user, with the reason', async () => {
    const wishes: Parameters<Desk['blockCard']>[0][] = [];
    const transcript = await rehome(COMMAND, {
      blockCard: (wish) => {
        wishes.push(wish);
        return Promise.resolve(fresh);
      },
    });
    expect(wishes).toEqual([{ iccid: ICCID, by: USER, reason: 'stolen' }]);
    expect(transcript).toEqual({ exitCode: 0, stdout: `ICCID ${ICCID} is blocked against changes\n`, stderr: '' });
  });

  test('of a card that is blocked says since when, by whom and why, since that stays', async () => {
    expect(await rehome(COMMAND, answering({ ...fresh, before: true }))).toEqual({
      exitCode: 0,
      stdout: `ICCID ${ICCID} was blocked before, by user:bob at 2026-01-02T03:04:05.000Z: stolen\n`,
      stderr: '',
    });
  });

  test('of a card that is being changed says that the change goes on', async () => {
    const { exitCode, stderr } = await rehome(COMMAND, answering({ ...fresh, openChange: CHANGE_ID }));
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: `Change ${CHANGE_ID} of the card was admitted before and goes on: rehome status ${CHANGE_ID}\n`,
    });
  });

  test('is one JSON document', async () => {
    const { exitCode, stdout } = await rehome(`${COMMAND} --json`, answering(fresh));
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      ...{ iccid: ICCID, kind: 'blocked', before: false, openChange: null },
      block: { ...BLOCK, at: ASKED_AT.toISOString() },
    });
  });

  test('of a card that is not registered exits with 2', async () => {
    expect(await rehome(COMMAND, answering({ kind: 'unknown' }))).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: NOT_REGISTERED,
    });
  });

  test.each([`cards block ${ICCID}`, `cards block ${ICCID} --reason `, 'cards block 123 --reason stolen'])(
    'asks nothing of the desk for: %s',
    async (command) => {
      expect(await rehome(command)).toMatchObject({ exitCode: 2, stdout: '' });
    },
  );
});

describe('cards unblock', () => {
  const COMMAND = `cards unblock ${ICCID}`;
  const answering = (answer: UnblockAnswer): Answers => ({ unblockCard: () => Promise.resolve(answer) });
  const taken = { kind: 'unblocked', was: BLOCK } as const;

  test('takes the block away in the name of the user, with a reason only when one is given', async () => {
    const wishes: Parameters<Desk['unblockCard']>[0][] = [];
    const unblockCard: Desk['unblockCard'] = (wish) => {
      wishes.push(wish);
      return Promise.resolve(taken);
    };
    const transcript = await rehome(COMMAND, { unblockCard });
    await rehome(`${COMMAND} --reason found`, { unblockCard });
    expect(wishes).toEqual([
      { iccid: ICCID, by: USER },
      { iccid: ICCID, by: USER, reason: 'found' },
    ]);
    expect(transcript).toEqual({
      exitCode: 0,
      stdout: `ICCID ${ICCID} is no longer blocked; it was by user:bob since 2026-01-02T03:04:05.000Z: stolen\n`,
      stderr: '',
    });
  });

  test('of a card that is not blocked says so, and is no mistake', async () => {
    expect(await rehome(COMMAND, answering({ kind: 'notBlocked' }))).toEqual({
      exitCode: 0,
      stdout: `ICCID ${ICCID} is not blocked\n`,
      stderr: '',
    });
  });

  test('is one JSON document', async () => {
    const { stdout } = await rehome(`${COMMAND} --json`, answering(taken));
    expect(JSON.parse(stdout)).toEqual({
      ...{ iccid: ICCID, kind: 'unblocked' },
      was: { ...BLOCK, at: ASKED_AT.toISOString() },
    });
  });

  test('of a card that is not registered exits with 2', async () => {
    expect(await rehome(COMMAND, answering({ kind: 'unknown' }))).toMatchObject({
      exitCode: 2,
      stderr: NOT_REGISTERED,
    });
  });
});
