import { expect } from 'chai';
import { parseAbi } from 'viem';
import { type Anvil, startAnvil } from '../../src/mirror/anvil.ts';
import { codecOf } from '../../src/mirror/codec.ts';
import { minimise } from '../../src/mirror/minimise.ts';
import { runTrace } from '../../src/mirror/run.ts';
import { sameFailure } from '../../src/mirror/same-failure.ts';
import { simulateBackend } from '../../src/mirror/simulate.ts';
import type { Backend, Call, Hex, Step, System } from '../../src/mirror/types.ts';
import { applyWrongly, climbers, deployLadder, type Ladder, leastWeight, longAscent, on } from './fixtures/ladder.ts';

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
    const { runs, complete, steps } = await minimise([...noise(64), call('b'), call('a')], needs(['b', 'a']), {
      maxRuns: 3,
    });
    expect({ runs, complete }).to.deep.equal({ runs: 3, complete: false });
    expect(await needs(['b', 'a'])(steps)).not.to.equal(undefined);
  });

  it('keeps a trace of one step', async () => {
    expect(names((await minimise([call('a')], needs(['a']))).steps)).to.equal('a');
  });

  it('drops steps that cancel each other and stand apart, though none of them can go alone', async () => {
    const lit = async (steps: readonly Step[]): Promise<readonly Step[] | undefined> => {
      const names = steps.map((step) => (step.kind === 'call' ? step.call.function : ''));
      const switched = names.filter((name) => name === 'on' || name === 'off').length;
      return switched % 2 === 0 && names.includes('a') && names.at(-1) === 'b' ? steps : undefined;
    };
    const steps = [call('on'), call('x'), call('a'), call('y'), call('off'), call('z'), call('b')];
    expect(names((await minimise(steps, lit)).steps)).to.equal('a b');
  });

  it('gives the same steps however many candidates run at a time, and whichever answers first', async () => {
    const steps = [...noise(70), call('a'), ...noise(70), time(9n), call('b'), ...noise(70), call('c')];
    const wanted = needs(['a', 'b', 'c'], 4n);
    let answers = 0;
    const uneven = async (candidate: readonly Step[]): Promise<readonly Step[] | undefined> => {
      for (let turns = answers++ % 5; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
      return wanted(candidate);
    };
    const alone = await minimise(steps, wanted, { codec });
    const first = await minimise(steps, uneven, { codec, inFlight: 4 });
    answers = 3;
    const second = await minimise(steps, uneven, { codec, inFlight: 4 });
    expect(names(alone.steps)).to.equal('a +4 b c');
    expect(first.steps).to.deep.equal(alone.steps);
    expect(second).to.deep.equal(first);
  });
});

const nobody: Hex = `0x${'00'.repeat(20)}`;
const [ann, bob, cleo]: readonly Hex[] = ['aa', 'bb', 'cc'].map((byte): Hex => `0x${byte.repeat(20)}`);
const abi = parseAbi([
  'struct Part { address to; uint32 share; int64 bias; bytes32 tag }',
  'function pay(uint256 amount, uint32 count)',
  'function split(Part[] parts, bytes data, bool last, string note, uint8[2] pair)',
  'function name(bytes32 id)',
  'function a()',
  'function b()',
  'function c()',
  ...Array.from({ length: 70 }, (_, i) => `function n${i}()`),
]);
const codec = codecOf({ C: { abi, address: `0x${'01'.repeat(20)}` } });
const from = (sender: Hex, fn: string, ...args: readonly unknown[]): Step => ({
  kind: 'call',
  call: { contract: 'C', function: fn, args, sender },
});
const word = (byte: string): Hex => `0x${byte.repeat(32)}`;

/** Shrinks by a condition on the calls alone. */
const shrunk = async (steps: readonly Step[], fails: (calls: readonly Call[]) => boolean): Promise<Call[]> => {
  const test = async (candidate: readonly Step[]): Promise<readonly Step[] | undefined> =>
    fails(candidate.flatMap((step) => (step.kind === 'call' ? [step.call] : []))) ? candidate : undefined;
  const { steps: best, complete } = await minimise(steps, test, { codec });
  expect(complete).to.equal(true);
  return best.flatMap((step) => (step.kind === 'call' ? [step.call] : []));
};

describe('mirror: minimiser, values', () => {
  const parts = [
    { to: ann!, share: 7, bias: -900n, tag: word('11') },
    { to: bob!, share: 40_000, bias: 12n, tag: word('22') },
  ];
  const split = from(cleo!, 'split', parts, '0x010203', true, 'näive', [9, 8]);

  it('become nothing when nothing hangs on them', async () => {
    const [only] = await shrunk([split], (calls) => calls.length === 1);
    expect(only!.args).to.deep.equal([[], '0x', false, '', [0, 0]]);
  });

  it('keep just what the failure needs of arrays, structs, bytes and texts, each in its own type', async () => {
    const [only] = await shrunk([split], ([first]) => {
      if (!first) return false;
      const [list, data, , note, pair] = first.args as [typeof parts, Hex, boolean, string, number[]];
      return list.some(({ share }) => share > 1_234) && data.length >= 4 && note.includes('ä') && pair[1]! > 4;
    });
    expect(only!.args).to.deep.equal([
      [{ to: nobody, share: 1_235, bias: 0n, tag: word('00') }],
      '0x00',
      false,
      'ä',
      [0, 5],
    ]);
  });

  it('find an exact boundary below a huge amount in few runs, of either sign', async () => {
    let tried = 0;
    const pay = from(ann!, 'pay', 2n ** 255n, 3);
    const [only] = await shrunk([pay], ([first]) => ++tried > 0 && (first?.args[0] as bigint) >= 10n ** 18n);
    expect(only!.args).to.deep.equal([10n ** 18n, 0]);
    expect(tried).to.be.lessThan(90);
    const [minus] = await shrunk([split], ([first]) =>
      ((first?.args[0] ?? []) as typeof parts).some(({ bias }) => bias < -300n),
    );
    expect((minus!.args[0] as typeof parts)[0]!.bias).to.equal(-301n);
  });

  it('that must be equal shrink together', async () => {
    const calls = await shrunk(
      [from(ann!, 'pay', 5_000n, 5_000), from(ann!, 'name', word('77')), from(ann!, 'name', word('77'))],
      ([pay, one, two]) =>
        two !== undefined &&
        pay!.args[0] === BigInt(pay!.args[1] as number) &&
        (pay!.args[0] as bigint) >= 40n &&
        one!.args[0] === two.args[0],
    );
    expect(calls.map(({ args }) => args)).to.deep.equal([[40n, 40], [word('00')], [word('00')]]);
  });

  it('of one word become those of an earlier one, if zero does not do', async () => {
    const calls = await shrunk(
      [from(ann!, 'name', word('55')), from(ann!, 'name', word('66'))],
      ([one, two]) => two !== undefined && one!.args[0] === word('55') && two.args[0] !== word('00'),
    );
    expect(calls.map(({ args }) => args[0])).to.deep.equal([word('55'), word('55')]);
  });

  it('give the lowest senders first, though neighbours must differ', async () => {
    const trace = [cleo!, bob!, cleo!, ann!, bob!].map((sender) => from(sender, 'a'));
    const calls = await shrunk(
      trace,
      (all) => all.length === 5 && all.every(({ sender }, i) => sender !== all[i + 1]?.sender),
    );
    expect(calls.map(({ sender }) => sender)).to.deep.equal([ann, bob, ann, bob, ann]);
  });

  it('let further steps go', async () => {
    const calls = await shrunk(
      [from(ann!, 'a'), from(ann!, 'pay', 10n, 0)],
      (all) => all.at(-1)?.function === 'pay' && (all.length === 2 || all[0]!.args[0] === 0n),
    );
    expect(calls.map((each) => each.function)).to.deep.equal(['pay']);
  });
});

describe('mirror: minimiser, on a chain', () => {
  let anvil: Anvil;
  let backend: Backend;
  let wrong: System<Ladder>;
  let requests = 0;

  before(async function () {
    this.timeout(60_000); // compiles with solc in JavaScript
    anvil = await startAnvil();
    wrong = { ...(await deployLadder(anvil)), apply: applyWrongly };
    const plain = await simulateBackend(anvil);
    backend = { ...plain, run };
    function run(...calls: Parameters<Backend['run']>): ReturnType<Backend['run']> {
      requests++;
      return plain.run(...calls);
    }
  });
  after(() => anvil.stop());

  it('A planted ten-call bug buried in 300-call traces shrinks to the same true minimum from ten different seeds.', async function () {
    this.timeout(120_000);
    const [one, two] = climbers as [Hex, Hex];
    const minimum = [
      on(one, 'climb', 1, leastWeight(1)),
      on(two, 'climb', 2, leastWeight(2)),
      on(one, 'tie', 1n, false, word('00')),
      on(one, 'climb', 3, leastWeight(3)),
      on(two, 'climb', 4, leastWeight(4)),
      on(one, 'untie', 1n),
      on(one, 'climb', 5, leastWeight(5)),
      on(two, 'climb', 6, leastWeight(6)),
      on(one, 'climb', 7, leastWeight(7)),
      on(two, 'climb', 8, leastWeight(8)),
    ];
    const traces = new Set<string>();
    for (let seed = 1; seed <= 10; seed++) {
      const steps = longAscent(String(seed), 300);
      expect(steps.filter(({ kind }) => kind === 'call')).to.have.length(300);
      traces.add(steps.map((step) => (step.kind === 'call' ? step.call.function : '+')).join());
      const raw = await runTrace(wrong, backend, steps);
      expect(raw.divergence).to.include({ kind: 'returns', step: steps.length - 1 });
      const test = sameFailure(wrong, backend, raw);
      const { steps: best, complete, runs } = await minimise(steps, test, { codec: codecOf(wrong.contracts) });
      expect(best, `seed ${seed}`).to.deep.equal(minimum);
      expect(complete).to.equal(true);
      expect(runs).to.be.lessThan(600);
    }
    expect(traces.size).to.equal(10);
  });

  it('asks the EVM only when the model leaves the failure possible', async () => {
    const steps = longAscent('1', 40);
    const test = sameFailure(wrong, backend, await runTrace(wrong, backend, steps));
    requests = 0;
    expect(await test([on(climbers[0]!, 'turn'), on(climbers[0]!, 'climb', 1, 500n)])).to.equal(undefined);
    expect(requests).to.equal(0);
    expect(await test(steps)).to.deep.equal(steps);
    expect(requests).to.equal(1);
  });
});
