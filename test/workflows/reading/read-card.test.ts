import { failure } from '../../../workflows/shared/failures.ts';
import { READ_CARD, type CardQuestion, type CardReading } from '../../../workflows/reading/ports.ts';
import { serverForThisFile } from '../bench.ts';

const server = serverForThisFile();
const READING = {
  readingId: '0198c0de-0000-7000-8000-00000000000b',
  iccid: '8999901000000000013',
  askedBy: 'user:ada',
};
const NOT_ANSWERED = `ICCID ${READING.iccid} has not answered`;
const IMSI = '001010000000001';

type Answer = { readonly status: string; readonly held: string | null } | undefined;

/** A reading of a card that answers its questions so, one after the other, each only at this try of whoever watches. */
async function read(
  answers: readonly Answer[],
  begun: object = { kind: 'begun', smsc: 'smsc-1', imsi: IMSI },
  answersAtTry = 1,
) {
  const asked: number[] = [];
  const tries = new Map<number, number>();
  let ended = 0;
  const reading = await server.run<CardReading>(
    { type: READ_CARD, args: [{ ...READING, patienceSeconds: 60 }] },
    {
      '': {
        beginReading: () => Promise.resolve(begun),
        watchReading: ({ number }: CardQuestion) => {
          const answer = answers[number - 1];
          const nth = (tries.get(number) ?? 0) + 1;
          tries.set(number, nth);
          if (answer === undefined || nth < answersAtTry) throw failure('CARD_BEING_READ', NOT_ANSWERED);
          return Promise.resolve(answer);
        },
        endReading: () => {
          ended += 1;
          return Promise.resolve();
        },
      },
      '/smsc/smsc-1': {
        askCard: ({ number }: CardQuestion) => {
          asked.push(number);
          return Promise.resolve({ answered: false });
        },
      },
    },
  );
  return { reading, asked, ended };
}

test('a card that answers tells what it holds, beside what the registry says', async () => {
  const held = { kind: 'read', held: '001020000000001', imsi: IMSI };
  expect(await read([{ status: 'porOk', held: '001020000000001' }])).toEqual({ reading: held, asked: [1], ended: 1 });
});

test('a card that stays silent is given up when its time is over, and the reading ends', async () => {
  const reading = { kind: 'notRead', reason: NOT_ANSWERED };
  expect(await read([])).toEqual({ reading, asked: [1], ended: 1 });
});

test('a card that stays silent is given up for that, also when its time is over in the middle of a look', async () => {
  let looked = (): void => undefined;
  const look = new Promise<never>((_resolve, reject) => {
    looked = () => {
      reject(failure('CARD_BEING_READ', NOT_ANSWERED));
    };
  });
  const reading = await server.run<CardReading>(
    { type: READ_CARD, args: [{ ...READING, patienceSeconds: 1 }] },
    {
      '': {
        beginReading: () => Promise.resolve({ kind: 'begun', smsc: 'smsc-1', imsi: IMSI }),
        watchReading: () => look,
        endReading: () => {
          looked();
          return Promise.resolve();
        },
      },
      '/smsc/smsc-1': { askCard: () => Promise.resolve({ answered: false }) },
    },
  );
  expect(reading).toEqual({ kind: 'notRead', reason: NOT_ANSWERED });
});

test('a card that has a higher counter is asked again, four times at most', async () => {
  const low = { status: 'cntrLow', held: null };
  expect(await read([low, low, { status: 'porOk', held: IMSI }])).toMatchObject({
    ...{ reading: { kind: 'read', held: IMSI }, asked: [1, 2, 3], ended: 1 },
  });
  expect(await read([low, low, low, low])).toMatchObject({ reading: { kind: 'notRead' }, asked: [1, 2, 3, 4] });
});

test('a card that is slow has its patience once, not for each question, and the reading ends', async () => {
  const low = { status: 'cntrLow', held: null };
  // The fourteenth try is after about 50 of the 60 seconds.
  const slow = await read([low, low, low, low], undefined, 14);
  expect(slow).toEqual({
    reading: { kind: 'notRead', reason: NOT_ANSWERED },
    asked: [1, 2],
    ended: 1,
  });
});

test('a card that ran the question and told no IMSI is not asked again', async () => {
  expect(await read([{ status: 'porOk', held: null }])).toMatchObject({ reading: { kind: 'notRead' }, asked: [1] });
});

test('a card that is being changed is not asked at all', async () => {
  const reason = 'its change is open';
  expect(await read([], { kind: 'refused', reason })).toEqual({
    reading: { kind: 'notRead', reason },
    asked: [],
    ended: 1,
  });
});
