/**
 * Model and contracts agree on everything that a call shows.
 * @module
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { CORPUS, reached } from '../../src/campaign/corpus.ts';
import { EMPTY_GOAL } from '../../src/campaign/goals.ts';
import { FULL_COVERAGE_CALLS, runCampaign, TRACE_LENGTH } from '../../src/campaign/run.ts';
import { type Ready, ready } from '../../src/campaign/system.ts';
import { storedTraces } from '../../src/mirror/corpus.ts';
import { replay } from '../../src/mirror/run.ts';
import type { Call, Outcome, System } from '../../src/mirror/types.ts';
import type { State } from '../../src/model/index.ts';

type Applied = { readonly outcome: Outcome; readonly state: State };
type Spoil = (applied: Applied, call: Call, before: State) => Applied;

describe('Model and contracts', function () {
  this.timeout(600_000);
  let system: Ready;
  let directory: string;

  before(async () => {
    system = await ready();
    directory = await mkdtemp(path.join(tmpdir(), 'mprd-traces-'));
  });
  after(async () => {
    await system?.stop();
    if (directory) await rm(directory, { recursive: true });
  });

  it('agree on every stored regression', async () => {
    const folder = new URL('../regressions/', import.meta.url);
    const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
    expect(files).to.not.be.empty;
    for (const name of files) {
      const { report } = await replay(system.system, system.backend, new URL(name, folder).pathname);
      expect(report.divergence, name).to.equal(undefined);
    }
  });

  it('agree on the corpus, which reaches everything', async () => {
    const { rows, missing } = await reached(system, await storedTraces([CORPUS], 'protocol'));
    expect(missing, 'npx --no mprd corpus --write makes a new one').to.deep.equal([]);
    for (const { file, adds } of rows) expect(adds, file).to.be.above(0);
  });

  it(`agree on ${FULL_COVERAGE_CALLS} random calls that reach every call, error, event and goal`, async () => {
    const { result, missed } = await runCampaign(system, { calls: FULL_COVERAGE_CALLS, seed: '1', directory });
    expect(result.failure?.screen).to.equal(undefined);
    expect(missed).to.deep.equal([]);
    expect(result.calls).to.be.at.least(FULL_COVERAGE_CALLS);
    expect(result.coverage.goals.get(EMPTY_GOAL), 'traces that ended empty').to.equal(result.traces);
  });

  const planted: Readonly<Record<string, Spoil>> = {
    'a payment of one unit too few': (applied, call, before) => {
      if (call.function !== 'withdraw' || applied.outcome.status !== 'ok') return applied;
      const funds = before.treasury.funds.update(call.sender, 0n, (sum) => sum - (call.args[0] as bigint) + 1n);
      return { ...applied, state: { ...applied.state, treasury: { funds } } };
    },
    'an event that is not emitted': (applied, call) => {
      if (call.function !== 'rotateSigner' || applied.outcome.status !== 'ok') return applied;
      return { ...applied, outcome: { ...applied.outcome, events: [] } };
    },
    'the arguments of an error swapped': (applied) => {
      if (applied.outcome.status !== 'refused' || applied.outcome.error !== 'NotOwner') return applied;
      return { ...applied, outcome: { ...applied.outcome, args: [...applied.outcome.args].reverse() } };
    },
    'a deadline one second late': (applied) => {
      if (applied.outcome.status !== 'refused' || applied.outcome.error !== 'ExitNotMature') return applied;
      const [opensAt, nowAt] = applied.outcome.args as readonly [bigint, bigint];
      return { ...applied, outcome: { ...applied.outcome, args: [opensAt + 1n, nowAt] } };
    },
  };
  for (const [fault, spoil] of Object.entries(planted)) {
    it(`are told apart by a campaign when the model has ${fault}`, async () => {
      const spoiled: System<State> = {
        ...system.system,
        apply: (state, call, env) => spoil(system.system.apply(state, call, env), call, state),
      };
      const { result } = await runCampaign({ ...system, system: spoiled }, { calls: 12_000, seed: '2', directory });
      expect(result.failure, 'the fault was not found').to.not.equal(undefined);
      expect(result.failure?.repeats).to.equal(true);
      expect(result.failure?.report.steps.length).to.be.at.most(TRACE_LENGTH);
    });
  }
});
