import { DecodeError } from '../../telecom/decode-error.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { IDLE_CPA_COMMAND } from '../../telecom/ota/cpa-command.ts';
import { idleScript, imsiScript, type RemoteFileScript } from '../../telecom/ota/remote-file-script.ts';
import { decodeEfImsi, EF_IMSI } from '../../telecom/uicc/imsi-file.ts';
import type { CardProfile } from './card-profiles.ts';
import { dataOf, type Sent } from './script-result.ts';

/**
 * A script that changes nothing on the card and costs no try of its admin code. Where the card's profile says how, it reads EF.IMSI;
 * elsewhere remote files select their root, and the card application gets its command without fields, which it answers with 6A80.
 */
export function probeScript(profile: CardProfile): RemoteFileScript {
  if (profile.readBack !== 'none') return imsiScript(profile.readBack.commands);
  return profile.format === 'rfm' ? idleScript(profile.commands) : { data: IDLE_CPA_COMMAND, commands: 1 };
}

/** What EF.IMSI of a card holds: an IMSI, or octets that are none. */
export type HeldImsi = Imsi | 'none';

/** What a card said that was asked by `imsiScript`; undefined when it did not read the file, or not all of it. */
export function heldImsi(data: Uint8Array, sent: Sent): HeldImsi | undefined {
  const content = dataOf(data, sent);
  if (content?.length !== EF_IMSI.sizeOctets) return undefined;
  try {
    return decodeEfImsi(content);
  } catch (cause) {
    if (cause instanceof DecodeError) return 'none';
    throw cause;
  }
}
