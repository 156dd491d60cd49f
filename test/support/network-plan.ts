import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { ProofOfReceipt } from '../../workflows/shared/contract.ts';
import type * as Ports from '../../workflows/change/ports.ts';
import type { EarlierWork } from './earlier-work.ts';
import type { Fault } from './fault.ts';

export type Activities = Ports.RegistryActivities &
  Ports.PacketActivities &
  Ports.SourceOperatorActivities &
  Ports.TargetOperatorActivities &
  Ports.OtaActivities;

export const STEPS = [
  'admitChange',
  'askPool',
  'askConsent',
  'checkAdminCode',
  'reserveSubscriber',
  'lookUpAdminCode',
  'sendOverTheAir',
  'resendOverTheAir',
  'probeCard',
  'refreshDevice',
  'rewriteCard',
  'stopSending',
  'withdrawSubscriber',
  'confirmAttach',
  'watchAttach',
  'askLateAttach',
  'restoreSubscriber',
  'releaseSubscriber',
  'insistOnRelease',
  'watchSource',
  'acceptAttach',
  'recordState',
] as const satisfies readonly (keyof Activities)[];

export type StepName = (typeof STEPS)[number];

/** The terms of one change, as a test sets them. */
export interface NetworkPlan {
  readonly changeId: string;
  readonly iccid: Iccid;
  readonly sourceImsi: Imsi;
  readonly targetImsi: Imsi;
  readonly askConsent: boolean;
  /** The card's profile wants the admin code checked first; what the card has said of it to an earlier workflow. */
  readonly check?: { readonly known?: Pick<ProofOfReceipt, 'status' | 'statusWord'> };
  /** The card can be read back; how the card answers a probe by itself, at once. */
  readonly readBack?: { readonly known?: Ports.ProbeAnswer };
  /** What the card's profile can beside, and the agreement has beside consent. */
  readonly terms?: Pick<
    Ports.Admission,
    'readBack' | 'refreshable' | 'tearable' | 'targetSmsc' | 'overlapSeconds' | 'releaseDays' | 'sameDevice'
  >;
  readonly rejection?: Ports.Rejection;
  readonly faults: ReadonlyMap<StepName, readonly Fault[]>;
  /** Steps that wait, after the call and before the effect, until the test lets them go on. */
  readonly held: ReadonlySet<StepName>;
  /** What an earlier workflow of the change did before it was lost. */
  readonly before?: EarlierWork;
}
