import { encodeTlv } from '../octets/ber-tlv.ts';
import { OctetWriter } from '../octets/writer.ts';
import type { Secret } from '../secret.ts';
import { encodeCommandApdu, type CommandApdu } from '../uicc/command-apdu.ts';
import { APPLICATION_DIRECTORY, MASTER_FILE, read, select, update, verifyAdm1 } from '../uicc/file-commands.ts';
import { EF_IMSI } from '../uicc/imsi-file.ts';
import {
  LEAST_ROOM,
  PERSONALIZED_FILES,
  type FileRoom,
  type PersonalizedFileName,
  type Subscription,
} from '../uicc/personalization.ts';
import { encodeCompactCommand } from './compact-command.ts';
import { encodeExpandedCommand } from './expanded-format.ts';

/** REFRESH of the kind "UICC reset", from the card to the device (ETSI TS 102 223 §6.4.7, §8.6, §8.7). */
const COMMAND_DETAILS = encodeTlv(0x81, Uint8Array.of(0x01, 0x01, 0x04));
const CARD_TO_DEVICE = encodeTlv(0x82, Uint8Array.of(0x81, 0x82));
/** What makes the device read its card anew, as an immediate action of a script in expanded format (ETSI TS 102 226 §5.2.1). */
export const REFRESH_UICC_RESET: Uint8Array = new OctetWriter()
  .appendOctets(COMMAND_DETAILS)
  .appendOctets(CARD_TO_DEVICE)
  .toOctets();

/** How the card application that manages files reads a script: commands back to back, or each in an object of its own. */
export type RemoteFormat = 'compact' | 'expanded';

/** What a kind of card wants of a script. */
export interface RemoteFileManagement extends Partial<FileRoom> {
  readonly format: RemoteFormat;
  /** In this order; the application has its ADF selected already (ETSI TS 102 226 §7.3). */
  readonly files: readonly PersonalizedFileName[];
  /** Whether the script ends with REFRESH, which only the expanded format can; other cards do it by themselves. */
  readonly refresh: boolean;
}

/** A script, and how many commands of it a card answers for. */
export interface RemoteFileScript {
  readonly data: Uint8Array;
  readonly commands: number;
}

/** The script that only proves the admin code: its answer is read before anything is written (ETSI TS 102 221 §11.1.9). */
export function adminCodeScript(adminCode: Secret<Uint8Array>, format: RemoteFormat): RemoteFileScript {
  return script([verifyAdm1(adminCode)], { format, refresh: false });
}

/**
 * The script that reads EF.IMSI and writes nothing: MF, the directory of the application, the file, and its content as the answer of
 * the last command. It needs no admin code (3GPP TS 31.102 §4.2.2).
 */
export function imsiScript(format: RemoteFormat): RemoteFileScript {
  return script([select(MASTER_FILE), select(APPLICATION_DIRECTORY), select(EF_IMSI), read(EF_IMSI)], {
    ...{ format, refresh: false },
  });
}

/** The script that does nothing but select the root of the card's files. */
export function idleScript(format: RemoteFormat): RemoteFileScript {
  return script([select(MASTER_FILE)], { format, refresh: false });
}

/**
 * The script that does nothing but have the device read the card anew. Only the expanded format can: REFRESH is the immediate action of a
 * script, which has at least one command (ETSI TS 102 226 §5.2.1).
 */
export function refreshScript(): RemoteFileScript {
  return script([select(MASTER_FILE)], { format: 'expanded', refresh: true });
}

/** VERIFY, then each file, then REFRESH: a card that was asked for more than it may stops at the first UPDATE. */
export function subscriptionScript(
  adminCode: Secret<Uint8Array>,
  subscription: Subscription,
  { files, format, refresh, fplmnEntries = LEAST_ROOM.fplmnEntries }: RemoteFileManagement,
): RemoteFileScript {
  const updates = files.flatMap((name) => {
    const { file, offset, content } = PERSONALIZED_FILES[name];
    return update(file, content(subscription, { fplmnEntries }), offset);
  });
  return script([verifyAdm1(adminCode), ...updates], { format, refresh });
}

function script(
  commands: readonly CommandApdu[],
  { format, refresh }: { readonly format: RemoteFormat; readonly refresh: boolean },
): RemoteFileScript {
  if (format === 'expanded') {
    const data = encodeExpandedCommand(commands.map(encodeCommandApdu), {
      ...(refresh && { immediateAction: REFRESH_UICC_RESET }),
    });
    return { data, commands: commands.length };
  }
  if (refresh) throw new RangeError('a script in compact format has no REFRESH');
  return { data: encodeCompactCommand(commands), commands: commands.length };
}
