import type { BackOffice } from './back-office.ts';
import type { GatewayFile } from './config.ts';
import type { Hlr } from './hlr.ts';
import type { OperatorKeys } from './keys.ts';
import type { Log } from './log.ts';
import type { SessionKey } from './sealed-credentials.ts';
import type { ReservationBook } from './store/reservations.ts';
import type { Store } from './store/store.ts';
import type { SubscriberBook } from './store/subscribers.ts';

/** What every call at the gateway of one operator works with. */
export interface Operator {
  readonly config: GatewayFile;
  readonly store: Store;
  readonly subscribers: SubscriberBook;
  readonly reservations: ReservationBook;
  readonly hlr: Hlr;
  readonly backOffice: BackOffice;
  readonly keys: OperatorKeys;
  /** The one that wraps credentials now. */
  readonly sessionKey: SessionKey;
  readonly log: Log;
}
