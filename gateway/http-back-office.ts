import { z } from 'zod';
import { BackOfficeError, CONSENT_DECISIONS, type BackOffice } from './back-office.ts';
import { JsonClient, type JsonAnswer } from './http/json-client.ts';
import { messageOf } from './log.ts';

const Consent = z.object({ decision: z.enum(CONSENT_DECISIONS), reason: z.string().max(300).optional() });
const Permissions = z.object({ reserve: z.boolean(), release: z.boolean() });

/** The operator's own system: `POST /consents/{changeId}` and `GET /permissions` below its URL, JSON both ways. */
export function httpBackOffice(url: string): BackOffice {
  const client = new JsonClient(url);
  return {
    consent: async ({ changeId, ...question }) => {
      const path = `/consents/${encodeURIComponent(changeId)}`;
      const { decision, reason } = await answered(client.call('POST', path, question), Consent);
      return { decision, ...(reason !== undefined && { reason }) };
    },
    permissions: () => answered(client.call('GET', '/permissions'), Permissions),
    close: () => client.close(),
  };
}

async function answered<T>(asked: Promise<JsonAnswer>, schema: z.ZodType<T>): Promise<T> {
  const { status, content } = await asked.catch((cause: unknown) => {
    throw new BackOfficeError(messageOf(cause), { cause });
  });
  if (status !== 200) throw new BackOfficeError(`it answered ${String(status)}`);
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw new BackOfficeError('it answered in a form that is not agreed');
  return parsed.data;
}
