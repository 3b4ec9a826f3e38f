/**
 * Decisions of the council, from proposal to execution.
 * @module
 */
import { parseEventLogs } from 'viem';
import { systemAbis } from '../abi/system.ts';
import type { Hex } from '../codec/hash.ts';
import { encodeWords } from '../codec/words.ts';
import type { KeyedAccount } from './accounts.ts';
import { type Call, type Chain, encodeCall, send } from './connection.ts';
import { chainTime, warp } from './devtime.ts';
import { ChainError } from './failure.ts';
import { formatDuration, formatTime } from './format.ts';
import { TIER_NAMES, type Tier } from './tiers.ts';

/** Proposals of the same call that are looked at when a free salt is searched. */
const MAX_REPEATS = 1_000n;

export interface Governed {
  readonly proposal: Hex;
  readonly tier: Tier;
  /** seconds by which a development chain's time was moved to end the delay */
  readonly waited: number;
}

/**
 * Proposes a call, approves it by as many members as it needs, waits for its delay (by moving the time of a development
 * chain) and executes it.
 *
 * @param members those whose keys are at hand; the first one proposes and executes
 * @param tier the least that the call needs, if not given
 * @throws CallRefused when the council or the call's target refuses
 * @throws ChainError key-missing, delay-running
 */
export async function govern(
  chain: Chain,
  council: Hex,
  members: readonly KeyedAccount[],
  call: Call,
  tier?: Tier,
): Promise<Governed> {
  const [proposer] = members;
  if (proposer === undefined) throw keyMissing(0, 'propose');
  const contract = { address: council, abi: systemAbis.council } as const;
  const selector = call.data.slice(0, 10) as Hex;
  const chosen =
    tier ??
    ((await chain.reader.readContract({
      ...contract,
      functionName: 'minimumTier',
      args: [call.to, selector],
    })) as Tier);
  const salt = await freeSalt(chain, council, call, chosen);
  const target = { council };
  const proposed = await send(
    chain,
    proposer,
    encodeCall(target, 'council', 'propose', [call.to, call.data, chosen, salt]),
  );
  const [event] = parseEventLogs({ abi: systemAbis.council, logs: proposed.logs, eventName: 'Proposed' });
  if (event === undefined) throw new ChainError('not-deployed', `${council} is not the council. Deploy again.`);
  const proposal = event.args.id;

  for (const member of members.slice(1)) {
    if (await hasQuorum(chain, council, proposal)) break;
    await send(chain, member, encodeCall(target, 'council', 'approve', [proposal]));
  }
  if (!(await hasQuorum(chain, council, proposal)))
    throw keyMissing(members.length, `approve a ${TIER_NAMES[chosen]} proposal`);
  const waited = await waitForDelay(chain, council, proposal);
  await send(chain, proposer, encodeCall(target, 'council', 'execute', [call.to, call.data, chosen, salt]));
  return { proposal, tier: chosen, waited };
}

function keyMissing(have: number, purpose: string): ChainError {
  return new ChainError(
    'key-missing',
    `${have} keys of council members are at hand, too few to ${purpose}. Give the keys of more members.`,
  );
}

async function proposalOf(chain: Chain, council: Hex, id: Hex) {
  const [status, , , , , eta] = await chain.reader.readContract({
    address: council,
    abi: systemAbis.council,
    functionName: 'proposal',
    args: [id],
  });
  return { status, eta };
}

/** The first salt under which this call wasn't proposed yet. */
async function freeSalt(chain: Chain, council: Hex, call: Call, tier: Tier): Promise<Hex> {
  for (let n = 0n; n < MAX_REPEATS; n++) {
    const salt = encodeWords([n]);
    const id = await chain.reader.readContract({
      address: council,
      abi: systemAbis.council,
      functionName: 'proposalId',
      args: [call.to, call.data, tier, salt],
    });
    if ((await proposalOf(chain, council, id)).status === 0) return salt;
  }
  throw new ChainError(
    'unsupported',
    `the same call was proposed ${MAX_REPEATS} times. Propose it with a salt of your own.`,
  );
}

async function hasQuorum(chain: Chain, council: Hex, id: Hex): Promise<boolean> {
  return (await proposalOf(chain, council, id)).eta !== 0n;
}

/** Moves the time of a development chain to the proposal's eta; resolves with the seconds that this took. */
async function waitForDelay(chain: Chain, council: Hex, id: Hex): Promise<number> {
  const { eta } = await proposalOf(chain, council, id);
  const left = Number(eta - (await chainTime(chain)));
  if (left <= 0) return 0;
  if (!chain.local) {
    const when = `from ${formatTime(eta)} on, in ${formatDuration(left)}`;
    throw new ChainError('delay-running', `proposal ${id} is approved and can be executed ${when}. Execute it then.`);
  }
  await warp(chain, left);
  return left;
}
