/**
 * Verification off chain: the checks of the contract, in its order. Needs the committed manifest and no artefacts.
 * @module
 */
import { groth16 } from 'snarkjs';
import { journalDigest } from '../codec/execution.ts';
import { type ReceiptProgram, requireUsableKeys } from './programs.ts';
import {
  type DecisionJournal,
  decodeJournal,
  decodeSeal,
  JOURNAL_NAMES,
  type Receipt,
  ReceiptError,
} from './receipt.ts';
import { toSnarkjsKey, toSnarkjsProof } from './snarkjs.ts';

export interface Verification {
  readonly program: ReceiptProgram;
  /** where the receipt is to count: development keys are refused off local chains */
  readonly chainId: number | bigint;
}

/**
 * Returns the journal of a good receipt. Uses snarkjs' curve, whose workers `releaseCurve` (snarkjs.ts) ends.
 *
 * @throws ReceiptError with the code of the check that failed
 */
export async function verifyReceipt(receipt: Receipt, { program, chainId }: Verification): Promise<DecisionJournal> {
  requireUsableKeys(program, chainId);
  const seal = decodeSeal(receipt.seal);
  if (seal.selector !== program.selector) {
    throw new ReceiptError(
      'selector',
      `The seal has the selector ${seal.selector}, that of ${program.name} is ${program.selector}.`,
    );
  }
  if (receipt.imageId !== program.imageId) {
    throw new ReceiptError(
      'image-id',
      `The receipt is for the image ${receipt.imageId}, that of ${program.name} is ${program.imageId}.`,
    );
  }
  if (receipt.journal !== seal.journal) {
    const [claimed, sealed] = [journalDigest(receipt.journal), journalDigest(seal.journal)];
    throw new ReceiptError(
      'journal',
      `The receipt's journal (SHA-256 ${claimed}) isn't the one in its seal (SHA-256 ${sealed}).`,
    );
  }
  const journal = decodeJournal(seal.journal);
  const signals = JOURNAL_NAMES.map((name) => journal[name].toString());
  if (!(await verifies(program, signals, seal.proof))) {
    throw new ReceiptError('proof', `The proof doesn't verify for this journal under the keys of ${program.name}.`);
  }
  return journal;
}

async function verifies(
  program: ReceiptProgram,
  signals: string[],
  proof: Parameters<typeof toSnarkjsProof>[0],
): Promise<boolean> {
  try {
    return await groth16.verify(toSnarkjsKey(program.verificationKey), signals, toSnarkjsProof(proof));
  } catch {
    // Points off the curve make the pairing throw.
    return false;
  }
}
