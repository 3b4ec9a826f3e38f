/**
 * Candidates as the contracts see them.
 * @module
 */
import type { ActionWords } from '../codec/execution.ts';
import type { Hex } from '../codec/hash.ts';
import { addressText } from './document.ts';
import type { Candidate } from './program.ts';

/** The words of a candidate, as the ABI has them: an absent parameter is zero and has no presence bit. */
export function actionWords({ schema, addressee, parameters }: Candidate): ActionWords {
  const [p0, p1, p2] = parameters;
  const presence = parameters.reduce(
    (bits: number, value, index) => (value === undefined ? bits : bits | (1 << index)),
    0,
  );
  return { schema, addressee: addressText(addressee) as Hex, p0: p0 ?? 0n, p1: p1 ?? 0n, p2: p2 ?? 0n, presence };
}
