/**
 * What the lens contract shows of a state: the query that names everything the state holds, and the answer that the
 * contracts must give. Mirrors contracts/lens/Lens.sol.
 * @module
 */
import type { AbiParametersToPrimitiveTypes, ExtractAbiFunction } from 'abitype';
import type { lensAbi } from '../abi/generated/index.ts';
import { type Hex, ZERO_HASH } from '../codec/hash.ts';
import { exitId } from '../codec/ids.ts';
import { ZERO_ADDRESS } from '../codec/signature.ts';
import { logRoot } from '../merkle/mmr.ts';
import { minimumTier } from './council.ts';
import { currentOperatorOf } from './operators.ts';
import { exitLedgerOf, exitValue, selfLedgerOf } from './staking.ts';
import { type Attested, NonceStatus, OperatorStatus, ProposalStatus, type State, VerifierStatus } from './state.ts';
import type { Env } from './step.ts';

type SnapshotFunction = ExtractAbiFunction<typeof lensAbi, 'snapshot'>;
export type LensQuery = AbiParametersToPrimitiveTypes<SnapshotFunction['inputs']>[0];
export type LensSnapshot = AbiParametersToPrimitiveTypes<SnapshotFunction['outputs'], 'outputs'>[0];

/** What isn't an object of the state: whose balances, whose allowances to whom, and which tiers to look at. */
export interface Watch {
  readonly accounts: readonly Hex[];
  readonly spenders: readonly Hex[];
  readonly tiers: readonly { readonly target: Hex; readonly selector: Hex }[];
  readonly signers: readonly Hex[];
  readonly selectors: readonly Hex[];
}

/** Names every object that the state holds, and those it held before (closed exits must show as closed). */
export function lensQuery(state: State, watch: Watch, chainId: bigint): LensQuery {
  const staking = { chainId, contract: state.deployment.directory.staking };
  const exits = [...state.staking.exitCounts].flatMap(([operator, count]) =>
    Array.from({ length: Number(count) }, (_, i) => exitId(staking, operator, BigInt(i))),
  );
  const nonces = [...state.gate.records].flatMap(([scope, records]) =>
    [...records.keys()].map((nonce) => ({ scope, nonce })),
  );
  const staged = state.registry.staged.map(({ key }) => key);
  return {
    ...watch,
    proposals: [...state.council.proposals.keys()],
    keys: [...new Set([...state.registry.applied.keys(), ...staged])],
    operators: [...state.operators.operators.keys()],
    exits,
    sources: [...state.oracle.sources.keys()],
    nonces,
  };
}

/** What the lens must answer. */
export function lensSnapshot(state: State, q: LensQuery, env: Pick<Env, 'time'>): LensSnapshot {
  return {
    totalSupply: state.agrs.supply,
    accounts: q.accounts.map((account) => accountView(state, account, q.spenders)),
    council: councilView(state, q),
    registry: registryView(state, q.keys),
    admissionOpen: state.operators.admissionOpen,
    operators: q.operators.map((id) => operatorView(state, id)),
    signers: q.signers.map((signer) => signerView(state, signer)),
    exits: q.exits.map((id) => exitView(state, id)),
    sources: q.sources.map((id) => sourceView(state, id)),
    verifiers: q.selectors.map(
      (selector) => state.router.routes.get(selector) ?? { status: VerifierStatus.None, verifier: ZERO_ADDRESS },
    ),
    nonces: q.nonces.map(({ scope, nonce }) => nonceView(state, scope, nonce, env.time)),
    logSize: BigInt(state.gate.log.size),
    logRoot: logRoot(state.gate.log),
  };
}

function accountView(state: State, account: Hex, spenders: readonly Hex[]) {
  return {
    balance: state.agrs.balances.get(account, 0n),
    allowances: spenders.map((spender) => state.agrs.allowances.get(account + spender, 0n)),
    funds: state.treasury.funds.get(account, 0n),
    member: state.council.members.includes(account),
    lastFreeze: state.registry.lastFreeze.get(account, 0n),
  };
}

/** A set of members as bits over the member list of the proposal's time; dead proposals keep their bits on chain. */
function councilView(state: State, q: LensQuery) {
  const { members, version, genesisSealed } = state.council;
  return {
    version,
    genesisSealed,
    members: members.toArray(),
    tiers: q.tiers.map(({ target, selector }) => minimumTier(state, target, selector)),
    proposals: q.proposals.map((id) => {
      const p = state.council.proposals.get(id);
      if (!p) {
        const none = { approvals: 0, objections: 0, eta: 0n, tier: 0, proposer: ZERO_ADDRESS };
        return { status: ProposalStatus.None, ...none };
      }
      const { proposer, tier, eta, seats } = p;
      const dead = p.status === ProposalStatus.Open && p.version !== version;
      const status = dead ? ProposalStatus.None : p.status;
      const bits = (chosen: Iterable<Hex>) => [...chosen].reduce((sum, member) => sum + 2 ** seats.indexOf(member), 0);
      return { status, proposer, tier, eta, approvals: bits(p.approvals), objections: bits(p.objections) };
    }),
    parametersVersion: state.parameters.version,
    parameters: state.parameters.set,
  };
}

function registryView(state: State, keys: readonly Hex[]) {
  const { epoch, roots, advancedAt, frozenUntil, applied, staged } = state.registry;
  return {
    epoch,
    root: roots.get(epoch, ZERO_HASH),
    previousRoot: roots.get(epoch - 1n, ZERO_HASH),
    advancedAt,
    frozenUntil,
    entries: BigInt(applied.size),
    stagedKeys: BigInt(staged.size),
    keys: keys.map((key) => {
      const change = staged.find((s) => s.key === key);
      return {
        entryHash: applied.get(key)?.entryHash ?? ZERO_HASH,
        since: applied.get(key)?.since ?? 0n,
        staged: change !== undefined,
        stagedHash: change?.entryHash ?? ZERO_HASH,
      };
    }),
  };
}

function operatorView(state: State, id: Hex) {
  const o = state.operators.operators.get(id) ?? {
    status: OperatorStatus.Unknown,
    owner: ZERO_ADDRESS,
    signer: ZERO_ADDRESS,
    payout: ZERO_ADDRESS,
    metadataHash: ZERO_HASH,
    jailedUntil: 0n,
    proposedOwner: ZERO_ADDRESS,
    ownerOpensAt: 0n,
  };
  const bonded = selfLedgerOf(state, id);
  const leaving = exitLedgerOf(state, id);
  return {
    ...o,
    selfBond: bonded.total,
    selfFactor: bonded.factor,
    selfGeneration: bonded.generation,
    exits: leaving.total,
    exitFactor: leaving.factor,
    exitGeneration: leaving.generation,
    exitCount: state.staking.exitCounts.get(id, 0n),
  };
}

function signerView(state: State, signer: Hex) {
  const key = state.operators.keys.get(signer) ?? { operatorId: ZERO_HASH, rotatedAt: 0n };
  return { ...key, current: currentOperatorOf(state, signer) ?? ZERO_HASH };
}

function exitView(state: State, id: Hex) {
  const exit = state.staking.exits.get(id);
  if (!exit) return { operatorId: ZERO_HASH, recipient: ZERO_ADDRESS, opensAt: 0n, amount: 0n, value: 0n };
  const { operatorId, recipient, opensAt, amount } = exit;
  return { operatorId, recipient, opensAt, amount, value: exitValue(state, exit) };
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
    latest: attestedView(source?.latest),
    previous: attestedView(source?.previous),
  };
}

function attestedView(attested: Attested | undefined) {
  return (
    attested ?? { expiresAt: 0n, hash: ZERO_HASH, stateHash: ZERO_HASH, stateEpoch: 0n, createdAt: 0n, acceptedAt: 0n }
  );
}

function nonceView(state: State, scope: Hex, nonce: bigint, time: bigint) {
  const record = state.gate.records.get(scope)?.get(nonce);
  if (!record) return { status: NonceStatus.Unused, executedAt: 0n, finalAfter: 0n, logIndex: 0n, succeeded: false };
  const finalAfter = record.executedAt + BigInt(state.parameters.set.finalityDelay);
  return { status: time > finalAfter ? NonceStatus.Final : NonceStatus.Executed, finalAfter, ...record };
}
