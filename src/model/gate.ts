/**
 * ExecutionGate: verifies that a policy allowed exactly this action, and executes it once. Mirrors
 * contracts/gate/ExecutionGate.sol; the checks stand in the order in which they refuse.
 * @module
 */
import type { SystemAbis } from '../abi/system.ts';
import type { Inputs } from '../abi/types.ts';
import { encodeError } from '../codec/abi.ts';
import { contextHash, decisionJournal, journalDigest, logLeaf } from '../codec/execution.ts';
import { type Hex, keccak256 } from '../codec/hash.ts';
import { entryHash as hashOfEntry, entryKey as keyOfEntry, nonceOf, scopeId } from '../codec/ids.ts';
import { ZERO_ADDRESS } from '../codec/signature.ts';
import { type Signable, signable, signerOf } from '../codec/typed-data.ts';
import { concatBytes } from '../codec/words.ts';
import { appendLeaf } from '../merkle/mmr.ts';
import { claims, heldBy, released, settleClaim } from './claims.ts';
import { disruptedWithin } from './disruptions.ts';
import { fees, freeFee, notAvailable, reserveFee } from './fees.ts';
import { reentered } from './guards.ts';
import { recordOf, withRecord } from './nonces.ts';
import { requireAdmitted, requireNotEjected } from './operators.ts';
import { requireUsable } from './oracle.ts';
import { parametersOf } from './parameters.ts';
import { signaturesNeeded, Tier } from './quorum.ts';
import { requireAuthorised } from './registry.ts';
import { refuseReceipt } from './router.ts';
import { selfBondOf } from './staking.ts';
import type { Claim, State } from './state.ts';
import { type Acted, type Env, type Refusal, refused, type Step, type Transitions } from './step.ts';
import { checkAction, treasury } from './treasury.ts';

export type Execution = Inputs<SystemAbis['gate'], 'execute'>[0];

const MIN_PROOF_BYTES = 4;
const MAX_PROOF_BYTES = 1024;
const SIGNED_MODE = 1;
/** What the gate keeps of an adapter's return data. */
const MAX_RETURN_BYTES = 256;
/** What a receipt may cost, and what the gate keeps for itself after an action. */
const VERIFIER_GAS_CAP = 400_000n;
const RESERVE_GAS = 150_000n;

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

/** The part of the facts that doesn't depend on who holds the nonce. */
type EntryFacts = Omit<Facts, 'stateHash' | 'attestationHash' | 'signer'>;
/** The part that does; `expiresAt` bounds the decision's validity. */
type Holding = Pick<Facts, 'stateHash' | 'attestationHash' | 'signer'> & { readonly expiresAt: bigint };

export const gate: Transitions<'gate'> = {
  ...claims,
  ...fees,

  renewParameters: (state) => ({ state, events: [], returns: [] }),

  execute(state, [x], env) {
    return reentered(env) ?? execute(state, x, env);
  },

  executeClaimed(state, [x, claim], env) {
    const again = reentered(env);
    if (again) return again;
    if (env.time > claim.deadline) {
      // A lapsed claim is settled like any other; then the nonce is free for everyone.
      const settled = settleClaim(state, claim, env);
      if (refused(settled)) return settled;
      const executed = execute(settled.state, x, env);
      return refused(executed) ? executed : { ...executed, events: [...settled.events, ...executed.events] };
    }
    const facts = decidable(state, x, env, (entry) => held(state, x, claim, entry, env));
    if ('error' in facts) return facts;
    const digest = decided(state, x, facts, env);
    if (typeof digest !== 'string') return digest;
    const unlocked = released(state, claim);
    if (refused(unlocked)) return unlocked;
    const executed = performed(unlocked.state, x, facts, digest, claim.fee, env);
    return refused(executed) ? executed : { ...executed, events: [...unlocked.events, ...executed.events] };
  },
};

function execute(state: State, x: Execution, env: Env): Step<readonly [boolean, bigint]> {
  const facts = decidable(state, x, env, (entry) => open(state, x, entry, env));
  if ('error' in facts) return facts;
  const digest = decided(state, x, facts, env);
  if (typeof digest !== 'string') return digest;
  const fee = x.entry.execFee;
  const short = notAvailable(state, facts.scope, fee);
  if (short) return short;
  return performed(reserveFee(state, facts.scope, fee), x, facts, digest, fee, env);
}

/** The facts, if the decision can be judged now. `holding` says who holds the nonce, and on which state. */
function decidable(
  state: State,
  x: Execution,
  env: Env,
  holding: (entry: EntryFacts) => Holding | Refusal,
): Facts | Refusal {
  const entry = entryFacts(state, x, env);
  if ('error' in entry) return entry;
  const holder = holding(entry);
  if ('error' in holder) return holder;

  if (env.time > x.validUntil) return { error: 'DecisionExpired', args: [x.validUntil, env.time] };
  const horizon = env.time + BigInt(parametersOf(state).maxValidity);
  const latest = holder.expiresAt < horizon ? holder.expiresAt : horizon;
  if (x.validUntil > latest) return { error: 'ValidUntilTooLate', args: [x.validUntil, latest] };
  if (x.submitter !== ZERO_ADDRESS && x.submitter !== env.sender) {
    return { error: 'NotSubmitter', args: [env.sender, x.submitter] };
  }
  const { stateHash, attestationHash, signer } = holder;
  return { ...entry, stateHash, attestationHash, signer };
}

function entryFacts(state: State, x: Execution, env: Env): EntryFacts | Refusal {
  const { directory } = state.deployment;
  const { entry, words } = x;
  const registry = { chainId: env.chainId, contract: directory.registry };
  const entryKey = keyOfEntry(registry, entry.policyHash, entry.adapter, entry.account);
  const entryHash = hashOfEntry(registry, entry);
  const grace = BigInt(parametersOf(state).registryGrace);
  const authorised = requireAuthorised(state, entryKey, entryHash, x.policyEpoch, grace, env);
  if ('error' in authorised) return authorised;

  if (!canonical(words)) return { error: 'WordsInvalid', args: [] };
  const tier = env.adapters?.(entry.adapter)?.check(words, x.payload) ?? checkAction(state, words, x.payload);
  if (typeof tier !== 'number') return tier;
  const scope = scopeId({ chainId: env.chainId, contract: directory.gate }, entry.adapter, entry.account);
  const nonce = nonceOf(x.stateEpoch, x.slot);
  return { entryKey, entryHash, registryRoot: authorised.root, scope, nonce, tier };
}

/** A nonce that nobody holds: the oracle's state, an active operator. */
function open(state: State, x: Execution, { scope, nonce }: EntryFacts, env: Env): Holding | Refusal {
  const { entry, operatorId } = x;
  const { attestationGrace, minSelfBond } = parametersOf(state);
  const attested = requireUsable(state, entry.stateSource, x.stateEpoch, BigInt(attestationGrace), env);
  if ('error' in attested) return attested;
  const { hash: attestationHash, stateHash, expiresAt } = attested;
  if (env.time > expiresAt) return { error: 'StateStale', args: [expiresAt, env.time] };

  if (x.slot >= entry.quotaPerState) return { error: 'QuotaExceeded', args: [x.slot, entry.quotaPerState] };
  const record = recordOf(state, scope, nonce);
  if (record?.kind === 'executed') return { error: 'NonceUsed', args: [scope, nonce] };
  if (record?.kind === 'claimed') return { error: 'NonceClaimed', args: [scope, nonce] };

  if (entry.operators.length > 0 && !entry.operators.includes(operatorId)) {
    return { error: 'OperatorNotListed', args: [operatorId] };
  }
  const admitted = requireAdmitted(state, operatorId, env);
  if ('error' in admitted) return admitted;
  const selfBond = selfBondOf(state, operatorId);
  if (selfBond < minSelfBond) return { error: 'SelfBondTooLow', args: [operatorId, selfBond, minSelfBond] };
  return { stateHash, attestationHash, expiresAt, signer: admitted.signer };
}

/** A nonce that the operator holds: the claim's state, whatever was attested since; it needn't be active to finish. */
function held(state: State, x: Execution, claim: Claim, entry: EntryFacts, env: Env): Holding | Refusal {
  const { scope, nonce, operatorId, stateSource, stateHash, attestationHash, deadline } = claim;
  const unknown = heldBy(state, claim);
  if (unknown) return unknown;
  if (entry.scope !== scope || entry.nonce !== nonce || entry.entryHash !== claim.entryHash) {
    return { error: 'ClaimMismatch', args: [scope, nonce] };
  }
  if (x.operatorId !== operatorId) return { error: 'NotClaimant', args: [x.operatorId, operatorId] };
  if (disruptedWithin(state, stateSource, claim.claimedAt, env.time)) {
    return { error: 'ClaimedStateWithdrawn', args: [stateSource] };
  }
  const able = requireNotEjected(state, operatorId);
  return 'error' in able ? able : { stateHash, attestationHash, expiresAt: deadline, signer: able.signer };
}

/** The journal's digest, if everybody signed who must and the receipt is good. */
function decided(state: State, x: Execution, facts: Facts, env: Env): Hex | Refusal {
  const journal = journalOf(state, x, facts, env);
  const digest = journalDigest(journal);
  return notSigned(state, x, facts, digest, env) ?? notProven(state, x, journal, digest, env) ?? digest;
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
  const decision = signable(
    'Decision',
    { ...x.words, scope, nonce, operatorId, validUntil, submitter, journalDigest: digest },
    domain,
  );
  const recovered = signerOf(decision, x.operatorSignature);
  if (recovered !== signer) return { error: 'OperatorSignatureInvalid', args: [signer, recovered] };

  if (x.entry.proposerMode === SIGNED_MODE) {
    const proposal = signable('Proposal', { scope, nonce, stateHash: facts.stateHash, candidateSetHash }, domain);
    const proposer = signerOf(proposal, x.proposerSignature);
    if (!x.entry.proposers.includes(proposer)) return { error: 'NotProposer', args: [proposer] };
  }
  return notCoSigned(x, facts, decision);
}

function notCoSigned({ entry, coSignatures }: Execution, facts: Facts, decision: Signable): Refusal | undefined {
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
    const recovered = signerOf(decision, signature);
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
  return (
    notEnoughGas(VERIFIER_GAS_CAP, env) ??
    refuseReceipt(state, { seal, imageId: x.entry.imageId, journalDigest: digest }, env)
  );
}

/**
 * A refusal when so much can't be handed on: at most 63/64 can. What was left is not told, since only the compiled
 * contracts know what they used before.
 */
function notEnoughGas(needed: bigint, { gas }: Env): Refusal | undefined {
  if (gas === undefined || (gas * 63n) / 64n >= needed) return undefined;
  return { error: 'GasTooLow', args: [needed, 0n] };
}

/** Acts, and records and logs what came of it. `fee` is set aside already; it is owed for a success only. */
function performed(
  state: State,
  x: Execution,
  { scope, nonce }: Facts,
  digest: Hex,
  fee: bigint,
  env: Env,
): Step<readonly [boolean, bigint]> {
  const short = notEnoughGas(x.entry.resourceCap + RESERVE_GAS, env);
  if (short) return short;
  const contract = state.deployment.directory.gate;
  const { operatorId } = x;
  const logIndex = BigInt(state.gate.log.size);
  const record = {
    kind: 'executed' as const,
    executedAt: env.time,
    finalityDelay: parametersOf(state).finalityDelay,
    logIndex,
    operatorId,
    fee,
  };
  // Whoever looks from inside the action finds the nonce used.
  const begun = withRecord(state, scope, nonce, { ...record, succeeded: false, feeOwed: false });
  const { succeeded, ...action } = acted(begun, x, { ...env, sender: contract });
  const returned = action.returned.slice(0, 2 + 2 * MAX_RETURN_BYTES) as Hex;
  const after = succeeded ? action.state : freeFee(state, scope, fee);
  const args = {
    scope,
    nonce,
    operatorId,
    policyHash: x.entry.policyHash,
    journalDigest: digest,
    logIndex,
    succeeded,
    returnHash: keccak256(returned),
    executedAt: env.time,
    fee,
  };
  const leaf = logLeaf({ chainId: env.chainId, contract }, args);
  const recorded = withRecord(after, scope, nonce, {
    ...record,
    succeeded,
    feeOwed: succeeded && fee > 0n,
  });
  return {
    state: { ...recorded, gate: { ...recorded.gate, log: appendLeaf(state.gate.log, leaf) } },
    events: [...(succeeded ? action.events : []), { contract: 'gate', event: 'Executed', args }],
    returns: [succeeded, logIndex],
  };
}

/** The action as its adapter performs it. */
function acted(state: State, { entry, words, payload }: Execution, env: Env): Acted {
  const adapter = env.adapters?.(entry.adapter);
  if (adapter) return adapter.perform(state, { words, payload }, env);
  const step = treasury.perform(state, [entry.account, words, payload], env);
  if (refused(step)) return { succeeded: false, state, events: [], returned: encodeError(step) };
  return { succeeded: true, state: step.state, events: step.events, returned: '0x' };
}
