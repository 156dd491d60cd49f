/** How the centre refuses a command, as SMPP numbers it (SMPP 3.4 §5.1.3). */
export const COMMAND_STATUS = {
  ESME_RINVMSGLEN: '0x00000001',
  ESME_RINVCMDID: '0x00000003',
  ESME_RINVBNDSTS: '0x00000004',
  ESME_RSYSERR: '0x00000008',
  ESME_RINVDSTADR: '0x0000000b',
  ESME_RMSGQFUL: '0x00000014',
  ESME_RTHROTTLED: '0x00000058',
} as const;
export type CommandStatusName = keyof typeof COMMAND_STATUS;

/** What the centre answers to a refused command. */
export function refusal(name: CommandStatusName): { ok: false; status: string; name: CommandStatusName } {
  return { ok: false, status: COMMAND_STATUS[name], name };
}
