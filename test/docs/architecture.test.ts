import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_TOPICS } from '../../services/events/topics.ts';
import { ROLES } from '../../workers/role-table.ts';
import { CHANGE_STATES, isState, STATES } from '../../workflows/shared/states.ts';
import { MAY_IMPORT } from '../support/may-import.ts';
import { blocksOf, plain, readText, ROOT, tableOf } from './documents.ts';

const architecture = { path: 'docs/architecture.md', text: readText('docs/architecture.md') };
const operations = { path: 'docs/operations.md', text: readText('docs/operations.md') };

const MIGRATIONS = 'adapters/database/migrations';

/** Every activity that the workflow may call: the methods of its ports. */
const activities = [...readText('workflows/change/ports.ts').matchAll(/^ {2}(\w+)\(/gm)].map(([, name = '']) => name);
const firstColumn = (rows: readonly string[][]): string[] => rows.map(([cell]) => plain(cell));

test('the architecture lists every state, with its end and whether it can be cancelled, as the code has them', () => {
  const listed = tableOf(architecture, 'state', 'ended', 'can be cancelled').map(([state, ended, cancellable]) => [
    plain(state),
    ended === 'yes',
    plain(cancellable),
  ]);
  expect(listed).toEqual(CHANGE_STATES.map((state) => [state, STATES[state].ended, STATES[state].cancellable]));
});

test('the operations page says of every state what happens next, and whether it can be cancelled, as the code does', () => {
  const listed = tableOf(operations, 'state', 'can be cancelled').map(([state, cancellable]) => [
    plain(state),
    plain(cancellable),
  ]);
  expect(listed).toEqual(CHANGE_STATES.map((state) => [state, STATES[state].cancellable]));
});

test('the architecture lists every activity that the workflow may call, and names only states that it records', () => {
  const rows = tableOf(architecture, 'activity', 'kind, where it runs');
  expect(firstColumn(rows).sort()).toEqual([...activities].sort());
  const recorded = rows.flatMap(([, , records = '']) => [...records.matchAll(/`(\w+)`/g)].map(([, state]) => state));
  expect(recorded.filter((state) => !isState(state))).toEqual([]);
});

test.each(['README.md', 'docs/architecture.md'])(
  'the ladder diagrams of %s call activities and signals by their names in code',
  (path) => {
    const signals = [...readText('workflows/shared/contract.ts').matchAll(/defineSignal<.*>\('(\w+)'\)/g)].map(
      ([, name = '']) => name,
    );
    const ladders = blocksOf(readText(path), 'mermaid').filter((block) => block.startsWith('sequenceDiagram'));
    const called = ladders.flatMap((block) =>
      [...block.matchAll(/^ *W->>(?!C)\w+: (\w+)/gm)].map(([, name = '']) => name),
    );
    const received = ladders.flatMap((block) =>
      [...block.matchAll(/^ *(?:U|S|H2)-->>W: (\w+)/gm)].map(([, name = '']) => name),
    );
    expect(called.length).toBeGreaterThan(5);
    expect(called.filter((name) => !activities.includes(name))).toEqual([]);
    expect(received.filter((name) => !signals.includes(name))).toEqual([]);
  },
);

test('the architecture lists every role, topic and table', () => {
  expect(firstColumn(tableOf(architecture, 'role', 'does'))).toEqual(Object.keys(ROLES));
  expect(firstColumn(tableOf(architecture, 'topic', 'key')).sort()).toEqual(Object.keys(ALL_TOPICS).sort());
  const migrations = readdirSync(join(ROOT, MIGRATIONS)).map((name) => readText(join(MIGRATIONS, name)));
  const tables = migrations.flatMap((text) => [...text.matchAll(/^ *create table (\w+)/gm)].map(([, name]) => name));
  expect(firstColumn(tableOf(architecture, 'table', 'holds')).sort()).toEqual(tables.sort());
});

/** Nothing of theirs is part of the product, or they hold no sources. */
const NO_SOURCES = ['test/', 'docs/', 'examples/'];

test('the architecture says of every folder whom it may import, as the rule that is tested does', () => {
  const rules = tableOf(architecture, 'folder', 'holds', 'may import').filter(
    ([folder]) => !NO_SOURCES.includes(plain(folder)),
  );
  const written = rules.map(([folder = '', , may = '']) => [
    plain(folder).replace('/', ''),
    [...may.matchAll(/`([^`]+)`/g)].map(([, name]) => name).sort(),
  ]);
  const tested = Object.entries(MAY_IMPORT).map(([folder, may]) => [folder, [...may].sort()]);
  expect(Object.fromEntries(written)).toEqual(Object.fromEntries(tested));
});
