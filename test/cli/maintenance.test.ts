import type { ResumeAnswer } from '../../application/requests.ts';
import type { Desk } from '../../application/ports.ts';
import { changeView, CHANGE_ID, ICCID, rehome } from '../support/fake-application.ts';

describe('resume', () => {
  const notResumed = (why: string, see = CHANGE_ID): string =>
    `change ${CHANGE_ID} can't be resumed: ${why}\n  nothing was started\n  see where it stands: rehome status ${see}\n`;
  const OTHER = '0198c0de-0000-7000-8000-000000000002';

  const answers: readonly [ResumeAnswer, { exitCode: number; stdout: string; stderr: string }][] = [
    [
      { kind: 'resumed' },
      {
        exitCode: 0,
        stdout: `change ${CHANGE_ID} has a workflow again and goes on from its last step; follow it: rehome status ${CHANGE_ID}\n`,
        stderr: '',
      },
    ],
    [
      { kind: 'unknown' },
      {
        exitCode: 2,
        stdout: '',
        stderr: `no change is known for ${CHANGE_ID}\n  nothing was done\n  give a change id or the ICCID of a card that was changed; \`rehome list\` shows them\n`,
      },
    ],
    [
      { kind: 'ended', state: 'completed' },
      { exitCode: 1, stdout: '', stderr: notResumed('it has ended, completed') },
    ],
    [
      { kind: 'running', changeId: OTHER },
      {
        exitCode: 1,
        stdout: '',
        stderr: notResumed(`change ${OTHER} of the same card runs; resume this one when that has ended`, OTHER),
      },
    ],
    [
      { kind: 'beingRead' },
      {
        exitCode: 1,
        stdout: '',
        stderr: notResumed('its card is being read over the air; ask again in some minutes'),
      },
    ],
    [
      { kind: 'running', changeId: CHANGE_ID },
      { exitCode: 1, stdout: '', stderr: notResumed('its workflow runs, so there is nothing to resume') },
    ],
  ];
  for (const [answer, transcript] of answers) {
    const resumeChange = () => Promise.resolve(answer);
    const findChange = () => Promise.resolve(changeView('sending'));

    test(`exits with ${transcript.exitCode} when the answer is ${JSON.stringify(answer)}, and says what is so`, async () => {
      expect(await rehome(`resume ${CHANGE_ID}`, { findChange, resumeChange })).toEqual(transcript);
    });

    if (answer.kind === 'unknown') continue;
    test(`prints the answer ${JSON.stringify(answer)} as one JSON document, with the same exit code and talk`, async () => {
      const { exitCode, stdout, stderr } = await rehome(`resume ${CHANGE_ID} --json`, { findChange, resumeChange });
      expect({ exitCode, stderr }).toEqual({ exitCode: transcript.exitCode, stderr: transcript.stderr });
      expect(JSON.parse(stdout)).toEqual(answer);
    });
  }

  test('of a card resumes the change that it finds, and names it', async () => {
    const resumed: string[] = [];
    const resumeChange: Desk['resumeChange'] = (changeId) => {
      resumed.push(changeId);
      return Promise.resolve({ kind: 'ended', state: 'rejected' });
    };
    const findChange = () => Promise.resolve(changeView('rejected'));
    const { stderr } = await rehome(`resume ${ICCID}`, { findChange, resumeChange });
    expect(resumed).toEqual([CHANGE_ID]);
    expect(stderr).toBe(notResumed('it has ended, rejected'));
  });

  test('of what is not known prints no data', async () => {
    const nothing = () => Promise.resolve(undefined);
    expect(await rehome(`resume nonsense --json`, { findChange: nothing, findCard: nothing })).toMatchObject({
      exitCode: 2,
      stdout: '',
    });
  });
});

describe('projections rebuild', () => {
  const rebuildReadModel = () => Promise.resolve(1_234);

  test('counts the changes that it computed', async () => {
    expect(await rehome('projections rebuild', { rebuildReadModel })).toEqual({
      exitCode: 0,
      stdout: '1234 changes computed from the timeline\n',
      stderr: '',
    });
  });

  test('is one JSON document', async () => {
    const { exitCode, stdout, stderr } = await rehome('projections rebuild --json', { rebuildReadModel });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ changes: 1_234 });
  });
});

describe('setup', () => {
  const done = {
    migrations: ['0001-baseline'],
    topics: ['hlr.events', 'device.events'],
    searchAttributes: [],
    schedules: ['subscription-change/reconciliation'],
  };
  const setUp = () => Promise.resolve(done);

  test('names what it made, and says of the rest that it is up to date', async () => {
    expect(await rehome('setup', { setUp })).toEqual({
      exitCode: 0,
      stdout:
        'migrations: 0001-baseline\ntopics: hlr.events, device.events\nsearch attributes: up to date\nschedules: subscription-change/reconciliation\n',
      stderr: '',
    });
  });

  test('is one JSON document', async () => {
    const { exitCode, stdout, stderr } = await rehome('setup --json', { setUp });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(done);
  });
});
