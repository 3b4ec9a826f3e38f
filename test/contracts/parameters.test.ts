import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parameterEdges } from '../../src/campaign/parameter-edges.ts';
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

  const rules = parameterEdges(P);
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
