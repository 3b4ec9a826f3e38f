/**
 * Domain tags: every hash starts with one, so that no preimage of one kind is a preimage of another.
 * The contracts hold the same tags in contracts/lib/Tags.sol; a test compares the two lists.
 * @module
 */
import { type Hex, keccak256, truncate248, utf8 } from './hash.ts';

/** Tags of keccak-256 preimages, 32 bytes each. */
export type TagName =
  | 'scope'
  | 'entry'
  | 'entry-key'
  | 'proposal'
  | 'operator'
  | 'source'
  | 'nonce'
  | 'claim'
  | 'missed'
  | 'execution'
  | 'opening'
  | 'offence'
  | 'context'
  | 'log-leaf'
  | 'log-root';

/** Tags of Poseidon preimages, field elements. */
export type PoseidonTagName = 'policy' | 'state' | 'candidate' | 'candidate-set';

export function tag(name: TagName): Hex {
  return keccak256(utf8(`mprd-net:${name}:v1`));
}

/** keccak-256 of the tag's text, truncated to 248 bits so that it is a field element. */
export function poseidonTag(name: PoseidonTagName): bigint {
  return truncate248(keccak256(utf8(`mprd-net:${name}:v1`)));
}
