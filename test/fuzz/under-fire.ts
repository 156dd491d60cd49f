import fc from 'fast-check';
import { DecodeError } from '../../telecom/decode-error.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { damagedInputs } from './inputs.ts';
import type { FuzzTarget } from './target.ts';

/** What a salvo found: how many inputs were taken as good, and the smallest that made the decoder throw anything but a DecodeError. */
export interface Salvo {
  readonly runs: number;
  readonly accepted: number;
  readonly finding: { readonly input: string; readonly thrown: string } | undefined;
}

/** Gives one decoder so many damaged inputs; the same seed gives the same inputs. */
export function underFire(target: FuzzTarget, { seed, runs }: { seed: number; runs: number }): Salvo {
  let accepted = 0;
  const property = fc.property(damagedInputs(target.seeds), (octets) => {
    try {
      target.decode(octets);
      accepted += 1;
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause;
    }
  });
  const { counterexample, errorInstance } = fc.check(property, { seed, numRuns: runs });
  const finding = counterexample && { input: toHex(counterexample[0]), thrown: String(errorInstance) };
  return { runs, accepted, finding: finding ?? undefined };
}
