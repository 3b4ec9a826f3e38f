/**
 * What the council does: proposals over every governed function, approved, objected to, executed in time or not.
 * @module
 */
import { encodeCall } from '../codec/abi.ts';
import { type Hex, keccak256, utf8, ZERO_HASH } from '../codec/hash.ts';
import { proposalId } from '../codec/ids.ts';
import type { Call } from '../mirror/types.ts';
import { MAX_CALLDATA, MAX_MEMBERS, minimumTier } from '../model/council.ts';
import { signaturesNeeded } from '../model/quorum.ts';
import { isFrozen } from '../model/registry.ts';
import { type Proposal, VerifierStatus } from '../model/state.ts';
import { openClaims } from './claims.ts';
import { type Context, callOf, namesOf, pickOr, strayHash } from './context.ts';
import { edgeAttesters, edgeEntry, edgeSet, strayAddresses } from './edges.ts';
import { entriesInForce } from './executions.ts';
import { RECORDED_SELECTOR } from './recorded.ts';
import { everybody, members, outsiders, owners, sourceNames } from './world.ts';

/** A call that only the council may make. */
type Governed = (ctx: Context) => Call | undefined;

const word = (text: string): Hex => keccak256(utf8(text));
const STRAY_SELECTOR: Hex = '0x12345678';

function stageEntry(ctx: Context): Call {
  const inForce = entriesInForce(ctx);
  const others = ctx.entries.filter((entry) => !inForce.includes(entry));
  // Another content of what is in force: whoever claimed under the former one is excused.
  const versions = others.filter((other) => ctx.state.registry.applied.has(namesOf(ctx, other).key));
  const staged = ctx.state.registry.staged.map(({ key }) => key).toSet();
  // Until no more fit.
  const further = others.filter((other) => !staged.has(namesOf(ctx, other).key));
  const drawn = versions.length > 0 && ctx.rng.chance(1, 2) ? versions : staged.size > 0 ? further : others;
  const entry = ctx.rng.pick(drawn.length === 0 || ctx.rng.chance(1, 6) ? ctx.entries : drawn);
  if (ctx.rng.chance(1, 8)) {
    const edge = edgeEntry(ctx.rng, entry, ctx.state.parameters.set);
    return callOf('registry', 'stageEntry', ctx.directory.council, [edge]);
  }
  const wrong = ctx.rng.pick([
    { policyHash: `0x${'f'.repeat(64)}` as Hex },
    { imageId: ZERO_HASH },
    { stateSchema: `0x${'f'.repeat(64)}` as Hex },
    { adapter: outsiders[0]?.address as Hex },
    { account: `0x${'0'.repeat(40)}` as Hex },
    { operators: [word('b'), word('a'), word('b')] },
    { proposerMode: 1, proposers: [] },
    { tier: 4 },
    { tier: 2, coSigners: [] },
    { quotaPerState: 0n },
    { claimTtl: 5n },
    { resourceCap: 1n },
  ]);
  const content = ctx.rng.chance(1, 5) ? { ...entry, ...wrong } : entry;
  return callOf('registry', 'stageEntry', ctx.directory.council, [content]);
}

function keyInForce(ctx: Context): Hex {
  return pickOr(ctx.rng, [...ctx.state.registry.applied.keys()]) ?? strayHash(ctx.rng);
}

function configureSource(ctx: Context): Call {
  const { rng, state } = ctx;
  const admitted = [...state.operators.operators].filter(([, o]) => o.status === 2).map(([id]) => id);
  const ids = admitted.sort();
  const n = ids.length;
  const valid = [
    rng.pick(sourceNames),
    ids,
    Math.floor(n / 2) + 1,
    rng.pick([150, 300, 900]),
    rng.pick([5, 5, 8]),
    rng.chance(2, 3),
  ] as const;
  const [name, list, threshold, staleness, skew, keep] = valid;
  const args = rng.pick([
    valid,
    valid,
    valid,
    [name, list.slice(0, 2), threshold, staleness, skew, keep] as const,
    [name, [...list].reverse(), threshold, staleness, skew, keep] as const,
    [name, list, n, staleness, skew, keep] as const,
    [name, list, 1, staleness, skew, keep] as const,
    [name, list, threshold, 0, skew, keep] as const,
    [name, [...list.slice(0, 1), ...list], threshold, staleness, skew, keep] as const,
    [name, ...edgeAttesters(rng), staleness, skew, keep] as const,
  ]);
  return callOf('oracle', 'configureSource', ctx.directory.council, args);
}

/** Withdraws the state of a source on which somebody holds a claim. */
function resetClaimed(ctx: Context): Call | undefined {
  const held = openClaims(ctx).filter(({ deadline }) => ctx.time <= deadline);
  const claim = pickOr(ctx.rng, held);
  const name = claim && sourceNames[ctx.sourceIds.indexOf(claim.stateSource)];
  const ids = [...ctx.state.operators.operators]
    .filter(([, o]) => o.status === 2)
    .map(([id]) => id)
    .sort();
  if (!name || ids.length < 3) return undefined;
  const threshold = Math.floor(ids.length / 2) + 1;
  return callOf('oracle', 'configureSource', ctx.directory.council, [name, ids, threshold, 300, 5, false]);
}

function setParameters(ctx: Context): Call {
  const { rng, state } = ctx;
  const { set, version } = state.parameters;
  if (rng.chance(3, 5)) return callOf('parameters', 'setParameters', ctx.directory.council, [version, edgeSet(rng)]);
  const changed = rng.pick([
    { ...set, finalityDelay: set.finalityDelay + 1 },
    { ...set, maxValidity: set.maxValidity === 600 ? 500 : 600 },
    // Less than what the registry's grace leaves: then it is this one that bounds claims.
    { ...set, maxValidity: 90 },
    { ...set, maxValidity: 90 },
    { ...set, minSelfBond: set.minSelfBond + 1n },
    { ...set, minSelfBond: 0n },
    { ...set, blockInterval: 0 },
    { ...set, criticalDelay: set.unbondingPeriod },
    { ...set, elevatedDelay: set.criticalDelay + 1 },
    { ...set, maxValidity: 10 },
    { ...set, registryGrace: 15 },
    { ...set, attestationGrace: 15 },
    { ...set, freezeDuration: set.freezeCooldown },
    { ...set, proposalGrace: 3 },
    { ...set, epochMinInterval: set.registryGrace - 1 },
    { ...set, claimBond: set.minSelfBond },
    { ...set, burnBps: 999 },
    { ...set, missLimit: 0 },
    { ...set, delegationRatio: 101 },
    { ...set, lookBack: set.unbondingPeriod },
    { ...set, proveWindow: 39 },
    { ...set, revealDelay: 1 },
    { ...set, auditBps: 1_001 },
    { ...set, noticePeriod: 1 },
    { ...set, challengerBps: rng.pick([0, 2_500, 5_000]), burnBps: rng.pick([1_000, 5_000]) },
    { ...set, delegationRatio: rng.pick([1, 2, 16]) },
  ]);
  const expected = rng.chance(1, 6) ? version + 1 : version;
  return callOf('parameters', 'setParameters', ctx.directory.council, [expected, changed]);
}

function setMembers(ctx: Context): Call {
  const list = members.map(({ address }) => address);
  const twice = [...list, ...list.slice(-1)];
  const most = strayAddresses(MAX_MEMBERS);
  const chosen = ctx.rng.pick([
    list,
    list,
    list,
    list.slice(0, 2),
    list.slice(0, 1),
    [...list].reverse(),
    [],
    twice,
    // As many as may be, but not in order.
    [...most.slice(1), most[0] as Hex],
    strayAddresses(MAX_MEMBERS + 1),
  ]);
  return callOf('council', 'setMembers', ctx.directory.council, [chosen]);
}

function setTiers(ctx: Context): Call {
  const { rng, directory } = ctx;
  const target = rng.pick([directory.registry, directory.router, directory.operators]);
  const rule = { target, selector: rng.pick(governedSelectors(ctx)), tier: rng.pick([1, 2, 3, 4]) };
  return callOf('council', 'setTiers', directory.council, [[rule]]);
}

/** Moves or ends a freeze; seldom when there is none. */
function thaw(ctx: Context): Call | undefined {
  const { rng, directory, time } = ctx;
  if (!isFrozen(ctx.state, ctx) && !rng.chance(1, 4)) return undefined;
  if (rng.chance(2, 5)) return callOf('registry', 'endFreeze', directory.council, []);
  return callOf('registry', 'moveFreeze', directory.council, [time + rng.pick([1n, 200n, 300n, 301n, 400n])]);
}

/** A selector in this state of its route, or any other now and then. */
function routeIn(ctx: Context, status: number): Hex {
  const routes = [...ctx.state.router.routes];
  const fitting = routes.filter(([, route]) => route.status === status).map(([selector]) => selector);
  if (fitting.length > 0 && ctx.rng.chance(4, 5)) return ctx.rng.pick(fitting);
  return ctx.rng.chance(1, 3) ? STRAY_SELECTOR : (pickOr(ctx.rng, routes)?.[0] ?? RECORDED_SELECTOR);
}

const governed: readonly (readonly [weight: number, make: Governed])[] = [
  [22, stageEntry],
  [
    4,
    (ctx) =>
      callOf('registry', 'stageRemoval', ctx.directory.council, [
        ctx.rng.chance(1, 3) ? strayHash(ctx.rng) : keyInForce(ctx),
      ]),
  ],
  [6, unstage],
  [17, advanceEpoch],
  [46, thaw],
  [5, configureSource],
  [7, resetClaimed],
  [13, setParameters],
  [3, setMembers],
  [3, setTiers],
  [4, admit],
  [3, (ctx) => callOf('operators', 'openAdmission', ctx.directory.council, [])],
  [2, (ctx) => callOf('router', 'stopVerifier', ctx.directory.council, [routeIn(ctx, VerifierStatus.Active)])],
  [44, resume],
  [2, (ctx) => callOf('router', 'removeVerifier', ctx.directory.council, [routeIn(ctx, VerifierStatus.Stopped)])],
  [6, (ctx) => callOf('router', 'addVerifier', ctx.directory.council, [verifierToAdd(ctx)])],
];

/** Seldom when nothing is stopped. */
function resume(ctx: Context): Call | undefined {
  const stopped = ctx.state.router.routes.some(({ status }) => status === VerifierStatus.Stopped);
  if (!stopped && !ctx.rng.chance(1, 6)) return undefined;
  return callOf('router', 'resumeVerifier', ctx.directory.council, [routeIn(ctx, VerifierStatus.Stopped)]);
}

function verifierToAdd({ rng, verifiers }: Context): Hex {
  return rng.pick([...verifiers, verifiers[1] as Hex, outsiders[0]?.address as Hex]);
}

/** Mostly when it can succeed. */
function advanceEpoch(ctx: Context): Call | undefined {
  const { staged, advancedAt } = ctx.state.registry;
  const due = !staged.isEmpty() && ctx.time >= advancedAt + BigInt(ctx.state.parameters.set.epochMinInterval);
  if (!due && !ctx.rng.chance(1, 3)) return undefined;
  return callOf('registry', 'advanceEpoch', ctx.directory.council, []);
}

function unstage(ctx: Context): Call {
  const staged = ctx.state.registry.staged.map(({ key }) => key).toArray();
  const key = ctx.rng.chance(1, 4) ? strayHash(ctx.rng) : (pickOr(ctx.rng, staged) ?? strayHash(ctx.rng));
  return callOf('registry', 'unstage', ctx.directory.council, [key]);
}

function admit(ctx: Context): Call {
  const pending = [...ctx.state.operators.operators].filter(([, o]) => o.status === 1).map(([id]) => id);
  const any = [...ctx.state.operators.operators.keys(), strayHash(ctx.rng)];
  const id = pending.length > 0 && ctx.rng.chance(3, 4) ? ctx.rng.pick(pending) : ctx.rng.pick(any);
  return callOf('operators', 'admit', ctx.directory.council, [id]);
}

function pickWeighted(ctx: Context): Call | undefined {
  const total = governed.reduce((sum, [weight]) => sum + weight, 0);
  let draw = ctx.rng.int(1, total);
  for (const [weight, make] of governed) {
    draw -= weight;
    if (draw <= 0) return make(ctx);
  }
  return undefined;
}

function governedSelectors(ctx: Context): Hex[] {
  return [
    encodeCall('registry', 'advanceEpoch', []),
    encodeCall('router', 'stopVerifier', [STRAY_SELECTOR]),
    encodeCall('operators', 'openAdmission', []),
  ]
    .map((data) => data.slice(0, 10) as Hex)
    .concat(ctx.rng.pick([STRAY_SELECTOR]));
}

/**
 * A governed function called by the council's own address: what an executed proposal does, without the proposal. Most
 * governed calls come this way, since a proposal takes four; the way through a proposal is taken often enough beside
 * it.
 */
export function decreeIntent(ctx: Context): Call | undefined {
  return pickWeighted(ctx);
}

/** A governed function called by somebody who isn't the council. */
export function usurpIntent(ctx: Context): Call | undefined {
  const call = pickWeighted(ctx);
  return call && { ...call, sender: ctx.rng.pick(everybody).address };
}

interface Proposed {
  readonly id: Hex;
  readonly target: Hex;
  readonly data: Hex;
  readonly tier: number;
  readonly salt: Hex;
}

/** Proposals of this trace under the present membership, by their calls. */
function proposed(ctx: Context): Proposed[] {
  const council = { chainId: ctx.chainId, contract: ctx.directory.council };
  return ctx.history.flatMap((step) => {
    if (step.kind !== 'call' || step.call.function !== 'propose') return [];
    const [target, data, tier, salt] = step.call.args as readonly [Hex, Hex, number, Hex];
    return [
      { id: proposalId(council, { target, data, tier, salt }, ctx.state.council.version), target, data, tier, salt },
    ];
  });
}

export function proposeIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, directory } = ctx;
  const call = pickWeighted(ctx);
  if (!call) return undefined;
  const target = directory[call.contract as keyof typeof directory];
  const data = encodeCall(call.contract as 'registry', call.function as 'advanceEpoch', call.args as readonly []);
  const required = minimumTier(ctx.state, target, data.slice(0, 10) as Hex);
  const salt = strayHash(rng);
  const sender = rng.pick(ctx.state.council.members.toArray());
  const honest = [target, data, rng.chance(1, 6) ? 3 : required, salt] as const;
  if (!faulty) return callOf('council', 'propose', sender, honest);
  const old = pickOr(rng, proposed(ctx));
  const longest: Hex = `${STRAY_SELECTOR}${'00'.repeat(MAX_CALLDATA - 4)}`;
  const again = old ? ([old.target, old.data, old.tier, old.salt] as const) : honest;
  const args = rng.pick([
    [target, '0x1234', required, salt] as const,
    [target, data, Math.max(1, required - 1), salt] as const,
    [target, data, rng.pick([0, 4]), salt] as const,
    again,
    again,
    [outsiders[0]?.address as Hex, data, 3, salt] as const,
    [outsiders[0]?.address as Hex, data, 3, salt] as const,
    [target, STRAY_SELECTOR, 3, salt] as const,
    [target, longest, 3, salt] as const,
    [target, `${longest}00`, 3, salt] as const,
  ]);
  return callOf('council', 'propose', rng.chance(1, 8) ? rng.pick(outsiders).address : sender, args);
}

/** Approvals, objections and withdrawals, mostly of those who can. */
export function voteIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, state } = ctx;
  const open = proposed(ctx).filter(({ id }) => state.council.proposals.get(id)?.status === 1);
  const contested = open.filter(({ id }) => !state.council.proposals.get(id)?.objections.isEmpty());
  if (faulty && contested.length > 0) return objectAgain(ctx, rng.pick(contested).id);
  const chosen = pickOr(rng, faulty && rng.chance(1, 3) ? proposed(ctx) : open);
  if (!chosen) return undefined;
  const p = state.council.proposals.get(chosen.id);
  const list = state.council.members.toArray();
  const name = rng.pick(['approve', 'object', 'object', 'withdrawApproval', 'withdrawApproval'] as const);
  const able = list.filter((member) => {
    if (name === 'object') return !p?.objections.has(member);
    return (p?.approvals.has(member) ?? false) === (name === 'withdrawApproval');
  });
  const unable = list.filter((member) => !able.includes(member));
  const sender = faulty ? rng.pick([...unable, ...unable, ...list, rng.pick(outsiders).address]) : pickOr(rng, able);
  if (!sender) return undefined;
  return callOf('council', name, sender, [faulty && rng.chance(1, 5) ? strayHash(rng) : chosen.id]);
}

function objectAgain(ctx: Context, id: Hex): Call | undefined {
  const member = pickOr(ctx.rng, [...(ctx.state.council.proposals.get(id)?.objections ?? [])]);
  return member && callOf('council', 'object', member, [id]);
}

/** Brings what is under way to its end: approves what lacks a quorum, executes what is due. */
export function pursueIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, state, time } = ctx;
  const all = proposed(ctx);
  const open = all.filter(({ id }) => state.council.proposals.get(id)?.status === 1);
  // Sealed proposals are rarely due: the moment must not be missed.
  const due = state.council.genesisSealed ? open.filter(({ id }) => isDue(ctx, id, time)) : [];
  const chosen = pickOr(rng, faulty ? all : due.length > 0 ? due : open);
  if (!chosen) return undefined;
  const p = state.council.proposals.get(chosen.id);
  const missing = p && p.status === 1 && p.approvals.size < signaturesNeeded(p.tier, state.council.members.size);
  if (!faulty && p && missing) return approveNext(ctx, chosen.id, p);
  if (!faulty && !isDue(ctx, chosen.id, time)) return undefined;
  const { target, data, tier, salt } = chosen;
  return callOf('council', 'execute', rng.pick(everybody).address, [
    target,
    data,
    tier,
    faulty && rng.chance(1, 4) ? strayHash(rng) : salt,
  ]);
}

/** The execution of a proposal of this trace. */
export function executionOf(ctx: Context, id: Hex): Call | undefined {
  const found = proposed(ctx).find((one) => one.id === id);
  if (!found) return undefined;
  const { target, data, tier, salt } = found;
  return callOf('council', 'execute', ctx.rng.pick(everybody).address, [target, data, tier, salt]);
}

/** Whether a proposal has its quorum and stands in its window. */
function isDue({ state }: Context, id: Hex, time: bigint): boolean {
  const eta = state.council.proposals.get(id)?.eta ?? 0n;
  return eta !== 0n && time >= eta && time <= eta + BigInt(state.parameters.set.proposalGrace);
}

function approveNext(ctx: Context, id: Hex, p: Proposal): Call | undefined {
  const able = ctx.state.council.members.filter((member) => !p.approvals.has(member)).toArray();
  const sender = pickOr(ctx.rng, able);
  return sender && callOf('council', 'approve', sender, [id]);
}

export function sealIntent(ctx: Context): Call | undefined {
  return callOf('council', 'sealGenesis', ctx.rng.pick([...members, ...members, ...outsiders]).address, []);
}

/** Signs of life, notices to silent members, and their removal. */
export function presenceIntent({ rng, state, time }: Context, faulty: boolean): Call | undefined {
  const { silencePeriod, noticePeriod } = state.parameters.set;
  const present = [...state.council.presence];
  const noticed = present.filter(([, { noticeAt }]) => noticeAt !== 0n);
  const silent = present.filter(
    ([, { lastSeen, noticeAt }]) => noticeAt === 0n && time > lastSeen + BigInt(silencePeriod),
  );
  const due = noticed.filter(([, { noticeAt }]) => time > noticeAt + BigInt(noticePeriod));
  const anybody = rng.pick([...members, ...outsiders]).address;
  const member = pickOr(rng, present)?.[0] ?? anybody;
  if (present.length === 1) return callOf('council', 'removeSilent', anybody, [member]);
  if (faulty) {
    return rng.pick([
      () => callOf('council', 'heartbeat', anybody, []),
      () => callOf('council', 'putOnNotice', member, [pickOr(rng, noticed)?.[0] ?? anybody]),
      () => callOf('council', 'putOnNotice', member, [pickOr(rng, noticed)?.[0] ?? member]),
      () => callOf('council', 'putOnNotice', member, [anybody]),
      () => callOf('council', 'removeSilent', anybody, [pickOr(rng, noticed)?.[0] ?? member]),
      () => callOf('council', 'removeSilent', anybody, [rng.pick(outsiders).address]),
    ])();
  }
  const leaving = pickOr(rng, due);
  if (leaving) return callOf('council', 'removeSilent', rng.pick(everybody).address, [leaving[0]]);
  const quiet = pickOr(rng, silent);
  const watcher = pickOr(
    rng,
    present.filter(([account]) => account !== quiet?.[0]),
  )?.[0];
  if (quiet && watcher) return callOf('council', 'putOnNotice', watcher, [quiet[0]]);
  return rng.chance(1, 3) ? callOf('council', 'heartbeat', member, []) : undefined;
}

export function freezeIntent({ rng, state, time }: Context): Call | undefined {
  const again = members.filter(({ address }) => state.registry.lastFreeze.has(address));
  const able = isFrozen(state, { time })
    ? [...members, ...owners]
    : [...members, ...again, ...again, ...owners.slice(0, 1)];
  return callOf('registry', 'freeze', rng.pick(able).address, []);
}
