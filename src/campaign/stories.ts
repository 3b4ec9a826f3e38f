/**
 * What chance alone hardly ever brings about: a few traces pursue one of these stories, step by step, among everything
 * else that happens.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { nonceOf, scopeId } from '../codec/ids.ts';
import type { Call, Step } from '../mirror/types.ts';
import { MAX_MISSES } from '../model/claims.ts';
import { escrowOf } from '../model/fees.ts';
import { MAX_LOCKS } from '../model/parameters.ts';
import { delegationOf, MAX_AMOUNT, stakeOf } from '../model/staking.ts';
import { CaseStatus, ExitKind, OperatorStatus } from '../model/state.ts';
import { able, claimIntent, claimTaken, executions, openClaims, takeOver, three } from './claims.ts';
import { type Context, callOf, known, pickOr } from './context.ts';
import { attestIntent, entriesInForce, executeIntent, honestExecution, sealed } from './executions.ts';
import { isWorn } from './stakes.ts';
import { accusationOf, openAgainst, openIntent, preparedIn, rival, voteOn } from './trials.ts';
import { AGRS, delegators, everybody, holders, principal } from './world.ts';

type Story = (ctx: Context) => Step | undefined;

const told = (call: Call | undefined): Step | undefined => call && { kind: 'call', call };

/** The time that is missing until `at`, or the call when it is not. */
function from(ctx: Context, at: bigint, call: () => Call | undefined): Step | undefined {
  return ctx.time < at ? { kind: 'time', seconds: at - ctx.time } : told(call());
}

/** A delegator leaves, is slashed on its way out, and is paid what is left. */
const slashedDelegator: Story = (ctx) => {
  const { rng, state, directory } = ctx;
  const exit = [...state.staking.exits.values()].find(({ kind }) => kind === ExitKind.Delegator);
  if (exit) {
    const { kind, operatorId, account, index, opensAt } = exit;
    const split = { rewardBps: 2_500, burnBps: 2_500, rewardTo: rng.pick(holders).address };
    if (!isWorn(state, exit))
      return told(callOf('staking', 'slash', directory.court, [operatorId, 1n, rng.pick([3_333n, 10_000n]), split]));
    const payer = rng.pick(everybody).address;
    return from(ctx, opensAt, () => callOf('staking', 'claimExit', payer, [kind, operatorId, account, index]));
  }
  const admitted = [...state.operators.operators].filter(([, { status }]) => status === 2).map(([id]) => id);
  for (const id of admitted) {
    const one = delegators.find(({ address }) => delegationOf(state, id, address).shares > 1n);
    if (one) {
      const { shares } = delegationOf(state, id, one.address);
      return told(callOf('staking', 'undelegate', one.address, [id, shares / 2n]));
    }
  }
  const id = admitted.find((some) => stakeOf(state, some).selfBond.total > 50n * AGRS);
  return told(id && callOf('staking', 'delegate', rng.pick(delegators).address, [id, 20n * AGRS]));
};

/** An operator is found guilty, and of another execution soon after. */
const guiltyTwice: Story = (ctx) => {
  const { state } = ctx;
  const running = [...state.court.cases.values()].find(({ status }) => status === CaseStatus.Open);
  if (running) {
    const { scope, nonce, rebutted, voteFrom, voteUntil } = running;
    if (ctx.time > voteUntil) return undefined;
    const owner = state.operators.operators.get(running.operatorId)?.owner;
    if (!rebutted && ctx.time < voteFrom && owner) {
      return told(callOf('court', 'rebut', owner, [scope, nonce, scope]));
    }
    return from(ctx, voteFrom, () => voteOn(ctx, running, true));
  }
  const recent = executions(ctx).filter(({ record }) => {
    const { lookBack } = state.parameters.set;
    return ctx.time <= record.executedAt + BigInt(lookBack);
  });
  const free = recent.filter(({ scope, nonce }) => !state.court.cases.has(`${scope}${nonce}`));
  const again = free.find(({ record }) => state.court.lastAudits.has(record.operatorId));
  const twice = free.find(
    ({ record }) => free.filter((other) => other.record.operatorId === record.operatorId).length >= 2,
  );
  const found = again ?? twice;
  if (found) return told(accusationOf(ctx, found));
  return told(executeIntent(ctx, false));
};

/** A nonce is claimed and missed by one operator after the other until nobody may claim it. */
const missedTooOften: Story = (ctx) => {
  const claim = openClaims(ctx)[0];
  if (claim) return from(ctx, claim.deadline + 1n, () => takeOver(ctx, claim));
  const worn = [...ctx.state.gate.records.values()].some((nonces) =>
    nonces.some((record) => record.kind === 'missed' && record.missed.length >= MAX_MISSES),
  );
  const operator = pickOr(ctx.rng, [...ctx.state.operators.operators.keys()]);
  return told(worn && operator ? claimTaken(ctx, operator) : claimIntent(ctx, false));
};

/** Two have the same evidence; who opened later reveals first. */
const overtaken: Story = (ctx) => {
  const { state } = ctx;
  const opened = preparedIn(ctx).filter(({ commitment }) => state.court.openings.has(commitment));
  const [first] = opened;
  if (!first) return told(openIntent(ctx, false));
  if (opened.length < 2) return told(rival(ctx, first));
  const unused = opened.filter(({ commitment }) => state.court.openings.get(commitment)?.used === false);
  const next = unused.at(-1);
  const opensAt = next && state.court.openings.get(next.commitment)?.from;
  if (!next || opensAt === undefined) return undefined;
  return from(ctx, opensAt, () => next.reveal);
};

/** An operator claims one nonce after the other until it may hold no more. */
const everyLock: Story = (ctx) => {
  const { rng, state, time, chainId, directory } = ctx;
  const entry = entriesInForce(ctx).find(({ quotaPerState }) => quotaPerState > MAX_LOCKS);
  if (!entry) return undefined;
  const latest = state.oracle.sources.get(entry.stateSource)?.latest;
  if (!latest || time > latest.expiresAt) return told(attestIntent(ctx, false));
  const scope = scopeId({ chainId, contract: directory.gate }, entry.adapter, entry.account);
  if (escrowOf(state, scope).available < entry.execFee) {
    return told(callOf('gate', 'fundEscrow', principal.address, [scope, 40n * AGRS]));
  }
  const locksOf = (id: Hex): number => stakeOf(state, id).locks;
  const [operatorId] = able(ctx, entry).sort((a, b) => locksOf(b) - locksOf(a));
  const nonces = state.gate.records.get(scope);
  const slots = Array.from({ length: Number(entry.quotaPerState) }, (_, slot) => BigInt(slot));
  const slot = slots.find((one) => !nonces?.has(nonceOf(latest.stateEpoch, one)));
  if (operatorId === undefined || slot === undefined) return told(attestIntent(ctx, false));
  const full = BigInt(locksOf(operatorId)) >= MAX_LOCKS;
  const signer = state.operators.operators.get(operatorId)?.signer;
  if (!signer || (full && rng.chance(3, 4))) return undefined;
  return told(callOf('gate', 'claim', signer, [entry, latest.stateEpoch, slot, operatorId, three([])]));
};

/** Slashes after which a share of a self-bond has exactly the least price that it may have, by its price before each. */
const WEAR: ReadonlyMap<bigint, bigint> = new Map([
  [10n ** 27n, 9_999n],
  [10n ** 23n, 9_999n],
  [10n ** 19n, 9_000n],
]);

/** Of what an operator had a billionth is left. */
const wornOut: Story = ({ rng, state, directory }) => {
  const [id] = [...state.staking.stakes.keys()].sort();
  const bps = id && WEAR.get(stakeOf(state, id).selfBond.factor);
  if (!id || bps === undefined) return undefined;
  const split = { rewardBps: 2_500, burnBps: 2_500, rewardTo: rng.pick(holders).address };
  return told(callOf('staking', 'slash', directory.court, [id, bps, 0n, split]));
};

/** The owner's stake is so large that somebody could delegate as much as a ledger counts, if anybody had it. */
const boundless: Story = ({ rng, state, directory }) => {
  const { address } = principal;
  const { version, set } = state.parameters;
  const [id] = [...state.staking.stakes.keys()].sort();
  if (!id || state.operators.operators.get(id)?.status !== OperatorStatus.Admitted) return undefined;
  if (set.delegationRatio < 100) {
    const wider = { ...set, delegationRatio: 100 };
    return told(callOf('parameters', 'setParameters', directory.council, [version, wider]));
  }
  const { selfBond, pool } = stakeOf(state, id);
  if (selfBond.total * 100n >= MAX_AMOUNT + pool.total) {
    return told(callOf('staking', 'delegate', rng.pick(delegators).address, [id, MAX_AMOUNT]));
  }
  const wanted = (MAX_AMOUNT * 101n) / 10_000n;
  if (state.agrs.balances.get(address, 0n) < wanted) return undefined;
  if (state.agrs.allowances.get(address + directory.staking, 0n) < wanted) {
    return told(callOf('agrs', 'approve', address, [directory.staking, wanted]));
  }
  return told(callOf('staking', 'bond', address, [id, wanted]));
};

/** An operator is found guilty twice, the second time in the last second in which nothing more is taken. */
const spared: Story = (ctx) => {
  const { state, time } = ctx;
  const { unbondingPeriod, disputeWindow, rulingWindow, lookBack } = state.parameters.set;
  const audited = [...state.court.lastAudits].find(([, last]) => time <= last + BigInt(unbondingPeriod));
  if (!audited) return guiltyTwice(ctx);
  const [id, last] = audited;
  const at = last + BigInt(unbondingPeriod);
  const running = [...state.court.cases.values()].find(
    ({ status, operatorId, voteFrom, voteUntil }) =>
      status === CaseStatus.Open && operatorId === id && voteFrom <= at && at <= voteUntil,
  );
  if (running) return from(ctx, at, () => voteOn(ctx, running, true));
  const opens = at - BigInt(disputeWindow) - BigInt(rulingWindow);
  if (time + BigInt(disputeWindow) > at) return undefined;
  return from(ctx, opens + 1n, () => {
    const found = executions(ctx).find(
      ({ scope, nonce, record }) =>
        record.operatorId === id &&
        time <= record.executedAt + BigInt(lookBack) &&
        !state.court.cases.has(`${scope}${nonce}`),
    );
    if (found) return accusationOf(ctx, found);
    const honest = honestExecution(ctx, undefined, undefined, id);
    return honest && callOf('gate', 'execute', everybody[0]!.address, [sealed(ctx, honest)]);
  });
};

/** Evidence by a key that was changed, revealed in the last second in which that counts. */
const formerKey: Story = (ctx) => {
  const { state, time } = ctx;
  const { unbondingPeriod, revealDelay } = state.parameters.set;
  const lastOf = (rotatedAt: bigint): bigint => rotatedAt + BigInt(unbondingPeriod);
  const former = [...state.operators.keys].find(
    ([, { rotatedAt }]) => rotatedAt !== 0n && time + BigInt(revealDelay) <= lastOf(rotatedAt),
  );
  const ready = preparedIn(ctx).find(({ signer, commitment }) => {
    const at = lastOf(state.operators.keys.get(signer as Hex)?.rotatedAt ?? 0n);
    const opening = state.court.openings.get(commitment);
    return opening?.used === false && time <= at && opening.from <= at && at <= opening.until;
  });
  if (ready)
    return from(ctx, lastOf(state.operators.keys.get(ready.signer as Hex)?.rotatedAt ?? 0n), () => ready.reveal);
  if (!former) return undefined;
  const [address, { rotatedAt }] = former;
  return from(ctx, lastOf(rotatedAt) - 2n * BigInt(revealDelay), () => openAgainst(ctx, known(address)));
};

const stories: readonly Story[] = [slashedDelegator, guiltyTwice, missedTooOften, overtaken];
const rareStories: readonly Story[] = [everyLock, wornOut, boundless, spared, formerKey];
/** One trace in so many pursues a story; and one in so many of the others a rare one. */
const RARITY = 4;
const RARE_RARITY = 8;

/** The story of a trace: drawn once, at its first step. */
const chosen = new WeakMap<readonly Step[], Story | 'none'>();

const rare = ({ rng }: Context): Story | 'none' => (rng.chance(1, RARE_RARITY) ? rng.pick(rareStories) : 'none');

/** The next step of the trace's story, if it has one and can go on. */
export function storyStep(ctx: Context): Step | undefined {
  let story = chosen.get(ctx.history);
  if (!story) {
    story = ctx.rng.chance(1, RARITY) ? ctx.rng.pick(stories) : rare(ctx);
    chosen.set(ctx.history, story);
  }
  return story !== 'none' && ctx.rng.chance(2, 3) ? story(ctx) : undefined;
}
