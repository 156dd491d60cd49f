import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readGatewayFiles } from '../../gateway/config.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rehome-gateway-'));
  for (const [name, digits] of [
    ['master.key', 64],
    ['op.key', 32],
    ['session.key', 64],
  ] as const)
    writeFileSync(join(folder, name), '0'.repeat(digits));
  for (const name of ['ca.crt', 'gateway.crt', 'gateway.key']) writeFileSync(join(folder, name), name);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const USABLE = {
  ...{ operator: 'north', plmn: '00101', listen: { port: 8443 } },
  tls: { ca: 'ca.crt', cert: 'gateway.crt', key: 'gateway.key', client: 'Rehome' },
  ...{ masterKey: 'master.key', op: 'op.key', sessionKeys: [{ kid: '2026-1', file: 'session.key' }] },
  pool: { imsiPrefix: '001019', msisdnPrefix: '999019', msisdnDigits: 13, size: 1_000 },
  hlr: { kind: 'osmo-hlr', host: '10.0.0.1' },
};

const write = (name: string, content: object): string => {
  writeFileSync(join(folder, name), JSON.stringify(content));
  return join(folder, name);
};
const faultsOf = (files: readonly string[]): string => {
  try {
    readGatewayFiles(files);
  } catch (cause) {
    return (cause as Error).message;
  }
  return '';
};

test('a file of a gateway needs no more than what only its operator can know', () => {
  const [config] = readGatewayFiles([write('north.json', USABLE)]);
  expect(config).toMatchObject({
    ...{ leaseDays: 30, quarantineDays: 30, masterKey: join(folder, 'master.key') },
    hlr: { kind: 'osmo-hlr', host: '10.0.0.1', ctrlPort: 4259, vtyPort: 4258, pollSeconds: 5 },
    backOffice: { kind: 'standing-orders', consent: 'pending' },
  });
});

test('every fault of every file is named at once', () => {
  const bad = write('bad.json', { ...USABLE, plmn: '1', leaseDays: -1, surprise: true });
  const keyless = write('keyless.json', { ...USABLE, masterKey: 'session.key.missing', op: 'master.key' });
  const faults = faultsOf([bad, keyless, join(folder, 'nothing.json')]);
  for (const named of ['plmn', 'leaseDays', 'surprise', 'masterKey', 'op:', 'nothing.json'])
    expect(faults).toContain(named);
});

test('a pool that is not of the PLMN, or has no room for its numbers, is refused', () => {
  const pool = { ...USABLE.pool, imsiPrefix: '00201900000000', size: 1_000 };
  const faults = faultsOf([write('pool.json', { ...USABLE, pool })]);
  expect(faults).toContain('does not begin with the PLMN 00101');
  expect(faults).toContain('do not fit imsiDigits');
});

test('a pool is warned of before it is full, or never', () => {
  const withLowWater = (lowWater: number) => write('pool.json', { ...USABLE, pool: { ...USABLE.pool, lowWater } });
  expect(faultsOf([withLowWater(1_000)])).toContain('has to be below size');
  expect(readGatewayFiles([withLowWater(999)])).toMatchObject([{ pool: { lowWater: 999 } }]);
});

test('who may call has to be named, and a lease has to outlast a renewal that is late', () => {
  const { ca, cert, key } = USABLE.tls;
  expect(faultsOf([write('anybody.json', { ...USABLE, tls: { ca, cert, key } })])).toContain('tls.client');
  expect(faultsOf([write('short.json', { ...USABLE, leaseDays: 2 })])).toContain('leaseDays');
  expect(readGatewayFiles([write('three.json', { ...USABLE, leaseDays: 3 })])).toMatchObject([{ leaseDays: 3 }]);
});

test('one operator has one file, and a session key one name', () => {
  expect(faultsOf([write('one.json', USABLE), write('two.json', USABLE)])).toContain('north has more than one file');
  const [key] = USABLE.sessionKeys;
  expect(faultsOf([write('keys.json', { ...USABLE, sessionKeys: [key, key] })])).toContain('name a kid twice');
});

test('a key that is no key is not shown', () => {
  writeFileSync(join(folder, 'master.key'), 'sensitive');
  const faults = faultsOf([write('north.json', USABLE)]);
  expect(faults).toContain('64 hex digits are expected');
  expect(faults).not.toContain('sensitive');
});

test('a key that is named as the file of a gateway is not shown', () => {
  const key = join(folder, 'named.key');
  writeFileSync(key, 'e3a9c0de'.repeat(8));
  expect(faultsOf([key])).toBe(`${key} is no JSON`);
});
