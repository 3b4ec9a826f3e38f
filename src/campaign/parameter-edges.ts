/**
 * The inequalities of a safe parameter set, each at its edge and one unit beyond it.
 * @module
 */
import type { ParameterSet } from '../model/index.ts';
import { shortestClaim } from '../model/parameters.ts';

type Change = Partial<ParameterSet>;

/** Changes of a safe set that come to the edge of one inequality. */
export interface ParameterEdge {
  /** number of the inequality, as `ParametersUnsafe` has it */
  readonly rule: number;
  /** each breaks this inequality and none before it */
  readonly unsafe: readonly Change[];
  /** each breaks none */
  readonly safe: readonly Change[];
}

/** @param p a safe set; its distances from the other bounds are those of the campaign's set, or wider */
export function parameterEdges(p: ParameterSet): readonly ParameterEdge[] {
  return [...windowEdges(p), ...boundEdges(p), ...courtEdges(p)];
}

/** What waits for what: delays, validities and graces. */
function windowEdges(p: ParameterSet): readonly ParameterEdge[] {
  const claim = shortestClaim(p);
  return [
    {
      // a self-bond is required
      rule: 1,
      unsafe: [{ minSelfBond: 0n }],
      safe: [{ minSelfBond: 16n, claimBond: 1n }, { minSelfBond: 2n ** 80n - 1n }],
    },
    {
      // blocks and proofs take time
      rule: 2,
      unsafe: [{ blockInterval: 0 }, { proofTime: 0 }],
      safe: [{ blockInterval: 1 }, { proofTime: 1 }],
    },
    {
      // critical changes wait longer than unbonding takes
      rule: 3,
      unsafe: [{ criticalDelay: p.unbondingPeriod + 3 * p.blockInterval }, { criticalDelay: p.unbondingPeriod }],
      safe: [{ criticalDelay: p.unbondingPeriod + 3 * p.blockInterval + 1 }],
    },
    {
      // elevated changes wait no longer than critical ones
      rule: 4,
      unsafe: [{ elevatedDelay: p.criticalDelay + 1 }],
      safe: [{ elevatedDelay: p.criticalDelay }, { elevatedDelay: 0 }],
    },
    {
      // decisions can live as long as a claim
      rule: 5,
      unsafe: [{ maxValidity: claim - 1 }],
      safe: [{ maxValidity: claim }],
    },
    {
      // a proof in flight survives an epoch
      rule: 6,
      unsafe: [{ registryGrace: claim + p.proofTime - 1 }],
      safe: [{ registryGrace: claim + p.proofTime }],
    },
    {
      // a proof in flight survives an attestation
      rule: 7,
      unsafe: [{ attestationGrace: claim + p.proofTime - 1 }],
      safe: [{ attestationGrace: claim + p.proofTime }],
    },
  ];
}

/** Freezes, proposals, epochs, bonds, splits, misses and delegations. */
function boundEdges(p: ParameterSet): readonly ParameterEdge[] {
  return [
    {
      // one member freezes for at most half of the time
      rule: 8,
      unsafe: [
        { freezeDuration: 0 },
        { freezeDuration: p.freezeCooldown / 2 + 1 },
        { freezeDuration: 2 ** 32 - 1, freezeCooldown: 2 ** 32 - 1 },
      ],
      safe: [{ freezeDuration: 1 }, { freezeDuration: p.freezeCooldown / 2 }],
    },
    {
      // proposals can be executed for two blocks
      rule: 9,
      unsafe: [{ proposalGrace: 2 * p.blockInterval - 1 }],
      safe: [{ proposalGrace: 2 * p.blockInterval }],
    },
    {
      // the grace of one epoch ends before the next begins
      rule: 10,
      unsafe: [{ epochMinInterval: p.registryGrace - 1 }],
      safe: [{ epochMinInterval: p.registryGrace }],
    },
    {
      // the least self-bond covers every claim that an operator can hold
      rule: 11,
      unsafe: [{ claimBond: 0n }, { claimBond: p.minSelfBond / 16n + 1n }],
      safe: [{ claimBond: 1n }, { claimBond: p.minSelfBond / 16n }],
    },
    {
      // whoever reports itself loses what is burned and what the treasury gets
      rule: 12,
      unsafe: [
        { challengerBps: 5_001 },
        { burnBps: 999 },
        { challengerBps: 5_000, burnBps: 5_001 },
        { challengerBps: 2 ** 16 - 1, burnBps: 2 ** 16 - 1 },
      ],
      safe: [{ challengerBps: 5_000, burnBps: 5_000 }, { challengerBps: 0 }, { burnBps: 1_000 }],
    },
    {
      // missed claims are counted and lead to jail
      rule: 13,
      unsafe: [{ missLimit: 0 }, { missPeriod: 0 }, { jailTerm: 0 }],
      safe: [{ missLimit: 1 }, { missPeriod: 1 }, { jailTerm: 1 }],
    },
    {
      // delegations are at most a hundred times an operator's own stake
      rule: 14,
      unsafe: [{ delegationRatio: 101 }],
      safe: [{ delegationRatio: 100 }, { delegationRatio: 0 }],
    },
  ];
}

/** Evidence, accusations and members. */
function courtEdges(p: ParameterSet): readonly ParameterEdge[] {
  const slack = 3 * p.blockInterval;
  const ruling = p.lookBack + p.disputeWindow + p.rulingWindow + slack;
  return [
    {
      // whoever leaves right after an offence is in reach when the ruling ends
      rule: 15,
      unsafe: [{ unbondingPeriod: ruling }, { lookBack: 2 ** 32 - 1, disputeWindow: 2 ** 32 - 1 }],
      safe: [{ unbondingPeriod: ruling + 1 }],
    },
    {
      // whoever leaves right after an offence is in reach of the evidence
      rule: 16,
      unsafe: [{ proveWindow: p.unbondingPeriod - slack }],
      safe: [{ proveWindow: p.unbondingPeriod - slack - 1 }],
    },
    {
      // the accused, the accuser and the members have time
      rule: 17,
      unsafe: [{ lookBack: 0 }, { disputeWindow: slack - 1 }, { rulingWindow: slack - 1 }],
      safe: [{ lookBack: 1 }, { disputeWindow: slack }, { rulingWindow: slack }],
    },
    {
      // evidence can be proven within twenty blocks and ten proofs
      rule: 18,
      unsafe: [{ proveWindow: 10 * p.proofTime - 1 }, { proofTime: 1, proveWindow: 20 * p.blockInterval - 1 }],
      safe: [
        { proveWindow: 10 * p.proofTime, revealDelay: 2 * p.blockInterval },
        { proofTime: 1, proveWindow: 20 * p.blockInterval, revealDelay: 2 * p.blockInterval },
      ],
    },
    {
      // evidence is opened two blocks before it is shown, and there is time to show it
      rule: 19,
      unsafe: [
        { revealDelay: 2 * p.blockInterval - 1 },
        { revealDelay: 20, proveWindow: 80 },
        { revealDelay: 2 ** 32 - 1 },
      ],
      safe: [{ revealDelay: 2 * p.blockInterval }, { revealDelay: 20, proveWindow: 81 }],
    },
    {
      // an audit takes something, at most a tenth, and an accuser stands in for it
      rule: 20,
      unsafe: [{ auditBps: 0 }, { auditBps: 1_001 }, { accuserBond: 0n }],
      safe: [{ auditBps: 1 }, { auditBps: 1_000 }, { accuserBond: 1n }],
    },
    {
      // a member is not gone faster than by a critical proposal
      rule: 21,
      unsafe: [
        { silencePeriod: p.criticalDelay - p.noticePeriod },
        { silencePeriod: p.criticalDelay, noticePeriod: slack - 1 },
      ],
      safe: [
        { silencePeriod: p.criticalDelay - p.noticePeriod + 1 },
        { silencePeriod: p.criticalDelay, noticePeriod: slack },
      ],
    },
  ];
}
