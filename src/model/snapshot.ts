/**
 * What the lens contract must answer to a query. Mirrors contracts/lens/Lens.sol.
 * @module
 */
import type { AbiParametersToPrimitiveTypes, ExtractAbiFunction } from 'abitype';
import type { lensAbi } from '../abi/generated/index.ts';
import { type Hex, ZERO_HASH } from '../codec/hash.ts';
import { claimCommitment, lowerHalf, missedHash } from '../codec/ids.ts';
import { ZERO_ADDRESS } from '../codec/signature.ts';
import { logRoot, type Mmr } from '../merkle/mmr.ts';
import { minimumTier } from './council.ts';
import { caseKey } from './court.ts';
import { escrowOf } from './fees.ts';
import { valueOf } from './ledger.ts';
import { recordOf } from './nonces.ts';
import { currentOperatorOf, NOBODY, operatorOf } from './operators.ts';
import { delegationOf, exitKey, exitValue, stakeOf } from './staking.ts';
import {
  type Attested,
  CaseStatus,
  type ExitName,
  NonceStatus,
  type ParameterSet,
  ProposalStatus,
  type State,
  VerifierStatus,
} from './state.ts';
import type { Env } from './step.ts';

type SnapshotFunction = ExtractAbiFunction<typeof lensAbi, 'snapshot'>;
export type LensQuery = AbiParametersToPrimitiveTypes<SnapshotFunction['inputs']>[0];
export type LensSnapshot = AbiParametersToPrimitiveTypes<SnapshotFunction['outputs'], 'outputs'>[0];

/** What the lens must answer. */
export function lensSnapshot(state: State, q: LensQuery, env: Pick<Env, 'time'>): LensSnapshot {
  return {
    totalSupply: state.agrs.supply,
    accounts: q.accounts.map((account) => accountView(state, account)),
    allowances: q.allowances.map(({ owner, spender }) => state.agrs.allowances.get(owner + spender, 0n)),
    council: q.council ? councilView(state) : NO_COUNCIL,
    tiers: q.tiers.map(({ target, selector }) => minimumTier(state, target, selector)),
    proposals: q.proposals.map((id) => proposalView(state, id)),
    parametersVersion: q.parameters ? state.parameters.version : 0,
    parameters: q.parameters ? state.parameters.set : noParameters(state),
    registry: q.registry ? registryView(state) : NO_REGISTRY,
    keys: q.keys.map((key) => entryView(state, key)),
    admissionOpen: state.operators.admissionOpen,
    operators: q.operators.map((id) => operatorView(state, id)),
    signers: q.signers.map((signer) => signerView(state, signer)),
    delegations: q.delegations.map(({ operatorId, account }) => delegationView(state, operatorId, account)),
    exits: q.exits.map((name) => exitView(state, name)),
    sources: q.sources.map((id) => sourceView(state, id)),
    verifiers: q.selectors.map(
      (selector) => state.router.routes.get(selector) ?? { status: VerifierStatus.None, verifier: ZERO_ADDRESS },
    ),
    nonces: q.nonces.map(({ scope, nonce }) => nonceView(state, scope, nonce, env.time)),
    escrows: q.scopes.map((scope) => escrowOf(state, scope)),
    openings: q.commitments.map(
      (commitment) => state.court.openings.get(commitment) ?? { sequence: 0n, from: 0n, until: 0n, used: false },
    ),
    offences: q.offences.map(
      (id) => state.court.offences.get(id) ?? { challenger: ZERO_ADDRESS, sequence: 0n, rewardOpensAt: 0n, reward: 0n },
    ),
    cases: q.cases.map(({ scope, nonce }) => state.court.cases.get(caseKey(scope, nonce)) ?? NO_CASE),
    disruptions: q.subjects.map((subject) => state.disruptions.marks.get(subject)?.last() ?? 0n),
    logSize: q.log ? BigInt(state.gate.log.size) : 0n,
    logRoot: q.log ? rootOf(state.gate.log) : ZERO_HASH,
  };
}

const roots = new WeakMap<Mmr, Hex>();

function rootOf(log: Mmr): Hex {
  const root = roots.get(log) ?? logRoot(log);
  roots.set(log, root);
  return root;
}

const NO_CASE = {
  status: CaseStatus.None,
  operatorId: ZERO_HASH,
  accuser: ZERO_ADDRESS,
  bond: 0n,
  voteFrom: 0n,
  voteUntil: 0n,
  guilty: 0,
  notGuilty: 0,
  acquittals: 0,
};

function accountView(state: State, account: Hex) {
  return {
    balance: state.agrs.balances.get(account, 0n),
    funds: state.treasury.funds.get(account, 0n),
    permits: state.agrs.permits.get(account, 0n),
    member: state.council.members.includes(account),
    ...(state.council.presence.get(account) ?? { lastSeen: 0n, noticeAt: 0n }),
    lastFreeze: state.registry.lastFreeze.get(account, 0n),
  };
}

const NO_COUNCIL = { version: 0n, genesisSealed: false, members: [] };

function councilView({ council: { members, version, genesisSealed } }: State) {
  return { version, genesisSealed, members: members.toArray() };
}

const NO_PROPOSAL = {
  status: ProposalStatus.None,
  approvals: 0,
  objections: 0,
  eta: 0n,
  until: 0n,
  tier: 0,
  proposer: ZERO_ADDRESS,
};

/** A set of members as bits over the member list of the proposal's time; dead proposals keep their bits on chain. */
function proposalView(state: State, id: Hex) {
  const p = state.council.proposals.get(id);
  if (!p) return NO_PROPOSAL;
  const { proposer, tier, eta, until, seats } = p;
  const dead = p.status === ProposalStatus.Open && p.version !== state.council.version;
  const status = dead ? ProposalStatus.None : p.status;
  const bits = (chosen: Iterable<Hex>) => [...chosen].reduce((sum, member) => sum + 2 ** seats.indexOf(member), 0);
  return { status, proposer, tier, eta, until, approvals: bits(p.approvals), objections: bits(p.objections) };
}

let zeroes: ParameterSet | undefined;

/** The set with every number zero: what the lens shows when it isn't asked. */
function noParameters({ parameters: { set } }: State): ParameterSet {
  zeroes ??= Object.fromEntries(
    Object.entries(set).map(([name, value]) => [name, typeof value === 'bigint' ? 0n : 0]),
  ) as unknown as ParameterSet;
  return zeroes;
}

const NO_REGISTRY = {
  epoch: 0n,
  root: ZERO_HASH,
  previousRoot: ZERO_HASH,
  advancedAt: 0n,
  frozenUntil: 0n,
  entries: 0n,
  stagedKeys: 0n,
};

function registryView({ registry: { epoch, roots, advancedAt, frozenUntil, applied, staged } }: State) {
  return {
    epoch,
    root: roots.get(epoch, ZERO_HASH),
    previousRoot: roots.get(epoch - 1n, ZERO_HASH),
    advancedAt,
    frozenUntil,
    entries: BigInt(applied.size),
    stagedKeys: BigInt(staged.size),
  };
}

function entryView({ registry: { applied, staged } }: State, key: Hex) {
  const change = staged.find((s) => s.key === key);
  return {
    entryHash: applied.get(key)?.entryHash ?? ZERO_HASH,
    since: applied.get(key)?.since ?? 0n,
    staged: change !== undefined,
    stagedHash: change?.entryHash ?? ZERO_HASH,
  };
}

function operatorView(state: State, id: Hex) {
  const { selfBond, ownerExits, pool, delegatorExits, exits, locks, lastExitOpensAt } = stakeOf(state, id);
  const ledgers = [selfBond, ownerExits, pool, delegatorExits] as const;
  return {
    ...(operatorOf(state, id) ?? NOBODY),
    totals: fourOf(ledgers.map(({ total }) => total)),
    factors: fourOf(ledgers.map(({ factor }) => factor)),
    generations: fourOf(ledgers.map(({ generation }) => generation)),
    exits,
    locks,
    lastExitOpensAt,
    lastAudit: state.court.lastAudits.get(id, 0n),
  };
}

function fourOf<T>(list: readonly T[]): readonly [T, T, T, T] {
  return list as readonly [T, T, T, T];
}

function delegationView(state: State, operatorId: Hex, account: Hex) {
  const { shares, generation, exits } = delegationOf(state, operatorId, account);
  return { shares, value: valueOf(stakeOf(state, operatorId).pool, { shares, generation }), exits };
}

function signerView(state: State, signer: Hex) {
  const key = state.operators.keys.get(signer) ?? { operatorId: ZERO_HASH, rotatedAt: 0n };
  return { ...key, current: currentOperatorOf(state, signer) ?? ZERO_HASH };
}

function exitView(state: State, name: ExitName) {
  const exit = state.staking.exits.get(exitKey(name));
  if (!exit) return { opensAt: 0n, shares: 0n, value: 0n };
  return { opensAt: exit.opensAt, shares: exit.shares, value: exitValue(state, exit) };
}

function sourceView(state: State, id: Hex) {
  const source = state.oracle.sources.get(id);
  return {
    configVersion: source?.configVersion ?? 0,
    generation: source?.generation ?? 0,
    maxStaleness: source?.maxStaleness ?? 0,
    maxFutureSkew: source?.maxFutureSkew ?? 0,
    threshold: source?.threshold ?? 0,
    attesters: source?.attesters.size ?? 0,
    latest: attestedView(state, source?.latest),
    previous: attestedView(state, source?.previous),
  };
}

function attestedView(state: State, attested: Attested | undefined) {
  const shown = attested ?? { hash: ZERO_HASH, stateHash: ZERO_HASH, stateEpoch: 0n, createdAt: 0n, acceptedAt: 0n };
  return { ...shown, acceptedAtOf: state.oracle.acceptedAts.get(shown.hash, 0n) };
}

const FREE = { executedAt: 0n, finalAfter: 0n, logIndex: 0n, succeeded: false };
const UNCLAIMED = { deadline: 0n, misses: 0, commitment: 0n };

function nonceView(state: State, scope: Hex, nonce: bigint, time: bigint) {
  const record = recordOf(state, scope, nonce);
  switch (record?.kind) {
    case undefined:
      return { status: NonceStatus.Unused, ...FREE, ...UNCLAIMED };
    case 'missed': {
      const { missed } = record;
      const commitment = lowerHalf(missedHash(missed));
      return { status: NonceStatus.Unused, ...FREE, deadline: 0n, misses: missed.length, commitment };
    }
    case 'claimed': {
      const { claim, missed } = record;
      const commitment = claimCommitment(claim);
      return { status: NonceStatus.Claimed, ...FREE, deadline: claim.deadline, misses: missed.length, commitment };
    }
    case 'executed': {
      const { executedAt, finalityDelay, logIndex, succeeded } = record;
      const finalAfter = executedAt + BigInt(finalityDelay);
      const status = time > finalAfter ? NonceStatus.Final : NonceStatus.Executed;
      return { status, executedAt, finalAfter, logIndex, succeeded, ...UNCLAIMED };
    }
  }
}
