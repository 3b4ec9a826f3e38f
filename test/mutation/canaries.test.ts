/** The canaries: the list is whole, and a planted fault is noticed where the contracts answer otherwise. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Map as ImmutableMap, Set as ImmutableSet, List } from 'immutable';
import { projectRoot } from '../../scripts/lib/files.ts';
import { type Canary, canaries, faultOf, grounded, unflown } from '../../src/campaign/canaries.ts';
import { type Difference, difference, flightOf } from '../../src/campaign/canary-judge.ts';
import { equivalents } from '../../src/campaign/equivalents.ts';
import { type Fault, faults } from '../../src/campaign/faults.ts';
import { faultySystem } from '../../src/campaign/faulty-model.ts';
import { sameValue } from '../../src/campaign/same-value.ts';
import { type Ready, ready } from '../../src/campaign/system.ts';
import { reportOf } from '../../src/cli/canary.ts';
import { laws } from '../faults/catalogue.ts';

describe('The list of canaries', () => {
  it('has at least 40, each with its own name and the law that it breaks', () => {
    expect(canaries.length).to.be.at.least(40);
    expect(new Set(canaries.map(({ name }) => name)).size).to.equal(canaries.length);
    const known = new Set(laws.map(({ id }) => id));
    expect(canaries.filter(({ property }) => !known.has(property))).to.deep.equal([]);
  });

  it('has one for every critical or high law, or says why there is none', () => {
    const flown = new Set(canaries.map(({ property }) => property));
    const serious = laws.filter(({ severity }) => severity === 'critical' || severity === 'high').map(({ id }) => id);
    const without = serious.filter((id) => !flown.has(id));
    expect(without.sort()).to.deep.equal(Object.keys(unflown).sort());
    expect(Object.values(unflown).filter((why) => why.length < 20)).to.deep.equal([]);
  });

  it('leaves out only faults that there are, and both sides are planted', () => {
    const names = new Set(faults.map(({ name }) => name));
    expect(Object.keys(grounded).filter((name) => !names.has(name))).to.deep.equal([]);
    expect(canaries.filter((canary) => 'mutant' in canary && Object.hasOwn(equivalents, canary.mutant))).to.deep.equal(
      [],
    );
    expect(canaries.some((canary) => 'mutant' in canary)).to.equal(true);
    expect(canaries.some((canary) => 'fault' in canary)).to.equal(true);
  });
});

describe('A canary of the model', function () {
  this.timeout(60_000);
  const TRACES = 3;
  let running: Ready;
  /** in the project, where copies of its files find the packages */
  const folder = join(projectRoot, 'build/canaries-test');

  before(async () => {
    running = await ready();
  });
  after(async () => {
    await running?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const noticed = async (fault: Fault): Promise<Difference | undefined> => {
    const system = await faultySystem(fault, running, projectRoot, folder);
    for (let i = 0; i < TRACES; i++) {
      const found = difference(system, running.system, running.backend, flightOf(running, 'canaries', i));
      if (found) return found;
    }
    return undefined;
  };

  it('is noticed by what the contracts answer', async () => {
    const fault = faults.find(({ name }) => name === 'whoever calls gets the exit')!;
    const found = await noticed(fault);
    expect(found?.kind).to.be.oneOf(['events', 'state', 'property', 'error', 'status']);
    expect(found?.at).to.be.at.least(0);
  });

  it('is told from a change that means nothing', async () => {
    const harmless = {
      file: 'src/model/staking.ts',
      find: 'if (refused(tried)) return act(state);',
      replace: 'if (refused(tried)) return act(state); // as it was',
    };
    expect(await noticed({ name: 'nothing', property: 'MIRROR-1', ...harmless })).to.equal(undefined);
  });

  it('may change nothing but the model', async () => {
    const fault = faults.find(({ file }) => file.startsWith('contracts/'))!;
    const message = `${fault.file} is not in the model`;
    expect(await noticed(fault).catch((error: Error) => error.message)).to.include(message);
  });

  it('leaves no copy behind', async () => {
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('needs its line in the model exactly once', () => {
    expect(() => faultOf({ name: 'x', property: 'MIRROR-1', fault: 'no such fault' })).to.throw(
      RangeError,
      'no such fault',
    );
  });
});

describe('Two states are the same', () => {
  const state = (amount: bigint) => ({
    balances: ImmutableMap([
      ['a', { amount }],
      ['b', { amount: 2n }],
    ]),
    voted: ImmutableSet(['x', 'y']),
    list: List([1n, 2n]),
    args: [undefined, 'z'],
  });

  it('if all they hold is, in whatever order it came in', () => {
    expect(sameValue(state(1n), state(1n))).to.equal(true);
    expect(sameValue(ImmutableMap({ a: 1, b: 2 }), ImmutableMap({ b: 2, a: 1 }))).to.equal(true);
    expect(sameValue(ImmutableSet(['x', 'y']), ImmutableSet(['y', 'x']))).to.equal(true);
  });

  it('unless anything differs, however deep', () => {
    expect(sameValue(state(1n), state(2n))).to.equal(false);
    expect(sameValue(state(1n), { ...state(1n), voted: ImmutableSet(['x']) })).to.equal(false);
    expect(sameValue(state(1n), { ...state(1n), list: List([2n, 1n]) })).to.equal(false);
    expect(sameValue({ a: undefined }, { b: undefined })).to.equal(false);
    expect(sameValue(ImmutableMap({ a: 1 }), ImmutableMap({ a: 1, b: 1 }))).to.equal(false);
  });

  it('unless one has another kind of thing in its place', () => {
    const kinds = [ImmutableMap(), ImmutableSet(), List(), [], {}, null, undefined, 0, 0n, ''];
    for (const [i, a] of kinds.entries()) {
      for (const [j, b] of kinds.entries()) expect(sameValue(a, b), `${i} and ${j}`).to.equal(i === j);
    }
  });
});

describe('The report on canaries', () => {
  const [first, second, third] = canaries as unknown as readonly [Canary, Canary, Canary];
  const { rows, summary } = reportOf(
    {
      verdicts: [
        { canary: first, caught: undefined },
        { canary: second, caught: { call: 201, kind: 'error' } },
        { canary: third, caught: { call: 200, kind: 'state' } },
      ],
      traces: 4,
      calls: 300,
      seconds: 1.4,
    },
    200,
  );

  it('counts one that is caught within the first calls as too crude, and one that never is as a survivor', () => {
    expect(summary).to.deep.include({ planted: 3, caught: 2, traces: 4, calls: 300, seconds: 1 });
    expect(summary.survivors).to.deep.equal([`${first.property}: ${first.name}`]);
    expect(summary.tooCrude).to.deep.equal([`${third.property}: ${third.name}`]);
  });

  it('lists them in the order in which they were caught, with call and kind of difference', () => {
    expect(rows.map(([, name, , call, kind]) => [name, call, kind])).to.deep.equal([
      [third.name, '200, too early', 'state'],
      [second.name, '201', 'error'],
      [first.name, 'survives', ''],
    ]);
    expect(summary.canaries.map(({ caughtByCall }) => caughtByCall)).to.deep.equal([200, 201, null]);
  });
});
