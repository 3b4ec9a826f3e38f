/**
 * snarkjs' forms of keys and proofs, in which numbers are decimal text and the real part of a coordinate comes first.
 * @module
 */
import type { Groth16Proof } from 'snarkjs';
import type { Hex } from '../codec/hash.ts';
import type { VerificationKey } from './identity.ts';
import type { ProofWords } from './receipt.ts';

type Pair = readonly [string, string];

function decimals(words: readonly (Hex | bigint)[]): string[] {
  return words.map((word) => BigInt(word).toString());
}

function g1(words: readonly (Hex | bigint)[]): string[] {
  return [...decimals(words), '1'];
}

function g2(words: readonly (Hex | bigint)[]): string[][] {
  const [xIm, xRe, yIm, yRe] = decimals(words) as [string, string, string, string];
  return [
    [xRe, xIm],
    [yRe, yIm],
    ['1', '0'],
  ];
}

export function toSnarkjsKey({ alpha, beta, gamma, delta, ic }: VerificationKey): object {
  return {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: ic.length - 1,
    vk_alpha_1: g1(alpha),
    vk_beta_2: g2(beta),
    vk_gamma_2: g2(gamma),
    vk_delta_2: g2(delta),
    IC: ic.map(g1),
  };
}

export function toSnarkjsProof(proof: ProofWords): Groth16Proof {
  return {
    protocol: 'groth16',
    curve: 'bn128',
    pi_a: g1(proof.slice(0, 2)),
    pi_b: g2(proof.slice(2, 6)),
    pi_c: g1(proof.slice(6, 8)),
  };
}

export function fromSnarkjsProof({ pi_a, pi_b, pi_c }: Groth16Proof): ProofWords {
  const [[xRe, xIm], [yRe, yIm]] = pi_b as unknown as [Pair, Pair];
  return [pi_a[0], pi_a[1], xIm, xRe, yIm, yRe, pi_c[0], pi_c[1]].map((x) =>
    BigInt(x as string),
  ) as unknown as ProofWords;
}

/** snarkjs keeps its curve with all worker threads in a global; they keep the process alive until they are ended. */
export async function releaseCurve(): Promise<void> {
  await (globalThis as { curve_bn128?: { terminate(): Promise<void> } | null }).curve_bn128?.terminate();
}
