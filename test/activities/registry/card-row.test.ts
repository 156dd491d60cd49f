import { cardProfiles } from '../../../activities/ota/card-profiles.ts';
import { cardRow } from '../../../activities/registry/card-row.ts';

const CardRow = cardRow(cardProfiles());

const ROW = {
  iccid: '8999901000000000013',
  operator: 'operator-1',
  imsi: '001010000000001',
  msisdn: '9990110000001',
  profile: 'cpa-aes',
  adm1: 'de309c55d22113ed',
  kvn: '2',
  kic: 'de303176e4bd52696a6f848ea6337bcc',
  kid: 'de307be3ab7289b60817d486d11461f8',
};

test('a row of a card file becomes a card', () => {
  expect(CardRow.parse(ROW)).toEqual({ ...ROW, kvn: 2 });
});

test('keys may be written in capitals', () => {
  expect(CardRow.parse({ ...ROW, kic: ROW.kic.toUpperCase() }).kic).toBe(ROW.kic);
});

test('the last counter of a card may be given; without one the row is what it is without the column', () => {
  expect(CardRow.parse({ ...ROW, cntr: '1099511627775' }).cntr).toBe(1_099_511_627_775);
  for (const row of [ROW, { ...ROW, cntr: '' }])
    expect(JSON.stringify(CardRow.parse(row))).toBe(JSON.stringify({ ...ROW, kvn: 2 }));
});

const FAULTS: readonly [what: string, change: Partial<Record<keyof typeof ROW | 'cntr', string>>, told: RegExp][] = [
  ['a wrong check digit', { iccid: '8999901000000000014' }, /^iccid: .*check digit/],
  ['letters in the ICCID', { iccid: 'one' }, /^iccid: .*19 or 20 digits/],
  ['no operator', { operator: '' }, /^operator: /],
  ['a short IMSI', { imsi: '1' }, /^imsi: .*6 to 15 digits/],
  ['no phone number', { msisdn: 'none' }, /^msisdn: /],
  ['an unknown profile', { profile: 'cpa-des' }, /^profile: is none of cpa-aes/],
  ['a profile that every object has', { profile: 'constructor' }, /^profile: is none of/],
  ['a key version of another system', { kvn: '17' }, /^kvn: /],
  ['a key version that is no number', { kvn: 'two' }, /^kvn: /],
  ['an operator that can be no id', { operator: '=cmd' }, /^operator: /],
  ['a counter of more than 5 octets', { cntr: '1099511627776' }, /^cntr: needs a whole number/],
  ['a counter below 0', { cntr: '-1' }, /^cntr: /],
  ['a counter that is not decimal', { cntr: '1e3' }, /^cntr: /],
];

test.each(FAULTS)('a row with %s is refused, and the column is named', (_what, change, told) => {
  expect(faultsOf({ ...ROW, ...change })).toEqual([expect.stringMatching(told)]);
});

const SECRETS: readonly [column: 'adm1' | 'kic' | 'kid', bad: string][] = [
  ['adm1', 'de309c55d22113'],
  ['adm1', '12345678-secret'],
  ['kic', 'de303176e4bd52696a6f848ea6337b'],
  ['kic', 'zz303176e4bd52696a6f848ea6337bcc'],
  ['kid', `${'de307be3ab7289b60817d486d11461f8'.repeat(2)}00`],
];

test.each(SECRETS)('a bad %s is refused in words that do not quote it', (column, bad) => {
  const faults = faultsOf({ ...ROW, [column]: bad });
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(new RegExp(`^${column}: needs .*hex digits`));
  expect(faults[0]).not.toContain(bad);
});

test('every fault of a row is told at once', () => {
  expect(faultsOf({}).length).toBeGreaterThanOrEqual(9);
});

function faultsOf(row: object): string[] {
  const { error } = CardRow.safeParse(row);
  return error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? [];
}
