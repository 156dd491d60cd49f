import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { SupportRequests } from '../support/requests.ts';
import type { CardState } from './decision/card-state.ts';
import type { RegistryActivities } from './ports.ts';
import type { SignalInbox } from './signal-inbox.ts';
import type { Steps } from './steps.ts';
import type { Timeline } from './timeline.ts';
import type { Undos } from './undos.ts';

export interface AfterPivotParts {
  readonly known: CardState;
  readonly inbox: SignalInbox;
  readonly desk: SupportRequests;
  readonly timeline: Timeline;
  readonly own: Pick<RegistryActivities, 'acceptAttach'>;
  readonly source: ReturnType<Steps['sourceOperator']>;
  readonly target: ReturnType<Steps['targetOperator']>;
  readonly ota: ReturnType<Steps['ota']>;
  /** Of the SMSC of the target, over which a torn card is written that has attached there. */
  readonly targetOta: ReturnType<Steps['ota']>;
  /** The operator and the subscription that the card leaves. */
  readonly sourceOperator: string;
  readonly sourceImsi: Imsi;
  /** Whether the agreement has the card stay in its device. */
  readonly sameDevice?: 'required' | undefined;
  readonly undos: Undos;
}
