/**
 * A prover for tests that need many decisions: the same inputs, choice and journal as the real one, and a recorded
 * verdict in place of the proof, which only contracts/receipts/RecordedVerifier.sol accepts.
 */
import { journalDigest } from '../../src/codec/execution.ts';
import { type Hex, keccak256, utf8 } from '../../src/codec/hash.ts';
import { concatBytes, encodeWords, hashWords } from '../../src/codec/words.ts';
import type { DecisionProver } from '../../src/operator/walkthrough.ts';
import { encodeJournal } from '../../src/receipts/receipt.ts';
import { decisionWitness } from '../../src/receipts/witness.ts';

export const RECORDED_IMAGE: Hex = keccak256(utf8('recorded verdicts'));

export const recordedProver: DecisionProver = {
  async prove(request) {
    const { chosen, journal } = decisionWitness(request);
    const digest = journalDigest(encodeJournal(journal));
    return {
      chosen,
      candidateSetHash: encodeWords([journal.candidateSetHash]),
      proof: concatBytes('0xffffffff', hashWords([RECORDED_IMAGE, digest])),
      journalDigest: digest,
      verify: async () => {},
    };
  },
};
