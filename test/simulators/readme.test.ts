import { readFileSync } from 'node:fs';
import { OperatorFaultPlan } from '../../simulators/operator/faults.ts';
import { Fact as OperatorFact } from '../../simulators/operator/facts.ts';
import { SmscFaultPlan } from '../../simulators/smsc/faults.ts';
import { tableOf } from '../docs/documents.ts';

const readme = readFileSync('simulators/README.md', 'utf8');

/** The words that the first column of a table of the README explains. */
const wordsOf = (header: string): string[] =>
  tableOf({ path: 'simulators/README.md', text: readme }, header, 'effect').flatMap(([cell = '']) =>
    [...cell.matchAll(/`(\w+)/g)].map(([, word = '']) => word),
  );
const ofPlan = ({ shape }: { readonly shape: object }): string[] =>
  Object.keys(shape).filter((word) => word !== 'seed');

test('the README explains every word of the fault plans, and no other', () => {
  expect(wordsOf('operator').sort()).toEqual(ofPlan(OperatorFaultPlan).sort());
  expect([...wordsOf('SMSC'), ...wordsOf('devices and cards (same plan)')].sort()).toEqual(
    ofPlan(SmscFaultPlan).sort(),
  );
  expect(readme).toContain('`seed`');
});

test('the README names every kind of effect of an operator', () => {
  const kinds = OperatorFact.options.map(({ shape }) => shape.kind.value);
  expect(kinds.filter((kind) => !readme.includes(`\`${kind}\``))).toEqual([]);
});
