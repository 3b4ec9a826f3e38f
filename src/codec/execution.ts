/**
 * What an execution commits to: the words of the action, the context, the journal of the receipt, the decision that is
 * signed and the leaf of the log. The gate builds the same from its own storage.
 * @module
 */
import { type Hex, keccak256, sha256, truncate248 } from './hash.ts';
import type { Place } from './ids.ts';
import { tag } from './tags.ts';
import { encodeWords, hashWords, type Word } from './words.ts';

/** The action words, as the ABI has them: absent parameters are zero and have no presence bit. */
export interface ActionWords {
  readonly schema: number;
  readonly addressee: Hex;
  readonly p0: bigint;
  readonly p1: bigint;
  readonly p2: bigint;
  readonly presence: number;
}

/** Everything the context binds besides chain and gate. */
export interface Context {
  readonly imageId: Hex;
  readonly policyEpoch: bigint;
  readonly registryRoot: Hex;
  readonly entryKey: Hex;
  readonly entryHash: Hex;
  readonly stateSource: Hex;
  readonly stateEpoch: bigint;
  readonly attestationHash: Hex;
  readonly operatorId: Hex;
  readonly scope: Hex;
  readonly nonce: bigint;
  readonly validUntil: bigint;
}

const CONTEXT = tag('context');
const LOG_LEAF = tag('log-leaf');

/** keccak-256 of the context, truncated to 248 bits. Place: the gate. */
export function contextHash(gate: Place, c: Context): bigint {
  const words: Word[] = [
    CONTEXT,
    gate.chainId,
    gate.contract,
    c.imageId,
    c.policyEpoch,
    c.registryRoot,
    c.entryKey,
    c.entryHash,
    c.stateSource,
    c.stateEpoch,
    c.attestationHash,
    c.operatorId,
    c.scope,
    c.nonce,
    c.validUntil,
  ];
  return truncate248(hashWords(words));
}

/** v + 2^63 for a present value, 0 for an absent one. */
export function offsetCode(value: bigint, present: boolean): bigint {
  return present ? value + (1n << 63n) : 0n;
}

/** Schema and addressee in one word. */
export function actionWord0(words: ActionWords): bigint {
  return BigInt(words.schema) | (BigInt(words.addressee) << 32n);
}

/** The three parameters, offset coded, and their presence bits in one word. */
export function actionWord1(words: ActionWords): bigint {
  const { p0, p1, p2, presence } = words;
  return (
    offsetCode(p0, (presence & 1) !== 0) |
    (offsetCode(p1, (presence & 2) !== 0) << 64n) |
    (offsetCode(p2, (presence & 4) !== 0) << 128n) |
    (BigInt(presence) << 192n)
  );
}

/** keccak-256 of the payload bytes, truncated to 248 bits. */
export function payloadHash(payload: Hex): bigint {
  return truncate248(keccak256(payload));
}

/** The journal of a decision: seven words, in the order of the circuit's public signals. */
export function decisionJournal(parts: {
  readonly policyHash: Hex;
  readonly stateHash: Hex;
  readonly candidateSetHash: Hex;
  readonly words: ActionWords;
  readonly payload: Hex;
  readonly context: bigint;
}): Hex {
  return encodeWords([
    parts.policyHash,
    parts.stateHash,
    parts.candidateSetHash,
    actionWord0(parts.words),
    actionWord1(parts.words),
    payloadHash(parts.payload),
    parts.context,
  ]);
}

/** SHA-256 of a journal, as receipts name it. */
export function journalDigest(journal: Hex): Hex {
  return sha256(journal);
}

/** Leaf of the execution log. Place: the gate. */
export function logLeaf(
  gate: Place,
  leaf: {
    readonly logIndex: bigint;
    readonly scope: Hex;
    readonly nonce: bigint;
    readonly operatorId: Hex;
    readonly policyHash: Hex;
    readonly journalDigest: Hex;
    readonly succeeded: boolean;
    readonly returnHash: Hex;
    readonly executedAt: bigint;
  },
): Hex {
  return hashWords([
    LOG_LEAF,
    gate.chainId,
    gate.contract,
    leaf.logIndex,
    leaf.scope,
    leaf.nonce,
    leaf.operatorId,
    leaf.policyHash,
    leaf.journalDigest,
    leaf.succeeded,
    leaf.returnHash,
    leaf.executedAt,
  ]);
}
