/**
 * The generator: draws what somebody would do next, mostly as it should be done, now and then with one thing wrong.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { keccak256, utf8 } from '../codec/hash.ts';
import { ZERO_ADDRESS } from '../codec/signature.ts';
import { signable } from '../codec/typed-data.ts';
import type { Call, Step } from '../mirror/types.ts';
import { acceptableFrom } from '../model/operators.ts';
import { PAY_SCHEMA } from '../model/treasury.ts';
import { claimIntent, escrowIntent, executeClaimedIntent, internalIntent, jailIntent, settleIntent } from './claims.ts';
import { amountNear, type Context, callOf, known, pickOr, strayHash } from './context.ts';
import { dueCall, waitForDeadline } from './deadlines.ts';
import { attestIntent, executeIntent, provenIntent } from './executions.ts';
import {
  decreeIntent,
  freezeIntent,
  presenceIntent,
  proposeIntent,
  pursueIntent,
  sealIntent,
  usurpIntent,
  voteIntent,
} from './governance.ts';
import { bondIntent, delegateIntent, exitIntent, permitIntent, requestExitIntent } from './stakes.ts';
import { callBackIntent, relayIntent, verifyIntent } from './stand-ins.ts';
import { storyStep } from './stories.ts';
import { caseIntent, openIntent, revealIntent, rewardIntent } from './trials.ts';
import {
  type Actor,
  AGRS,
  delegators,
  holders,
  outsiders,
  owners,
  payees,
  principal,
  quickSign,
  signers,
} from './world.ts';

type Intent = (ctx: Context, faulty: boolean) => Call | undefined;

/*---------------------------------------------------------------------------------------------------------- token */

const tokenIntent: Intent = (ctx, faulty) => {
  const { rng, state, directory } = ctx;
  const from = rng.pick([...owners, principal, ...payees, ...delegators]).address;
  const balance = state.agrs.balances.get(from, 0n);
  const custodies = [directory.staking, directory.gate, directory.court, directory.treasury];
  const donated = !faulty && rng.chance(1, 12);
  const to = donated ? rng.pick(custodies) : faulty && rng.chance(1, 3) ? ZERO_ADDRESS : rng.pick(holders).address;
  const amount = faulty ? balance + 1n : rng.bigint(0n, balance < AGRS ? balance : AGRS);
  const spender = rng.pick([directory.staking, directory.treasury, (payees[0] as Actor).address]);
  const allowed = [...state.agrs.allowances].filter(([, value]) => value > 0n).map(([pair]) => pair);
  const pair = pickOr(rng, allowed);
  const [holder, delegate] = pair ? [pair.slice(0, 42) as Hex, pair.slice(42) as Hex] : [from, spender];
  const within = state.agrs.allowances.get(holder + delegate, 0n);
  const spent = faulty ? within + 1n : rng.bigint(0n, within < AGRS ? within : AGRS);
  return rng.pick([
    () => callOf('agrs', 'transfer', from, [to, amount]),
    () => callOf('agrs', 'approve', from, [faulty ? ZERO_ADDRESS : spender, amountNear(rng, balance)]),
    () => callOf('agrs', 'transferFrom', delegate, [holder, to, spent]),
    () => callOf('agrs', 'transferFrom', delegate, faulty ? [ZERO_ADDRESS, to, 0n] : [holder, to, spent]),
    () => callOf('agrs', 'burn', from, [faulty ? balance + 1n : rng.bigint(0n, 1000n)]),
    () => callOf('agrs', 'burnFrom', delegate, [holder, faulty ? within + 1n : rng.bigint(0n, 1000n)]),
  ])();
};

const treasuryIntent: Intent = (ctx, faulty) => {
  const { rng, state, directory } = ctx;
  const from = rng.pick([principal, ...payees, ...owners]).address;
  const funds = state.treasury.funds.get(from, 0n);
  const balance = state.agrs.balances.get(from, 0n);
  const words = { schema: PAY_SCHEMA, addressee: from, p0: 1_000_000n, p1: 0n, p2: 0n, presence: 1 };
  if (faulty) {
    return rng.pick([
      () => callOf('treasury', 'withdraw', from, [rng.pick([0n, funds + 1n])]),
      () => callOf('treasury', 'fund', from, [from, rng.pick([0n, balance + 1n])]),
      () => callOf('treasury', 'perform', from, [directory.council, words, '0x']),
    ])();
  }
  // The gate's own address, as in an execution: the adapter by itself.
  if (rng.chance(1, 8)) return callOf('treasury', 'perform', directory.gate, [principal.address, words, '0x']);
  const some = rng.bigint(1n, 200n * AGRS);
  const account = rng.pick([principal, principal, ...payees]).address;
  if (rng.chance(1, 3) && funds > 0n) return callOf('treasury', 'withdraw', from, [rng.pick([funds, 1n + funds / 3n])]);
  return callOf('treasury', 'fund', from, [account, some]);
};

/*------------------------------------------------------------------------------------------------------ operators */

function possession(ctx: Context, owner: Hex, holder: Actor, signer: Hex): Hex {
  const domain = { chainId: ctx.chainId, verifyingContract: ctx.directory.operators };
  return quickSign(signable('SignerPossession', { owner, signer }, domain), holder);
}

const registerIntent: Intent = (ctx, faulty) => {
  const { rng, state } = ctx;
  const owner = rng.pick([...owners, ...outsiders]);
  const free = signers.filter(({ address }) => !state.operators.keys.has(address));
  const signer = pickOr(rng, faulty && rng.chance(1, 3) ? signers : free);
  if (!signer) return undefined;
  const holder = faulty && rng.chance(1, 2) ? rng.pick(outsiders) : signer;
  const payout = faulty && rng.chance(1, 4) ? ZERO_ADDRESS : rng.pick(payees).address;
  return callOf('operators', 'register', owner.address, [
    signer.address,
    payout,
    keccak256(utf8('metadata')),
    possession(ctx, owner.address, holder, signer.address),
  ]);
};

const operatorIntent: Intent = (ctx, faulty) => {
  const { rng, state, time } = ctx;
  const all = [...state.operators.operators];
  const found = pickOr(rng, all);
  if (!found) return undefined;
  const [someId, operator] = found;
  const id = faulty && rng.chance(1, 5) ? strayHash(rng) : someId;
  const sender = faulty && rng.chance(1, 3) ? rng.pick(outsiders).address : operator.owner;
  const free = signers.filter(({ address }) => !state.operators.keys.has(address));
  const next = pickOr(rng, faulty && rng.chance(1, 2) ? signers : free) ?? known(operator.signer);
  const holder = faulty && rng.chance(1, 3) ? rng.pick(outsiders) : next;
  const proposedOwners = all.filter(
    ([id, o]) => o.proposedOwner !== ZERO_ADDRESS && (faulty || time >= acceptableFrom(state, id, o)),
  );
  const accept = pickOr(rng, proposedOwners);
  if (accept && !faulty && rng.chance(1, 2)) {
    return callOf('operators', 'acceptOwner', accept[1].proposedOwner, [accept[0]]);
  }
  const rotate = (): Call =>
    callOf('operators', 'rotateSigner', sender, [id, next.address, possession(ctx, sender, holder, next.address)]);
  return rng.pick([
    rotate,
    rotate,
    () => callOf('operators', 'setPayout', sender, [id, faulty ? ZERO_ADDRESS : rng.pick(payees).address]),
    () => callOf('operators', 'setMetadata', sender, [id, strayHash(rng)]),
    () => callOf('operators', 'proposeOwner', sender, [id, rng.pick([...owners, ...outsiders]).address]),
    () =>
      accept
        ? callOf('operators', 'acceptOwner', faulty && rng.chance(1, 2) ? sender : accept[1].proposedOwner, [accept[0]])
        : callOf('operators', 'proposeOwner', sender, [id, rng.pick(owners).address]),
  ])();
};

/*---------------------------------------------------------------------------------------------------------- drawing */

const intents: readonly (readonly [weight: number, intent: Intent])[] = [
  [12, tokenIntent],
  [8, treasuryIntent],
  [4, registerIntent],
  [10, operatorIntent],
  [7, bondIntent],
  [8, delegateIntent],
  [6, requestExitIntent],
  [9, exitIntent],
  [3, permitIntent],
  [16, claimIntent],
  [12, settleIntent],
  [15, executeClaimedIntent],
  [9, escrowIntent],
  [9, openIntent],
  [12, revealIntent],
  [3, rewardIntent],
  [18, caseIntent],
  [11, internalIntent],
  [7, presenceIntent],
  [13, attestIntent],
  [22, (ctx, faulty) => (ctx.proven ? provenIntent(ctx, faulty) : executeIntent(ctx, faulty))],
  [4, callBackIntent],
  [3, relayIntent],
  [2, verifyIntent],
  [8, proposeIntent],
  [13, voteIntent],
  [28, pursueIntent],
  [3, (ctx) => usurpIntent(ctx)],
  [62, (ctx) => decreeIntent(ctx)],
  [5, (ctx) => sealIntent(ctx)],
  [4, (ctx) => freezeIntent(ctx)],
];
/** What goes on with what others began. */
const pursuits: readonly Intent[] = [
  caseIntent,
  caseIntent,
  caseIntent,
  revealIntent,
  revealIntent,
  claimIntent,
  settleIntent,
  executeClaimedIntent,
  executeClaimedIntent,
  (ctx) => jailIntent(ctx),
  (ctx) => jailIntent(ctx),
];

const totalWeight = intents.reduce((sum, [weight]) => sum + weight, 0);

/** Seconds that pass: single ones, jumps by about the length of each window, and up to the deadlines of the state. */
function timeStep(ctx: Context): Step {
  const { rng, state } = ctx;
  const p = state.parameters.set;
  const windows = [
    p.finalityDelay,
    p.attestationGrace,
    p.registryGrace,
    p.elevatedDelay,
    p.epochMinInterval,
    p.epochMinInterval,
    p.freezeDuration,
    p.unbondingPeriod,
    p.criticalDelay,
    p.revealDelay,
    p.revealDelay,
    p.proveWindow,
    p.disputeWindow,
    p.rulingWindow,
    p.jailTerm,
    p.noticePeriod,
    p.silencePeriod,
  ];
  const waiting = rng.chance(1, 7) ? waitForDeadline(ctx) : undefined;
  if (waiting) return waiting;
  if (rng.chance(2, 3)) return { kind: 'time', seconds: BigInt(rng.int(1, 30)) };
  const long = rng.chance(1, 12) ? p.proposalGrace + p.criticalDelay : rng.pick(windows);
  return { kind: 'time', seconds: BigInt(long + rng.int(-1, 1)) };
}

/** The next step of a trace. */
export function nextStep(ctx: Context): Step {
  const { rng } = ctx;
  const last = ctx.history.at(-1);
  if (last?.kind !== 'time' && rng.chance(1, 4)) return timeStep(ctx);
  const due = dueCall(ctx);
  if (due) return { kind: 'call', call: due };
  const proven = ctx.proven && rng.chance(1, 12) ? provenIntent(ctx, rng.chance(1, 3)) : undefined;
  if (proven) return { kind: 'call', call: proven };
  const story = storyStep(ctx);
  if (story) return story;
  // What was begun has few chances to be finished in time.
  const pursuit = rng.chance(1, 5) ? rng.pick(pursuits)(ctx, rng.chance(1, 6)) : undefined;
  if (pursuit) return { kind: 'call', call: pursuit };
  // An intent may find nothing to do in this state; then another is drawn. Registering is always possible or refused.
  for (let tries = 0; tries < 50; tries++) {
    const call = drawn(rng.int(1, totalWeight))(ctx, rng.chance(3, 10));
    if (call) return { kind: 'call', call };
  }
  const call = callOf('agrs', 'approve', principal.address, [ctx.directory.treasury, 1n]);
  return { kind: 'call', call };
}

function drawn(draw: number): Intent {
  let left = draw;
  for (const [weight, intent] of intents) {
    left -= weight;
    if (left <= 0) return intent;
  }
  throw new Error('campaign: the draw exceeds the weights');
}
