/**
 * The pure parts of `npm run bench:mirror`: what forge's handler reads, what is read of forge, and the verdict.
 *
 * @module
 */
import { expect } from 'chai';
import type { Measure } from '../../scripts/bench/engines.ts';
import { readForge, secondsOf } from '../../scripts/bench/forge.ts';
import { type CpuProfile, phasesOf } from '../../scripts/bench/profile.ts';
import { judge, median, type Rounds, summarise } from '../../scripts/bench/summary.ts';
import { decodeTrace, encodeTraces, parseRuns, sharesDiffer, strayRuns } from '../../scripts/bench/traces.ts';
import type { Hex } from '../../src/mirror/types.ts';

const address = (digit: string): Hex => `0x${digit.repeat(40)}`;
const calls = (...datas: Hex[]) =>
  datas.map((data, i) => ({ time: 2n ** 40n + BigInt(i), from: address('a'), to: address('b'), data }));

describe('The traces for forge', () => {
  const traces = [calls('0x', '0x01020304'), calls(`0x${'ff'.repeat(300)}`), calls('0x05', '0x', '0x0607')];
  const encoded = encodeTraces(traces.map((list) => ({ calls: list })));

  it('come back call by call, whatever the lengths of their data', () => {
    const back = traces.map((list, i) => decodeTrace(encoded, i, list.length));
    expect(back).to.deep.equal(traces);
  });

  it('begin with their number, and take 52 bytes per call besides its data', () => {
    expect(encoded.slice(0, 10)).to.equal('0x00000003');
    expect((encoded.length - 2) / 2).to.equal(4 + 3 * 4 + 6 * 52 + 4 + 300 + 3);
  });
});

describe('The runs of forge', () => {
  it('are read line by line, and a line that is none is named', () => {
    expect(parseRuns('3 72 50\n0 10 7\n')).to.deep.equal([
      { trace: 3, made: 72, accepted: 50 },
      { trace: 0, made: 10, accepted: 7 },
    ]);
    expect(() => parseRuns('3 72 50\n3 72\n')).to.throw('line 2: expected three numbers, got "3 72"');
  });

  it('are strays when a whole trace has another number of accepted calls than in the model', () => {
    const runs = parseRuns('0 72 50\n1 72 49\n1 30 3\n2 72 50\n');
    expect(strayRuns(runs, [50, 50], 72)).to.deep.equal([
      { trace: 1, made: 72, accepted: 49 },
      { trace: 2, made: 72, accepted: 50 },
    ]);
  });
});

describe('What forge prints', () => {
  const suites = (status: string, reverts: number) =>
    JSON.stringify(
      Object.fromEntries(
        ['1s 500ms', '2s'].map((duration, i) => [
          `src/Walk.sol:Campaign${i + 1}`,
          {
            test_results: {
              'invariant_true()': { status, reason: 'because', duration, kind: { Invariant: { calls: 100, reverts } } },
            },
          },
        ]),
      ),
    );

  it('gives durations in mixed units', () => {
    expect(secondsOf('1m 2s 754ms 31µs 500ns')).to.be.closeTo(62.7540315, 1e-9);
    expect(() => secondsOf('soon')).to.throw('got "soon"');
  });

  it('sums up over the threads: all calls, the time of the slowest', () => {
    expect(readForge(suites('Success', 0), 2)).to.deep.equal({ calls: 200, seconds: 2 });
  });

  it('is refused when a test fails, the handler reverts, or a thread is missing', () => {
    expect(() => readForge(suites('Failure', 0), 2)).to.throw('because');
    expect(() => readForge(suites('Success', 1), 2)).to.throw('2 steps of the handler itself revert');
    expect(() => readForge(suites('Success', 0), 3)).to.throw('expected 3 tests');
  });
});

describe('The verdict of the benchmark', () => {
  const measure = (calls: number, okShare = 0.7): Measure => ({
    calls,
    seconds: 10,
    okShare,
    cpu: { own: 5, children: 5 },
  });
  const rounds = (name: Rounds['name'], ...list: Measure[]): Rounds => ({ name, what: '', rounds: list });
  const loop = rounds('loop', measure(1_000));

  it('takes medians: one slow round changes nothing', () => {
    expect(median([5, 1, 9])).to.equal(5);
    expect(median([4, 2])).to.equal(3);
    expect(() => median([])).to.throw(RangeError);
    const summary = summarise([
      rounds('mirror', measure(20_000), measure(100), measure(20_000)),
      rounds('forge', measure(10_000)),
      loop,
    ]);
    expect(summary).to.include({ ratioForge: 2, ratioLoop: 20, ratioForgeCpu: 2 });
    expect(summary.engines[0]).to.include({ callsPerSecond: 2_000, callsPerCpuSecond: 2_000, cores: 1 });
    expect(judge(summary)).to.deep.equal([]);
  });

  it('names each ratio that is too low', () => {
    const summary = summarise([rounds('mirror', measure(4_900)), rounds('forge', measure(10_000)), loop]);
    const [forge, slow, ...rest] = judge(summary);
    expect(forge).to.contain('0.5 × forge').and.contain('0.49');
    expect(slow).to.contain('8 × loop').and.contain('4.90');
    expect(rest).to.deep.equal([]);
  });

  it('refuses to compare engines of which one accepts another share of the calls', () => {
    const forge = rounds('forge', measure(10_000, 0.64));
    expect(judge(summarise([rounds('mirror', measure(20_000)), forge, loop]))[0]).to.contain('forge accepts 64.0 %');
    expect(sharesDiffer(0.7, 0.65)).to.equal(false);
    expect(sharesDiffer(0.7, 0.649)).to.equal(true);
  });

  it('leaves out figures of processor time where there are none', () => {
    const blind = { ...measure(10_000), cpu: undefined };
    const summary = summarise([rounds('mirror', blind), rounds('forge', measure(10_000)), loop]);
    expect(summary.ratioForgeCpu).to.equal(undefined);
    expect(summary.engines[0]).to.include({ callsPerCpuSecond: undefined, cores: undefined });
  });
});

describe('The profile of the mirror', () => {
  it('counts a sample for the phase whose file is nearest to the top of its stack', () => {
    const node = (id: number, functionName: string, file: string, ...children: number[]) => ({
      id,
      callFrame: { functionName, url: file === '' ? '' : `file:///project/src/${file}` },
      children,
    });
    const profile: CpuProfile = {
      nodes: [
        node(1, '(root)', '', 2, 7),
        node(2, 'generated', 'mirror/campaign.ts', 3, 5),
        node(3, 'nextStep', 'campaign/intents.ts', 4),
        node(4, 'applyCall', 'model/dispatch.ts', 6),
        node(5, 'check', 'campaign/properties.ts'),
        node(6, 'keccak256', 'codec/hash.ts'),
        node(7, '(idle)', ''),
      ],
      samples: [2, 3, 4, 5, 6, 7],
      timeDeltas: [1, 10, 100, 1_000, 10_000, 100_000],
    };
    expect(Object.fromEntries(phasesOf(profile))).to.deep.equal({
      'rest of the engine': 1,
      generate: 10,
      apply: 10_100,
      laws: 1_000,
      'waiting for the EVM': 100_000,
    });
  });
});
