import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { type Anvil, startAnvil } from '../../src/mirror/anvil.ts';
import { type CampaignOptions, campaign, type Failure } from '../../src/mirror/campaign.ts';
import { type Progress, requireCoverage } from '../../src/mirror/report.ts';
import { rpcBackend } from '../../src/mirror/rpc.ts';
import { replay, runTrace } from '../../src/mirror/run.ts';
import { simulateBackend } from '../../src/mirror/simulate.ts';
import type { TraceMeta } from '../../src/mirror/trace.ts';
import type { Backend, Outcome, Step, System } from '../../src/mirror/types.ts';
import { applyJar, call, deployJar, generateJar, type Jar, mixedSteps, people, START, wait } from './fixtures/jar.ts';

type Apply = System<Jar>['apply'];
type Answer = ReturnType<Apply>;

/** The model with its accepted answers, or its refusals, changed. */
const accepting =
  (change: (outcome: Outcome & { status: 'ok' }) => Outcome): Apply =>
  (state, ...rest) => {
    const answer = applyJar(state, ...rest);
    return answer.outcome.status === 'ok' ? { ...answer, outcome: change(answer.outcome) } : answer;
  };
const refusing =
  (change: (outcome: Outcome & { status: 'refused' }, state: Jar) => Answer): Apply =>
  (state, ...rest) => {
    const answer = applyJar(state, ...rest);
    return answer.outcome.status === 'refused' ? change(answer.outcome, state) : answer;
  };
const shape = (steps: readonly Step[]): string[] => steps.map((s) => (s.kind === 'time' ? 'time' : s.call.function));

describe('mirror: campaign', () => {
  let anvil: Anvil;
  let backend: Backend;
  let system: System<Jar>;
  let meta: TraceMeta;
  let directory: string;

  before(async function () {
    this.timeout(60_000); // compiles with solc in JavaScript
    anvil = await startAnvil();
    ({ system, meta } = await deployJar(anvil));
    backend = await simulateBackend(anvil);
    directory = await mkdtemp(path.join(tmpdir(), 'mirror-'));
  });
  after(async () => {
    await anvil.stop();
    await rm(directory, { recursive: true });
  });

  const options = (change: Partial<CampaignOptions<Jar>> = {}): CampaignOptions<Jar> => ({
    system,
    backend,
    generate: generateJar,
    traces: 300,
    length: 40,
    seed: 'jar',
    profile: 'test',
    meta,
    directory,
    ...change,
  });
  const failing = async (apply: Apply, change: Partial<System<Jar>> = {}): Promise<Failure> => {
    const { failure } = await campaign(options({ system: { ...system, ...change, apply } }));
    if (!failure) throw new Error('the planted fault was not found');
    return failure;
  };

  it('agrees with a right model over hundreds of traces, and covers all that can happen', async function () {
    this.timeout(30_000);
    const progress: Progress[] = [];
    const result = await campaign(options({ onProgress: (p) => progress.push(p), progressEverySeconds: 0 }));
    expect(result.failure?.screen).to.equal(undefined);
    expect(result).to.include({ traces: 300, calls: 12_000 });
    expect(
      requireCoverage(result.coverage, { minPerCall: 100, excused: { 'Jar.fail': 'only for faults' } }),
    ).to.deep.equal([]);
    expect(progress.at(-1)).to.include({ traces: 300, calls: 12_000, goalsReached: 1, goals: 1 });
    expect(result.coverage.functions.get('Jar.add')!.maxGas > 21_000n).to.equal(true);
  });

  describe('a planted fault is found, shrunk to the minimal trace, stored, and replayed alike', () => {
    const faults: {
      title: string;
      apply: Apply;
      kind: string;
      path: string;
      trace: string[];
      change?: Partial<System<Jar>>;
    }[] = [
      {
        title: 'an off-by-one boundary: one side accepts',
        apply: (state, c, env) => {
          const onBoundary = c.function === 'remove' && env.time === state.shares.get(c.sender)?.sealedUntil;
          return applyJar(state, c, onBoundary ? { ...env, time: env.time + 1n } : env);
        },
        kind: 'status',
        path: 'Jar.remove',
        trace: ['time', 'seal', 'remove'],
      },
      {
        title: 'a wrong error',
        apply: refusing((o, state) => ({
          state,
          outcome: o.error === 'TooFew' ? { ...o, error: 'NoMarbles', args: [] } : o,
        })),
        kind: 'error',
        path: 'Jar.remove',
        trace: ['remove'],
      },
      {
        title: 'swapped error arguments',
        apply: refusing((o, state) => ({
          state,
          outcome: o.error === 'TooFew' ? { ...o, args: o.args.toReversed() } : o,
        })),
        kind: 'errorArgs',
        path: 'TooFew.wanted',
        trace: ['remove'],
      },
      {
        title: 'a missing event of the second contract',
        apply: accepting((o) => ({ ...o, events: o.events.filter(({ event }) => event !== 'Rung') })),
        kind: 'events',
        path: 'events[0]',
        trace: ['add'],
      },
      {
        title: 'a wrong event argument',
        apply: accepting((o) => ({
          ...o,
          events: o.events.map((e) => (e.event === 'Rung' ? { ...e, args: { ...e.args, times: 1 } } : e)),
        })),
        kind: 'events',
        path: 'events[0].Bell.Rung.times',
        trace: ['add', 'add'],
      },
      {
        title: 'a wrong state',
        apply: (state, c, env) => {
          const answer = applyJar(state, c, env);
          return c.function === 'remove' && answer.state.rung > 0
            ? { ...answer, state: { ...answer.state, rung: 0 } }
            : answer;
        },
        kind: 'state',
        path: 'state.rung',
        trace: ['add', 'remove'],
      },
      {
        title: 'a wrong return value',
        apply: accepting((o) => ({ ...o, returns: Array.isArray(o.returns) ? [o.returns[0], false] : o.returns })),
        kind: 'returns',
        path: 'returns.empty',
        trace: ['remove'],
      },
      {
        title: 'another state after a refusal',
        apply: refusing((outcome, state) => ({ outcome, state: outcome.error === 'NoMarbles' ? { ...state } : state })),
        kind: 'immutability',
        path: 'state',
        trace: ['add'],
      },
      {
        title: 'a broken law',
        apply: (state, c, env) => {
          const answer = applyJar(state, c, env);
          return answer.state.total > 300n ? { ...answer, state: { ...answer.state, total: 300n } } : answer;
        },
        // the lens is taken from the right total here, so that only the law shows the fault
        change: {
          look: (s, env) =>
            system.look({ ...s, total: [...s.shares.values()].reduce((sum, x) => sum + x.marbles, 0n) }, env),
        },
        kind: 'property',
        path: 'JAR-1 the total is the sum of the shares',
        trace: ['add', 'add', 'add', 'add'],
      },
    ];
    for (const { title, apply, kind, path: where, trace, change = {} } of faults) {
      it(title, async function () {
        this.timeout(30_000);
        const wrong = refusalSafe(apply, kind);
        const failure = await failing(wrong, change);
        expect(failure.divergence).to.include({ kind, path: where });
        expect(failure.repeats).to.equal(true);
        expect(shape(failure.report.steps)).to.deep.equal(trace);

        const { trace: stored, report } = await replay({ ...system, ...change, apply: wrong }, backend, failure.file);
        expect(report.divergence).to.deep.equal(failure.divergence);
        expect(stored.divergence).to.deep.equal(failure.divergence);
        expect(
          (await replay({ ...system, ...change, apply: wrong }, backend, failure.rawFile)).report.divergence,
        ).to.include({ kind, signature: failure.divergence.signature });
        expect((await replay(system, backend, failure.file)).report.divergence, 'the right model').to.equal(undefined);
        expect(failure.screen)
          .to.include(failure.divergence.model)
          .and.to.include(failure.divergence.evm)
          .and.to.include('← here');
      });
    }

    /** Faults that change the state leave refusals alone, unless that is the fault. */
    function refusalSafe(apply: Apply, kind: string): Apply {
      if (kind !== 'state' && kind !== 'property') return apply;
      return (state, ...rest) => {
        const answer = apply(state, ...rest);
        return answer.outcome.status === 'refused' ? { ...answer, state } : answer;
      };
    }
  });

  it('sees a model that edits its state in place on a refusal', async () => {
    const edited: Apply = (state, c, env) => {
      const answer = applyJar(state, c, env);
      if (answer.outcome.status === 'refused')
        (state.shares as Map<string, unknown>).set(people[2]!, { marbles: 5n, sealedUntil: 0n });
      return answer;
    };
    const fresh: System<Jar> = { ...system, apply: edited, initial: { ...system.initial, shares: new Map() } };
    const { divergence } = await runTrace(fresh, backend, [call('add', 0n)]);
    expect(divergence).to.include({ kind: 'immutability', step: 0, model: 'the same object with other contents' });
  });

  it('takes a model that throws for a divergence', async () => {
    const apply: Apply = (state, c, env) => {
      if (c.function === 'remove') throw new Error('not written yet');
      return applyJar(state, c, env);
    };
    const { divergence } = await runTrace({ ...system, apply }, backend, [call('add', 1n), call('remove', 1n)]);
    expect(divergence).to.include({ kind: 'status', step: 1, path: 'Jar.remove', model: 'threw not written yet' });
  });

  it('takes values of the model that its ABI has no room for as a divergence', async () => {
    const apply = accepting((o) => ({
      ...o,
      events: o.events.map((e) => ({ ...e, args: { ...e.args, marbles: -1n } })),
    }));
    const { divergence } = await runTrace({ ...system, apply }, backend, [call('add', 1n)]);
    expect(divergence).to.include({ kind: 'events', path: 'events[0]' });
    expect(divergence!.model).to.include("can't be encoded");
  });

  describe('failures of a contract that no model can agree with', () => {
    const cases = [
      { way: 0, text: 'Panic(0x12)' },
      { way: 1, text: 'empty revert' },
      { way: 2, text: 'out of gas (16777216 gas used)' },
      { way: 3, text: 'undecodable revert 0xdeadbeef' },
    ];
    for (const { way, text } of cases) {
      it(`${text} is a divergence whether the model accepts or refuses`, async function () {
        this.timeout(20_000);
        const steps = [call('fail', way)];
        expect((await runTrace(system, backend, steps)).divergence).to.include({ kind: 'status', model: 'ok' });
        const apply: Apply = (state) => ({ state, outcome: { status: 'refused', error: 'NoMarbles', args: [] } });
        const { divergence } = await runTrace({ ...system, apply }, backend, steps);
        expect(divergence).to.include({ kind: 'error', model: 'NoMarbles()' });
        expect(divergence!.evm).to.include(text);
      });
    }

    it("a Panic can't be agreed upon even by name", async () => {
      const apply: Apply = (state) => ({ state, outcome: { status: 'refused', error: 'Panic', args: [0x12n] } });
      expect((await runTrace({ ...system, apply }, backend, [call('fail', 0)])).divergence).to.include({
        kind: 'error',
      });
    });

    it('a log of a contract outside the system is a divergence', async () => {
      const { divergence } = await runTrace(system, backend, [call('fail', 4)]);
      expect(divergence).to.include({ kind: 'events', path: 'events[0]', model: 'nothing' });
      expect(divergence!.evm).to.match(/^log of an unknown contract at 0x/);
    });

    it('a text of require is an error like others', async () => {
      const apply: Apply = (state) => ({ state, outcome: { status: 'refused', error: 'Error', args: ['five'] } });
      expect((await runTrace({ ...system, apply }, backend, [call('fail', 5)])).divergence).to.equal(undefined);
    });
  });

  it('gives byte-identical trace files for the same seed, and others for another', async function () {
    this.timeout(30_000);
    const apply = refusing((o, state) => ({
      state,
      outcome: o.error === 'TooFew' ? { ...o, args: o.args.toReversed() } : o,
    }));
    const files = async (seed: string): Promise<string[]> => {
      const { failure } = await campaign(options({ system: { ...system, apply }, seed }));
      return Promise.all([failure!.rawFile, failure!.file].map((file) => readFile(file, 'utf8')));
    };
    const [first, second, other] = [await files('a'), await files('a'), await files('b')];
    expect(second).to.deep.equal(first);
    expect(other[0]).not.to.equal(first[0]);
  });

  it('says so when a failure does not repeat', async () => {
    let count = 0;
    const apply: Apply = (state, c, env) => {
      const answer = applyJar(state, c, env);
      return count++ === 3 ? { ...answer, outcome: { status: 'refused', error: 'NoMarbles', args: [] } } : answer;
    };
    const failure = await failing(apply);
    expect(failure).to.include({ repeats: false, minimiseRuns: 0 });
    expect(failure.screen).to.include('does not repeat');
  });

  it('lets calls share time and block until time passes', async () => {
    const seen: bigint[][] = [];
    const apply: Apply = (state, c, env) => {
      seen.push([env.time, env.block - backend.firstBlock]);
      return applyJar(state, c, env);
    };
    const steps = [call('add', 1n), call('add', 1n), wait(5n), wait(6n), call('remove', 1n)];
    expect((await runTrace({ ...system, apply }, backend, steps)).divergence).to.equal(undefined);
    expect(seen).to.deep.equal([
      [START, 0n],
      [START, 0n],
      [START + 11n, 1n],
    ]);
  });

  it('replays transaction by transaction with the same verdicts, and leaves the chain as it was', async function () {
    this.timeout(30_000);
    const plain = await rpcBackend(anvil);
    const steps = [...mixedSteps, call('add', 0n)];
    const reports = [
      await runTrace(system, backend, steps),
      await runTrace(system, plain, steps),
      await runTrace(system, plain, steps),
    ];
    for (const { divergence } of reports) expect(divergence).to.equal(undefined);
    expect(reports[1]!.results.map((r) => [r.ok, r.data, r.gasUsed])).to.deep.equal(
      reports[0]!.results.map((r) => [r.ok, r.data, r.gasUsed]),
    );
    const apply = accepting((o) => ({ ...o, events: [] }));
    const [fast, slow] = [
      await runTrace({ ...system, apply }, backend, steps),
      await runTrace({ ...system, apply }, plain, steps),
    ];
    expect(fast.divergence).to.include({ kind: 'events' }).and.to.deep.equal(slow.divergence);
    expect((await runTrace(system, plain, [call('fail', 2)])).divergence!.evm).to.equal(
      'out of gas (16777216 gas used)',
    );
  });

  it('refuses steps that are none of the system', async () => {
    const fails = async (step: Step, message: string): Promise<void> => {
      const error = await runTrace(system, backend, [step]).then(
        () => undefined,
        (e: Error) => e,
      );
      expect(error?.message).to.include(message);
    };
    await fails(call('fly', 1n), 'Jar.fly: no contract of the system has this function');
    await fails(call('add', -1n), "steps[0]: Jar.add can't take [-1]");
    await fails(wait(0n), 'steps[0].seconds: expected at least 1');
  });
});
