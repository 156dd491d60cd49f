import { z } from 'zod';
import { Problem, type Answer, type Call, type Route } from '../support/http-server.ts';
import { iccidSchema, imsiSchema } from '../support/identifier-schemas.ts';
import { requested } from '../support/requested.ts';
import type { Network } from './network.ts';

const ConsentRequest = z.object({ iccid: iccidSchema, imsi: imsiSchema, targetOperator: z.string().min(1) });

/** What the operator's business decides; its gateway asks. */
export function backOfficeRoutes(network: Network): Route[] {
  return [
    { method: 'POST', path: '/back-office/consents/:changeId', handle: (call) => decide(network, call) },
    {
      method: 'GET',
      path: '/back-office/permissions',
      handle: () => {
        const { poolEmpty, releaseRefused } = network.faults.plan;
        return { status: 200, body: { reserve: poolEmpty !== true, release: releaseRefused !== true } };
      },
    },
  ];
}

function decide({ subscribers, faults, record }: Network, { params, body }: Call): Answer {
  const changeId = params['changeId'] ?? '';
  const { iccid, imsi, targetOperator } = requested(ConsentRequest, body);
  const known = subscribers.consent(changeId);
  if (known !== undefined && known.iccid !== iccid)
    throw new Problem({ status: 409, code: 'CHANGE_ID_REUSED', detail: 'this change has asked for another card' });
  if (known === undefined) record({ kind: 'consentAsked', changeId, iccid, imsi, targetOperator });
  const decision = known?.decision ?? faults.consent;
  if (known?.decision === undefined && decision !== 'pending') record({ kind: 'consentDecided', changeId, decision });
  return {
    status: 200,
    body: { decision, ...(decision === 'refused' && { reason: 'the subscription is under contract' }) },
  };
}
