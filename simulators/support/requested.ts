import { z } from 'zod';
import { Problem } from './http-server.ts';

/** The request's body as the schema reads it; a body that does not fit is answered with every fault of it. */
export function requested<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Problem({ status: 400, code: 'INVALID_REQUEST', detail: z.prettifyError(parsed.error) });
}
