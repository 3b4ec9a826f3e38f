import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parameterEdges } from '../../src/campaign/parameter-edges.ts';
import { ACCEPTED, no } from './boundaries.ts';
import { callOf, startTwin, type Twin, world } from './twin.ts';

const P = world.parameterSet;

/** What each inequality is for, in the order of their numbers. */
const NAMES = [
  'a self-bond is required',
  'blocks and proofs take time',
  'critical changes wait longer than unbonding takes',
  'elevated changes wait no longer than critical ones',
  'decisions can live as long as a claim',
  'a proof in flight survives an epoch',
  'a proof in flight survives an attestation',
  'one member freezes for at most half of the time',
  'proposals can be executed for two blocks',
  'the grace of one epoch ends before the next begins',
  'the least self-bond covers every claim that an operator can hold',
  'whoever reports itself loses what is burned and what the treasury gets',
  'missed claims are counted and lead to jail',
  "delegations are at most a hundred times an operator's own stake",
  'whoever leaves right after an offence is in reach when the ruling ends',
  'whoever leaves right after an offence is in reach of the evidence',
  'the accused, the accuser and the members have time',
  'evidence can be proven within twenty blocks and ten proofs',
  'evidence is opened two blocks before it is shown, and there is time to show it',
  'an audit takes something, at most a tenth, and an accuser stands in for it',
  'a member is not gone faster than by a critical proposal',
] as const;

describe('parameters: each inequality, at its edge and one beyond, on contracts and model', function () {
  this.timeout(60_000);
  let twin: Twin;
  before(async () => {
    twin = await startTwin();
  });
  after(() => twin?.stop());

  const rules = parameterEdges(P);
  const set = (change: Partial<typeof P>) => ({
    at: twin.start,
    call: callOf('parameters', 'setParameters', twin.state.deployment.directory.council, [0, { ...P, ...change }]),
  });

  for (const { rule, unsafe, safe } of rules) {
    it(`rule ${rule}: ${NAMES[rule - 1]}`, async () => {
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
    expect(NAMES).to.have.length(checked.length);
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
