import type { Consumer, TopicPartitionOffsetAndMetadata } from 'kafkajs';
import type { BusMessage } from '../../../adapters/kafka/messages.ts';
import { OffsetCommitter } from '../../../adapters/kafka/offset-committer.ts';

const at = (partition: number, offset: string, topic = 'hlr.events'): BusMessage => ({
  ...{ topic, partition, offset, key: null, value: null, headers: {} },
});

function committer(commit: () => Promise<void> = () => Promise.resolve()) {
  const committed: TopicPartitionOffsetAndMetadata[][] = [];
  const said: string[] = [];
  const consumer = {
    commitOffsets: (offsets: TopicPartitionOffsetAndMetadata[]) => {
      committed.push(offsets);
      return commit();
    },
  } as unknown as Consumer;
  return { committed, said, offsets: new OffsetCommitter(consumer, (_level, message) => said.push(message)) };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('what is committed is the offset after the last handled message of each partition', async () => {
  const { committed, offsets } = committer();
  offsets.handled(at(0, '4'));
  offsets.handled(at(0, '9'));
  offsets.handled(at(1, '9007199254740993'));
  await offsets.flush();
  expect(committed).toEqual([
    [
      { topic: 'hlr.events', partition: 0, offset: '10' },
      { topic: 'hlr.events', partition: 1, offset: '9007199254740994' },
    ],
  ]);
});

test('nothing is committed at once, and everything within a quarter of a second, in one request', async () => {
  const { committed, offsets } = committer();
  offsets.handled(at(0, '1'));
  await jest.advanceTimersByTimeAsync(200);
  offsets.handled(at(0, '2'));
  expect(committed).toEqual([]);
  await jest.advanceTimersByTimeAsync(50);
  expect(committed).toEqual([[{ topic: 'hlr.events', partition: 0, offset: '3' }]]);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(committed).toHaveLength(1);
});

test('a commit that fails is said with what it means, and the next one goes on', async () => {
  const { committed, said, offsets } = committer(() => Promise.reject(new Error('REBALANCE_IN_PROGRESS')));
  offsets.handled(at(0, '1'));
  await offsets.flush();
  expect(said).toEqual([expect.stringMatching(/may be delivered again: REBALANCE_IN_PROGRESS/)]);
  offsets.handled(at(0, '2'));
  await offsets.flush();
  expect(committed[1]).toEqual([{ topic: 'hlr.events', partition: 0, offset: '3' }]);
});
