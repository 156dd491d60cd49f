import { askStates, isOnItsWay, noteStates } from '../../../services/packets/ask-states.ts';
import type { EarlierSubmission } from '../../../services/packets/submission-history.ts';
import { MESSAGE_STATES, type MessageState } from '../../../telecom/smpp/delivery-receipt.ts';

const LAST: EarlierSubmission = {
  ...{ sequence: 11, messageIds: ['b1', 'b2', 'b3'], segments: null, accepted: true, isValid: true },
};
const EARLIER: EarlierSubmission = { ...LAST, sequence: 10, messageIds: ['a1', 'a2', 'a3'] };

/** What is asked of an SMSC that says this, and what is made of it. */
async function asking(
  answers: Readonly<Record<string, MessageState>>,
  { last = LAST, receipts = {} }: { readonly last?: EarlierSubmission; readonly receipts?: typeof answers } = {},
) {
  const asked: string[] = [];
  const said = await askStates(
    { submissions: [last, EARLIER], receipts },
    {
      stateOf: (messageId) => {
        asked.push(messageId);
        return Promise.resolve(answers[messageId]);
      },
    },
  );
  return { asked, said };
}

test('the messages of the last submission are asked for, as far as nothing final is known of them', async () => {
  const receipts = { a1: 'delivered', b1: 'delivered', b3: 'enroute' } as const;
  expect(await asking({ b2: 'expired', b3: 'accepted' }, { receipts })).toEqual({
    asked: ['b2', 'b3'],
    said: { b2: 'expired', b3: 'accepted' },
  });
});

test('what the SMSC does not say is not said', async () => {
  expect(await asking({ b2: 'unknown' })).toEqual({ asked: ['b1', 'b2', 'b3'], said: { b2: 'unknown' } });
});

test('nothing is asked of a packet of which the SMSC has said that it gave a part up', async () => {
  expect((await asking({}, { receipts: { b2: 'expired' } })).asked).toEqual([]);
});

test('nothing is asked once the time is over for which the SMSC keeps a message, nor of what it did not take', async () => {
  expect((await asking({ b1: 'enroute' }, { last: { ...LAST, isValid: false } })).asked).toEqual([]);
  expect(await askStates({ submissions: [], receipts: {} }, { stateOf: () => Promise.resolve('enroute') })).toEqual({});
});

test.each(MESSAGE_STATES.map((state) => [state, state === 'enroute'] as const))(
  'a packet with a segment that is %s is on its way: %s',
  (state, expected) => {
    expect(isOnItsWay({ b1: 'delivered', b2: state })).toBe(expected);
  },
);

test('what is final is noted like a receipt, and nothing else', async () => {
  const noted: object[] = [];
  const said = Object.fromEntries(MESSAGE_STATES.map((state, index) => [`b${String(index)}`, state]));
  await noteStates(said, '4917', {
    note: (receipt) => {
      noted.push(receipt);
      return Promise.resolve();
    },
  });
  expect(noted).toEqual(
    ['delivered', 'expired', 'deleted', 'undeliverable', 'rejected'].map((state) => ({
      ...{ destination: '4917', state },
      messageId: `b${String(MESSAGE_STATES.indexOf(state as MessageState))}`,
    })),
  );
});
