import { timingSafeEqual } from 'node:crypto';
import type { AuthTuple } from '../../telecom/gsup/auth-tuple.ts';
import type { SendAuthInfoRequest } from '../../telecom/gsup/message.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { AttachRefused, refusalOf } from './attach-refused.ts';
import type { GsupLink } from './gsup-link.ts';
import type { Usim } from './usim.ts';

/** A vector made after a resynchronisation is fresh unless another serving node was faster. */
const MOST_RESYNCHRONISATIONS = 2;

/**
 * Authentication and key agreement between card and HLR (3GPP TS 33.102 §6.3.3); a stale sequence number is resynchronised (§6.3.5),
 * and a failure reported to the HLR. Rejects with AttachRefused, or another Error when the HLR gave no answer.
 */
export async function authenticate(link: GsupLink, usim: Usim): Promise<void> {
  const { imsi } = usim;
  let resynchronisation: SendAuthInfoRequest['resynchronisation'];
  for (let round = 0; round <= MOST_RESYNCHRONISATIONS; round += 1) {
    const { rand, autn, res } = await vectorFor(link, { imsi, resynchronisation });
    const answer = usim.authenticate(rand, autn);
    if (answer.kind === 'res' && isEqual(answer.res, res)) return;
    if (answer.kind !== 'synchronisationFailure') {
      link.send({ kind: 'authFailReport', imsi, cnDomain: 'ps' });
      throw new AttachRefused(imsi, answer.kind === 'macFailure' ? 'macFailure' : 'authenticationFailed');
    }
    resynchronisation = { rand, auts: answer.auts };
  }
  throw new AttachRefused(imsi, 'resynchronisationFailed');
}

interface Wanted {
  readonly imsi: Imsi;
  readonly resynchronisation: SendAuthInfoRequest['resynchronisation'];
}

async function vectorFor(link: GsupLink, { imsi, resynchronisation }: Wanted): Promise<AuthTuple> {
  const request: SendAuthInfoRequest = {
    ...{ kind: 'sendAuthInfoRequest', imsi, cnDomain: 'ps', vectorsWanted: 1 },
    resynchronisation,
  };
  const answer = await link.request('sendAuthInfo', request);
  if (answer.kind === 'sendAuthInfoError') {
    // An HLR that does not accept the card's token says no more than that the subscriber is unknown.
    const refusal = resynchronisation === undefined ? refusalOf(answer.cause) : 'resynchronisationFailed';
    if (refusal !== undefined) throw new AttachRefused(imsi, refusal);
    throw new Error(`the HLR gave no vector for ${imsi}: cause ${answer.cause}`);
  }
  const [tuple] = answer.tuples;
  if (tuple === undefined) throw new Error(`the HLR gave no vector for ${imsi}`);
  return tuple;
}

const isEqual = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && timingSafeEqual(one, other);
