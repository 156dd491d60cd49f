import { milenage, opcOf } from '../../telecom/milenage.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliContext } from '../../application/ports.ts';
import { printJson } from '../print-json.ts';
import { TEXT } from '../text.ts';
import { givenKeys, octetsOf, sized, type KeyOptions } from './given.ts';

const KEY_OCTETS = 16;

/** Computes every function of Milenage for one challenge (3GPP TS 35.206 §4.1, 3GPP TS 33.102 §6.3.2). */
export function milenageCommand(
  { stdout }: CliContext,
  options: KeyOptions & {
    readonly k?: string;
    readonly op?: string;
    readonly opc?: string;
    readonly rand: string;
    readonly sqn: string;
    readonly amf: string;
  },
): number {
  const given = givenKeys(options, { k: options.k, op: options.op, opc: options.opc });
  if (given.k === undefined || (given.op === undefined) === (given.opc === undefined))
    throw new CommandError(TEXT.milenageKeys, EXIT.usage);
  const k = octetsOf(given.k, 'K', KEY_OCTETS);
  const opc =
    given.opc === undefined ? opcOf(k, octetsOf(given.op, 'OP', KEY_OCTETS)) : octetsOf(given.opc, 'OPc', KEY_OCTETS);
  const challenge = {
    rand: sized(options.rand, 'RAND', 16),
    sqn: sized(options.sqn, 'SQN', 6),
    amf: sized(options.amf, 'AMF', 2),
  };
  const functions = milenage({ k, opc });
  const { res, ck, ik, ak } = functions.f2345(challenge.rand);
  const answers = {
    opc: opc.reveal(),
    macA: functions.f1(challenge),
    macS: functions.f1Star(challenge),
    ...{ res, ck: ck.reveal(), ik: ik.reveal(), ak },
    akStar: functions.f5Star(challenge.rand),
    autn: functions.autn(challenge),
  };
  printJson(stdout, Object.fromEntries(Object.entries(answers).map(([name, octets]) => [name, toHex(octets)])));
  return EXIT.ok;
}
