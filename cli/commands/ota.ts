import { DecodeError } from '../../telecom/decode-error.ts';
import { parseTar } from '../../telecom/identifiers/tar.ts';
import { fromHex, toHex } from '../../telecom/octets/hex.ts';
import { decodeCommandPacket, encodeCommandPacket } from '../../telecom/ota/command-packet.ts';
import { decodeCompactCommand } from '../../telecom/ota/compact-command.ts';
import { decodeCompactResponse } from '../../telecom/ota/compact-response.ts';
import {
  decodeExpandedCommand,
  decodeExpandedResponse,
  looksExpanded,
  looksLikeExpandedCommand,
} from '../../telecom/ota/expanded-format.ts';
import { decodeKic, decodeKid, encodeKeyIndication } from '../../telecom/ota/key-indication.ts';
import type { MacLength, PacketSecurity } from '../../telecom/ota/packet-security.ts';
import { decodeResponsePacket, type DecodedResponse } from '../../telecom/ota/response-packet.ts';
import { encodeResponseStatus } from '../../telecom/ota/response-status.ts';
import { decodeSpi, encodeSpi, type Spi } from '../../telecom/ota/spi.ts';
import { reassemble, segmentCommandPacket } from '../../telecom/sms/segments.ts';
import { encodeCommandApdu } from '../../telecom/uicc/command-apdu.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliContext } from '../../application/ports.ts';
import { printJson } from '../print-json.ts';
import { TEXT } from '../text.ts';
import { givenKeys, octetsOf, octetOf, wholeNumber, type KeyOptions } from './given.ts';

const HIGHEST_CNTR = 0xff_ffff_ffff;
/** More than this needs more than the 255 messages that a reference can count. */
const LONGEST_DATA = 34_000;

interface OtaKeyOptions extends KeyOptions {
  readonly kicKey?: string;
  readonly kidKey?: string;
  readonly macLength: string;
}

interface SecurityOptions extends OtaKeyOptions {
  readonly spi: string;
  readonly kic: string;
  readonly kid: string;
}

/** Builds a secured command packet and the user data of its messages; keys come as options or from a file. */
export function encodeCommand(
  { stdout }: CliContext,
  options: SecurityOptions & {
    readonly tar: string;
    readonly cntr: string;
    readonly concat: string;
    readonly data: string;
  },
): number {
  const { spi, kic, kid, keys, macLength } = securityOf(options);
  const data = fromHex(options.data, '--data');
  if (data.length > LONGEST_DATA) throw new CommandError(TEXT.tooMuchData(data.length, LONGEST_DATA), EXIT.usage);
  const packet = encodeCommandPacket({
    header: { spi, kic, kid, tar: parseTar(options.tar), cntr: wholeNumber(options.cntr, '--cntr', HIGHEST_CNTR) },
    data,
    keys,
    macLength,
  });
  const reference = wholeNumber(options.concat, '--concat', 0xff);
  printJson(stdout, { packet: toHex(packet), segments: segmentCommandPacket(packet, { reference }).map(toHex) });
  return EXIT.ok;
}

/** Opens a secured command packet as its card does: whole, or as the user data of its messages in any order. */
export function decodeCommand(
  { stdout }: CliContext,
  options: OtaKeyOptions & { readonly packet?: string; readonly userData?: readonly string[] },
): number {
  const { header, data, integrityOk } = decodeCommandPacket(packetOf(options), keysOf(options), {
    macLength: macLengthOf(options),
  });
  const { spi, kic, kid, tar, cntr } = header;
  printJson(stdout, {
    spi: toHex(encodeSpi(spi)),
    kic: octetHex(encodeKeyIndication(kic)),
    kid: octetHex(encodeKeyIndication(kid)),
    tar,
    cntr,
    ccOk: integrityOk && spi.integrity !== 'none',
    ciphered: spi.ciphered,
    data: toHex(data),
    ...script(data),
  });
  return EXIT.ok;
}

/** Reads a card's answer; one that is less protected than the SPI asks for is read too, and says so. */
export function decodeResponse(
  { stdout }: CliContext,
  options: SecurityOptions & { readonly userData: readonly string[] },
): number {
  const segments = options.userData.map((text) => fromHex(text, '--user-data'));
  const whole = segments.length === 1 ? segments[0] : reassemble(segments);
  if (whole === undefined) throw new DecodeError({ ...CONCATENATION, problem: 'a message is missing' });
  const response = decodeResponsePacket(whole, securityOf(options));
  const { status, tar, cntr, integrityOk, authenticated, ciphered, data } = response;
  printJson(stdout, {
    ...{ status: encodeResponseStatus(status), statusName: status, tar, cntr },
    ...{ ccOk: integrityOk, authenticated, ciphered, data: toHex(data) },
    ...scriptAnswer(response),
  });
  return EXIT.ok;
}

const CONCATENATION = { field: 'concatenation', clause: '3GPP TS 23.040 §9.2.3.24' } as const;

/** What each command was answered; a compact answer tells of the last one only (ETSI TS 102 226 §5.1.2, §5.2.2). */
function scriptAnswer({ status, data }: DecodedResponse): ScriptView {
  if (status !== 'porOk' || data.length === 0) return { format: null, commands: [] };
  return readable(() => {
    if (looksExpanded(data)) {
      const { executed, responses, badFormat, immediateAction, scriptChaining } = decodeExpandedResponse(data);
      return {
        format: 'expanded',
        executed: executed ?? null,
        commands: responses.map((one, index) => ({
          number: index + 1,
          sw: toHex(one.statusWord),
          data: toHex(one.data),
        })),
        ...(badFormat !== undefined && { badFormat }),
        ...(immediateAction !== undefined && { immediateAction }),
        ...(scriptChaining !== undefined && { scriptChaining }),
      };
    }
    const { commands: executed, statusWord, data: answer } = decodeCompactResponse(data);
    return { format: 'compact', executed, commands: [{ number: executed, sw: statusWord, data: toHex(answer) }] };
  });
}

/** The commands of a script. */
function script(data: Uint8Array): ScriptView {
  return readable(() =>
    looksLikeExpandedCommand(data)
      ? expandedScript(data)
      : { format: 'compact', commands: decodeCompactCommand(data).map(encodeCommandApdu).map(toHex) },
  );
}

function expandedScript(data: Uint8Array): ScriptView {
  const { commands, immediateActions, errorActions, scriptChaining } = decodeExpandedCommand(data);
  return {
    ...{ format: 'expanded', commands: commands.map(toHex) },
    ...(immediateActions.length > 0 && { immediateActions: immediateActions.map(toHex) }),
    ...(errorActions.length > 0 && { errorActions: errorActions.map(toHex) }),
    ...(scriptChaining !== undefined && { scriptChaining: toHex(scriptChaining) }),
  };
}

interface ScriptView {
  /** Nothing, when the data is no script, or can't be read as one. */
  readonly format: 'compact' | 'expanded' | null;
  readonly commands: readonly unknown[];
  readonly [fact: string]: unknown;
}

/** The packet is read either way: data that is damaged, or of another kind, is shown with what is wrong with it. */
function readable(read: () => ScriptView): ScriptView {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    return { format: null, commands: [], problem: cause.message };
  }
}

function packetOf({
  packet,
  userData,
}: {
  readonly packet?: string;
  readonly userData?: readonly string[];
}): Uint8Array {
  if (packet !== undefined) return fromHex(packet, '--packet');
  if (userData === undefined) throw new CommandError(TEXT.packetMissing, EXIT.usage);
  const whole = reassemble(userData.map((text) => fromHex(text, '--user-data')));
  if (whole === undefined) throw new DecodeError({ ...CONCATENATION, problem: 'a message is missing' });
  return whole;
}

function securityOf(options: SecurityOptions): PacketSecurity & { readonly spi: Spi; readonly macLength: MacLength } {
  const spi = decodeSpi(fromHex(options.spi, '--spi'));
  return {
    spi,
    kic: decodeKic(octetOf(options.kic, '--kic')),
    kid: decodeKid(octetOf(options.kid, '--kid'), spi.integrity),
    keys: keysOf(options),
    macLength: macLengthOf(options),
  };
}

function keysOf(options: OtaKeyOptions) {
  const { kic, kid } = givenKeys(options, { kic: options.kicKey, kid: options.kidKey });
  return { kic: octetsOf(kic, 'KIc key'), kid: octetsOf(kid, 'KID key') };
}

const macLengthOf = ({ macLength }: OtaKeyOptions): MacLength => (macLength === '4' ? 4 : 8);

const octetHex = (octet: number): string => toHex(Uint8Array.of(octet));
