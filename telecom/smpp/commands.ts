/** Commands of SMPP 3.4 by name, with their ids (SMPP 3.4 §5.1.2.1); a response has the top bit set. */
export const COMMAND_IDS = {
  genericNack: 0x8000_0000,
  bindReceiver: 0x0000_0001,
  bindReceiverResp: 0x8000_0001,
  bindTransmitter: 0x0000_0002,
  bindTransmitterResp: 0x8000_0002,
  submitSm: 0x0000_0004,
  submitSmResp: 0x8000_0004,
  deliverSm: 0x0000_0005,
  deliverSmResp: 0x8000_0005,
  unbind: 0x0000_0006,
  unbindResp: 0x8000_0006,
  bindTransceiver: 0x0000_0009,
  bindTransceiverResp: 0x8000_0009,
  enquireLink: 0x0000_0015,
  enquireLinkResp: 0x8000_0015,
  alertNotification: 0x0000_0102,
} as const;

/** Name of a command; the standard writes `submitSmResp` as submit_sm_resp. */
export type CommandName = keyof typeof COMMAND_IDS;

const NAMES: ReadonlyMap<number, CommandName> = new Map(
  (Object.keys(COMMAND_IDS) as CommandName[]).map((name) => [COMMAND_IDS[name], name]),
);

/** Name of the command with this id, or nothing for one that SMPP 3.4 does not have, or that is not used here. */
export const commandNamed = (id: number): CommandName | undefined => NAMES.get(id);

/** Values of command_status that this project tells apart, by the standard's names (SMPP 3.4 §5.1.3). */
export const COMMAND_STATUS = {
  ESME_ROK: 0x00,
  ESME_RINVMSGLEN: 0x01,
  ESME_RINVCMDLEN: 0x02,
  ESME_RINVCMDID: 0x03,
  ESME_RINVBNDSTS: 0x04,
  ESME_RALYBND: 0x05,
  ESME_RSYSERR: 0x08,
  ESME_RINVSRCADR: 0x0a,
  ESME_RINVDSTADR: 0x0b,
  ESME_RINVMSGID: 0x0c,
  ESME_RBINDFAIL: 0x0d,
  ESME_RINVPASWD: 0x0e,
  ESME_RINVSYSID: 0x0f,
  ESME_RMSGQFUL: 0x14,
  ESME_RINVSERTYP: 0x15,
  ESME_RINVESMCLASS: 0x43,
  ESME_RSUBMITFAIL: 0x45,
  ESME_RTHROTTLED: 0x58,
  ESME_RINVEXPIRY: 0x62,
  ESME_RX_T_APPN: 0x64,
  ESME_RX_P_APPN: 0x65,
  ESME_RX_R_APPN: 0x66,
  ESME_RQUERYFAIL: 0x67,
  ESME_RUNKNOWNERR: 0xff,
} as const;

/** The standard's name of a command_status, or its value in hex where it has none here. */
export function statusName(status: number): string {
  const found = Object.entries(COMMAND_STATUS).find(([, value]) => value === status);
  return found?.[0] ?? `0x${status.toString(16).padStart(8, '0')}`;
}
