/**
 * What names a receipt program: its verification key's hash, its image id and its verifier's selector.
 * @module
 */
import { encodeAbiParameters } from 'viem';
import { type Hex, keccak256 } from '../codec/hash.ts';
import { hashWords } from '../codec/words.ts';

/**
 * A Groth16 verification key as words in the order of the precompiles: a point of G1 is (x, y), one of G2 is
 * (x im, x re, y im, y re). `ic` has one point more than there are public signals.
 */
export interface VerificationKey {
  readonly alpha: readonly Hex[];
  readonly beta: readonly Hex[];
  readonly gamma: readonly Hex[];
  readonly delta: readonly Hex[];
  readonly ic: readonly (readonly Hex[])[];
}

/** `development`: anyone can make proofs up. `ceremony`: at least one contribution that isn't a public beacon. */
export type KeyKind = 'development' | 'ceremony';

/** keccak-256 of all words of the key: alpha, beta, gamma, delta, ic. */
export function verificationKeyHash({ alpha, beta, gamma, delta, ic }: VerificationKey): Hex {
  return hashWords([...alpha, ...beta, ...gamma, ...delta, ...ic.flat()]);
}

/** keccak-256(abi.encode("mprd-net.image", program, version, SHA-256 of the r1cs, hash of the verification key)). */
export function imageIdOf(program: string, version: number, r1csSha256: Hex, vkHash: Hex): Hex {
  const types = [
    { type: 'string' },
    { type: 'string' },
    { type: 'uint256' },
    { type: 'bytes32' },
    { type: 'bytes32' },
  ] as const;
  return keccak256(encodeAbiParameters(types, ['mprd-net.image', program, BigInt(version), r1csSha256, vkHash]));
}

const SELECTOR_TAGS: Readonly<Record<KeyKind, string>> = {
  development: 'mprd-net.groth16.dev',
  ceremony: 'mprd-net.groth16',
};

/** First four bytes of keccak-256(abi.encode(tag of the kind, image id, hash of the verification key)). */
export function selectorOf(kind: KeyKind, imageId: Hex, vkHash: Hex): Hex {
  const types = [{ type: 'string' }, { type: 'bytes32' }, { type: 'bytes32' }] as const;
  return keccak256(encodeAbiParameters(types, [SELECTOR_TAGS[kind], imageId, vkHash])).slice(0, 10) as Hex;
}
