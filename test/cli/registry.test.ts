import type { Standing } from '../../workflows/support/approvals.ts';
import type { Desk, ImportCounts } from '../../application/ports.ts';
import type { Answers } from '../support/fake-application.ts';
import { ASKED_AT, CARD, CHANGE_ID, ICCID, OPERATORS, rehome } from '../support/fake-application.ts';

const ALL_IN: ImportCounts = { read: 20, added: 12, updated: 3, unchanged: 5, codesChanged: 0, rejected: 0 };
const TWO_REJECTED: ImportCounts = { ...ALL_IN, added: 10, rejected: 2, rejectFile: 'cards.rejects.csv' };

const importing =
  (counts: ImportCounts): Desk['importCards'] =>
  ({ onProgress }) => {
    for (const share of [0, 0.04, 0.08, 0.5, 0.55, 1]) onProgress(share, Math.round(share * 20));
    return Promise.resolve(counts);
  };
const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

describe('cards import', () => {
  test('counts the rows on stdout, and tells of each tenth on stderr once', async () => {
    expect(await rehome('cards import cards.csv', { importCards: importing(ALL_IN) })).toEqual({
      exitCode: 0,
      stdout: '20 rows: 12 added, 3 updated, 5 unchanged, 0 rejected\n',
      stderr: [
        '  importing cards   0 %  0 rows',
        '  importing cards  50 %  10 rows',
        '  importing cards 100 %  20 rows',
        '',
      ].join('\n'),
    });
  });

  test('tells how many cards have another admin code', async () => {
    const { stdout } = await rehome('cards import cards.csv', {
      importCards: importing({ ...ALL_IN, codesChanged: 2 }),
    });
    expect(stdout).toBe('20 rows: 12 added, 3 updated (2 with another adm1), 5 unchanged, 0 rejected\n');
  });

  test('with rejected rows exits with 65 and says where they are', async () => {
    const { exitCode, stdout, stderr } = await rehome('cards import cards.csv', {
      importCards: importing(TWO_REJECTED),
    });
    expect({ exitCode, stdout }).toEqual({
      exitCode: 65,
      stdout: '20 rows: 10 added, 3 updated, 5 unchanged, 2 rejected\n',
    });
    expect(stderr).toMatch(
      /\nThe rejected rows are in cards\.rejects\.csv, each with its line and reason; correct these lines in cards\.csv and import cards\.csv again\.\n$/,
    );
  });

  test('is one JSON document with the counts, and the progress stays on stderr', async () => {
    const { exitCode, stdout, stderr } = await rehome('cards import cards.csv --json', {
      importCards: importing(TWO_REJECTED),
    });
    expect(exitCode).toBe(65);
    expect(JSON.parse(stdout)).toEqual(TWO_REJECTED);
    expect(stderr).toContain('importing cards 100 %');
  });

  const files: readonly [command: string, rejectFile: string][] = [
    ['cards import cards.csv', 'cards.rejects.csv'],
    ['cards import in/CARDS.CSV', 'in/CARDS.rejects.csv'],
    ['cards import cards', 'cards.rejects.csv'],
    ['cards import cards.csv --rejects bad.csv', 'bad.csv'],
  ];
  for (const [command, rejectFile] of files) {
    test(`${command} puts rejected rows into ${rejectFile}`, async () => {
      const asked: string[] = [];
      await rehome(command, {
        importCards: (options) => {
          asked.push(options.rejectFile);
          return Promise.resolve(ALL_IN);
        },
      });
      expect(asked).toEqual([rejectFile]);
    });
  }

  test('of a file that is no card file exits with 65 and says that repeating does no harm', async () => {
    const importCards = () => Promise.reject(named('CardFileError', 'cards.csv has no column kid'));
    expect(await rehome('cards import cards.csv', { importCards })).toEqual({
      exitCode: 65,
      stdout: '',
      stderr: [
        'cards.csv has no column kid',
        '  nothing was imported',
        '  remove the cause, or name another file, and import again; rows that are in already do no harm',
        '',
      ].join('\n'),
    });
  });

  test('whose rejects can not be written says where else they may go', async () => {
    const fault = named('RejectFileError', 'cards.csv is the card file itself');
    expect(await rehome('cards import cards.csv', { importCards: () => Promise.reject(fault) })).toEqual({
      exitCode: 65,
      stdout: '',
      stderr:
        'cards.csv is the card file itself\n  nothing was imported\n  name another place for the rejected rows with --rejects FILE, and import again\n',
    });
  });

  test('of a file that can not be read to its end says how many cards are in', async () => {
    const fault = Object.assign(named('CardFileError', 'cards.csv: quote not closed'), { stored: 500 });
    const { exitCode, stderr } = await rehome('cards import cards.csv', { importCards: () => Promise.reject(fault) });
    expect({ exitCode, did: stderr.split('\n')[1] }).toEqual({
      exitCode: 65,
      did: '  500 cards of earlier rows stay imported',
    });
  });
});

describe('cards show', () => {
  const holding = (card: typeof CARD | undefined): Answers => ({ findCard: () => Promise.resolve(card) });

  test('shows where the card belongs and its last counter', async () => {
    expect(await rehome(`cards show ${ICCID}`, holding({ ...CARD, movedBy: CHANGE_ID }))).toEqual({
      exitCode: 0,
      stdout: [
        `card       ICCID ${ICCID}`,
        'operator   operator-1, since 2026-01-02T03:04:05.000Z',
        'IMSI       001010000000001',
        'MSISDN     9990110000001',
        'profile    cpa-aes, last counter 7',
        `moved by   change ${CHANGE_ID}`,
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  test('leaves out what does not hold: who moved the card, where it may go, and who blocked it', async () => {
    const { stdout } = await rehome(`cards show ${ICCID}`, holding(CARD));
    expect(stdout).not.toMatch(/moved by|may go to|blocked/);
  });

  test('shows where the card may go, and who has blocked it, when and why', async () => {
    const block = { by: 'user:bob', at: ASKED_AT, reason: 'stolen' };
    const { stdout } = await rehome(`cards show ${ICCID}`, holding({ ...CARD, targets: ['north', 'south'], block }));
    expect(stdout.split('\n').slice(-3)).toEqual([
      'may go to  north south',
      'blocked    by user:bob at 2026-01-02T03:04:05.000Z: stolen',
      '',
    ]);
  });

  test('shows that the card has refused its admin code, and who has approved one more try, until two have', async () => {
    const approval = (by: string) => ({ by, at: ASKED_AT.toISOString(), reason: 'compared' });
    const [first, second] = [approval('user:bob'), approval('user:cy\u001b[2J')];
    const shown = async (standing: Standing) => {
      const refusedCode = { changeId: CHANGE_ID, approvals: [first, second], standing };
      return (await rehome(`cards show ${ICCID}`, holding({ ...CARD, refusedCode }))).stdout.split('\n').slice(-4);
    };
    const until = '2026-01-03T03:04:05.000Z';
    // Two persons, the second too late: neither word counts.
    expect((await shown({ kind: 'none' })).slice(1)).toEqual([
      `adm1       refused in change ${CHANGE_ID}`,
      `approve    rehome cards approve ${ICCID} --reason TEXT, by two persons`,
      '',
    ]);
    expect(await shown({ kind: 'first', first, until })).toEqual([
      `adm1       refused in change ${CHANGE_ID}`,
      `approved   by user:bob at 2026-01-02T03:04:05.000Z: compared; one more person, until ${until}`,
      `approve    rehome cards approve ${ICCID} --reason TEXT, by one more person`,
      '',
    ]);
    expect(await shown({ kind: 'approved', first, second })).toEqual([
      `adm1       refused in change ${CHANGE_ID}; one more try is approved`,
      'approved   by user:bob at 2026-01-02T03:04:05.000Z: compared',
      'approved   by user:cy\\u001b[2J at 2026-01-02T03:04:05.000Z: compared',
      '',
    ]);
  });

  test('is one JSON document', async () => {
    const { exitCode, stdout, stderr } = await rehome(`cards show ${ICCID} --json`, holding(CARD));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const at = ASKED_AT.toISOString();
    expect(JSON.parse(stdout)).toEqual({ ...CARD, cameAt: at, updatedAt: at });
  });

  test('of a card that is not registered exits with 2 and says how to register it', async () => {
    expect(await rehome(`cards show ${ICCID}`, holding(undefined))).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `ICCID ${ICCID} is not in the card registry\n  nothing was done\n  register it with \`rehome cards import FILE.csv\`\n`,
    });
  });

  test('of a number that is no ICCID exits with 2 without a look', async () => {
    expect(await rehome('cards show 123')).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('123 is not an ICCID') as string,
    });
  });
});

describe('operators import', () => {
  const network = {
    smscs: { added: [], updated: ['smsc-1'], unchanged: [] },
    operators: { added: ['north', 'south'], updated: [], unchanged: [] },
    agreements: { added: ['north to south'], updated: [], unchanged: ['south to north'] },
  };
  const importOperators = () => Promise.resolve(network);
  const RESTART = 'Restart the roles operator and ota: they read their list at their start.\n';

  test('counts what it registered, and names what it changed', async () => {
    expect(await rehome('operators import network.json', { importOperators })).toEqual({
      exitCode: 0,
      stdout: [
        'SMSCs: 0 added, 1 updated (smsc-1), 0 unchanged',
        'operators: 2 added, 0 updated, 0 unchanged',
        'agreements: 1 added, 0 updated, 1 unchanged',
        '',
      ].join('\n'),
      stderr: RESTART,
    });
  });

  test('asks for no restart when operators and SMSCs are as before', async () => {
    const same = { added: [], updated: [], unchanged: ['one'] };
    const { stderr } = await rehome('operators import network.json', {
      importOperators: () => Promise.resolve({ ...network, smscs: same, operators: same }),
    });
    expect(stderr).toBe('');
  });

  test('is one JSON document', async () => {
    const { exitCode, stdout, stderr } = await rehome('operators import network.json --json', { importOperators });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: RESTART });
    expect(JSON.parse(stdout)).toEqual(network);
  });

  test('of a file that is no network file exits with 65', async () => {
    const fault = named('NetworkFileError', 'network.json: smscs.0.url: Invalid URL');
    const { exitCode, stderr } = await rehome('operators import network.json', {
      importOperators: () => Promise.reject(fault),
    });
    expect(exitCode).toBe(65);
    expect(stderr.split('\n').slice(0, 3)).toEqual([
      'network.json: smscs.0.url: Invalid URL',
      '  nothing was imported',
      '  correct the file and import it again; what is registered already does no harm',
    ]);
  });
});

describe('operators list', () => {
  test('shows a line for each registered operator', async () => {
    expect(await rehome('operators list')).toEqual({
      exitCode: 0,
      stdout: [
        'operator-1  Name of operator-1  00101  smsc-1  https://gateway.operator-1.test',
        'operator-2  Name of operator-2  00101  smsc-1  https://gateway.operator-2.test',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  test('is one JSON document, and of nothing says so to a person', async () => {
    expect(JSON.parse((await rehome('operators list --json')).stdout)).toEqual(OPERATORS);
    expect(await rehome('operators list', { listOperators: () => Promise.resolve([]) })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'no operator is registered\n',
    });
  });
});
