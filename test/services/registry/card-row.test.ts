import { cardProfiles } from '../../../services/packets/card-profiles.ts';
import { cardRow } from '../../../services/registry/card-row.ts';

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
  expect(CardRow.parse({ ...ROW, cntr: '1099511627773' }).cntr).toBe(1_099_511_627_773);
  for (const row of [ROW, { ...ROW, cntr: '' }])
    expect(JSON.stringify(CardRow.parse(row))).toBe(JSON.stringify({ ...ROW, kvn: 2 }));
});

test('the operators that a card may go to may be given, in any order; without one the row is what it is without the column', () => {
  expect(CardRow.parse({ ...ROW, targets: ' operator-3  operator-2 operator-3' }).targets).toEqual([
    'operator-2',
    'operator-3',
  ]);
  for (const targets of ['', '  '])
    expect(JSON.stringify(CardRow.parse({ ...ROW, targets }))).toBe(JSON.stringify({ ...ROW, kvn: 2 }));
});

const FAULTS: readonly [
  what: string,
  change: Partial<Record<keyof typeof ROW | 'cntr' | 'targets', string>>,
  told: RegExp,
][] = [
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
  ['a counter whose next value blocks the card', { cntr: '1099511627774' }, /^cntr: needs a whole number/],
  ['a counter below 0', { cntr: '-1' }, /^cntr: /],
  ['a target that can be no id', { targets: 'operator-2,operator-3' }, /^targets\.0: /],
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

const TRIPLE_DES = cardRow(
  cardProfiles({
    name: 'profiles.json',
    text: JSON.stringify(
      Object.fromEntries(
        ['tripleDes2Key', 'tripleDes3Key'].map((algorithm) => [
          algorithm.toLowerCase(),
          { format: 'cpa', tar: 'b00c0a', spi: '1619', algorithm },
        ]),
      ),
    ),
  }),
);
const [K1, K2, K1_OTHER_PARITY] = ['de303176e4bd5269', '6a6f848ea6337bcc', 'df313077e5bc5368'];

test.each([
  ['tripledes2key', `${K1}${K2}`, undefined],
  ['tripledes2key', `${K1}${K2}${K1}`, 'needs 32 hex digits'],
  ['tripledes3key', `${K1}${K2}${K1}`, undefined],
  ['tripledes3key', `${K1}${K2}`, 'needs 48 hex digits'],
  ['tripledes2key', `${K1}${K1}`, 'single DES'],
  ['tripledes2key', `${K1}${K1_OTHER_PARITY}`, 'single DES'],
  ['tripledes3key', `${K1}${K2}${K2}`, 'single DES'],
])('a card of the profile %s with keys like %s: %s', (profile, key, problem) => {
  const parsed = TRIPLE_DES.safeParse({ ...ROW, profile, kic: key, kid: key });
  const told = (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
  expect(told).toEqual(
    problem === undefined
      ? []
      : [expect.stringMatching(`^kic: .*${problem}`), expect.stringMatching(`^kid: .*${problem}`)],
  );
});

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
