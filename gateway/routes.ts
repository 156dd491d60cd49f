import { z } from 'zod';
import type { Imsi } from '../telecom/identifiers/imsi.ts';
import { askConsent } from './consent.ts';
import type { Answer, Call, Route } from './http/http-server.ts';
import { Problem } from './http/problem.ts';
import { iccidSchema, imsiSchema } from './identifier-schemas.ts';
import type { Operator } from './operator.ts';
import { barSubscriber, deleteSubscriber, showSubscriber, type Release } from './release.ts';
import { renew, reserve, showPool } from './reserve.ts';
import { restore } from './restore.ts';
import { withdraw } from './withdraw.ts';

const ReservationRequest = z.object({ iccid: iccidSchema });
const ConsentRequest = z.object({ iccid: iccidSchema, imsi: imsiSchema, targetOperator: z.string().min(1) });
const ChangeId = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'a change id is letters, digits, dashes and underscores');

/** The provisioning API (docs/provisioning-api.yaml). Every call may be repeated; a repetition changes nothing and gets the same answer. */
export function provisioningRoutes(operator: Operator): Route[] {
  return [
    { method: 'GET', path: '/v1/pool', handle: async () => ok(await showPool(operator)) },
    {
      method: 'PUT',
      path: '/v1/reservations/:changeId',
      handle: async ({ params, body }) => {
        const { iccid } = requested(ReservationRequest, body);
        return ok(await reserve(operator, { changeId: changeIdOf(params), iccid }));
      },
    },
    {
      method: 'POST',
      path: '/v1/reservations/:changeId/renew',
      handle: async ({ params }) => ok(await renew(operator, changeIdOf(params))),
    },
    {
      method: 'POST',
      path: '/v1/reservations/:changeId/withdraw',
      handle: async ({ params }) => ok(await withdraw(operator, changeIdOf(params))),
    },
    {
      method: 'POST',
      path: '/v1/reservations/:changeId/restore',
      handle: async ({ params }) => ok(await restore(operator, changeIdOf(params))),
    },
    {
      method: 'GET',
      path: '/v1/subscribers/:imsi',
      handle: async ({ params }) => ok(await showSubscriber(operator, imsiOf(params))),
    },
    {
      method: 'PUT',
      path: '/v1/subscribers/:imsi/bar',
      handle: async ({ params, query }) => {
        await barSubscriber(operator, releaseOf(params, query));
        return DONE;
      },
    },
    {
      method: 'DELETE',
      path: '/v1/subscribers/:imsi',
      handle: async ({ params, query }) => {
        await deleteSubscriber(operator, releaseOf(params, query));
        return DONE;
      },
    },
    {
      method: 'POST',
      path: '/v1/consents/:changeId',
      handle: async ({ params, body }) =>
        ok(await askConsent(operator, { changeId: changeIdOf(params), ...requested(ConsentRequest, body) })),
    },
  ];
}

const DONE: Answer = { status: 204 };

const ok = (body: object): Answer => ({ status: 200, body });

const changeIdOf = (params: Call['params']): string => requested(ChangeId, params['changeId']);

const imsiOf = (params: Call['params']): Imsi => requested(imsiSchema, params['imsi']);

function releaseOf(params: Call['params'], query: Call['query']): Release {
  const changeId = query.get('changeId');
  return { imsi: imsiOf(params), ...(changeId !== null && { changeId: requested(ChangeId, changeId) }) };
}

/** What was sent as the schema reads it; what does not fit is answered with every fault of it. */
function requested<T>(schema: z.ZodType<T>, sent: unknown): T {
  const parsed = schema.safeParse(sent);
  if (parsed.success) return parsed.data;
  throw new Problem({ status: 400, code: 'INVALID_REQUEST', detail: z.prettifyError(parsed.error) });
}
