import { simulatedHlr } from '../../gateway/simulator/hlr.ts';
import { http, World } from '../simulators/harness.ts';
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
      refuse: async (refuseUpdates) => {
        const plan = refuseUpdates === undefined ? {} : { refuseUpdates };
        expect((await http(`PUT ${operator.managementUrl}/simulator/faults`, plan)).status).toBe(200);
      },
      stop: async () => {
        await hlr.close();
        await world.end();
      },
    };
  },
});
