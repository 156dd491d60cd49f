import { readFileSync } from 'node:fs';
import { OperatorFaultPlan } from '../../simulators/operator/faults.ts';
import { Fact as OperatorFact } from '../../simulators/operator/facts.ts';
import { SmscFaultPlan } from '../../simulators/smsc/faults.ts';

const readme = readFileSync('simulators/README.md', 'utf8');

test('the README names every word of the fault plans', () => {
  const words = [...Object.keys(OperatorFaultPlan.shape), ...Object.keys(SmscFaultPlan.shape)];
  expect(words.filter((word) => !readme.includes(`\`${word}`))).toEqual([]);
});

test('the README names every kind of effect of an operator', () => {
  const kinds = OperatorFact.options.map(({ shape }) => shape.kind.value);
  expect(kinds.filter((kind) => !readme.includes(`\`${kind}\``))).toEqual([]);
});
