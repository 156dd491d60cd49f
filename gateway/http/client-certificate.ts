import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { Log } from '../log.ts';
import { refusal } from './problem.ts';

/**
 * Lets in only whose certificate has this common name, and refuses all others: the authority may have signed certificates of more
 * parties than Rehome. That the authority signed it was found out before, by TLS.
 */
export function onlyClient(name: string, log: Log): (request: IncomingMessage) => void {
  return ({ socket }) => {
    const shown = socket instanceof TLSSocket ? commonNameOf(socket) : undefined;
    if (shown === name) return;
    log('warn', 'a client certificate was refused', { commonName: shown, allowed: name });
    const detail = 'the client certificate has another common name than the one that this gateway lets in (tls.client)';
    throw refusal('CLIENT_NOT_ALLOWED', detail, 403);
  };
}

/** Several names are none of them. */
function commonNameOf(socket: TLSSocket): string | undefined {
  // Without a certificate there is no subject, whatever the type says.
  const { subject } = socket.getPeerCertificate() as Partial<ReturnType<TLSSocket['getPeerCertificate']>>;
  return typeof subject?.CN === 'string' ? subject.CN : undefined;
}
