/** The canaries: the list is whole, and a planted fault is noticed where the contracts answer otherwise. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from '../../scripts/lib/files.ts';
import { canaries, faultOf, grounded, unflown } from '../../src/campaign/canaries.ts';
import { difference, faultySystem } from '../../src/campaign/canary.ts';
import { equivalents } from '../../src/campaign/equivalents.ts';
import { faults } from '../../src/campaign/faults.ts';
import { MutatedProtocol } from '../../src/campaign/mutants.ts';
import { type Ready, ready } from '../../src/campaign/system.ts';
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

  const noticed = async (fault: Parameters<typeof faultySystem>[0]): Promise<boolean> => {
    const system = await faultySystem(fault, running, projectRoot, folder);
    const protocol = await MutatedProtocol.on(running, { bytecode: {} }, 0, 'canaries');
    for (let i = 0; i < TRACES; i++)
      if (difference(system, running.system, await protocol.trial(i)) !== undefined) return true;
    return false;
  };

  it('is noticed by what the contracts answer', async () => {
    const fault = faults.find(({ name }) => name === 'whoever calls gets the exit')!;
    expect(await noticed(fault)).to.equal(true);
  });

  it('is told from a change that means nothing', async () => {
    const harmless = {
      file: 'src/model/staking.ts',
      find: 'if (refused(tried)) return act(state);',
      replace: 'if (refused(tried)) return act(state); // as it was',
    };
    expect(await noticed({ name: 'nothing', property: 'MIRROR-1', ...harmless })).to.equal(false);
  });

  it('needs its line in the model exactly once', () => {
    expect(() => faultOf({ name: 'x', property: 'MIRROR-1', fault: 'no such fault' })).to.throw(
      RangeError,
      'no such fault',
    );
  });
});
