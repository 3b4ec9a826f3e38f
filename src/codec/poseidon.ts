/**
 * Poseidon over the scalar field of BN254 with circomlib's parameters, the hash that circuits compute. The tables are
 * built once, when this module is loaded; hashing itself is synchronous.
 * @module
 */
import { buildPoseidon } from 'circomlibjs';
import { isFieldElement } from './field.ts';

const wasm = await buildPoseidon();

/** The most elements one hash takes. */
export const POSEIDON_MAX_INPUTS = 16;

/**
 * Poseidon of 1 to 16 field elements. Hashes of different arity are different permutations: they never share preimages
 * by construction. Throws RangeError when the arity is outside 1..16 or an input isn't in [0, r): nothing is reduced.
 */
export function poseidon(inputs: readonly bigint[]): bigint {
  if (inputs.length < 1 || inputs.length > POSEIDON_MAX_INPUTS) {
    throw new RangeError(`poseidon: expected 1 to ${POSEIDON_MAX_INPUTS} inputs, got ${inputs.length}`);
  }
  inputs.forEach((input, i) => {
    if (!isFieldElement(input))
      throw new RangeError(`poseidon: input ${i} must be a field element in [0, r), got ${input}`);
  });
  return wasm.F.toObject(wasm(inputs));
}
