/**
 * Counts of the interesting things a random campaign met. A campaign that never met one of them proves nothing about
 * it.
 * @module
 */
import { expect } from 'chai';
import type { Candidate, Program, StateVector } from '../../src/policy/index.ts';

export class Goals {
  readonly #counts = new Map<string, number>();

  constructor(names: readonly string[]) {
    for (const name of names) this.#counts.set(name, 0);
  }

  reach(name: string, when = true): void {
    const count = this.#counts.get(name);
    if (count === undefined) throw new Error(`goal ${name} isn't declared`);
    if (when) this.#counts.set(name, count + 1);
  }

  /** Fails when a goal was reached less than `least` times. */
  check(least: number): void {
    const missed = [...this.#counts].filter(([, count]) => count < least).map(([name, count]) => `${name}: ${count}`);
    expect(missed, `goals reached less than ${least} times`).to.deep.equal([]);
  }
}

/** Every kind of slot with every relation it takes, sums and gates, and what can happen to a candidate set. */
export const DECISION_GOALS: readonly string[] = [
  ...['lt', 'le', 'gt', 'ge', 'eq', 'ne'].map((relation) => `state ${relation}`),
  ...['lt', 'le', 'gt', 'ge'].map((relation) => `order ${relation}`),
  ...['schema', 'addressee', 'parameter'].flatMap((subject) => [`${subject} eq`, `${subject} ne`]),
  'state sum',
  'order sum',
  'strict threshold',
  'gate depth 3',
  'several schemas',
  'missing field',
  'missing parameter',
  'tie',
  'first chosen',
  'later chosen',
  'all denied',
  'foreign schema',
  'extreme value',
  'eight candidates',
];

function depthOf(program: Program): number {
  const depths: number[] = [];
  for (const { gates } of program.gates) depths.push(1 + Math.max(0, ...gates.map((gate) => depths[gate] as number)));
  return depths.at(-1) ?? 0;
}

/** Counts what one decision shows. */
export function reachDecision(
  goals: Goals,
  program: Program,
  state: StateVector,
  candidates: readonly Candidate[],
  chosen: number | undefined,
): void {
  for (const { relation, other } of program.statePredicates) {
    goals.reach(`state ${relation}`);
    goals.reach('state sum', other !== undefined);
  }
  for (const { relation, field } of program.orderPredicates) {
    goals.reach(`order ${relation}`);
    goals.reach('order sum', field !== undefined);
  }
  for (const { subject, relation } of program.equalityPredicates) {
    goals.reach(`${typeof subject === 'number' ? 'parameter' : subject} ${relation}`);
  }
  for (const { threshold, ...inputs } of program.gates) {
    goals.reach('strict threshold', threshold > 1 && threshold < Object.values(inputs).flat().length);
  }
  goals.reach('gate depth 3', depthOf(program) >= 3);
  goals.reach('several schemas', program.schemas.length > 1);
  goals.reach('missing field', state.fields.includes(undefined));
  goals.reach(
    'missing parameter',
    candidates.some(({ parameters }) => parameters.includes(undefined)),
  );
  goals.reach(
    'tie',
    candidates.some(({ score }, index) => score === candidates[index + 1]?.score),
  );
  goals.reach('first chosen', chosen === 0);
  goals.reach('later chosen', (chosen ?? 0) > 0);
  goals.reach('all denied', chosen === undefined);
  goals.reach(
    'foreign schema',
    candidates.some(({ schema }) => !program.schemas.includes(schema)),
  );
  goals.reach(
    'extreme value',
    state.fields.some((value) => value === -(2n ** 63n) || value === 2n ** 63n - 1n),
  );
  goals.reach('eight candidates', candidates.length === 8);
}
