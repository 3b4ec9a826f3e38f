import { expect } from 'chai';
import { minimise } from '../../src/mirror/minimise.ts';
import type { Step } from '../../src/mirror/types.ts';

const call = (name: string): Step => ({
  kind: 'call',
  call: { contract: 'C', function: name, args: [], sender: '0x' },
});
const time = (seconds: bigint): Step => ({ kind: 'time', seconds });
const names = (steps: readonly Step[]): string =>
  steps.map((s) => (s.kind === 'time' ? `+${s.seconds}` : s.call.function)).join(' ');
const noise = (count: number): Step[] => Array.from({ length: count }, (_, i) => call(`n${i}`));

/** Fails if these calls occur in this order with at least so many seconds in all; ends at the last of them. */
const needs =
  (wanted: readonly string[], seconds = 0n) =>
  async (steps: readonly Step[]): Promise<readonly Step[] | undefined> => {
    let found = 0;
    let passed = 0n;
    for (const [i, step] of steps.entries()) {
      if (step.kind === 'time') passed += step.seconds;
      else if (step.call.function === wanted[found]) found++;
      if (found === wanted.length) return passed >= seconds ? steps.slice(0, i + 1) : undefined;
    }
    return undefined;
  };

describe('mirror: minimiser', () => {
  it('finds the only calls that matter among hundreds, far apart, in few runs', async () => {
    const steps = [...noise(150), call('a'), ...noise(150), call('b'), ...noise(150), call('c')];
    const { steps: best, runs, complete } = await minimise(steps, needs(['a', 'b', 'c']));
    expect(names(best)).to.equal('a b c');
    expect(complete).to.equal(true);
    expect(runs).to.be.lessThan(120);
  });

  it("merges time steps that become neighbours, and drops those that don't matter", async () => {
    const steps = [call('a'), time(3n), call('x'), time(4n), call('y'), time(5n), call('b')];
    expect(names((await minimise(steps, needs(['a', 'b'], 12n))).steps)).to.equal('a +12 b');
    expect(names((await minimise(steps, needs(['a', 'b'], 1n))).steps)).to.equal('a +5 b');
    expect(names((await minimise(steps, needs(['a', 'b']))).steps)).to.equal('a b');
  });

  it('reaches a fixpoint: no single step of the result can go', async () => {
    const test = needs(['a', 'b', 'a', 'c'], 7n);
    const steps = [
      ...noise(30),
      call('a'),
      time(9n),
      call('b'),
      ...noise(9),
      call('a'),
      call('a'),
      time(1n),
      ...noise(3),
      call('c'),
    ];
    const { steps: best } = await minimise(steps, test);
    expect(names(best)).to.equal('a +9 b a c');
    for (let i = 0; i < best.length; i++) expect(await test(best.toSpliced(i, 1))).to.equal(undefined);
  });

  it('stops at its bound and says so', async () => {
    const { runs, complete, steps } = await minimise([...noise(64), call('b'), call('a')], needs(['b', 'a']), { maxRuns: 3 });
    expect({ runs, complete }).to.deep.equal({ runs: 3, complete: false });
    expect(await needs(['b', 'a'])(steps)).not.to.equal(undefined);
  });

  it('keeps a trace of one step', async () => {
    expect(names((await minimise([call('a')], needs(['a']))).steps)).to.equal('a');
  });
});
