import { SmscSession } from '../adapters/smsc/smsc-session.ts';
import { askCard, probeCard } from '../activities/change/ota/probe-card.ts';
import { rewriteCard } from '../activities/change/ota/rewrite-card.ts';
import { refreshDevice } from '../activities/change/ota/refresh-device.ts';
import { resendOverTheAir } from '../activities/change/ota/resend-over-the-air.ts';
import { checkAdminCode, sendOverTheAir } from '../activities/change/ota/send-over-the-air.ts';
import { handleDelivery } from '../services/deliveries/handle-delivery.ts';
import { listSmscs } from '../services/registry/operators.ts';
import { smscTaskQueue } from '../workflows/shared/contract.ts';
import type { OtaActivities } from '../workflows/change/ports.ts';
import type { CardAskingActivities } from '../workflows/reading/ports.ts';
import { together, toServe, type StartRole } from './roles.ts';
import { runTemporalWorker } from './temporal-worker.ts';

/** Address that the cards' answers come back to. */
const SOURCE_ADDRESS = '900';

/** Owns the bind to each SMSC: sends segments, takes receipts and PoRs. */
export const startOtaWorkers: StartRole = async (context) => {
  const { resources } = context;
  const { config, database, vault, profiles, bus, index, log } = resources;
  const { SMSC_SYSTEM_ID: systemId, SMSC_PASSWORD_FILE: passwordFile, SMSC_TLS_CA_FILE: caFile } = config.settings;
  const smscs = toServe('SMSC', await listSmscs(database), context.smscs);
  return together(
    smscs.map(async ({ id, url, setDpf }) => {
      const delivery = { smsc: id, database, vault, profiles, bus, index, log };
      const session = new SmscSession({
        smsc: id,
        url,
        setDpf,
        systemId,
        longestPauseMilliseconds: config.settings.SMSC_LONGEST_PAUSE_SECONDS * 1_000,
        ...(passwordFile !== undefined && { passwordFile }),
        ...(caFile !== undefined && { caFile }),
        onDelivery: handleDelivery(delivery),
        log,
      });
      session.start();
      const sending = { smsc: id, session, database, vault, profiles, sourceAddress: SOURCE_ADDRESS };
      const running = await runTemporalWorker(context, {
        taskQueue: smscTaskQueue(config.settings.TASK_QUEUE, id),
        activities: {
          checkAdminCode: checkAdminCode(sending),
          sendOverTheAir: sendOverTheAir(sending),
          resendOverTheAir: resendOverTheAir(sending),
          rewriteCard: rewriteCard(sending),
          probeCard: probeCard(sending),
          refreshDevice: refreshDevice(sending),
          askCard: askCard(sending),
        } satisfies OtaActivities & CardAskingActivities,
      }).catch(async (cause: unknown) => {
        await session.stop();
        throw cause;
      });
      return {
        ended: running.ended,
        stop: async () => {
          await running.stop();
          await session.stop();
        },
      };
    }),
  );
};
