import { connect, type Socket } from 'node:net';
import { HlrError } from '../hlr.ts';
import { messageOf } from '../log.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** How long osmo-hlr may take to let in and to answer; it answers in milliseconds, or not at all. */
export const PATIENCE_MS = 5_000;

/** Connects, or rejects with HlrError `unreachable`; `what` names the interface for people. */
export async function connected({ host, port }: Endpoint, what: string): Promise<Socket> {
  const socket = connect({ host, port }).setNoDelay(true);
  const impatience = setTimeout(() => socket.destroy(new Error('no connection in time')), PATIENCE_MS);
  try {
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  } catch (cause) {
    throw unreachable(what, messageOf(cause));
  } finally {
    clearTimeout(impatience);
  }
  return socket;
}

/** The HLR may or may not have done what it was told. */
export const unreachable = (what: string, why: string): HlrError =>
  new HlrError('unreachable', `the ${what} of osmo-hlr can't be reached: ${why}`);
