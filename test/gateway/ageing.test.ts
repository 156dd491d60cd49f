import { sweep } from '../../gateway/ageing.ts';
import type { Operator } from '../../gateway/operator.ts';
import { parseImsi, type Imsi } from '../../telecom/identifiers/imsi.ts';

const [failing, deleting, resting] = ['1', '2', '3'].map((last) => parseImsi(`00101900000000${last}`)) as [
  ...[Imsi, Imsi, Imsi],
];

let done: string[];
let lines: string[];

/** An operator of which change-1 and one IMSI, to be deleted and to be given back, fail always. */
function operatorWithTrouble(onWork: () => void = () => undefined): Operator {
  const work = (thing: string) => {
    onWork();
    if (thing === 'change-1' || thing === failing) return Promise.reject(new Error(`${thing} fails`));
    done.push(thing);
    return Promise.resolve();
  };
  return {
    store: {
      tables: {},
      alone: (_thing: string, sweeping: () => Promise<void>) => sweeping().then(() => true),
      locked: (_thing: string, locked: (database: unknown) => Promise<void>) => locked({}),
      database: { transaction: () => ({ execute: () => Promise.resolve() }) },
    },
    reservations: {
      due: () => Promise.resolve(['change-1', 'change-2']),
      find: (_database: unknown, changeId: string) => work(changeId),
    },
    subscribers: {
      beingDeleted: () => Promise.resolve([failing, deleting]),
      rested: () => Promise.resolve([failing, resting]),
      state: () => Promise.resolve('removing'),
      beginRemoval: () => Promise.resolve(true),
      giveBack: () => Promise.resolve(),
    },
    config: { pool: { size: 10 } },
    hlr: { remove: work },
    log: (level: string, _message: string, fields: object) => void lines.push(`${level} ${JSON.stringify(fields)}`),
  } as unknown as Operator;
}

beforeEach(() => {
  [done, lines] = [[], []];
});

test('a change or an IMSI that fails is logged, and keeps no other one from its turn', async () => {
  await sweep(operatorWithTrouble());
  expect(done).toEqual(['change-2', deleting, resting]);
  expect(lines).toEqual(
    ['change-1', failing, failing].map(
      (thing) => `warn ${JSON.stringify({ changeOrImsi: thing, reason: `${thing} fails` })}`,
    ),
  );
});

test('a sweep that is stopped ends with what it is doing', async () => {
  const stopping = new AbortController();
  const operator = operatorWithTrouble(() => {
    stopping.abort();
  });
  await sweep(operator, stopping.signal);
  expect([done.length, lines.length]).toEqual([0, 1]);
});
