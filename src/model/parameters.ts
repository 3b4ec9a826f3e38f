/**
 * Parameters: the governed numbers, in one versioned set that is refused when it is unsafe. Mirrors
 * contracts/council/Parameters.sol; the rules are numbered there and in docs/protocol.md.
 * @module
 */
import { notCouncil } from './guards.ts';
import type { ParameterSet, State } from './state.ts';
import type { Transitions } from './step.ts';

/** Open claims of one operator. */
export const MAX_LOCKS = 16n;

export const parameters: Transitions<'parameters'> = {
  setParameters(state, [expectedVersion, set], env) {
    const denied = notCouncil(state, env);
    if (denied) return denied;
    const { version } = state.parameters;
    if (expectedVersion !== version) return { error: 'ParametersVersionMismatch', args: [expectedVersion, version] };
    const rule = brokenRule(set);
    if (rule !== undefined) return { error: 'ParametersUnsafe', args: [rule] };
    return {
      state: { ...state, parameters: { version: version + 1, set } },
      events: [{ contract: 'parameters', event: 'ParametersSet', args: { version: version + 1, set } }],
      returns: [],
    };
  },
};

export function parametersOf(state: State): ParameterSet {
  return state.parameters.set;
}

/** The shortest useful claim: three blocks and a proof. Seconds. */
export function shortestClaim(set: ParameterSet): number {
  return 3 * set.blockInterval + set.proofTime;
}

/** Number of the first inequality that the set breaks. */
export function brokenRule(s: ParameterSet): number | undefined {
  const claim = shortestClaim(s);
  const slack = 3 * s.blockInterval;
  const rules: readonly boolean[] = [
    s.minSelfBond > 0n,
    s.blockInterval > 0 && s.proofTime > 0,
    s.criticalDelay > s.unbondingPeriod + slack,
    s.elevatedDelay <= s.criticalDelay,
    s.maxValidity >= claim,
    s.registryGrace >= claim + s.proofTime,
    s.attestationGrace >= claim + s.proofTime,
    s.freezeDuration > 0 && 2 * s.freezeDuration <= s.freezeCooldown,
    s.proposalGrace >= 2 * s.blockInterval,
    s.epochMinInterval >= s.registryGrace,
    s.claimBond > 0n && MAX_LOCKS * s.claimBond <= s.minSelfBond,
    s.challengerBps <= 5_000 && s.burnBps >= 1_000 && s.challengerBps + s.burnBps <= 10_000,
    s.missLimit > 0 && s.missPeriod > 0 && s.jailTerm > 0,
    s.delegationRatio <= 100,
    s.unbondingPeriod > s.lookBack + s.disputeWindow + s.rulingWindow + slack,
    s.unbondingPeriod > s.proveWindow + slack,
    s.lookBack > 0 && s.disputeWindow >= slack && s.rulingWindow >= slack,
    s.proveWindow >= 20 * s.blockInterval && s.proveWindow >= 10 * s.proofTime,
    s.revealDelay >= 2 * s.blockInterval && 4 * s.revealDelay < s.proveWindow,
    s.auditBps > 0 && s.auditBps <= 1_000 && s.accuserBond > 0n,
    s.silencePeriod + s.noticePeriod > s.criticalDelay && s.noticePeriod >= slack,
  ];
  const first = rules.indexOf(false);
  return first === -1 ? undefined : first + 1;
}
