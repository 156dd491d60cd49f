import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCardsFile } from '../../simulators/support/cards-file.ts';
import { CARDS_FILE } from './harness.ts';

const text = readFileSync(CARDS_FILE, 'utf8');
const cards = readCardsFile(CARDS_FILE);

test('the demo cards are those that their generator makes', () => {
  expect(execFileSync(process.execPath, ['examples/generate-cards.mjs'], { encoding: 'utf8' })).toBe(text);
});

test('there are 600 cards of each operator, with valid numbers of its network', () => {
  for (const [operator, plmn] of [
    ['operator-1', '00101'],
    ['operator-2', '00102'],
  ] as const) {
    const own = cards.filter((card) => card.operator === operator);
    expect(own).toHaveLength(600);
    expect(own.every(({ imsi }) => imsi.startsWith(plmn))).toBe(true);
  }
});

test('no two cards share a number, a device, a key or an admin code', () => {
  const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
  for (const values of [
    cards.map(({ iccid }) => iccid as string),
    cards.map(({ imsi }) => imsi as string),
    cards.map(({ msisdn }) => msisdn as string),
    cards.map(({ imei }) => imei as string),
    cards.map(({ adminCode }) => hex(adminCode.reveal())),
    cards.flatMap(({ keys }) => [hex(keys.kic.reveal()), hex(keys.kid.reveal())]),
  ]) {
    expect(new Set(values).size).toBe(values.length);
  }
});

test('a card that cannot be read is named by its place, without its secrets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rehome-cards-'));
  const path = join(folder, 'cards.csv');
  const lines = text.split('\n').slice(0, 3);
  writeFileSync(path, `${lines.join('\n').replace(/"de30[0-9a-f]{12}"(?=[^\n]*$)/, '"de30broken"')}\n`);
  expect(() => readCardsFile(path)).toThrow(`card 2 of ${path} cannot be read`);
  expect(() => readCardsFile(path)).not.toThrow('de30');
  rmSync(folder, { recursive: true });
});
