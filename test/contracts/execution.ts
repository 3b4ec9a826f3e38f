/**
 * Executions made honestly from what the gate will read, and every part of them open to change: a test changes one
 * thing and has everything else signed and proven as it should be.
 */
import { recordedProof } from '../../src/campaign/recorded.ts';
import type { KeyedAccount } from '../../src/chain/accounts.ts';
import { type Context, contextHash, decisionJournal, journalDigest } from '../../src/codec/execution.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { type Entry, entryHash, entryKey, nonceOf, type Place, scopeId } from '../../src/codec/ids.ts';
import { signDigest } from '../../src/codec/signature.ts';
import { type Domain, type TypedMessage, typedDigest } from '../../src/codec/typed-data.ts';
import type { Execution } from '../../src/model/gate.ts';

/** What signatures and proof are made over, as the execution carries it. */
export type Draft = Omit<Execution, 'proof' | 'operatorSignature' | 'proposerSignature' | 'coSignatures'>;

/** What the gate reads from its peers. */
export interface Facts {
  readonly registryRoot: Hex;
  readonly stateHash: Hex;
  readonly attestationHash: Hex;
}

/** Where the execution goes. */
export interface Target {
  readonly chainId: bigint;
  readonly gate: Hex;
  readonly registry: Hex;
}

type Key = Pick<KeyedAccount, 'address' | 'privateKey'>;

export interface Keys {
  readonly operator: Key;
  readonly proposer: Key;
  /** those that sign; they are put in order */
  readonly coSigners: readonly Key[];
}

/** The seven words of the journal before they are encoded. */
export type JournalParts = Parameters<typeof decisionJournal>[0];

/** Everything that follows from a draft. */
export interface Derived {
  readonly gate: Place;
  readonly context: Context;
  readonly journal: JournalParts;
  readonly digest: Hex;
  readonly decision: TypedMessage<'Decision'>;
  readonly proposal: TypedMessage<'Proposal'>;
  readonly domain: Domain;
}

export function derive(draft: Draft, facts: Facts, target: Target): Derived {
  const { chainId } = target;
  const gate = { chainId, contract: target.gate };
  const registry = { chainId, contract: target.registry };
  const { entry, operatorId, words, payload, candidateSetHash, validUntil, submitter } = draft;
  const context: Context = {
    imageId: entry.imageId,
    policyEpoch: draft.policyEpoch,
    registryRoot: facts.registryRoot,
    entryKey: entryKey(registry, entry.policyHash, entry.adapter, entry.account),
    entryHash: entryHash(registry, entry),
    stateSource: entry.stateSource,
    stateEpoch: draft.stateEpoch,
    attestationHash: facts.attestationHash,
    operatorId,
    scope: scopeId(gate, entry.adapter, entry.account),
    nonce: nonceOf(draft.stateEpoch, draft.slot),
    validUntil,
  };
  const { policyHash } = entry;
  const { stateHash } = facts;
  const { scope, nonce } = context;
  const journal = { policyHash, stateHash, candidateSetHash, words, payload, context: contextHash(gate, context) };
  const digest = journalDigest(decisionJournal(journal));
  return {
    gate,
    context,
    journal,
    digest,
    decision: { scope, nonce, operatorId, ...words, validUntil, submitter, journalDigest: digest },
    proposal: { scope, nonce, stateHash, candidateSetHash },
    domain: { chainId, verifyingContract: target.gate },
  };
}

/** The decision, the proposal and the co-signatures, signed by these keys. */
export function signatures(
  { decision, proposal, domain }: Pick<Derived, 'decision' | 'proposal' | 'domain'>,
  entry: Pick<Entry, 'proposerMode'>,
  keys: Keys,
): Pick<Execution, 'operatorSignature' | 'proposerSignature' | 'coSignatures'> {
  const digest = typedDigest('Decision', decision, domain);
  const ordered = [...keys.coSigners].sort((a, b) => (a.address < b.address ? -1 : 1));
  return {
    operatorSignature: signDigest(digest, keys.operator.privateKey),
    proposerSignature:
      entry.proposerMode === 1 ? signDigest(typedDigest('Proposal', proposal, domain), keys.proposer.privateKey) : '0x',
    coSignatures: ordered.map(({ privateKey }) => signDigest(digest, privateKey)),
  };
}

/** A whole execution with a recorded verdict in place of a proof. */
export function execution(draft: Draft, facts: Facts, target: Target, keys: Keys): Execution {
  const derived = derive(draft, facts, target);
  return {
    ...draft,
    ...signatures(derived, draft.entry, keys),
    proof: recordedProof(draft.entry.imageId, derived.digest),
  };
}
