import { CardProfileError, cardProfiles, provesUnchanged } from '../../../services/packets/card-profiles.ts';

const file = (profiles: unknown) => ({ name: 'profiles.json', text: JSON.stringify(profiles) });
const CPA = { format: 'cpa', tar: 'b00c0a', spi: '1619', algorithm: 'aes' };
const RFM = { ...CPA, format: 'rfm', tar: 'b00011', commands: 'compact', files: ['imsi', 'usimAuthKey'] };

test('a profile says no more than what differs from the usual', () => {
  expect(cardProfiles(file({ plain: CPA }))['plain']).toMatchObject({
    ...{ macLength: 8, layout: 'standard', referenceBits: 8, maxSegments: 1, askUser: false },
    spi: { counter: 'mustBeHigher', por: 'always', porIntegrity: 'cryptographicChecksum' },
  });
});

test('the profiles of a file stand beside the built-in ones, and replace one of the same name', () => {
  const profiles = cardProfiles(file({ 'cpa-aes': { ...CPA, macLength: 4 }, 'meter-2019': RFM }));
  expect(profiles['cpa-aes']?.macLength).toBe(4);
  expect(Object.keys(profiles)).toEqual([...Object.keys(cardProfiles()), 'meter-2019']);
});

test('the built-in profile of one message says how long the MNC of the new IMSI is', () => {
  expect(cardProfiles()['rfm-aes']).toMatchObject({ maxSegments: 1, files: ['imsi', 'ad', 'usimAuthKey', 'loci'] });
});

test('a card of remote files reads back where it is written, and the card application reads nothing unless its profile says so', () => {
  const FILES = { tar: 'b20111', commands: 'expanded', sameCounter: true };
  const profiles = cardProfiles(
    file({ files: RFM, silent: { ...RFM, readBack: 'none' }, plain: CPA, reading: { ...CPA, readBack: FILES } }),
  );
  expect(['files', 'silent', 'plain', 'reading'].map((name) => profiles[name]?.readBack)).toEqual([
    { tar: 'b00011', commands: 'compact', sameCounter: true },
    'none',
    'none',
    FILES,
  ]);
});

test.each<readonly [string, boolean, object]>([
  [
    'a card application with the counter of the remote files',
    true,
    { ...CPA, readBack: { tar: 'b00011', sameCounter: true } },
  ],
  ['a card application with a counter of its own', false, { ...CPA, readBack: { tar: 'b00011' } }],
  ['a card application that reads nothing', false, CPA],
  [
    'a card application that asks its user',
    false,
    { ...CPA, askUser: true, readBack: { tar: 'b00011', sameCounter: true } },
  ],
  ['a script, which begins with EF.IMSI', true, RFM],
])('whether the old IMSI proves that a card is unchanged, of %s: %s', (_what, proves, profile) => {
  const { mine } = cardProfiles(file({ mine: profile }));
  expect(mine !== undefined && provesUnchanged(mine)).toBe(proves);
});

test('a card can be asked to have its device read it anew where its script ends so, or its profile names a place for that', () => {
  const expanded = { ...RFM, tar: 'b20111', commands: 'expanded' };
  const profiles = cardProfiles(
    file({
      compact: RFM,
      expanded,
      ends: { ...expanded, refresh: true },
      plain: CPA,
      named: { ...CPA, refreshTar: 'b20111' },
    }),
  );
  expect(['compact', 'expanded', 'ends', 'plain', 'named'].map((name) => profiles[name]?.refreshTar)).toEqual([
    ...[undefined, undefined, 'b20111', undefined, 'b20111'],
  ]);
});

test.each([
  ['the key', ['usimAuthKey', 'imsi']],
  ['another file', ['ad', 'imsi', 'usimAuthKey']],
])('a profile that writes %s before the IMSI is refused with the reason', (_what, files) => {
  expect(() => cardProfiles(file({ mine: { ...RFM, files } }))).toThrow('imsi comes first: power that fails');
});

test('a profile of remote files has four forbidden networks on its cards unless it says how many', () => {
  const profiles = cardProfiles(file({ usual: RFM, roomy: { ...RFM, fplmnEntries: 16 } }));
  expect([profiles['usual'], profiles['roomy']]).toMatchObject([{ fplmnEntries: 4 }, { fplmnEntries: 16 }]);
});

test.each([
  ['no checksum', { ...CPA, spi: '1419' }, /a subscription goes over the air signed and ciphered only[^]*at mine\.spi/],
  ['no ciphering', { ...CPA, spi: '1219' }, /signed and ciphered only/],
  ['a counter that may have no gaps', { ...CPA, spi: '1e19' }, /higher than its last one/],
  ['an answer that nobody can verify', { ...CPA, spi: '161d' }, /digital signature can not be verified/],
  ['a reserved bit of the SPI', { ...CPA, spi: 'e619' }, /a reserved bit is set/],
  ['a TAR that is none', { ...CPA, tar: 'b0' }, /6 hex digits/],
  ['a file that is not known', { ...RFM, files: ['imsi', 'usimAuthKey', 'spn'] }, /files\[2\]/],
  ['an IMSI without its key', { ...RFM, files: ['imsi'] }, /imsi and usimAuthKey are written together/],
  ['fewer forbidden networks than a card has', { ...RFM, fplmnEntries: 3 }, /fplmnEntries/],
  ['more forbidden networks than one UPDATE writes', { ...RFM, fplmnEntries: 86 }, /fplmnEntries/],
  ['REFRESH in compact format', { ...RFM, refresh: true }, /only a script in expanded format/],
  ['an answer that is not signed', { ...RFM, spi: '1601' }, /the answer about the admin code is waited for/],
  [
    'a read-back whose answer is not signed',
    { ...CPA, spi: '1601', readBack: { tar: 'b00011' } },
    /what the card reads back/,
  ],
  ['a word that no profile has', { ...CPA, kvn: 2 }, /kvn/],
  ['DES', { ...CPA, algorithm: 'des' }, /algorithm/],
])('a profile with %s is refused by name and place', (_what, profile, told) => {
  expect(() => cardProfiles(file({ mine: profile }))).toThrow(CardProfileError);
  expect(() => cardProfiles(file({ mine: profile }))).toThrow(told);
  expect(() => cardProfiles(file({ mine: profile }))).toThrow(/^profiles\.json is not usable:/);
});

test('a file that is no JSON is refused with what is wrong', () => {
  expect(() => cardProfiles({ name: 'profiles.json', text: '{' })).toThrow(/^profiles\.json is no JSON: /);
});

test('a key that is named as the file of profiles is not shown', () => {
  const given = { name: 'profiles.json', text: 'e3a9c0de'.repeat(8) };
  expect(() => cardProfiles(given)).toThrow(new CardProfileError('profiles.json is no JSON'));
});
