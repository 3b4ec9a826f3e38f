/**
 * The least tier at which the council may make each governed call. A call without a line here needs the critical tier,
 * whose delay is longer than the unbonding period: whoever dislikes it can leave before it bites.
 * @module
 */
import type { ContractName, SystemAbis } from '../abi/system.ts';
import type { WriteName } from '../abi/types.ts';

export type Tier = 1 | 2 | 3;
export const TIER_NAMES: Readonly<Record<Tier, string>> = { 1: 'routine', 2: 'elevated', 3: 'critical' };

export interface TierLine {
  readonly contract: ContractName;
  readonly call: string;
  readonly tier: Tier;
  readonly reason: string;
}

function line<N extends ContractName>(
  contract: N,
  call: WriteName<SystemAbis[N]>,
  tier: Tier,
  reason: string,
): TierLine {
  return { contract, call, tier, reason };
}

/**
 * Set at genesis. Everything that isn't listed is critical: parameters, members, tiers, opening the admission, and
 * adding a verifier, because one that accepts everything would open every account, whatever its policy says.
 */
export const GENESIS_TIERS: readonly TierLine[] = [
  line('registry', 'stageEntry', 2, 'Staging has no effect before an epoch; the delay is for reading the entry.'),
  line('registry', 'stageRemoval', 2, 'Takes authority away, and only with the next epoch.'),
  line('registry', 'unstage', 2, 'Stops a staged change; must not take longer than staging it.'),
  line('registry', 'advanceEpoch', 2, 'Puts into force what was staged and could be read since.'),
  line('registry', 'moveFreeze', 2, 'Answers a freeze by one member; must be possible before that freeze ends.'),
  line('registry', 'endFreeze', 2, 'The same: one hostile member must not stop executions for long.'),
  line('operators', 'admit', 2, 'Lets an operator in; it can do nothing without its own bond and a listing entry.'),
  line('oracle', 'configureSource', 2, 'Replaces lost attesters; policies of the source are halted until then.'),
  line(
    'router',
    'stopVerifier',
    2,
    'Final refusals need a quorum: what one member could stop at once and again would stay stopped. At once, a member freezes.',
  ),
  line('router', 'resumeVerifier', 2, 'Undoes a stop, by as many as can stop.'),
  line('router', 'removeVerifier', 2, 'Final, but refuses only; entries can be moved to another verifier.'),
];
