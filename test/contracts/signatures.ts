/** Other encodings of signatures and proofs, which mean the same to the mathematics. */
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { BASE_MODULUS } from '../../src/codec/field.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { concatBytes, encodeWords } from '../../src/codec/words.ts';

const ORDER = secp256k1.Point.Fn.ORDER;

/** The signature (r, n − s, v'), which recovers the same signer wherever high values of s are accepted. */
export function highS(signature: Hex): Hex {
  const [r, s] = [signature.slice(2, 66), BigInt(`0x${signature.slice(66, 130)}`)];
  const v = signature.endsWith('1b') ? '1c' : '1b';
  return `0x${r}${(ORDER - s).toString(16).padStart(64, '0')}${v}`;
}

/** A signature as functions take it that were made before signatures were bytes. */
export function parts(signature: Hex): { readonly v: number; readonly r: Hex; readonly s: Hex } {
  const [r, s] = [`0x${signature.slice(2, 66)}`, `0x${signature.slice(66, 130)}`] as const;
  return { v: Number(`0x${signature.slice(130)}`), r, s };
}

/** Words of a proof after its selector: A (x, y), B (x im, x re, y im, y re), C (x, y). */
export function proofWords(proof: Hex): bigint[] {
  const body = proof.slice(10);
  return Array.from({ length: body.length / 64 }, (_, i) => BigInt(`0x${body.slice(64 * i, 64 * i + 64)}`));
}

export function withProofWords(proof: Hex, words: readonly bigint[]): Hex {
  return concatBytes(proof.slice(0, 10) as Hex, encodeWords(words));
}

/** The proof (−A, −B, C): e(−A, −B) = e(A, B), so it proves the same. */
export function negated(proof: Hex): Hex {
  const words = proofWords(proof);
  const negative = (i: number): bigint => BASE_MODULUS - (words[i] as bigint);
  return withProofWords(
    proof,
    words.map((value, i) => ([1, 4, 5].includes(i) ? negative(i) : value)),
  );
}
