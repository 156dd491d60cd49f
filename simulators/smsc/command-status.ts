import type { COMMAND_STATUS } from '../../telecom/smpp/commands.ts';

/** How the centre refuses a submit, by the names of SMPP 3.4 §5.1.3. */
export type CommandStatusName = Exclude<keyof typeof COMMAND_STATUS, 'ESME_ROK'>;

/** What the centre answers to a refused command. */
export const refusal = (name: CommandStatusName): { readonly ok: false; readonly name: CommandStatusName } => ({
  ok: false,
  name,
});
