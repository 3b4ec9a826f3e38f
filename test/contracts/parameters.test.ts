import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ACCEPTED, no } from './boundaries.ts';
import { callOf, startTwin, type Twin, world } from './twin.ts';

const P = world.parameterSet;

describe('parameters: each inequality, at its edge and one beyond, on contracts and model', function () {
  this.timeout(60_000);
  let twin: Twin;
  before(async () => {
    twin = await startTwin();
  });
  after(() => twin?.stop());

  const slack = 3 * P.blockInterval;
  const claim = slack + P.proofTime;
  const ruling = P.lookBack + P.disputeWindow + P.rulingWindow + slack;
  const rules: readonly {
    rule: number;
    name: string;
    unsafe: readonly Partial<typeof P>[];
    safe: readonly Partial<typeof P>[];
  }[] = [
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
      unsafe: [{ criticalDelay: P.unbondingPeriod + 3 * P.blockInterval }, { criticalDelay: P.unbondingPeriod }],
      safe: [{ criticalDelay: P.unbondingPeriod + 3 * P.blockInterval + 1 }],
    },
    {
      rule: 4,
      name: 'elevated changes wait no longer than critical ones',
      unsafe: [{ elevatedDelay: P.criticalDelay + 1 }],
      safe: [{ elevatedDelay: P.criticalDelay }, { elevatedDelay: 0 }],
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
      unsafe: [{ registryGrace: claim + P.proofTime - 1 }],
      safe: [{ registryGrace: claim + P.proofTime }],
    },
    {
      rule: 7,
      name: 'a proof in flight survives an attestation',
      unsafe: [{ attestationGrace: claim + P.proofTime - 1 }],
      safe: [{ attestationGrace: claim + P.proofTime }],
    },
    {
      rule: 8,
      name: 'one member freezes for at most half of the time',
      unsafe: [
        { freezeDuration: 0 },
        { freezeDuration: P.freezeCooldown / 2 + 1 },
        { freezeDuration: 2 ** 32 - 1, freezeCooldown: 2 ** 32 - 1 },
      ],
      safe: [{ freezeDuration: 1 }, { freezeDuration: P.freezeCooldown / 2 }],
    },
    {
      rule: 9,
      name: 'proposals can be executed for two blocks',
      unsafe: [{ proposalGrace: 2 * P.blockInterval - 1 }],
      safe: [{ proposalGrace: 2 * P.blockInterval }],
    },
    {
      rule: 10,
      name: 'the grace of one epoch ends before the next begins',
      unsafe: [{ epochMinInterval: P.registryGrace - 1 }],
      safe: [{ epochMinInterval: P.registryGrace }],
    },
    {
      rule: 11,
      name: 'the least self-bond covers every claim that an operator can hold',
      unsafe: [{ claimBond: 0n }, { claimBond: P.minSelfBond / 16n + 1n }],
      safe: [{ claimBond: 1n }, { claimBond: P.minSelfBond / 16n }],
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
      unsafe: [{ proveWindow: P.unbondingPeriod - slack }],
      safe: [{ proveWindow: P.unbondingPeriod - slack - 1 }],
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
      unsafe: [{ proveWindow: 10 * P.proofTime - 1 }, { proofTime: 1, proveWindow: 20 * P.blockInterval - 1 }],
      safe: [
        { proveWindow: 10 * P.proofTime, revealDelay: 2 * P.blockInterval },
        { proofTime: 1, proveWindow: 20 * P.blockInterval, revealDelay: 2 * P.blockInterval },
      ],
    },
    {
      rule: 19,
      name: 'evidence is opened two blocks before it is shown, and there is time to show it',
      unsafe: [
        { revealDelay: 2 * P.blockInterval - 1 },
        { revealDelay: 20, proveWindow: 80 },
        { revealDelay: 2 ** 32 - 1 },
      ],
      safe: [{ revealDelay: 2 * P.blockInterval }, { revealDelay: 20, proveWindow: 81 }],
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
        { silencePeriod: P.criticalDelay - P.noticePeriod },
        { silencePeriod: P.criticalDelay, noticePeriod: slack - 1 },
      ],
      safe: [
        { silencePeriod: P.criticalDelay - P.noticePeriod + 1 },
        { silencePeriod: P.criticalDelay, noticePeriod: slack },
      ],
    },
  ];

  const set = (change: Partial<typeof P>) => ({
    at: twin.start,
    call: callOf('parameters', 'setParameters', twin.state.deployment.directory.council, [0, { ...P, ...change }]),
  });

  for (const { rule, name, unsafe, safe } of rules) {
    it(`rule ${rule}: ${name}`, async () => {
      for (const change of unsafe) {
        expect((await twin.run([set(change)])).outcomes, JSON.stringify(change, printable)).to.deep.equal([
          no('ParametersUnsafe', rule),
        ]);
      }
      for (const change of safe) {
        expect((await twin.run([set(change)])).outcomes, JSON.stringify(change, printable)).to.deep.equal([ACCEPTED]);
      }
    });
  }

  it('no inequality is without a test', () => {
    const source = readFileSync(new URL('../../contracts/council/Parameters.sol', import.meta.url), 'utf8');
    const checked = [...source.matchAll(/ParametersUnsafe\((\d+)\)/g)].map(([, rule]) => Number(rule));
    expect(rules.map(({ rule }) => rule)).to.deep.equal(checked);
  });

  it('the largest numbers that fit overflow nothing', async () => {
    const most = 2 ** 32 - 1;
    const change = { unbondingPeriod: most, criticalDelay: most, blockInterval: most, proofTime: most };
    expect((await twin.run([set(change)])).outcomes).to.deep.equal([no('ParametersUnsafe', 3)]);
    const slow = { blockInterval: most, proofTime: most, criticalDelay: most, unbondingPeriod: 0 };
    expect((await twin.run([set(slow)])).outcomes).to.deep.equal([no('ParametersUnsafe', 3)]);
    const short = 2 ** 24 - 1;
    const proofs = {
      proofTime: most,
      maxValidity: short,
      registryGrace: short,
      attestationGrace: short,
      epochMinInterval: most,
    };
    expect((await twin.run([set(proofs)])).outcomes).to.deep.equal([no('ParametersUnsafe', 5)]);
  });

  it('the first rule that is broken is named', async () => {
    const change = { minSelfBond: 0n, proofTime: 0, proposalGrace: 0 };
    expect((await twin.run([set(change)])).outcomes).to.deep.equal([no('ParametersUnsafe', 1)]);
  });
});

const printable = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
