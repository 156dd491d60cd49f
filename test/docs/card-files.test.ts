import { CARD_COLUMNS, OPTIONAL_CARD_COLUMNS } from '../../services/registry/card-row.ts';
import { cardProfiles } from '../../services/packets/card-profiles.ts';
import { plain, readText, tableOf } from './documents.ts';

const operations = { path: 'docs/operations.md', text: readText('docs/operations.md') };
const rows = tableOf(operations, 'column', 'needed', 'holds');

test('docs/operations.md lists every column of a card file, and which are needed', () => {
  expect(rows.map(([column, needed]) => [plain(column), needed])).toEqual([
    ...CARD_COLUMNS.map((column) => [column, 'yes']),
    ...OPTIONAL_CARD_COLUMNS.map((column) => [column, 'no']),
  ]);
});

test('docs/operations.md lists every profile that a card may have', () => {
  const [, , holds = ''] = rows.find(([column]) => plain(column) === 'profile') ?? [];
  expect([...holds.matchAll(/`([^`]+)`/g)].map(([, name]) => name)).toEqual(Object.keys(cardProfiles()));
});

test('the example of a card file has every column that is needed', () => {
  expect(readText('examples/cards.csv').split('\n')[0]).toBe(CARD_COLUMNS.map((column) => `"${column}"`).join(','));
});
