/** The explorer on systems whose graphs are known beforehand. */
import { expect } from 'chai';
import { type Explorable, type ExploreOptions, explore, type Goal, type Violation } from '../../src/mirror/explore.ts';

/** Tokens on a ring of places: one moves to the next place when that one is free. */
function ring(places: number, tokens: number, merged = false): Explorable<string, number> {
  const rotations = (state: string): string[] => [...state].map((_, i) => state.slice(i) + state.slice(0, i));
  return {
    initial: '1'.repeat(tokens) + '0'.repeat(places - tokens),
    actions: (state) => [...state].map((_, i) => i),
    apply(state, from) {
      const to = (from + 1) % places;
      if (state[from] === '0' || state[to] === '1') return undefined;
      return [...state].map((place, i) => (i === from ? '0' : i === to ? '1' : place)).join('');
    },
    key: (state) => (merged ? (rotations(state).sort()[0] as string) : state),
    label: () => 'move',
  };
}

interface Lamp {
  readonly on: boolean;
  readonly stuck: boolean;
  /** hours since it went on, at most three */
  readonly hours: number;
}
type Touch = 'switch on' | 'switch off' | 'jam' | 'wait';

/** A lamp that is switched on and off, and may jam while it is on; time passes in hours. */
function lamp(touches: readonly Touch[], goals: readonly Goal<Lamp, Touch>[]): Explorable<Lamp, Touch> {
  return {
    initial: { on: false, stuck: false, hours: 0 },
    actions: () => touches,
    apply({ on, stuck, hours }, touch) {
      if (touch === 'switch on') return on ? undefined : { on: true, stuck, hours: 0 };
      if (touch === 'switch off') return on && !stuck ? { on: false, stuck, hours: 0 } : undefined;
      if (touch === 'jam') return on && !stuck ? { on, stuck: true, hours } : undefined;
      return { on, stuck, hours: on ? Math.min(hours + 1, 3) : 0 };
    },
    key: ({ on, stuck, hours }) => `${on} ${stuck} ${hours}`,
    label: (touch) => touch,
    cost: (touch) => (touch === 'wait' ? 1 : 0),
    goals,
  };
}

const dark = { name: 'dark', within: 0, holds: ({ on }: Lamp) => !on, by: (touch: Touch) => touch === 'switch off' };

function only<A>(violations: readonly Violation<A>[]): Violation<A> {
  expect(violations).to.have.length(1);
  return violations[0] as Violation<A>;
}

describe('the explorer', () => {
  it('finds every state and every transition, and counts them by label', () => {
    // Three tokens on six places: all 20 sets of places; a token moves wherever a free place follows it.
    const { states, transitions, refused, depth, complete, perLabel, violations } = explore(ring(6, 3));
    expect({ states, complete, violations }).to.deep.equal({ states: 20, complete: true, violations: [] });
    expect(transitions + refused).to.equal(20 * 6);
    // Of the 20 sets each has as many moves as groups of neighbours: 6 × 1 + 12 × 2 + 2 × 3.
    expect([...perLabel]).to.deep.equal([['move', 36]]);
    expect(transitions).to.equal(36);
    expect(depth).to.be.greaterThan(3);
  });

  it('merges states that the key calls the same', () => {
    // Necklaces of three black beads out of six.
    expect(explore(ring(6, 3, true)).states).to.equal(4);
    expect(explore(ring(6, 3, true), { recheck: 1 })).to.deep.include({ violations: [] });
    expect(explore(ring(6, 3, true), { recheck: 1 }).rechecked).to.be.greaterThan(0);
  });

  it('notices a key that merges states that are not the same', () => {
    const blind = { ...ring(6, 3), key: (state: string) => state.slice(2) };
    expect(only(explore(blind, { recheck: 1 }).violations)).to.deep.include({ kind: 'merge' });
    expect(explore(blind, { recheck: 0 }).violations).to.deep.equal([]);
  });

  it('gives the shortest trace to a broken law, once for each law', () => {
    const counter: Explorable<number, number> = {
      initial: 0,
      actions: () => [1, 5, -3],
      apply: (sum, step) => (sum + step >= 0 && sum + step <= 40 ? sum + step : undefined),
      key: String,
      label: (step) => `add ${step}`,
      check: (sum) => [
        ...(sum === 17 ? [{ law: 'not seventeen', what: 'it is 17' }] : []),
        ...(sum > 38 ? [{ law: 'at most 38', what: `it is ${sum}` }] : []),
      ],
    };
    const { states, violations } = explore(counter);
    expect(states).to.equal(41);
    const found = violations.map(({ kind, property, what, trace }) => [kind, property, what, trace.length]);
    expect(found).to.deep.equal([
      ['safety', 'not seventeen', 'it is 17', 5],
      ['safety', 'at most 38', 'it is 40', 8],
    ]);
    expect(violations[0]?.trace.reduce((sum, step) => sum + step, 0)).to.equal(17);
  });

  it('finds the state from which a goal can not be reached, by its shortest trace', () => {
    const goal = { ...dark, kind: 'possible' } as const;
    const { worst, violations } = explore(lamp(['switch on', 'switch off', 'wait'], [goal]));
    expect(violations).to.deep.equal([]);
    expect([...worst]).to.deep.equal([['dark', 0]]);
    const jammed = explore(lamp(['wait', 'switch on', 'switch off', 'jam'], [goal]));
    expect(only(jammed.violations)).to.deep.equal({
      kind: 'possible',
      property: 'dark',
      what: 'no way leads to it',
      trace: ['switch on', 'jam'],
      onward: [],
    });
    expect(jammed.worst.has('dark')).to.equal(false);
  });

  it('counts the time that the fastest way to a goal takes', () => {
    const burnt = {
      name: 'burnt',
      kind: 'possible',
      within: 3,
      holds: ({ hours }: Lamp) => hours === 3,
      by: () => true,
    };
    const system = (within: number) => lamp(['switch on', 'wait'], [{ ...burnt, within } as Goal<Lamp, Touch>]);
    expect(explore(system(3))).to.deep.include({ violations: [] });
    const { what, trace } = only(explore(system(2)).violations);
    expect([what, trace]).to.deep.equal(['the fastest way takes 3, allowed are 2', []]);
  });

  it('finds what can be put off for ever unless somebody is fair', () => {
    const fair = { ...dark, kind: 'inevitable' } as const;
    const nobody = { ...fair, by: () => false };
    const touches = ['switch on', 'switch off', 'wait'] as const;
    expect(explore(lamp(touches, [fair])).violations).to.deep.equal([]);
    const { kind, trace, onward } = only(explore(lamp(touches, [nobody])).violations);
    // The way to where time goes around in a loop: the lamp counts three hours and no further.
    expect([kind, trace, onward]).to.deep.equal(['inevitable', ['switch on', 'wait', 'wait', 'wait'], ['wait']]);
    const jammed = only(explore(lamp([...touches, 'jam'], [fair])).violations);
    expect([...jammed.trace].sort()).to.deep.equal(['jam', 'switch on', 'wait', 'wait', 'wait']);
    expect(jammed.onward).to.deep.equal(['wait']);
  });

  it('tells a goal that comes too late from one that never comes', () => {
    const countdown = (within: number): Explorable<number, number> => ({
      initial: 5,
      actions: () => [1, 2],
      apply: (left, step) => (step <= left ? left - step : undefined),
      key: String,
      label: (step) => `${step}`,
      cost: (step) => (step === 2 ? 7 : 1),
      goals: [{ name: 'over', kind: 'inevitable', within, holds: (left) => left === 0, by: () => false }],
    });
    // The slowest way takes both twos.
    expect([...explore(countdown(15)).worst]).to.deep.equal([['over', 15]]);
    expect(explore(countdown(15)).violations).to.deep.equal([]);
    const late = only(explore(countdown(14)).violations);
    expect(late).to.deep.include({ what: 'it can take 15, allowed are 14', trace: [] });
    expect(late.onward.filter((step) => step === 2)).to.have.length(2);
    expect(late.onward.reduce((sum, step) => sum + step, 0)).to.equal(5);
  });

  it('notices a state in which nothing happens any more before the goal', () => {
    const dead: Explorable<number, number> = {
      initial: 0,
      actions: () => [1],
      apply: (sum, step) => (sum < 3 ? sum + step : undefined),
      key: String,
      label: () => 'add',
      goals: [{ name: 'five', kind: 'inevitable', within: 9, holds: (sum) => sum === 5, by: () => true }],
    };
    const { what, trace, onward } = only(explore(dead).violations);
    expect([what, trace, onward]).to.deep.equal(['nothing leads on to it', [1, 1, 1], []]);
  });

  describe('stops with a clear message', () => {
    const endless: Explorable<number, number> = {
      initial: 0,
      actions: () => [1, 2],
      apply: (sum, step) => sum + step,
      key: String,
      label: () => 'add',
      goals: [{ name: 'never', kind: 'possible', within: 0, holds: () => false, by: () => true }],
    };

    it('at the limit of states', () => {
      const { complete, stopped, violations, worst } = explore(endless, { maxStates: 5_000 });
      expect(complete).to.equal(false);
      expect(stopped).to.match(/^the limit of 5000 states is reached: \d+ states were not explored$/);
      // What is not known completely is not judged.
      expect([violations, worst.size]).to.deep.equal([[], 0]);
    });

    it('at the limit of memory', () => {
      let held = 0;
      const memory = (): number => {
        held += 2 ** 20;
        return held;
      };
      const { stopped, peakMemory } = explore(endless, { maxMemory: 4 * 2 ** 20, memory });
      expect(stopped).to.match(/^the limit of 4 MB of memory is reached/);
      expect(peakMemory).to.equal(5 * 2 ** 20);
    });
  });

  it('tells its progress', () => {
    const seen: number[] = [];
    const onProgress: NonNullable<ExploreOptions['onProgress']> = ({ states, frontier }) => {
      expect(frontier).to.be.lessThan(states + 1);
      seen.push(states);
    };
    explore(ring(12, 6), { onProgress });
    expect(seen).to.have.length.greaterThan(3);
    expect(seen).to.deep.equal([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).to.equal(924);
  });

  it('refuses limits and systems that make no sense', () => {
    expect(() => explore(ring(3, 1), { maxStates: 0 })).to.throw('maxStates: expected at least 1, got 0');
    expect(() => explore(ring(3, 1), { maxMemory: Number.NaN })).to.throw('maxMemory: expected at least 1');
    expect(() => explore({ ...ring(3, 1), cost: () => -1 })).to.throw('the cost of an action: expected a whole number');
    const goal = { name: 'any', kind: 'possible', within: 0, holds: () => true, by: () => true } as const;
    const goals = Array.from({ length: 9 }, () => goal);
    expect(() => explore({ ...ring(3, 1), goals })).to.throw('expected at most 8 goals, got 9');
    let calls = 0;
    const moody: Explorable<number, number> = {
      initial: 0,
      actions: () => [1],
      apply: (sum) => (sum < 5 ? sum + 1 : undefined),
      key: (sum) => `${sum} ${sum > 0 ? calls++ : 0}`,
      label: () => 'add',
      check: (sum) => (sum === 3 ? [{ law: 'not three', what: 'it is 3' }] : []),
    };
    expect(() => explore(moody)).to.throw('actions, apply and key must be pure');
  });
});
