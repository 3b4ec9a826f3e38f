/**
 * Receipts with a recorded verdict, for volume: contracts/receipts/RecordedVerifier.sol accepts a seal that carries the
 * keccak-256 of what a real proof would bind. It proves nothing and exists on local chains only.
 * @module
 */
import type { Refusal } from '../abi/system.ts';
import { type Hex, sha256 } from '../codec/hash.ts';
import { concatBytes, hashWords } from '../codec/words.ts';

/** Reserved: no hash of parameters is all ones. */
export const RECORDED_SELECTOR: Hex = '0xffffffff';

/** selector | verdict, in place of a proof. */
export function recordedProof(imageId: Hex, journalDigest: Hex): Hex {
  return concatBytes(RECORDED_SELECTOR, hashWords([imageId, journalDigest]));
}

/** What the recorded verifier says of a seal: nothing when it is good. */
export function recordedVerdict(seal: Hex, imageId: Hex, journalDigest: Hex): Refusal | undefined {
  const verdictEnd = 2 + 2 * 36;
  if (seal.length < verdictEnd || seal.slice(0, 10) !== RECORDED_SELECTOR) return { error: 'SealMalformed', args: [] };
  const digest = sha256(`0x${seal.slice(verdictEnd)}`);
  if (digest !== journalDigest) return { error: 'JournalDigestMismatch', args: [journalDigest, digest] };
  const expected = hashWords([imageId, journalDigest]).slice(2);
  return seal.slice(10, verdictEnd) === expected ? undefined : { error: 'ProofInvalid', args: [] };
}
