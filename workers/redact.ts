import { Secret } from '../telecom/secret.ts';

const HIDDEN = '[secret]';
const DEEPEST = 8;

/** Whole names of fields, in small letters without signs, that hold keys, codes or the octets of a packet. */
const DENIED = new Set([
  ...['k', 'ki', 'op', 'opc', 'ck', 'ik', 'kc', 'res', 'xres', 'sres', 'kic', 'kid', 'kik', 'dek', 'kek'],
  ...['adm', 'adm1', 'admincode', 'pin', 'puk', 'auth', 'pass', 'pwd', 'bearer'],
  ...['apdu', 'tpdu', 'userdata', 'packet', 'shortmessage', 'sealed', 'plain'],
  // What the Temporal SDK logs of a task whose arguments it can't read.
  ...['task', 'taskencoded', 'payload', 'payloads'],
]);
/** Ends of names that say the same of any field: `kicKey`, `database_password`, `x-api-key`, `Proxy-Authorization`. */
const DENIED_END =
  /(?:key|keys|password|passwd|passphrase|secret|secrets|token|credential|credentials|authorization|cookie)$/;
const DENIED_END_OF_CODE = /(?:admin|adm|pin|puk)codes?$/;

/** What may stand within any text: a password in an address, the value of an Authorization header, a private key in PEM. */
const IN_TEXT: readonly (readonly [RegExp, string])[] = [
  [/([a-z][a-z0-9+.-]*:\/\/[^\s:/?#@]*):[^\s/?#]*@/gi, `$1:${HIDDEN}@`],
  [/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${HIDDEN}`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
];

/** A text without what must not be in a log, as far as its form tells. */
export const redactText = (text: string): string =>
  IN_TEXT.reduce((told, [pattern, instead]) => told.replace(pattern, instead), text);

/**
 * What a log may say of a value, in JSON's types: a Secret, whatever stands under a name of the deny-list, at any depth, and octets are
 * replaced; errors keep name, message and stack.
 */
export function redact(value: unknown): unknown {
  return redacted(value, []);
}

function redacted(value: unknown, above: readonly object[]): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Secret) return HIDDEN;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${String(value.byteLength)} octets]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof URL) return redactText(value.href);
  if (above.includes(value)) return '[circular]';
  if (above.length >= DEEPEST) return '[too deep]';
  const within = [...above, value];
  if (Array.isArray(value)) return value.map((one) => redacted(one, within));
  if (value instanceof Set) return [...value].map((one) => redacted(one, within));
  const members =
    value instanceof Map ? [...value].map(([name, one]) => [String(name), one] as const) : membersOf(value);
  return Object.fromEntries(
    members.map(([name, one]) => [name, isDenied(name) && one != null ? HIDDEN : redacted(one, within)]),
  );
}

/** The members of an error that say what happened can't be enumerated. */
function membersOf(value: object): readonly (readonly [string, unknown])[] {
  if (!(value instanceof Error)) return Object.entries(value);
  const { name, message, stack, cause } = value;
  return [...Object.entries({ name, message, stack, ...(cause !== undefined && { cause }) }), ...Object.entries(value)];
}

function isDenied(name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return DENIED.has(plain) || DENIED_END.test(plain) || DENIED_END_OF_CODE.test(plain);
}
