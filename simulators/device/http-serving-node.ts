import type { ServingNode } from '../serving-node/index.ts';
import { AttachRefused } from '../serving-node/index.ts';
import { HttpRefusal, RadioClient } from './radio-client.ts';

/** A network whose HLR is reached over its simulator's radio side; it knows no resynchronisation. */
export function httpServingNode(radioUrl: string): ServingNode {
  const radio = new RadioClient();
  return {
    attach: async ({ usim, imei }) => {
      const { imsi } = usim;
      try {
        const { rand, autn } = await radio.challenge(radioUrl, imsi);
        const answer = usim.authenticate(rand, autn);
        if (answer.kind === 'macFailure') throw new AttachRefused(imsi, 'macFailure');
        if (answer.kind !== 'res') throw new AttachRefused(imsi, 'resynchronisationFailed');
        return await radio.attach(radioUrl, { imsi, rand, res: answer.res, imei });
      } catch (cause) {
        if (cause instanceof HttpRefusal)
          throw new AttachRefused(imsi, cause.status === 404 ? 'unknownSubscriber' : 'barred');
        throw cause;
      }
    },
    detach: (imsi) => radio.detach(radioUrl, imsi),
    close: () => {
      radio.close();
      return Promise.resolve();
    },
  };
}
