/**
 * Situations that a campaign must reach, and the errors it can't.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { type Signable, signerOf } from '../codec/typed-data.ts';
import type { Call, Goals, Outcome } from '../mirror/types.ts';
import { type Head, signedAttestation, signedHead } from '../model/court.ts';
import type { State } from '../model/index.ts';
import type { StateAttestation } from '../model/oracle.ts';
import { exitKey, stakeOf } from '../model/staking.ts';
import { CaseStatus, ExitKind, type Stake } from '../model/state.ts';
import { isEmpty } from './properties.ts';
import { isWorn } from './stakes.ts';
import { CHAIN_ID, MAX_ENTRIES } from './world.ts';

/** Reached at the end of every trace. */
export const EMPTY_GOAL = 'everything closed and everybody gone';

const NAMES = [
  EMPTY_GOAL,
  'an action failed and was logged',
  'an execution in the previous epoch within its grace',
  'an execution on the previous attestation within its grace',
  'a co-signed execution',
  'a second execution on the same state',
  'a slash closed a generation of claims',
  'an exit of an owner claimed after a slash',
  'an exit of a delegator claimed after a slash',
  'a delegation in a second generation',
  'a proposal executed after genesis was sealed',
  'quorum lost',
  'a full registry',
  'an entry changed in force',
  'an operator changed hands',
  'a claimed nonce executed on a state attested over since',
  'a claimed nonce executed while jailed',
  'a claim excused by a halt',
  'a claim excused by a changed entry',
  'a claim excused by a reset source',
  'a nonce claimed after two misses',
  'a claim settled by an execution after its deadline',
  'an operator jailed for missed claims',
  'a lock released after a slash',
  'an operator convicted of contradictory attestations',
  'an operator convicted of contradictory heads',
  'a reward taken over by evidence opened earlier',
  'evidence by a former key',
  'an operator found guilty',
  'an operator found guilty a second time within the unbonding period',
  'an operator acquitted',
  'a case ended without a ruling',
  'a silent member removed',
] as const;
type Goal = (typeof NAMES)[number];

export const goals: Goals<State> = {
  names: NAMES,
  reached(before, call, outcome, after) {
    if (outcome.status !== 'ok') return [];
    const found: Goal[] = [];
    const events = new Set(outcome.events.map(({ event }) => event));
    if (events.has('Executed')) found.push(...executionGoals(before, call, outcome));
    if (events.has('ProposalExecuted') && before.council.genesisSealed)
      found.push('a proposal executed after genesis was sealed');
    if (events.has('QuorumLost')) found.push('quorum lost');
    if (events.has('OwnerChanged')) found.push('an operator changed hands');
    if (call.function === 'removeSilent') found.push('a silent member removed');
    if (after.registry !== before.registry && after.registry.applied.size === MAX_ENTRIES)
      found.push('a full registry');
    if (events.has('EpochAdvanced') && changedInForce(before, after)) found.push('an entry changed in force');
    found.push(
      ...stakeGoals(before, call, events, after),
      ...claimGoals(call, outcome, after),
      ...courtGoals(before, call, outcome),
    );
    if (leaves(call) && isEmpty(after) && !isEmpty(before)) found.push(EMPTY_GOAL);
    return found;
  },
};

const leaves = ({ function: name }: Call): boolean =>
  ['claimExit', 'withdraw', 'withdrawEscrow', 'collectFee', 'payReward', 'closeCase', 'settle', 'vote'].includes(name);

type Accepted = Extract<Outcome, { status: 'ok' }>;

function eventsOf(outcome: Accepted, name: string): readonly Readonly<Record<string, unknown>>[] {
  return outcome.events.filter(({ event }) => event === name).map(({ args }) => args);
}

function stakeGoals(before: State, call: Call, events: ReadonlySet<string>, after: State): Goal[] {
  const found: Goal[] = [];
  if (events.has('Slashed')) {
    const ended = [...after.staking.stakes].some(([id, stake]) => {
      const old = before.staking.stakes.get(id);
      return old !== undefined && generations(stake).some((generation, i) => generation > (generations(old)[i] ?? 0));
    });
    if (ended) found.push('a slash closed a generation of claims');
  }
  if (call.function === 'claimExit') {
    const [kind, operatorId, account, index] = call.args as readonly [number, Hex, Hex, number];
    const exit = before.staking.exits.get(exitKey({ kind, operatorId, account, index }));
    if (exit && isWorn(before, exit)) {
      found.push(
        kind === ExitKind.Owner
          ? 'an exit of an owner claimed after a slash'
          : 'an exit of a delegator claimed after a slash',
      );
    }
  }
  if (events.has('Delegated') && stakeOf(after, call.args[0] as Hex).pool.generation > 0) {
    found.push('a delegation in a second generation');
  }
  return found;
}

function generations({ ownerExits, pool, delegatorExits }: Stake): number[] {
  return [ownerExits, pool, delegatorExits].map(({ generation }) => generation);
}

const EXCUSES: readonly (Goal | undefined)[] = [
  undefined,
  'a claim excused by a halt',
  'a claim excused by a changed entry',
  'a claim excused by a reset source',
];

function claimGoals(call: Call, outcome: Accepted, after: State): Goal[] {
  const found: Goal[] = [];
  if (call.function === 'claim' || call.function === 'takeOver') {
    const thrice = [...after.gate.records.values()].some((nonces) =>
      nonces.some((record) => record.kind === 'claimed' && record.missed.length >= 2),
    );
    if (thrice) found.push('a nonce claimed after two misses');
  }
  for (const { excuse } of eventsOf(outcome, 'ClaimSettled')) {
    const goal = EXCUSES[excuse as number];
    if (goal) found.push(goal);
    if (call.function === 'executeClaimed') found.push('a claim settled by an execution after its deadline');
  }
  for (const { misses, jailedUntil } of eventsOf(outcome, 'MissCounted')) {
    if (misses === 0 && jailedUntil !== 0n) found.push('an operator jailed for missed claims');
  }
  if (eventsOf(outcome, 'LockReleased').some(({ lost }) => lost !== 0n)) found.push('a lock released after a slash');
  return found;
}

function courtGoals(before: State, call: Call, outcome: Accepted): Goal[] {
  const found: Goal[] = [];
  if (call.function === 'revealAttestations') found.push('an operator convicted of contradictory attestations');
  if (call.function === 'revealHeads') found.push('an operator convicted of contradictory heads');
  if (call.function.startsWith('reveal') && signedByFormerKey(before, call)) found.push('evidence by a former key');
  for (const { first, offenceId, commitment } of eventsOf(outcome, 'Convicted')) {
    const old = before.court.offences.get(offenceId as Hex);
    const opening = before.court.openings.get(commitment as Hex);
    if (!first && old && opening && opening.sequence < old.sequence) {
      found.push('a reward taken over by evidence opened earlier');
    }
  }
  for (const { status, ruled } of eventsOf(outcome, 'CaseClosed')) {
    if (!ruled) found.push('a case ended without a ruling');
    else if (status === CaseStatus.Closed) found.push('an operator acquitted');
    else if (eventsOf(outcome, 'Slashed').length > 0) found.push('an operator found guilty');
    else found.push('an operator found guilty a second time within the unbonding period');
  }
  return found;
}

function changedInForce(before: State, after: State): boolean {
  return [...after.registry.applied].some(([key, now]) => {
    const old = before.registry.applied.get(key);
    return old !== undefined && old.entryHash !== now.entryHash;
  });
}

/** The keys that signed two contradictory messages. */
function signaturesOn<T>([a, b, signatureA, signatureB]: readonly [T, T, Hex, Hex], of: (message: T) => Signable) {
  return [signerOf(of(a), signatureA), signerOf(of(b), signatureB)];
}

/** Whether one of the signatures of an accepted reveal is by a key that isn't current any more. */
function signedByFormerKey(before: State, call: Call): boolean {
  const env = { chainId: CHAIN_ID };
  const signed =
    call.function === 'revealHeads'
      ? signaturesOn(call.args.slice(1) as never, (head: Head) => signedHead(before, call.args[0] as number, head, env))
      : signaturesOn(call.args as never, (a: StateAttestation) => signedAttestation(before, a, env));
  return signed.some((signer) => (before.operators.keys.get(signer)?.rotatedAt ?? 0n) !== 0n);
}

interface Executed {
  readonly entry: { readonly stateSource: Hex };
  readonly policyEpoch: bigint;
  readonly stateEpoch: bigint;
  readonly slot: bigint;
  readonly operatorId: Hex;
  readonly coSignatures: readonly unknown[];
}

function executionGoals(before: State, call: Call, outcome: Accepted): Goal[] {
  const x = call.args[0] as Executed;
  const found: Goal[] = [];
  if (eventsOf(outcome, 'Executed').some(({ succeeded }) => !succeeded)) found.push('an action failed and was logged');
  if (x.policyEpoch < before.registry.epoch) found.push('an execution in the previous epoch within its grace');
  const latest = before.oracle.sources.get(x.entry.stateSource)?.latest?.stateEpoch ?? 0n;
  const held = call.function === 'executeClaimed' && eventsOf(outcome, 'ClaimSettled').length === 0;
  if (x.stateEpoch < latest) {
    found.push(
      held
        ? 'a claimed nonce executed on a state attested over since'
        : 'an execution on the previous attestation within its grace',
    );
  }
  if (held && before.operators.operators.get(x.operatorId)?.status === 2 && isJailed(before, x.operatorId, outcome)) {
    found.push('a claimed nonce executed while jailed');
  }
  if (x.coSignatures.length > 0) found.push('a co-signed execution');
  if (x.slot > 0n) found.push('a second execution on the same state');
  return found;
}

function isJailed(before: State, operatorId: Hex, outcome: Accepted): boolean {
  const [executed] = eventsOf(outcome, 'Executed');
  return (executed?.['executedAt'] as bigint) <= (before.operators.operators.get(operatorId)?.jailedUntil ?? 0n);
}

/** Errors and events that a campaign can't reach, with the reason. A run in which one occurs fails. */
export const excused: Readonly<Record<string, string>> = {
  ERC20InvalidSender:
    'a transfer from the zero address fails at its allowance first, and nothing mints after the constructor',
  SupplyTooLarge: 'refused by the constructor only',
  SafeERC20FailedOperation: 'AGRS returns true or reverts with its own error',
  InvalidShortString: 'inherited from EIP712; the name is a short constant',
  StringTooLong: 'inherited from EIP712; the name is a short constant',
  InvalidAccountNonce: 'inherited from Nonces; permits use the next nonce by themselves',
  ECDSAInvalidSignatureLength: 'a permit has v, r and s, not bytes',
  CheckpointUnorderedInsertion: 'time does not go back',
  'staking.lock': 'only the gate may: a lock without its claim would never end',
  'staking.release': 'only the gate may, at the end of a claim',
  'staking.forfeit': 'only the gate may, at the end of a claim',
  'operators.eject': 'only the court may, together with the slash of everything',
  'agrs.EIP712DomainChanged': 'inherited from EIP712; the domain is constant',
  'operators.EIP712DomainChanged': 'inherited from EIP712; the domain is constant',
  'oracle.EIP712DomainChanged': 'inherited from EIP712; the domain is constant',
  'gate.EIP712DomainChanged': 'inherited from EIP712; the domain is constant',
  DevelopmentVerifierRefused: 'the campaign runs on a local chain; test/contracts covers others',
  DevelopmentKeyOnPublicChain: 'the campaign runs on a local chain; test/contracts covers others',
  ImageIdMismatch: 'the recorded verifier accepts any image; test/contracts covers the real one',
  ReentrancyGuardReentrantCall: 'it ends the call back of an action, which is logged, and never the call of a trace',
};
