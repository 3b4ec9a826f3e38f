/**
 * Receipts: the program `imageId` ran on private inputs and produced this journal. Encoding and decoding of the
 * `decision` program's journal and seal, with every range check that the verifier makes.
 * @module
 */
import { journalDigest } from '../codec/execution.ts';
import { BASE_MODULUS, FIELD_MODULUS } from '../codec/field.ts';
import type { Hex } from '../codec/hash.ts';
import { concatBytes, encodeWords } from '../codec/words.ts';

export { journalDigest };

/** What `verify(seal, imageId, journalDigest)` checks, with the journal itself. */
export interface Receipt {
  /** which program ran: 32 bytes */
  readonly imageId: Hex;
  /** the program's public signals, one word each */
  readonly journal: Hex;
  /** selector (4 bytes), proof (256), journal (224) */
  readonly seal: Hex;
}

/** The journal of `decision`: its public signals, in order. All are field elements. */
export interface DecisionJournal {
  readonly policyHash: bigint;
  readonly stateHash: bigint;
  readonly candidateSetHash: bigint;
  /** schema + addressee · 2^32 */
  readonly w0: bigint;
  /** three offset coded parameters of 64 bits, presence · 2^192 */
  readonly w1: bigint;
  /** keccak-256 of the payload bytes >> 8 */
  readonly payload: bigint;
  /** keccak-256 of the context >> 8 */
  readonly context: bigint;
}

export const JOURNAL_NAMES = [
  'policyHash',
  'stateHash',
  'candidateSetHash',
  'w0',
  'w1',
  'payload',
  'context',
] as const satisfies readonly (keyof DecisionJournal)[];

/** Eight coordinates in the order of the precompiles: A (x, y), B (x im, x re, y im, y re), C (x, y). */
export type ProofWords = readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

const SELECTOR_BYTES = 4;
const PROOF_WORDS = 8;
export const JOURNAL_BYTES = 32 * JOURNAL_NAMES.length;
export const SEAL_BYTES = SELECTOR_BYTES + 32 * PROOF_WORDS + JOURNAL_BYTES;

export type ReceiptErrorCode =
  /** a journal or seal of another length, or not lower-case hexadecimal */
  | 'malformed'
  /** a journal word that is no field element: r or more */
  | 'word-range'
  /** a coordinate of q or more */
  | 'coordinate-range'
  /** a seal for another verifier */
  | 'selector'
  /** a receipt of another program */
  | 'image-id'
  /** the seal holds another journal */
  | 'journal'
  /** the proof doesn't verify for this journal */
  | 'proof'
  /** keys that anyone can forge proofs for, on a chain that isn't local */
  | 'development-keys';

/** A receipt that is malformed or doesn't verify; `code` says which check failed. */
export class ReceiptError extends Error {
  override readonly name = 'ReceiptError';
  readonly code: ReceiptErrorCode;

  constructor(code: ReceiptErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

function requireBytes(what: string, data: Hex, bytes: number): void {
  if (data.length !== 2 + 2 * bytes || !/^0x[0-9a-f]*$/.test(data)) {
    throw new ReceiptError(
      'malformed',
      `${what}: expected ${bytes} bytes of lower-case hexadecimal, got ${data.length} characters`,
    );
  }
}

function splitWords(data: Hex, firstByte: number, count: number): bigint[] {
  return Array.from({ length: count }, (_, i) => {
    const start = 2 + 2 * (firstByte + 32 * i);
    return BigInt(`0x${data.slice(start, start + 64)}`);
  });
}

function requireField(name: string, value: bigint): bigint {
  if (value >= 0n && value < FIELD_MODULUS) return value;
  throw new ReceiptError('word-range', `journal word ${name}: expected a field element in [0, r), got ${value}`);
}

/** @throws ReceiptError word-range */
export function encodeJournal(journal: DecisionJournal): Hex {
  return encodeWords(JOURNAL_NAMES.map((name) => requireField(name, journal[name])));
}

/** @throws ReceiptError malformed, word-range */
export function decodeJournal(journal: Hex): DecisionJournal {
  requireBytes('journal', journal, JOURNAL_BYTES);
  const words = splitWords(journal, 0, JOURNAL_NAMES.length);
  const entries = JOURNAL_NAMES.map((name, i) => [name, requireField(name, words[i] as bigint)]);
  return Object.fromEntries(entries) as unknown as DecisionJournal;
}

function requireCoordinates(proof: readonly bigint[]): void {
  const bad = proof.findIndex((x) => x < 0n || x >= BASE_MODULUS);
  if (bad === -1) return;
  throw new ReceiptError('coordinate-range', `proof word ${bad}: expected a coordinate in [0, q), got ${proof[bad]}`);
}

export interface Seal {
  /** the verifier's: 4 bytes */
  readonly selector: Hex;
  readonly proof: ProofWords;
  readonly journal: Hex;
}

/** @throws ReceiptError malformed, coordinate-range, word-range */
export function encodeSeal({ selector, proof, journal }: Seal): Hex {
  requireBytes('selector', selector, SELECTOR_BYTES);
  requireCoordinates(proof);
  decodeJournal(journal);
  return concatBytes(selector, encodeWords(proof), journal);
}

/** @throws ReceiptError malformed, coordinate-range, word-range */
export function decodeSeal(seal: Hex): Seal {
  requireBytes('seal', seal, SEAL_BYTES);
  const proof = splitWords(seal, SELECTOR_BYTES, PROOF_WORDS) as unknown as ProofWords;
  requireCoordinates(proof);
  const journal: Hex = `0x${seal.slice(2 + 2 * (SEAL_BYTES - JOURNAL_BYTES))}`;
  decodeJournal(journal);
  return { selector: `0x${seal.slice(2, 2 + 2 * SELECTOR_BYTES)}`, proof, journal };
}

/** Selector and proof without the journal: what the gate takes, which appends the journal that it builds itself. */
export function sealHead(seal: Hex): Hex {
  requireBytes('seal', seal, SEAL_BYTES);
  return seal.slice(0, 2 + 2 * (SEAL_BYTES - JOURNAL_BYTES)) as Hex;
}
