import type { Operator } from './operator.ts';
import { passedMark } from './store/pool-level.ts';

/** Warns that the pool will soon be empty, once until it has recovered. */
export async function warnOfPool({ store, config, log }: Operator): Promise<void> {
  const passed = await passedMark(store, config.pool);
  if (passed === undefined) return;
  const facts = { operator: config.operator, free: passed.free, size: config.pool.size };
  if (passed.mark === 'low')
    log('warn', 'few IMSIs are left in the pool; give it more, or changes to this operator are rolled back', {
      code: 'POOL_LOW',
      ...facts,
    });
  else log('info', 'the pool has IMSIs enough again', { code: 'POOL_RECOVERED', ...facts });
}
