/** The small instance, explored completely; the abstraction that makes it finite; the faults planted in it. */
import { expect } from 'chai';
import { instanceOf, instances } from '../../src/campaign/instance.ts';
import type { Parts } from '../../src/campaign/instance-actions.ts';
import { Situation } from '../../src/campaign/instance-key.ts';
import { type PlantName, plants } from '../../src/campaign/instance-plants.ts';
import { showStep } from '../../src/campaign/instance-show.ts';
import { begin, instanceParameters, START, TICK } from '../../src/campaign/instance-world.ts';
import { type Exploration, explore } from '../../src/mirror/explore.ts';
import { rngOf } from '../../src/mirror/random.ts';
import type { Step } from '../../src/mirror/types.ts';
import { brokenRule } from '../../src/model/parameters.ts';

const everything: Parts = { ...instances.full, freezes: true, stops: true };

function planted(name: PlantName): Exploration<Step> {
  return explore(instanceOf(instances.small, plants[name].machine));
}

describe('the small instance', () => {
  it('has parameters that the contracts accept, and windows that end between ticks', () => {
    expect(brokenRule(instanceParameters)).to.equal(undefined);
    const { unbondingPeriod, finalityDelay, jailTerm, freezeDuration, proveWindow } = instanceParameters;
    for (const window of [unbondingPeriod, finalityDelay, jailTerm, freezeDuration, proveWindow]) {
      expect((window + 1) % TICK).to.equal(0);
    }
  });

  it('keeps every law and reaches every goal in time from every state', () => {
    const { complete, states, violations, worst, perLabel, rechecked } = explore(instanceOf(instances.small), {
      recheck: 4,
    });
    expect({ complete, violations }).to.deep.equal({ complete: true, violations: [] });
    expect(states).to.be.greaterThan(2_000);
    expect(rechecked).to.be.greaterThan(500);
    expect(worst.get('everybody can take out everything')).to.equal(instanceParameters.unbondingPeriod + 1);
    expect(worst.get('an allowed action executes, whoever of the two crashes')).to.equal(TICK);
    for (const call of ['claim', 'takeOver', 'settle', 'execute', 'executeClaimed', 'collectFee']) {
      expect(perLabel.get(`gate.${call}`), call).to.be.greaterThan(0);
    }
  });

  it('takes at least thirty calls when it has everything', () => {
    // Random ways instead of all: each call shows up somewhere.
    const system = instanceOf(everything);
    const taken = new Set<string>();
    for (let walk = 0; walk < 60; walk++) {
      const rng = rngOf('calls', walk);
      let at = system.initial;
      for (let step = 0; step < 60; step++) {
        const able = system.actions(at).flatMap((action) => {
          const after = system.apply(at, action);
          return after ? [{ action, after }] : [];
        });
        const fresh = able.filter(({ action }) => !taken.has(system.label(action)));
        if (able.length === 0) break;
        const next = rng.pick(fresh.length > 0 ? fresh : able);
        taken.add(system.label(next.action));
        at = next.after;
      }
    }
    expect([...taken].filter((label) => label.includes('.')).length).to.be.greaterThan(33);
  });

  it('calls states alike that differ by the names of the operators or by the clock alone', () => {
    const system = instanceOf(instances.small);
    const play = (choices: readonly RegExp[], from: Situation): Situation =>
      choices.reduce((at, choice) => {
        const step = system.actions(at).find((action) => choice.test(showStep(action)));
        const after = step && system.apply(at, step);
        if (!after) throw new Error(`${choice} is not possible`);
        return after;
      }, from);
    const founded = [/advanceEpoch/, /attest/, /addVerifier/, /register.*A/, /register.*B/, /admit.*A/, /admit.*B/];
    const start = play(founded, system.initial);
    const later = play(founded, new Situation(begin(1), START + 1_000n, 1));
    expect(system.key(start)).to.deep.equal(system.key(later));
    const one = system.key(play([/bond.*A/, /requestExit.*A/], start));
    const other = system.key(play([/bond.*B/, /requestExit.*B/], start));
    expect(one).to.deep.equal(other);
    // Sixty seconds later the exit is open: that is another state.
    expect(system.key(play([/bond.*A/, /requestExit.*A/, /s pass/], start))).not.to.deep.equal(one);
  });

  it('finds merged states to be the same when it has everything', () => {
    const { violations, rechecked, stopped } = explore(instanceOf(everything), { maxStates: 3_000, recheck: 3 });
    expect(stopped).to.include('the limit of 3000 states');
    expect(violations).to.deep.equal([]);
    expect(rechecked).to.be.greaterThan(500);
  });
});

describe('a fault planted in the small instance', () => {
  it('that makes up funds is found by the shortest trace', () => {
    const found = planted('safety').violations.find(({ kind }) => kind === 'safety');
    expect(found?.property).to.equal('FEE-1');
    // Seven calls found everything; then: bond, fund, claim, wait, settle.
    expect(found?.trace.slice(7).map(showStep)).to.deep.equal([
      'the owner of operator A: staking.bond(operator A, 200)',
      'the account: gate.fundEscrow(3)',
      'the key of operator A: gate.claim(1, 0, operator A)',
      '20 s pass',
      'anyone: gate.settle()',
    ]);
  });

  it('that keeps funds for ever is found by the shortest trace', () => {
    const { violations, worst } = planted('stuck-funds');
    expect(violations.map(({ kind, property, what }) => [kind, property, what])).to.deep.equal([
      ['possible', 'everybody can take out everything', 'no way leads to it'],
    ]);
    expect(violations[0]?.trace).to.have.length(12);
    expect(showStep(violations[0]?.trace.at(-1) as Step)).to.equal('anyone: gate.settle()');
    expect(worst.has('everybody can take out everything')).to.equal(false);
  });

  it('that keeps an action from executing is found by the shortest trace, with how it goes on', () => {
    const { violations } = planted('liveness');
    expect(violations.map(({ kind, property }) => [kind, property])).to.deep.equal([
      ['inevitable', 'an allowed action executes, whoever of the two crashes'],
    ]);
    const { trace, onward } = violations[0] ?? { trace: [], onward: [] };
    // Both bond, one claims and lets its claim lapse; then time passes, around a loop.
    expect(trace).to.have.length(12);
    expect(showStep(trace.at(-1) as Step)).to.equal('20 s pass');
    expect(onward.some(({ kind }) => kind === 'time')).to.equal(true);
  });
});
