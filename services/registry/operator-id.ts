import { z } from 'zod';

/** How operators and SMSCs are named. */
export const operatorId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'an id is lower-case letters, digits and dashes');
