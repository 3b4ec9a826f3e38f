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
  /** what it is for */
  readonly name: string;
  /** each breaks this inequality and none before it */
  readonly unsafe: readonly Change[];
  /** each breaks none */
  readonly safe: readonly Change[];
}

/** @param p a safe set; its distances from the other bounds are those of the campaign's set, or wider */
export function parameterEdges(p: ParameterSet): readonly ParameterEdge[] {
  const slack = 3 * p.blockInterval;
  const claim = shortestClaim(p);
  const ruling = p.lookBack + p.disputeWindow + p.rulingWindow + slack;
  return [
    {
      rule: 1,
      name: 'a self-bond is required',
      unsafe: [{ minSelfBond: 0n }],
      safe: [{ minSelfBond: 16n, claimBond: 1n }, { minSelfBond: 2n ** 80n - 1n }],
    },
    {
      rule: 2,
      name: 'blocks and proofs take time',
      unsafe: [{ blockInterval: 0 }, { proofTime: 0 }],
      safe: [{ blockInterval: 1 }, { proofTime: 1 }],
    },
    {
      rule: 3,
      name: 'critical changes wait longer than unbonding takes',
      unsafe: [{ criticalDelay: p.unbondingPeriod + 3 * p.blockInterval }, { criticalDelay: p.unbondingPeriod }],
      safe: [{ criticalDelay: p.unbondingPeriod + 3 * p.blockInterval + 1 }],
    },
    {
      rule: 4,
      name: 'elevated changes wait no longer than critical ones',
      unsafe: [{ elevatedDelay: p.criticalDelay + 1 }],
      safe: [{ elevatedDelay: p.criticalDelay }, { elevatedDelay: 0 }],
    },
    {
      rule: 5,
      name: 'decisions can live as long as a claim',
      unsafe: [{ maxValidity: claim - 1 }],
      safe: [{ maxValidity: claim }],
    },
    {
      rule: 6,
      name: 'a proof in flight survives an epoch',
      unsafe: [{ registryGrace: claim + p.proofTime - 1 }],
      safe: [{ registryGrace: claim + p.proofTime }],
    },
    {
      rule: 7,
      name: 'a proof in flight survives an attestation',
      unsafe: [{ attestationGrace: claim + p.proofTime - 1 }],
      safe: [{ attestationGrace: claim + p.proofTime }],
    },
    {
      rule: 8,
      name: 'one member freezes for at most half of the time',
      unsafe: [
        { freezeDuration: 0 },
        { freezeDuration: p.freezeCooldown / 2 + 1 },
        { freezeDuration: 2 ** 32 - 1, freezeCooldown: 2 ** 32 - 1 },
      ],
      safe: [{ freezeDuration: 1 }, { freezeDuration: p.freezeCooldown / 2 }],
    },
    {
      rule: 9,
      name: 'proposals can be executed for two blocks',
      unsafe: [{ proposalGrace: 2 * p.blockInterval - 1 }],
      safe: [{ proposalGrace: 2 * p.blockInterval }],
    },
    {
      rule: 10,
      name: 'the grace of one epoch ends before the next begins',
      unsafe: [{ epochMinInterval: p.registryGrace - 1 }],
      safe: [{ epochMinInterval: p.registryGrace }],
    },
    {
      rule: 11,
      name: 'the least self-bond covers every claim that an operator can hold',
      unsafe: [{ claimBond: 0n }, { claimBond: p.minSelfBond / 16n + 1n }],
      safe: [{ claimBond: 1n }, { claimBond: p.minSelfBond / 16n }],
    },
    {
      rule: 12,
      name: 'whoever reports itself loses what is burned and what the treasury gets',
      unsafe: [
        { challengerBps: 5_001 },
        { burnBps: 999 },
        { challengerBps: 5_000, burnBps: 5_001 },
        { challengerBps: 2 ** 16 - 1, burnBps: 2 ** 16 - 1 },
      ],
      safe: [{ challengerBps: 5_000, burnBps: 5_000 }, { challengerBps: 0 }, { burnBps: 1_000 }],
    },
    {
      rule: 13,
      name: 'missed claims are counted and lead to jail',
      unsafe: [{ missLimit: 0 }, { missPeriod: 0 }, { jailTerm: 0 }],
      safe: [{ missLimit: 1 }, { missPeriod: 1 }, { jailTerm: 1 }],
    },
    {
      rule: 14,
      name: "delegations are at most a hundred times an operator's own stake",
      unsafe: [{ delegationRatio: 101 }],
      safe: [{ delegationRatio: 100 }, { delegationRatio: 0 }],
    },
    {
      rule: 15,
      name: 'whoever leaves right after an offence is in reach when the ruling ends',
      unsafe: [{ unbondingPeriod: ruling }, { lookBack: 2 ** 32 - 1, disputeWindow: 2 ** 32 - 1 }],
      safe: [{ unbondingPeriod: ruling + 1 }],
    },
    {
      rule: 16,
      name: 'whoever leaves right after an offence is in reach of the evidence',
      unsafe: [{ proveWindow: p.unbondingPeriod - slack }],
      safe: [{ proveWindow: p.unbondingPeriod - slack - 1 }],
    },
    {
      rule: 17,
      name: 'the accused, the accuser and the members have time',
      unsafe: [{ lookBack: 0 }, { disputeWindow: slack - 1 }, { rulingWindow: slack - 1 }],
      safe: [{ lookBack: 1 }, { disputeWindow: slack }, { rulingWindow: slack }],
    },
    {
      rule: 18,
      name: 'evidence can be proven within twenty blocks and ten proofs',
      unsafe: [{ proveWindow: 10 * p.proofTime - 1 }, { proofTime: 1, proveWindow: 20 * p.blockInterval - 1 }],
      safe: [
        { proveWindow: 10 * p.proofTime, revealDelay: 2 * p.blockInterval },
        { proofTime: 1, proveWindow: 20 * p.blockInterval, revealDelay: 2 * p.blockInterval },
      ],
    },
    {
      rule: 19,
      name: 'evidence is opened two blocks before it is shown, and there is time to show it',
      unsafe: [
        { revealDelay: 2 * p.blockInterval - 1 },
        { revealDelay: 20, proveWindow: 80 },
        { revealDelay: 2 ** 32 - 1 },
      ],
      safe: [{ revealDelay: 2 * p.blockInterval }, { revealDelay: 20, proveWindow: 81 }],
    },
    {
      rule: 20,
      name: 'an audit takes something, at most a tenth, and an accuser stands in for it',
      unsafe: [{ auditBps: 0 }, { auditBps: 1_001 }, { accuserBond: 0n }],
      safe: [{ auditBps: 1 }, { auditBps: 1_000 }, { accuserBond: 1n }],
    },
    {
      rule: 21,
      name: 'a member is not gone faster than by a critical proposal',
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
