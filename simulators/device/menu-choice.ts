import { z } from 'zod';
import { plmnSchema } from '../support/identifier-schemas.ts';

/** What the user of a device enters in the menu of its card. */
export const MenuChoice = z.strictObject({ target: plmnSchema });
