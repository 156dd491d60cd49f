import { ALL_WELL } from './plan.ts';
import { HOUR, type World } from './world.ts';

/** Everything is put right, and all that is on its way arrives. */
export function heal(world: World): void {
  Object.assign(world, ALL_WELL);
  world.card.powerFails = false;
  for (let round = 0; round < 20 && world.outcome === undefined; round += 1) {
    world.repair();
    world.deliver({ newest: false, keepCopy: false });
    world.attach();
    world.hear({ kind: 'deviceReachable' });
    world.answerArrives({ newest: false, again: false });
    world.endRepair();
    if (world.registration !== undefined) world.hear({ kind: 'woken' });
    if (world.known.release.frozen) world.hear({ kind: 'retryWanted' });
    world.pass(30 * HOUR);
  }
}
