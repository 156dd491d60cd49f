import { simulatedHlr } from '../../gateway/simulator/hlr.ts';
import { World } from '../simulators/harness.ts';
import { describeHlr } from './hlr-contract.ts';

describeHlr({
  name: 'the simulated HLR',
  tells: 'outcomes',
  start: async () => {
    const world = new World();
    const operator = await world.operator('operator-1');
    const hlr = simulatedHlr(operator.managementUrl);
    return {
      ...{ hlr, gsup: operator.gsup },
      stop: async () => {
        await hlr.close();
        await world.end();
      },
    };
  },
});
