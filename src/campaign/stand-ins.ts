/**
 * Contracts of a campaign that are none of the system, as the model sees them: an adapter that calls back, and a
 * relayer that saves gas. Mirrors contracts/mocks/MockCaller.sol and MockRelayer.sol.
 * @module
 */
import { encodeCall, encodeError } from '../codec/abi.ts';
import { type Hex, sha256 } from '../codec/hash.ts';
import type { Entry } from '../codec/ids.ts';
import { concatBytes } from '../codec/words.ts';
import type { Call } from '../mirror/types.ts';
import type { Execution } from '../model/gate.ts';
import {
  type Acted,
  type Adapter,
  applyCall,
  callContract,
  type Env,
  refused,
  type State,
  type Step,
} from '../model/index.ts';
import { claimIntent, escrowIntent, executeClaimedIntent, openClaims, settleIntent } from './claims.ts';
import { type Context, callOf, pickOr, strayHash } from './context.ts';
import { BUBBLE, entriesInForce, executeIntent, honestExecution, sealed } from './executions.ts';
import { recordedProof } from './recorded.ts';
import { everybody } from './world.ts';

/*---------------------------------------------------------------------------------------------------------- model */

/** The adapter at this address: sends the payload to the addressee, and fails or returns as its schema says. */
export function callingAdapter(address: Hex): Adapter {
  return {
    check: () => 1,
    perform(state, { words, payload }, env) {
      const done: Acted = { succeeded: true, state, events: [], returned: '0x' };
      if (payload === '0x') return done;
      const outcome = callContract(state, words.addressee, payload, { ...env, sender: address, acting: true });
      if (outcome.kind === 'no-code') return done;
      const failed = { ...done, succeeded: words.schema !== BUBBLE };
      if (outcome.kind === 'reverted-empty') return failed;
      const { step } = outcome;
      if (refused(step)) return { ...failed, returned: encodeError(step) };
      return { ...done, state: step.state, events: step.events };
    },
  };
}

/** What comes of an execution that the relayer at this address hands on with so much gas. */
export function relayed(state: State, relayer: Hex, args: readonly unknown[], env: Env): Step<readonly unknown[]> {
  const [execution, gas] = args as readonly [Execution, bigint];
  return applyCall(state, 'gate', 'execute', [execution], { ...env, sender: relayer, gas });
}

/*------------------------------------------------------------------------------------------------------ generators */

type Intent = (ctx: Context, faulty: boolean) => Call | undefined;

/** What an action may try at the gate: all that it guards against re-entry, and what it doesn't. */
const attempts: readonly Intent[] = [
  settleIntent,
  (ctx) => {
    const claim = pickOr(ctx.rng, openClaims(ctx));
    return claim && callOf('gate', 'settle', ctx.directory.gate, [claim]);
  },
  executeClaimedIntent,
  executeClaimedIntent,
  escrowIntent,
  escrowIntent,
  claimIntent,
  executeIntent,
  ({ directory }) => callOf('gate', 'renewParameters', directory.gate, []),
];

function callingEntry(ctx: Context): Entry | undefined {
  return entriesInForce(ctx).find(({ adapter }) => adapter === ctx.adapter);
}

/** An execution whose action calls back into the gate. */
export function callBackIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, directory } = ctx;
  const entry = callingEntry(ctx);
  const honest = entry && honestExecution(ctx, undefined, entry);
  const inner = rng.pick(attempts)(ctx, faulty);
  if (!honest || inner?.contract !== 'gate') return undefined;
  const { schema } = honest.words;
  const x = {
    ...honest,
    words: { ...honest.words, schema: rng.pick([BUBBLE, schema]), addressee: directory.gate },
    payload: encodeCall('gate', inner.function as 'settle', inner.args as never),
  };
  return callOf('gate', 'execute', rng.pick(everybody).address, [sealed(ctx, x)]);
}

/**
 * Gas for the gate, far from what its checks ask for: too little for the receipt; enough for that and for a payment,
 * and too little for what the calling adapter may use; enough for everything.
 */
const ALLOWANCES = [405_000n, 1_500_000n, 8_000_000n, 8_000_000n] as const;

/** An execution through a relayer that saves gas. */
export function relayIntent(ctx: Context, faulty: boolean): Call | undefined {
  const { rng, adapter } = ctx;
  if (!adapter) return undefined;
  const honest = honestExecution(ctx, undefined, rng.chance(1, 3) ? callingEntry(ctx) : undefined);
  if (!honest) return undefined;
  const args = [sealed(ctx, honest, faulty ? 'proof' : undefined), rng.pick(ALLOWANCES)];
  return { contract: 'relayer', function: 'execute', args, sender: rng.pick(everybody).address };
}

/** A receipt shown to the router, by anybody: good, with another digest, or too short for its verdict or its selector. */
export function verifyIntent(ctx: Context, faulty: boolean): Call {
  const { rng } = ctx;
  const sender = rng.pick(everybody).address;
  const journal = strayHash(rng);
  const imageId = strayHash(rng);
  const digest = sha256(journal);
  const seal = concatBytes(recordedProof(imageId, digest), journal);
  const shorter = rng.pick([3, 4, 35, 36]);
  const shown = faulty ? (seal.slice(0, 2 + 2 * shorter) as Hex) : seal;
  return {
    contract: 'router',
    function: 'verify',
    args: [shown, imageId, faulty && rng.chance(1, 2) ? strayHash(rng) : digest],
    sender,
  };
}
