import { ConfigurationError } from '../../temporal.config.ts';
import { ServiceAwayError } from '../../application/errors.ts';
import type { CliContext } from '../../application/ports.ts';
import { CHANGE_ID, ICCID, rehome } from '../support/fake-application.ts';

/** Every command that asks the desk, as short as it can be typed. */
const COMMANDS = [
  `change ${ICCID} --to operator-2`,
  `status ${ICCID}`,
  `timeline ${ICCID}`,
  'list',
  'parked',
  'events',
  `resume ${CHANGE_ID}`,
  'cards import cards.csv',
  `cards show ${ICCID}`,
  'operators import network.json',
  'operators list',
  'projections rebuild',
  'setup',
] as const;

/** The first line names the problem; the other two are the same for every problem of a kind. */
const parts = (stderr: string) => stderr.split('\n');

describe('help', () => {
  test('of the whole command line goes to stdout, exits with 0, and names every command', async () => {
    const { exitCode, stdout, stderr } = await rehome('--help');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const command of COMMANDS) expect(stdout).toContain(` ${String(command.split(' ')[0])} `);
    expect(stdout).toContain(' serve ');
  });

  for (const command of COMMANDS) {
    test(`of ${command} exits with 0 and opens no desk`, async () => {
      const { exitCode, stdout, stderr } = await rehome(`${command} --help`, {}, { noDesk: new Error('opened') });
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
      expect(stdout).toContain('--json');
    });
  }
});

test('--version prints the version and opens no desk', async () => {
  expect(await rehome('--version', {}, { noDesk: new Error('opened') })).toEqual({
    exitCode: 0,
    stdout: '1.2.3\n',
    stderr: '',
  });
});

describe('a command line that is not understood', () => {
  for (const typed of ['chagne', 'status', `status ${ICCID} --colour`, 'cards', 'serve', '--verison']) {
    test(`exits with 2, tells so on stderr and opens no desk: ${typed}`, async () => {
      const { exitCode, stdout, stderr } = await rehome(typed, {}, { noDesk: new Error('opened') });
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr).not.toBe('');
      expect(stderr).not.toContain('opened');
    });
  }
});

describe('serve', () => {
  test('refuses a role that does not exist, names those that do, and starts none', async () => {
    expect(await rehome('serve orchestrator cook')).toEqual({
      exitCode: 2,
      stdout: '',
      stderr:
        "error: command-argument value 'cook' is invalid for argument 'role'. Allowed choices are orchestrator, operator, ota.\nsee rehome serve --help\n",
    });
  });

  test('hands roles and the ids to serve on, and exits as they end', async () => {
    const served: object[] = [];
    const serve: CliContext['serve'] = (roles, options) => {
      served.push({ roles, ...options });
      return Promise.resolve(7);
    };
    expect(await rehome('serve orchestrator ota', {}, { serve })).toEqual({ exitCode: 7, stdout: '', stderr: '' });
    await rehome('serve operator ota --operators north --smscs smsc-1 smsc-2', {}, { serve });
    expect(served).toEqual([
      { roles: ['orchestrator', 'ota'] },
      { roles: ['operator', 'ota'], operators: ['north'], smscs: ['smsc-1', 'smsc-2'] },
    ]);
  });

  const misplaced: readonly [typed: string, told: string][] = [
    ['serve ota --operators north', '--operators is for the role operator, which is not to be run'],
    ['serve operator --smscs smsc-1', '--smscs is for the role ota, which is not to be run'],
  ];
  test.each(misplaced)('exits with 2 and starts nothing: %s', async (typed, told) => {
    const { exitCode, stdout, stderr } = await rehome(typed);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.split('\n').slice(0, 2)).toEqual([told, '  nothing was started']);
  });

  test('of an id that is not registered exits with 2 and names those that are', async () => {
    const message = 'no operator is registered as nobody; there are north, south';
    const serve = () => Promise.reject(Object.assign(new Error(message), { name: 'NotRegisteredError' }));
    expect(await rehome('serve operator --operators nobody', {}, { serve })).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `${message}\n  nothing is served\n  correct the id, or register it with \`rehome operators import FILE.json\`\n`,
    });
  });

  test('with unusable settings exits with 78', async () => {
    const serve = () => Promise.reject(new ConfigurationError('KAFKA_PORT: too big'));
    expect(await rehome('serve ota', {}, { serve })).toMatchObject({ exitCode: 78, stdout: '' });
  });
});

describe('a service that is away', () => {
  for (const command of COMMANDS) {
    test(`${command} exits with 69, prints no data, and says what happened, what was done, and what to do`, async () => {
      const away = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:15432'), { code: 'ECONNREFUSED' });
      expect(await rehome(command, {}, { noDesk: away })).toEqual({
        exitCode: 69,
        stdout: '',
        stderr: [
          'a service that Rehome needs does not answer: connect ECONNREFUSED 127.0.0.1:15432',
          '  the command did not finish; running changes go on by themselves once the service is back',
          '  start it (`npm start` brings up everything on one machine), or point TEMPORAL_ADDRESS, KAFKA_BROKERS and DATABASE_URL to yours',
          '',
        ].join('\n'),
      });
    });
  }

  test('is named with its address where that is known', async () => {
    const away = new ServiceAwayError({
      ...{ service: 'Kafka', address: 'kafka-1.test:9093', problem: 'connect ECONNREFUSED' },
    });
    const { exitCode, stderr } = await rehome('setup', { setUp: () => Promise.reject(away) });
    expect(exitCode).toBe(69);
    expect(parts(stderr)[0]).toBe('Kafka at kafka-1.test:9093 does not answer: connect ECONNREFUSED');
  });

  const refused = (port: number) => new Error(`connect ECONNREFUSED ::1:${port}`);
  const outages: readonly [who: string, error: Error][] = [
    ['PostgreSQL that shuts down', new Error('terminating connection due to administrator command')],
    ['PostgreSQL that starts', new Error('the database system is starting up')],
    ['PostgreSQL whose connections are all taken', new Error('timeout exceeded when trying to connect')],
    ['PostgreSQL on no address of localhost', new AggregateError([refused(1), refused(2)], '')],
    ['PostgreSQL whose error has a code but no message', Object.assign(new Error(''), { code: 'ECONNRESET' })],
    ['Temporal', new Error('14 UNAVAILABLE: connection refused')],
    ['Temporal at the first connection', new Error('Failed to connect before the deadline')],
    ['Temporal while a change is started', new Error('Failed to start Workflow')],
    ['Kafka', new Error('Connection error: connect ECONNREFUSED 127.0.0.1:19092')],
  ];
  for (const [who, error] of outages) {
    test(`is told apart from a fault of ours: ${who}`, async () => {
      const setUp = () => Promise.reject(error);
      const { exitCode, stderr } = await rehome('setup', { setUp });
      expect(exitCode).toBe(69);
      expect(parts(stderr)).toHaveLength(4);
    });
  }
});

describe('what else keeps a command from its work', () => {
  test('unusable settings exit with 78 and name each of them', async () => {
    const faults = 'Configuration is not usable:\n✖ Too big\n  → at KAFKA_PORT';
    expect(await rehome('list', {}, { noDesk: new ConfigurationError(faults) })).toEqual({
      exitCode: 78,
      stdout: '',
      stderr: `${faults}\n  nothing was started\n  correct the settings named above; docs/configuration.md lists all of them\n`,
    });
  });

  const keys = [
    "ENOENT: no such file or directory, open '.data/keys/postgres-password'",
    "EACCES: permission denied, open '.data/keys/index-key'",
    'index-key does not hold a key: 64 hex digits are expected',
  ];
  test.each(keys)('keys that can not be used exit with 78 and tell which settings name them: %s', async (problem) => {
    const { exitCode, stderr } = await rehome('list', {}, { noDesk: new Error(problem) });
    expect(exitCode).toBe(78);
    for (const setting of ['DATA_FOLDER', 'DATABASE_PASSWORD_FILE', 'DATABASE_URL', 'KEY_ENCRYPTION_KEY_FILE'])
      expect(stderr).toContain(setting);
  });

  test('a fault of ours exits with 70 in three parts, without a stack', async () => {
    const listChanges = () => Promise.reject(new Error('column "colour" does not exist'));
    expect(await rehome('list', { listChanges })).toEqual({
      exitCode: 70,
      stdout: '',
      stderr: [
        'something went wrong that should not: column "colour" does not exist',
        '  the command stopped; running changes are not affected',
        '  please report it, with the log files of the processes',
        '',
      ].join('\n'),
    });
  });
});
