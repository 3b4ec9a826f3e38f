/**
 * Content-addressed ids: keccak-256 of a domain tag, the chain id, the contract and the fields. The contracts compute
 * the same in place; a test compares each.
 * @module
 */

import type { AbiParametersToPrimitiveTypes } from 'abitype';
import { encodeAbiParameters } from 'viem';
import { policyRegistryAbi } from '../abi/generated/index.ts';
import { type Hex, keccak256 } from './hash.ts';
import { tag } from './tags.ts';
import { hashWords } from './words.ts';

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
  exit: tag('exit'),
  source: tag('source'),
};

/** Place: the gate. */
export function scopeId(gate: Place, adapter: Hex, account: Hex): Hex {
  return hashWords([TAGS.scope, gate.chainId, gate.contract, adapter, account]);
}

/** Place: the registry. */
export function entryKey(registry: Place, policyHash: Hex, adapter: Hex, account: Hex): Hex {
  return hashWords([TAGS.entryKey, registry.chainId, registry.contract, policyHash, adapter, account]);
}

const stageEntry = policyRegistryAbi.find((item) => item.type === 'function' && item.name === 'stageEntry') as Extract<
  (typeof policyRegistryAbi)[number],
  { name: 'stageEntry' }
>;
const ENTRY_PARAMETERS = [{ type: 'bytes32' }, { type: 'uint256' }, { type: 'address' }, stageEntry.inputs[0]] as const;

/** A registry entry, as the ABI has it. */
export type Entry = AbiParametersToPrimitiveTypes<typeof stageEntry.inputs>[0];

/** Place: the registry. */
export function entryHash(registry: Place, entry: Entry): Hex {
  return keccak256(encodeAbiParameters(ENTRY_PARAMETERS, [TAGS.entry, registry.chainId, registry.contract, entry]));
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

/** Place: the staking contract. `count`: how many exits the operator had before. */
export function exitId(staking: Place, operator: Hex, count: bigint): Hex {
  return hashWords([TAGS.exit, staking.chainId, staking.contract, operator, count]);
}

/** Place: the oracle. */
export function sourceId(oracle: Place, name: Hex): Hex {
  return hashWords([TAGS.source, oracle.chainId, oracle.contract, name]);
}

/** Nonce of an execution: the state epoch and the slot within the state's quota. */
export function nonceOf(stateEpoch: bigint, slot: bigint): bigint {
  return (stateEpoch << 64n) | slot;
}
