import type { Desk } from '../../application/ports.ts';
import type { PublishedEvent } from '../../application/views.ts';
import { CHANGE_ID, ICCID, rehome } from '../support/fake-application.ts';

const EVENT: PublishedEvent = {
  ...{ partition: 1, offset: 7 },
  event: {
    time: '2026-01-02T03:04:05.000Z',
    data: { changeId: CHANGE_ID, iccid: ICCID, state: 'rolledBack', cause: 'no\u0007thing', code: 'CONSENT_REFUSED' },
  },
};
const FOREIGN: PublishedEvent = { partition: 0, offset: 2, event: null };

/** A desk that shows these two events, and what it was asked for. */
function publishing() {
  const asked: object[] = [];
  const readEvents: Desk['readEvents'] = ({ iccid, follow, fromBeginning, onEvent, onReading }) => {
    asked.push({ ...(iccid !== undefined && { iccid }), follow, fromBeginning });
    onReading?.();
    for (const event of [EVENT, FOREIGN]) onEvent(event);
    return Promise.resolve();
  };
  return { asked, desk: { readEvents } };
}

test('events shows everything that was published, a line for each, and nothing that steers the terminal', async () => {
  const { asked, desk } = publishing();
  expect(await rehome('events', desk)).toEqual({
    exitCode: 0,
    stdout: [
      `2026-01-02T03:04:05.000Z  ${CHANGE_ID}  ${ICCID}  rolledBack  no\\u0007thing [CONSENT_REFUSED]  (1/7)`,
      '(0/2)  is no event of a change',
      '',
    ].join('\n'),
    stderr: '',
  });
  expect(asked).toEqual([{ follow: false, fromBeginning: true }]);
});

test('events --follow begins with now, or with the beginning where that is asked for, and says when it does', async () => {
  const { asked, desk } = publishing();
  const { stderr } = await rehome(`events ${ICCID} --follow`, desk);
  await rehome('events --follow --from-beginning', desk);
  expect(stderr).toBe('following from here on; Ctrl-C ends it\n');
  expect(asked).toEqual([
    { iccid: ICCID, follow: true, fromBeginning: false },
    { follow: true, fromBeginning: true },
  ]);
});

test('events --json is one JSON document a line', async () => {
  const { stdout } = await rehome('events --json', publishing().desk);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as object)).toEqual([EVENT, FOREIGN]);
});

test.each(['events 123', 'events --from-beginning'])('%s exits with 2 and reads nothing', async (typed) => {
  expect(await rehome(typed)).toMatchObject({ exitCode: 2, stdout: '' });
});
