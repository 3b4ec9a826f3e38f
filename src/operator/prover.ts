/**
 * The prover of receipts, as the pipeline uses it.
 * @module
 */
import { journalDigest } from '../codec/execution.ts';
import { encodeWords } from '../codec/words.ts';
import { createProver } from '../receipts/prover.ts';
import { decodeJournal, sealHead } from '../receipts/receipt.ts';
import { verifyReceipt } from '../receipts/verify.ts';
import type { DecisionProver } from './walkthrough.ts';

/**
 * Opens the process's prover.
 *
 * @param folder with the circuit's artefacts
 * @param chainId where the receipts are to count
 * @throws ProverError, ArtefactError (src/receipts)
 */
export async function openProver(
  folder: string,
  chainId: number,
): Promise<DecisionProver & { close(): Promise<void> }> {
  const prover = await createProver({ folder });
  return {
    async prove(request) {
      const { receipt, chosen } = await prover.prove(request);
      return {
        chosen,
        candidateSetHash: encodeWords([decodeJournal(receipt.journal).candidateSetHash]),
        proof: sealHead(receipt.seal),
        journalDigest: journalDigest(receipt.journal),
        verify: async () => {
          await verifyReceipt(receipt, { program: prover.program, chainId });
        },
      };
    },
    close: () => prover.close(),
  };
}
