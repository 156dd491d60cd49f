/** How long an SMSC keeps a message for a device that it does not reach: a day. */
export const VALIDITY_SECONDS = 86_400;

/** The same as a relative time of SMPP (SMPP 3.4 §7.1.1.2): YYMMDDhhmmsstnnp. */
export const VALIDITY_PERIOD = '000001000000000R';
