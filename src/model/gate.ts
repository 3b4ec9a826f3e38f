/**
 * ExecutionGate: verifies that a policy allowed exactly this action, and executes it once. Mirrors
 * contracts/gate/ExecutionGate.sol; the checks stand in the order in which they refuse.
 * @module
 */
import { Map } from 'immutable';
import type { SystemAbis } from '../abi/system.ts';
import type { Inputs } from '../abi/types.ts';
import { encodeError } from '../codec/abi.ts';
import { contextHash, decisionJournal, journalDigest, logLeaf } from '../codec/execution.ts';
import { type Hex, keccak256 } from '../codec/hash.ts';
import { entryHash as hashOfEntry, entryKey as keyOfEntry, nonceOf, scopeId } from '../codec/ids.ts';
import { recoverSigner, ZERO_ADDRESS } from '../codec/signature.ts';
import { typedDigest } from '../codec/typed-data.ts';
import { concatBytes } from '../codec/words.ts';
import { appendLeaf } from '../merkle/mmr.ts';
import { requireAdmitted } from './operators.ts';
import { requireUsable } from './oracle.ts';
import { parametersOf } from './parameters.ts';
import { signaturesNeeded, Tier } from './quorum.ts';
import { requireAuthorised } from './registry.ts';
import { refuseReceipt } from './router.ts';
import { selfBondOf } from './staking.ts';
import type { State } from './state.ts';
import { type Env, type Refusal, refused, type Step, type Transitions } from './step.ts';
import { checkAction, treasury } from './treasury.ts';

export type Execution = Inputs<SystemAbis['gate'], 'execute'>[0];

const MIN_PROOF_BYTES = 4;
const MAX_PROOF_BYTES = 1024;
const SIGNED_MODE = 1;
/** What the gate keeps of an adapter's return data. */
const MAX_RETURN_BYTES = 256;

/** What the gate learned itself while checking. */
interface Facts {
  readonly entryKey: Hex;
  readonly entryHash: Hex;
  readonly registryRoot: Hex;
  readonly stateHash: Hex;
  readonly attestationHash: Hex;
  readonly scope: Hex;
  readonly nonce: bigint;
  readonly signer: Hex;
  readonly tier: number;
}

export const gate: Transitions<'gate'> = {
  execute(state, [x], env) {
    const facts = decidable(state, x, env);
    if ('error' in facts) return facts;
    const journal = journalOf(state, x, facts, env);
    const digest = journalDigest(journal);
    const denied = notSigned(state, x, facts, digest, env) ?? notProven(state, x, journal, digest, env);
    if (denied) return denied;

    const sender = state.deployment.directory.gate;
    const action = treasury.perform(state, [x.entry.account, x.words, x.payload], { ...env, sender });
    const succeeded = !refused(action);
    return logged(succeeded ? action.state : state, x, facts, digest, env, action);
  },
};

function decidable(state: State, x: Execution, env: Env): Facts | Refusal {
  const { directory } = state.deployment;
  const { entry, words, operatorId } = x;
  const parameters = parametersOf(state);

  const registry = { chainId: env.chainId, contract: directory.registry };
  const entryKey = keyOfEntry(registry, entry.policyHash, entry.adapter, entry.account);
  const entryHash = hashOfEntry(registry, entry);
  const authorised = requireAuthorised(
    state,
    entryKey,
    entryHash,
    x.policyEpoch,
    BigInt(parameters.registryGrace),
    env,
  );
  if ('error' in authorised) return authorised;

  if (!canonical(words)) return { error: 'WordsInvalid', args: [] };
  const tier = checkAction(state, words, x.payload);
  if (typeof tier !== 'number') return tier;

  const grace = BigInt(parameters.attestationGrace);
  const attested = requireUsable(state, entry.stateSource, x.stateEpoch, grace, env);
  if ('error' in attested) return attested;
  const { expiresAt } = attested;
  if (env.time > expiresAt) return { error: 'StateStale', args: [expiresAt, env.time] };

  if (x.slot >= entry.quotaPerState) return { error: 'QuotaExceeded', args: [x.slot, entry.quotaPerState] };
  const scope = scopeId({ chainId: env.chainId, contract: directory.gate }, entry.adapter, entry.account);
  const nonce = nonceOf(x.stateEpoch, x.slot);
  if (state.gate.records.get(scope)?.has(nonce)) return { error: 'NonceUsed', args: [scope, nonce] };

  if (entry.operators.length > 0 && !entry.operators.includes(operatorId)) {
    return { error: 'OperatorNotListed', args: [operatorId] };
  }
  const admitted = requireAdmitted(state, operatorId, env);
  if ('error' in admitted) return admitted;
  const selfBond = selfBondOf(state, operatorId);
  if (selfBond < parameters.minSelfBond) {
    return { error: 'SelfBondTooLow', args: [operatorId, selfBond, parameters.minSelfBond] };
  }

  if (env.time > x.validUntil) return { error: 'DecisionExpired', args: [x.validUntil, env.time] };
  const horizon = env.time + BigInt(parameters.maxValidity);
  const latest = expiresAt < horizon ? expiresAt : horizon;
  if (x.validUntil > latest) return { error: 'ValidUntilTooLate', args: [x.validUntil, latest] };
  if (x.submitter !== ZERO_ADDRESS && x.submitter !== env.sender) {
    return { error: 'NotSubmitter', args: [env.sender, x.submitter] };
  }

  return {
    entryKey,
    entryHash,
    registryRoot: authorised.root,
    stateHash: attested.stateHash,
    attestationHash: attested.hash,
    scope,
    nonce,
    signer: admitted.signer,
    tier,
  };
}

/** One action has one encoding: an absent parameter has no value. */
function canonical({ presence, p0, p1, p2 }: Execution['words']): boolean {
  return presence < 8 && [p0, p1, p2].every((value, i) => (presence & (1 << i)) !== 0 || value === 0n);
}

function journalOf(state: State, x: Execution, facts: Facts, env: Env): Hex {
  const context = contextHash(
    { chainId: env.chainId, contract: state.deployment.directory.gate },
    {
      ...facts,
      imageId: x.entry.imageId,
      policyEpoch: x.policyEpoch,
      stateSource: x.entry.stateSource,
      stateEpoch: x.stateEpoch,
      operatorId: x.operatorId,
      validUntil: x.validUntil,
    },
  );
  const { candidateSetHash, words, payload } = x;
  return decisionJournal({
    policyHash: x.entry.policyHash,
    stateHash: facts.stateHash,
    candidateSetHash,
    words,
    payload,
    context,
  });
}

function notSigned(state: State, x: Execution, facts: Facts, digest: Hex, env: Env): Refusal | undefined {
  const domain = { chainId: env.chainId, verifyingContract: state.deployment.directory.gate };
  const { scope, nonce, signer } = facts;
  const { operatorId, validUntil, submitter, candidateSetHash } = x;
  const decision = typedDigest(
    'Decision',
    { scope, nonce, operatorId, ...x.words, validUntil, submitter, journalDigest: digest },
    domain,
  );
  const recovered = recoverSigner(decision, x.operatorSignature);
  if (recovered !== signer) return { error: 'OperatorSignatureInvalid', args: [signer, recovered] };

  if (x.entry.proposerMode === SIGNED_MODE) {
    const proposal = typedDigest('Proposal', { scope, nonce, stateHash: facts.stateHash, candidateSetHash }, domain);
    const proposer = recoverSigner(proposal, x.proposerSignature);
    if (!x.entry.proposers.includes(proposer)) return { error: 'NotProposer', args: [proposer] };
  }
  return notCoSigned(x, facts, decision);
}

function notCoSigned({ entry, coSignatures }: Execution, facts: Facts, decision: Hex): Refusal | undefined {
  const tier = Math.max(facts.tier, entry.tier);
  const most = entry.coSigners.length;
  // Without co-signers no action above the routine tier can pass.
  const least = tier <= Tier.Routine ? 0 : Math.max(1, signaturesNeeded(tier, most));
  const given = coSignatures.length;
  if (given < least || given > most) {
    return { error: 'CoSignatureCountInvalid', args: [BigInt(least), BigInt(most), BigInt(given)] };
  }
  let last: string = ZERO_ADDRESS;
  for (const [i, signature] of coSignatures.entries()) {
    const recovered = recoverSigner(decision, signature);
    if (recovered === facts.signer || !entry.coSigners.includes(recovered)) {
      return { error: 'NotCoSigner', args: [recovered] };
    }
    if (recovered <= last) return { error: 'CoSignersNotIncreasing', args: [BigInt(i)] };
    last = recovered;
  }
  return undefined;
}

function notProven(state: State, x: Execution, journal: Hex, digest: Hex, env: Env): Refusal | undefined {
  const length = (x.proof.length - 2) / 2;
  if (length < MIN_PROOF_BYTES || length > MAX_PROOF_BYTES) {
    return { error: 'ProofLengthInvalid', args: [BigInt(length)] };
  }
  const seal = concatBytes(x.proof, journal);
  return refuseReceipt(state, { seal, imageId: x.entry.imageId, journalDigest: digest }, env);
}

/** The execution is recorded and logged with its outcome; `state` is the one after the action. */
function logged(
  state: State,
  x: Execution,
  facts: Facts,
  digest: Hex,
  env: Env,
  action: Step<readonly []>,
): Step<readonly [boolean, bigint]> {
  const succeeded = !refused(action);
  const returned = succeeded ? '0x' : encodeError(action).slice(0, 2 + 2 * MAX_RETURN_BYTES);
  const logIndex = BigInt(state.gate.log.size);
  const { scope, nonce } = facts;
  const args = {
    scope,
    nonce,
    operatorId: x.operatorId,
    policyHash: x.entry.policyHash,
    journalDigest: digest,
    logIndex,
    succeeded,
    returnHash: keccak256(returned as Hex),
    executedAt: env.time,
  };
  const leaf = logLeaf({ chainId: env.chainId, contract: state.deployment.directory.gate }, args);
  const record = { executedAt: env.time, logIndex, succeeded };
  const records = state.gate.records.update(scope, Map(), (nonces) => nonces.set(nonce, record));
  return {
    state: { ...state, gate: { records, log: appendLeaf(state.gate.log, leaf) } },
    events: [...(succeeded ? action.events : []), { contract: 'gate', event: 'Executed', args }],
    returns: [succeeded, logIndex],
  };
}
