import { expect } from 'chai';
import { type Abi, parseAbi } from 'viem';
import { rngOf } from '../../src/mirror/random.ts';
import { Coverage, requireCoverage } from '../../src/mirror/report.ts';
import type { Contracts } from '../../src/mirror/types.ts';

const abi = parseAbi([
  'function go()',
  'function stop()',
  'function see() view',
  'error Busy()',
  'event Gone()',
]) as Abi;
const contracts: Contracts = { C: { abi, address: `0x${'11'.repeat(20)}` } };

/** A campaign in which everything happened so often. */
function counts(ok: number, refused: number): Coverage {
  const coverage = new Coverage({ contracts, goals: { names: ['far'] } });
  for (const key of ['C.go', 'C.stop']) coverage.functions.set(key, { ok, refused, maxGas: 0n });
  coverage.errors.set('Busy', 2 * refused);
  coverage.events.set('C.Gone', ok);
  coverage.goals.set('far', ok);
  return coverage;
}

describe('mirror: coverage', () => {
  it('passes when all that is declared occurred, at exactly the least share', () => {
    expect(requireCoverage(counts(4, 6))).to.deep.equal([]);
  });

  it('fails below the least share of accepted calls', () => {
    expect(requireCoverage(counts(3, 5))).to.deep.equal(['6 of 16 calls were accepted, less than 40 %']);
  });

  it('names each call, error, event and goal that was missed, but no view', () => {
    expect(requireCoverage(new Coverage({ contracts, goals: { names: ['far'] } }))).to.deep.equal([
      '0 of 0 calls were accepted, less than 40 %',
      'call C.go occurred 0 times, fewer than 1',
      'call C.stop occurred 0 times, fewer than 1',
      'error Busy occurred 0 times, fewer than 1',
      'event C.Gone occurred 0 times, fewer than 1',
      'goal far occurred 0 times, fewer than 1',
    ]);
  });

  it('applies each bound to its own kind', () => {
    const rules = { minPerCall: 5, minPerError: 13, minPerEvent: 4, minPerGoal: 4 };
    expect(requireCoverage(counts(4, 6), rules)).to.deep.equal([
      'call C.go occurred 4 times, fewer than 5',
      'call C.stop occurred 4 times, fewer than 5',
      'error Busy occurred 12 times, fewer than 13',
    ]);
  });

  it('accepts an excuse for what never occurs, and fails one that is stale or names nothing', () => {
    const silent = counts(1, 0);
    expect(requireCoverage(silent, { excused: { Busy: 'needs a second chain' } })).to.deep.equal([]);
    expect(requireCoverage(counts(4, 6), { excused: { Busy: 'needs a second chain', Bsy: 'typo' } })).to.deep.equal([
      'error Busy is excused (needs a second chain) but occurred 12 times: drop the excuse',
      '"Bsy" is excused but no such call, error, event or goal exists',
    ]);
  });
});

describe('mirror: random numbers', () => {
  const draw = (seed: string, index: number): string => {
    const rng = rngOf(seed, index);
    return [rng.int(0, 9), rng.bigint(0n, 2n ** 200n), rng.pick(['a', 'b']), rng.chance(1, 2)].join();
  };

  it('depend on seed and trace number, and on nothing else', () => {
    expect(draw('s', 0)).to.equal(draw('s', 0));
    expect(new Set([draw('s', 0), draw('s', 1), draw('t', 0)]).size).to.equal(3);
  });

  it('are the same on every machine', () => {
    expect(draw('s', 0)).to.equal('1,1488147579053931842292277701385429150472713667544413464494926,a,true');
  });

  it('stay in their range, both ends included', () => {
    const rng = rngOf('range', 0);
    const seen = new Set(Array.from({ length: 200 }, () => rng.int(-1, 1)));
    const big = new Set(Array.from({ length: 200 }, () => rng.bigint(-1n, 1n)));
    expect([...seen].sort()).to.deep.equal([-1, 0, 1]);
    expect([...big].map(Number).sort()).to.deep.equal([-1, 0, 1]);
    expect(Array.from({ length: 50 }, () => rng.chance(3, 3))).not.to.include(false);
    expect(Array.from({ length: 50 }, () => rng.chance(0, 3))).not.to.include(true);
    expect(() => rng.pick([])).to.throw('pick: the list is empty');
  });
});
