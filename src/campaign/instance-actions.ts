/**
 * What can be done in a state of the small instance. Guards are loose on purpose: the model refuses, not the list; only
 * what bounds the instance is decided here, and each bound says so.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { ZERO_HASH } from '../codec/hash.ts';
import type { Entry } from '../codec/ids.ts';
import { rngOf } from '../mirror/random.ts';
import type { Call, Step } from '../mirror/types.ts';
import { MAX_MISSES } from '../model/claims.ts';
import { EVERYBODY } from '../model/disruptions.ts';
import { escrowOf } from '../model/fees.ts';
import type { Execution } from '../model/gate.ts';
import type { State } from '../model/index.ts';
import { recordOf } from '../model/nonces.ts';
import { acceptableFrom } from '../model/operators.ts';
import { isFrozen } from '../model/registry.ts';
import { delegationOf, stakeOf } from '../model/staking.ts';
import {
  CaseStatus,
  type Claim,
  type ClaimRecord,
  type ExecutionRecord,
  ExitKind,
  OperatorStatus,
  VerifierStatus,
} from '../model/state.ts';
import { PAY_SCHEMA } from '../model/treasury.ts';
import { three } from './claims.ts';
import { type Context, callOf } from './context.ts';
import { commitmentsOf, signed, type Unsigned } from './executions.ts';
import { evidenceAgainst } from './instance-evidence.ts';
import { canAccuse, caseOf, isAccusable, isOpen, noncesOf, type Situation } from './instance-key.ts';
import {
  account,
  accuser,
  approval,
  attestation,
  council,
  delegator,
  directory,
  entryWith,
  FEE,
  instanceParameters,
  jury,
  keeper,
  PAYMENT,
  type Player,
  payee,
  players,
  possession,
  SCOPE,
  SOURCE,
  verifier,
} from './instance-world.ts';
import { RECORDED_SELECTOR, recordedProof } from './recorded.ts';
import { type Actor, actorAt, CHAIN_ID, signers } from './world.ts';

/** What an instance has; each part multiplies its states. */
export interface Parts {
  /** nonces that can be executed */
  readonly slots: number;
  /** openings of evidence, at most */
  readonly evidence: number;
  /** accusations and verdicts */
  readonly audits: boolean;
  /** a member freezes the registry, the council ends it */
  readonly freezes: boolean;
  /** the council stops the verifier and resumes it */
  readonly stops: boolean;
  readonly delegations: boolean;
  /** keys, payout addresses and owners change before admission */
  readonly changes: boolean;
}

/**
 * Steps that may be tried, always in the same order; time last.
 * Bound: operators, keys, the policy, the state and the verifier are there before stake and funds move.
 */
export function actionsIn(at: Situation, parts: Parts): Step[] {
  const calls = isFounded(at, parts) ? living(at, parts) : founding(at, parts);
  const steps = calls.map((call): Step => ({ kind: 'call', call }));
  const { wait } = at;
  if (wait !== undefined) steps.push({ kind: 'time', seconds: wait });
  return steps;
}

function living(at: Situation, parts: Parts): Call[] {
  return [
    ...players.flatMap((player) => staking(at, player, parts)),
    ...funding(at),
    ...noncesOf(at.slots).flatMap((nonce, slot) => onNonce(at, nonce, BigInt(slot), parts)),
    ...(parts.evidence > 0 ? evidence(at, parts) : []),
    ...halting(at, parts),
  ];
}

const entries = new Map<number, Entry>();

/** The entry, one object for each number of slots, so that its hash is computed once. */
function entryOf(slots: number): Entry {
  const entry = entries.get(slots) ?? entryWith(slots);
  entries.set(slots, entry);
  return entry;
}

function isFounded({ model }: Situation, { delegations }: Parts): boolean {
  const { router, operators } = model;
  if (!router.routes.has(RECORDED_SELECTOR) || (delegations && !isApproved(model))) return false;
  return players.every(({ id }) => (operators.operators.get(id)?.status ?? 0) > OperatorStatus.Pending);
}

function isApproved({ agrs }: State): boolean {
  return agrs.allowances.get(delegator + directory.staking, 0n) > 0n;
}

/** Bound: what the council and the attesters do comes in one order, and the delegator's approval last. */
function founding(at: Situation, parts: Parts): Call[] {
  const { model } = at;
  const { registry, oracle, router } = model;
  const operators = players.flatMap((player) => office(at, player, parts));
  if (registry.epoch === 0n) return [callOf('registry', 'advanceEpoch', council, []), ...operators];
  if (!oracle.sources.get(SOURCE)?.latest) return [attestation, ...operators];
  if (!router.routes.has(RECORDED_SELECTOR)) {
    return [callOf('router', 'addVerifier', council, [verifier]), ...operators];
  }
  return parts.delegations && !isApproved(model) ? [approval, ...operators] : operators;
}

const METADATA: Hex = `0x${'3e'.repeat(32)}`;

/** Bound: keys, payout addresses and owners change only before the operator's admission. */
function office({ model, time }: Situation, player: Player, { changes }: Parts): Call[] {
  const { id, owner, keys } = player;
  const operator = model.operators.operators.get(id);
  if (!operator) {
    const [signer] = keys;
    return [callOf('operators', 'register', owner, [signer.address, payee, ZERO_HASH, possession(owner, signer)])];
  }
  if (operator.status !== OperatorStatus.Pending) return [];
  const calls = [callOf('operators', 'admit', council, [id])];
  if (!changes) return calls;
  const [former, next] = keys;
  if (operator.signer === former.address) {
    calls.push(callOf('operators', 'rotateSigner', owner, [id, next.address, possession(owner, next)]));
  }
  if (operator.ownerOpensAt === 0n) calls.push(callOf('operators', 'proposeOwner', owner, [id, owner]));
  else if (time >= acceptableFrom(model, id, operator)) calls.push(callOf('operators', 'acceptOwner', owner, [id]));
  calls.push(callOf('operators', 'setPayout', owner, [id, payee]));
  calls.push(callOf('operators', 'setMetadata', owner, [id, METADATA]));
  return calls;
}

/** An owner bonds all it has, and leaves with all it has. */
function staking({ model, time }: Situation, { id, owner }: Player, { delegations }: Parts): Call[] {
  const calls: Call[] = [];
  const admitted = model.operators.operators.get(id)?.status === OperatorStatus.Admitted;
  const { selfBond, pool } = stakeOf(model, id);
  const wallet = model.agrs.balances.get(owner, 0n);
  // Bound: whoever has less than the least self-bond keeps it.
  if (admitted && wallet >= instanceParameters.minSelfBond) calls.push(callOf('staking', 'bond', owner, [id, wallet]));
  if (selfBond.total > 0n) calls.push(callOf('staking', 'requestExit', owner, [id, selfBond.total]));
  for (const { kind, operatorId, account: of, index, opensAt } of model.staking.exits.values()) {
    if (operatorId !== id) continue;
    if (time >= opensAt) calls.push(callOf('staking', 'claimExit', keeper, [kind, id, of, index]));
    if (kind === ExitKind.Owner) calls.push(callOf('staking', 'cancelExit', owner, [id, index]));
  }
  const savings = model.agrs.balances.get(delegator, 0n);
  if (!delegations) return calls;
  if (admitted && savings > 0n && pool.total + savings <= selfBond.total) {
    calls.push(callOf('staking', 'delegate', delegator, [id, savings]));
  }
  const { shares } = delegationOf(model, id, delegator);
  if (shares > 0n) calls.push(callOf('staking', 'undelegate', delegator, [id, shares]));
  return calls;
}

/** The account funds payments and fees as long as something can be executed, and takes back what is left. */
function funding(at: Situation): Call[] {
  const { agrs, treasury } = at.model;
  const calls: Call[] = [];
  const wallet = agrs.balances.get(account, 0n);
  const funds = treasury.funds.get(account, 0n);
  const { available } = escrowOf(at.model, SCOPE);
  if (isOpen(at)) {
    if (wallet >= PAYMENT) calls.push(callOf('treasury', 'fund', account, [account, PAYMENT]));
    const most = BigInt(at.slots) * FEE;
    if (wallet % PAYMENT >= most) calls.push(callOf('gate', 'fundEscrow', account, [SCOPE, most]));
  }
  if (funds > 0n) calls.push(callOf('treasury', 'withdraw', account, [funds]));
  if (available > 0n) calls.push(callOf('gate', 'withdrawEscrow', account, [directory.treasury, available]));
  return calls;
}

/*-------------------------------------------------------------------------------------------- claims and executions */

function onNonce(at: Situation, nonce: bigint, slot: bigint, parts: Parts): Call[] {
  const record = recordOf(at.model, SCOPE, nonce);
  switch (record?.kind) {
    case 'executed':
      return [...collecting(at, nonce, record), ...(parts.audits ? judging(at, nonce, record) : [])];
    case 'claimed':
      return onClaim(at, record, slot);
    default:
      return onFree(at, slot, record?.missed ?? []);
  }
}

/** Operators that may open something now. */
function able({ model, time }: Situation): Player[] {
  return players.filter(({ id }) => {
    const operator = model.operators.operators.get(id);
    if (operator?.status !== OperatorStatus.Admitted || time <= operator.jailedUntil) return false;
    return stakeOf(model, id).selfBond.total >= instanceParameters.minSelfBond;
  });
}

function onFree(at: Situation, slot: bigint, missed: readonly Hex[]): Call[] {
  const { model, time, slots } = at;
  if (!model.oracle.sources.get(SOURCE)?.latest || isFrozen(model, { time })) return [];
  if (escrowOf(model, SCOPE).available < FEE) return [];
  const entry = entryOf(slots);
  return able(at).flatMap((player) => {
    const { id } = player;
    const calls: Call[] = [];
    if (canExecute(at)) calls.push(callOf('gate', 'execute', keeper, [executionBy(at, player, slot)]));
    if (!missed.includes(id) && missed.length < MAX_MISSES) {
      const { address } = keyOf(at, player);
      calls.push(callOf('gate', 'claim', address, [entry, 1n, slot, id, three(missed)]));
    }
    return calls;
  });
}

function onClaim(at: Situation, { claim, missed }: ClaimRecord, slot: bigint): Call[] {
  const { model, time, slots } = at;
  const holder = players.find(({ id }) => id === claim.operatorId) as Player;
  if (time <= claim.deadline) return canExecute(at) ? [finish(at, holder, slot, claim)] : [];
  const settle = callOf('gate', 'settle', keeper, [claim]);
  if (isFrozen(model, { time })) return [settle];
  const entry = entryOf(slots);
  const later = able(at).flatMap((player) => {
    const calls: Call[] = canExecute(at) ? [finish(at, player, slot, claim)] : [];
    const { id } = player;
    // Whoever holds the lapsed claim, or missed the nonce before, is refused, unless an excuse is found.
    for (const names of [missed, [...missed, claim.operatorId]]) {
      if (names.includes(id)) continue;
      const { address } = keyOf(at, player);
      calls.push(callOf('gate', 'takeOver', address, [entry, 1n, slot, id, three(names), claim]));
    }
    return calls;
  });
  return [settle, ...later];
}

function finish(at: Situation, player: Player, slot: bigint, claim: Claim): Call {
  return callOf('gate', 'executeClaimed', keeper, [executionBy(at, player, slot), claim]);
}

/** Whether a receipt would be looked at: making one for a stopped verifier is lost work. */
function canExecute({ model, time }: Situation): boolean {
  return model.router.routes.get(RECORDED_SELECTOR)?.status === VerifierStatus.Active && !isFrozen(model, { time });
}

function keyOf({ model }: Situation, { id }: Player): Actor {
  return actorAt(model.operators.operators.get(id)?.signer as Hex) ?? (signers[0] as Actor);
}

const executions = new Map<string, Execution>();
const MAX_EXECUTIONS = 20_000;

/** The payment of all funds, decided and signed by the operator for this second. Without a claim and with one alike. */
function executionBy(at: Situation, player: Player, slot: bigint): Execution {
  const { model, time, slots } = at;
  const signer = keyOf(at, player);
  // All else of the state that goes into the signatures is the same in every state that has a root and an attestation.
  const name = `${signer.address} ${slot} ${slots} ${time} ${model.registry.roots.get(1n)}`;
  const known = executions.get(name);
  if (known) return known;
  const entry = entryOf(slots);
  const unsigned: Unsigned = {
    entry,
    policyEpoch: 1n,
    stateEpoch: 1n,
    slot,
    operatorId: player.id,
    validUntil: time,
    submitter: keeper,
    candidateSetHash: ZERO_HASH,
    words: { schema: PAY_SCHEMA, addressee: payee, p0: 1n, p1: 0n, p2: 0n, presence: 1 },
    payload: '0x',
  };
  const ctx: Context = {
    rng: rngOf('instance', 0),
    state: model,
    time,
    chainId: CHAIN_ID,
    history: [],
    directory,
    verifiers: [verifier],
    entries: [entry],
    sourceIds: [SOURCE],
  };
  const commitments = commitmentsOf(ctx, unsigned);
  const execution = signed(ctx, unsigned, commitments, signer, recordedProof(entry.imageId, commitments.digest));
  if (executions.size >= MAX_EXECUTIONS) executions.clear();
  executions.set(name, execution);
  return execution;
}

function collecting({ time }: Situation, nonce: bigint, record: ExecutionRecord): Call[] {
  const { feeOwed, executedAt, finalityDelay, operatorId, fee } = record;
  if (!feeOwed || time <= executedAt + BigInt(finalityDelay)) return [];
  return [callOf('gate', 'collectFee', keeper, [SCOPE, nonce, operatorId, fee])];
}

/*------------------------------------------------------------------------------------------------------------ court */

function judging(at: Situation, nonce: bigint, record: ExecutionRecord): Call[] {
  const { model, time } = at;
  const { operatorId, fee } = record;
  const found = caseOf(at, nonce);
  if (found?.status !== CaseStatus.Open) {
    const free = found?.status !== CaseStatus.Guilty && isAccusable(at, record) && canAccuse(at, nonce);
    return free ? [callOf('court', 'accuse', accuser, [SCOPE, nonce, operatorId, fee, ZERO_HASH])] : [];
  }
  if (time > found.voteUntil) return [callOf('court', 'closeCase', keeper, [SCOPE, nonce])];
  const owner = model.operators.operators.get(operatorId)?.owner as Hex;
  if (time < found.voteFrom) return [callOf('court', 'rebut', owner, [SCOPE, nonce, ZERO_HASH])];
  // Nothing tells the members apart here: they vote in their order.
  const next = jury.find((member) => !found.voted.has(`${model.council.version}${member}`));
  if (next === undefined) return [];
  return [true, false].map((guilty) => callOf('court', 'vote', next, [SCOPE, nonce, guilty]));
}

/** Bound: so many openings in all, against operators that have something at stake. */
function evidence({ model, time }: Situation, parts: Parts): Call[] {
  return players.flatMap((player) => {
    const operator = model.operators.operators.get(player.id);
    if (!operator) return [];
    const { commitment, offenceId, open, reveal } = evidenceAgainst(player, model);
    const opening = model.court.openings.get(commitment);
    if (!opening) {
      const { selfBond, ownerExits, pool } = stakeOf(model, player.id);
      const worth = selfBond.total > 0n || ownerExits.total > 0n || pool.total > 0n;
      return worth && model.court.openings.size < parts.evidence ? [open] : [];
    }
    if (!opening.used) return time >= opening.from && time <= opening.until ? [reveal] : [];
    const offence = model.court.offences.get(offenceId);
    const due = offence !== undefined && offence.reward > 0n && time >= offence.rewardOpensAt;
    return due ? [callOf('court', 'payReward', keeper, [offenceId])] : [];
  });
}

/** Bound: everybody is halted once, by a freeze or the verifier's stop, while a nonce is claimed: there it matters. */
function halting(at: Situation, { freezes, stops }: Parts): Call[] {
  const { model, time } = at;
  if (!isOpen(at)) return [];
  if (isFrozen(model, { time })) return [callOf('registry', 'endFreeze', council, [])];
  if (model.router.routes.get(RECORDED_SELECTOR)?.status === VerifierStatus.Stopped) {
    return [callOf('router', 'resumeVerifier', council, [RECORDED_SELECTOR])];
  }
  const claimed = noncesOf(at.slots).some((nonce) => recordOf(model, SCOPE, nonce)?.kind === 'claimed');
  if (!claimed || model.disruptions.marks.has(EVERYBODY)) return [];
  const calls: Call[] = [];
  if (freezes) calls.push(callOf('registry', 'freeze', jury[0] as Hex, []));
  if (stops) calls.push(callOf('router', 'stopVerifier', council, [RECORDED_SELECTOR]));
  return calls;
}
