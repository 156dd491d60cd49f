/** The npm package `smpp` as far as these tests use it; it brings no types. */
export interface PeerPdu {
  readonly command: string;
  readonly command_status: number;
  readonly sequence_number: number;
  readonly [field: string]: unknown;
  toBuffer(): Buffer;
}

// eslint-disable-next-line @typescript-eslint/no-require-imports -- a CommonJS package without types
export const { PDU: Peer } = require('smpp') as {
  readonly PDU: new (commandOrOctets: string | Buffer, fields?: Readonly<Record<string, unknown>>) => PeerPdu;
};
