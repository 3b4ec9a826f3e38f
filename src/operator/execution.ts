/**
 * From a decision to its execution: what the decision is bound to, who signs it, and handing it to the gate.
 * @module
 */
import { parseEventLogs, type TransactionReceipt } from 'viem';
import { systemAbis } from '../abi/system.ts';
import type { Inputs } from '../abi/types.ts';
import type { KeyedAccount } from '../chain/accounts.ts';
import { type Call, encodeCall } from '../chain/connection.ts';
import { chainTime } from '../chain/devtime.ts';
import { ChainError } from '../chain/failure.ts';
import { type ActionWords, type Context, contextHash, decisionJournal, journalDigest } from '../codec/execution.ts';
import type { Hex } from '../codec/hash.ts';
import { type Entry, entryHash, entryKey, nonceOf, scopeId } from '../codec/ids.ts';
import { ZERO_ADDRESS } from '../codec/signature.ts';
import type { TypedMessage } from '../codec/typed-data.ts';
import type { Attested } from './attest.ts';
import { type KeyedOperator, type System, signTyped } from './devnet.ts';

export type Execution = Inputs<(typeof systemAbis)['gate'], 'execute'>[0];

/** Everything a decision is bound to, and from which the gate will build the same context. */
export interface Binding {
  readonly entry: Entry;
  readonly slot: bigint;
  readonly stateHash: Hex;
  readonly context: Context;
  /** the context's hash, as the circuit binds it */
  readonly contextHash: bigint;
}

/**
 * Binds a decision to the entry, the epoch and the attested state as they are on chain now.
 *
 * @param slot which of the executions that the state allows, from 0
 */
export async function bindDecision(
  { chain, contracts }: System,
  entry: Entry,
  attested: Attested,
  operator: Hex,
  slot: bigint,
): Promise<Binding> {
  const chainId = BigInt(chain.chainId);
  const registry = { chainId, contract: contracts.registry };
  const gate = { chainId, contract: contracts.gate };
  const [policyEpoch, registryRoot] = await chain.reader.readContract({
    address: contracts.registry,
    abi: systemAbis.registry,
    functionName: 'current',
  });
  const { maxValidity } = await chain.reader.readContract({
    address: contracts.parameters,
    abi: systemAbis.parameters,
    functionName: 'gateParameters',
  });
  const latest = (await chainTime(chain)) + BigInt(maxValidity);
  const context: Context = {
    imageId: entry.imageId,
    policyEpoch,
    registryRoot,
    entryKey: entryKey(registry, entry.policyHash, entry.adapter, entry.account),
    entryHash: entryHash(registry, entry),
    stateSource: entry.stateSource,
    stateEpoch: attested.stateEpoch,
    attestationHash: attested.attestationHash,
    operatorId: operator,
    scope: scopeId(gate, entry.adapter, entry.account),
    nonce: nonceOf(attested.stateEpoch, slot),
    validUntil: latest < attested.expiresAt ? latest : attested.expiresAt,
  };
  return { entry, slot, stateHash: attested.stateHash, context, contextHash: contextHash(gate, context) };
}

/** What is executed and what was proven about it. */
export interface Proven {
  readonly words: ActionWords;
  readonly payload: Hex;
  readonly candidateSetHash: Hex;
  /** selector and proof, without the journal */
  readonly proof: Hex;
}

/** SHA-256 of the journal that the gate will build for these words. */
export function digestOf(
  { entry, stateHash, contextHash: context }: Binding,
  { words, payload, candidateSetHash }: Proven,
): Hex {
  const { policyHash } = entry;
  return journalDigest(decisionJournal({ policyHash, stateHash, candidateSetHash, words, payload, context }));
}

/** Who signs: the operator, a proposer of the entry, and co-signers where the action's tier asks for them. */
export interface Signers {
  readonly operator: KeyedOperator;
  readonly proposer: KeyedAccount;
  readonly coSigners: readonly KeyedAccount[];
}

/**
 * Collects the signatures and puts the execution together.
 *
 * @throws CallRefused when the words aren't an action of the entry's adapter
 */
export async function signExecution(
  system: System,
  binding: Binding,
  proven: Proven,
  signers: Signers,
): Promise<Execution> {
  const { words, payload, candidateSetHash, proof } = proven;
  const { entry, slot, stateHash, context } = binding;
  const { scope, nonce, operatorId, validUntil } = context;
  const submitter = ZERO_ADDRESS;
  const decision = {
    scope,
    nonce,
    operatorId,
    ...words,
    validUntil,
    submitter,
    journalDigest: digestOf(binding, proven),
  };
  const adapterTier = await system.chain.reader.readContract({
    address: entry.adapter,
    abi: systemAbis.treasury,
    functionName: 'check',
    args: [words, payload],
  });
  const coSigning = Math.max(adapterTier, entry.tier) > 1 ? signers.coSigners : [];
  const ordered = [...coSigning].sort((a, b) => (a.address < b.address ? -1 : 1));
  return {
    entry,
    policyEpoch: context.policyEpoch,
    stateEpoch: context.stateEpoch,
    slot,
    operatorId,
    validUntil,
    submitter,
    candidateSetHash,
    words,
    payload,
    proof,
    operatorSignature: signTyped('Decision', decision, system, 'gate', signers.operator.signer),
    proposerSignature: signProposal(system, { scope, nonce, stateHash, candidateSetHash }, signers.proposer),
    coSignatures: ordered.map((key) => signTyped('Decision', decision, system, 'gate', key)),
  };
}

/** The proposer's word that these were the candidates, for this state and nonce. */
export function signProposal(system: System, message: TypedMessage<'Proposal'>, proposer: KeyedAccount): Hex {
  return signTyped('Proposal', message, system, 'gate', proposer);
}

export function executeCall({ contracts }: System, execution: Execution): Call {
  return encodeCall(contracts, 'gate', 'execute', [execution]);
}

export interface Outcome {
  readonly transaction: Hex;
  readonly block: bigint;
  readonly gasUsed: bigint;
  readonly succeeded: boolean;
  readonly logIndex: bigint;
  /** who was paid how many base units, when the action succeeded */
  readonly paid?: { readonly payee: Hex; readonly amount: bigint };
}

/** What an execution's transaction did, from its events. */
export function readOutcome({ contracts }: System, receipt: TransactionReceipt): Outcome {
  const ours = (address: string, name: 'gate' | 'treasury') => address.toLowerCase() === contracts[name];
  const [executed] = parseEventLogs({ abi: systemAbis.gate, logs: receipt.logs, eventName: 'Executed' }).filter((log) =>
    ours(log.address, 'gate'),
  );
  const [paid] = parseEventLogs({ abi: systemAbis.treasury, logs: receipt.logs, eventName: 'Paid' }).filter((log) =>
    ours(log.address, 'treasury'),
  );
  if (executed === undefined) {
    throw new ChainError(
      'reverted',
      `transaction ${receipt.transactionHash} executed nothing; expected the event Executed. Look at its status.`,
    );
  }
  return {
    transaction: receipt.transactionHash,
    block: receipt.blockNumber,
    gasUsed: receipt.gasUsed,
    succeeded: executed.args.succeeded,
    logIndex: executed.args.logIndex,
    ...(paid && { paid: { payee: paid.args.payee.toLowerCase() as Hex, amount: paid.args.amount } }),
  };
}

/** What an execution would change: taken before and after a refusal, it shows that nothing was consumed. */
export interface Holdings {
  readonly funds: bigint;
  readonly payee: bigint;
  readonly nonceStatus: number;
  readonly logSize: bigint;
}

export async function readHoldings(
  { chain, contracts }: System,
  scope: Hex,
  nonce: bigint,
  account: Hex,
  payee: Hex,
): Promise<Holdings> {
  const { reader } = chain;
  const gate = { address: contracts.gate, abi: systemAbis.gate } as const;
  const [nonceStatus] = await reader.readContract({ ...gate, functionName: 'statusOf', args: [scope, nonce] });
  return {
    funds: await reader.readContract({
      address: contracts.treasury,
      abi: systemAbis.treasury,
      functionName: 'fundsOf',
      args: [account],
    }),
    payee: await reader.readContract({
      address: contracts.agrs,
      abi: systemAbis.agrs,
      functionName: 'balanceOf',
      args: [payee],
    }),
    nonceStatus,
    logSize: await reader.readContract({ ...gate, functionName: 'logSize' }),
  };
}

export function sameHoldings(a: Holdings, b: Holdings): boolean {
  // A nonce turns from executed to final by time alone: what counts is whether it is unused.
  const used = ({ nonceStatus }: Holdings) => nonceStatus !== 0;
  return a.funds === b.funds && a.payee === b.payee && used(a) === used(b) && a.logSize === b.logSize;
}
