/**
 * Content-addressed ids: keccak-256 of a domain tag, the chain id, the contract and the fields. The contracts compute
 * the same in place; a test compares each.
 * @module
 */

import type { AbiParametersToPrimitiveTypes } from 'abitype';
import { stringToHex } from 'viem';
import { executionGateAbi, policyRegistryAbi } from '../abi/generated/index.ts';
import { type Hex, keccak256, ZERO_HASH } from './hash.ts';
import { Memo } from './remember.ts';
import { tag } from './tags.ts';
import { hashStruct, hashWords, type Word } from './words.ts';

/** A contract on a chain. */
export interface Place {
  readonly chainId: bigint;
  readonly contract: Hex;
}

const TAGS = {
  scope: tag('scope'),
  entry: tag('entry'),
  entryKey: tag('entry-key'),
  proposal: tag('proposal'),
  operator: tag('operator'),
  source: tag('source'),
  claim: tag('claim'),
  missed: tag('missed'),
  execution: tag('execution'),
  opening: tag('opening'),
  offence: tag('offence'),
};

const scopes = new Memo<Hex>(1_000);

/** Place: the gate. */
export function scopeId(gate: Place, adapter: Hex, account: Hex): Hex {
  const { chainId, contract } = gate;
  return scopes.of(account, [adapter, contract, chainId], () =>
    hashWords([TAGS.scope, chainId, contract, adapter, account]),
  );
}

const keys = new Memo<Hex>(1_000);

/** Place: the registry. */
export function entryKey(registry: Place, policyHash: Hex, adapter: Hex, account: Hex): Hex {
  const { chainId, contract } = registry;
  return keys.of(policyHash, [account, adapter, contract, chainId], () =>
    hashWords([TAGS.entryKey, chainId, contract, policyHash, adapter, account]),
  );
}

const stageEntry = policyRegistryAbi.find((item) => item.type === 'function' && item.name === 'stageEntry') as Extract<
  (typeof policyRegistryAbi)[number],
  { name: 'stageEntry' }
>;
const ENTRY_FIELDS = stageEntry.inputs[0].components.map(({ name }) => name);

/** A registry entry, as the ABI has it. */
export type Entry = AbiParametersToPrimitiveTypes<typeof stageEntry.inputs>[0];

/** By the entry and the registry: whoever checks many calls meets the same few values again and again. */
const entryHashes = new WeakMap<Entry, Place & { readonly hash: Hex }>();

/** Place: the registry. */
export function entryHash(registry: Place, entry: Entry): Hex {
  const { chainId, contract } = registry;
  const known = entryHashes.get(entry);
  if (known?.chainId === chainId && known.contract === contract) return known.hash;
  // The entry is of dynamic length: its place stands in the fourth word, and is right behind it.
  const head = [TAGS.entry, chainId, contract, 4 * 32];
  const hash = hashStruct(
    head,
    ENTRY_FIELDS.map((field) => entry[field]),
  );
  entryHashes.set(entry, { chainId, contract, hash });
  return hash;
}

/** Place: the council. `version` is the council's, so that a proposal dies with the membership it was made under. */
export function proposalId(
  council: Place,
  proposal: { readonly target: Hex; readonly data: Hex; readonly tier: number; readonly salt: Hex },
  version: bigint,
): Hex {
  const { target, data, tier, salt } = proposal;
  return hashWords([TAGS.proposal, council.chainId, council.contract, target, keccak256(data), tier, salt, version]);
}

/** Place: the operators contract. */
export function operatorId(operators: Place, owner: Hex, signer: Hex): Hex {
  return hashWords([TAGS.operator, operators.chainId, operators.contract, owner, signer]);
}

/** Place: the oracle. */
export function sourceId(oracle: Place, name: Hex): Hex {
  return hashWords([TAGS.source, oracle.chainId, oracle.contract, name]);
}

const settle = executionGateAbi.find((item) => item.type === 'function' && item.name === 'settle') as Extract<
  (typeof executionGateAbi)[number],
  { name: 'settle' }
>;

/** A claim on a nonce, as the ABI has it. */
export type Claim = AbiParametersToPrimitiveTypes<typeof settle.inputs>[0];

const CLAIM_FIELDS = settle.inputs[0].components.map(({ name }) => name);
const claimCommitments = new WeakMap<Claim, bigint>();

/** What the gate keeps of an open claim: the lower half of a keccak-256. Claims are values, which nobody edits. */
export function claimCommitment(claim: Claim): bigint {
  const known = claimCommitments.get(claim);
  if (known !== undefined) return known;
  const commitment = lowerHalf(hashWords([TAGS.claim, hashWords(CLAIM_FIELDS.map((name): Word => claim[name]))]));
  claimCommitments.set(claim, commitment);
  return commitment;
}

/** Whether two claims are the same, and so their commitments. */
export function sameClaim(a: Claim, b: Claim): boolean {
  return a === b || CLAIM_FIELDS.every((name) => a[name] === b[name]);
}

/** Hash of the operators that missed a nonce, in order; zero for none. Its lower half is what the gate keeps. */
export function missedHash(missed: readonly Hex[]): Hex {
  return missed.reduce<Hex>((before, operator) => hashWords([TAGS.missed, before, operator]), ZERO_HASH);
}

/** What the gate keeps of who executed a nonce, and for which fee. */
export function executionCommitment(operator: Hex, fee: bigint): bigint {
  return lowerHalf(hashWords([TAGS.execution, operator, fee]));
}

/** Place: the court. Hides the evidence until it is revealed, and binds it to whoever may be rewarded for it. */
export function openingCommitment(court: Place, evidenceHash: Hex, challenger: Hex, salt: Hex): Hex {
  return hashWords([TAGS.opening, court.chainId, court.contract, evidenceHash, challenger, salt]);
}

/** Kinds of offences that evidence proves. */
export type OffenceKind = 'StateAttestation' | 'LogHead' | 'RegistryCheckpoint';

/** Place: the court. An operator is punished once for each. */
export function offenceId(court: Place, kind: OffenceKind, operator: Hex, subject: Hex): Hex {
  const name = stringToHex(kind, { size: 32 });
  return hashWords([TAGS.offence, court.chainId, court.contract, name, operator, subject]);
}

export function lowerHalf(hash: Hex): bigint {
  return BigInt(hash) & (2n ** 128n - 1n);
}

/** Nonce of an execution: the state epoch and the slot within the state's quota. */
export function nonceOf(stateEpoch: bigint, slot: bigint): bigint {
  return (stateEpoch << 64n) | slot;
}
