import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { ensureArtefacts } from '../../scripts/circuits/build.ts';
import { packCandidateSet, packProgram, packState } from '../../src/policy/commitments.ts';
import type { OrderPredicate, Program, StatePredicate } from '../../src/policy/program.ts';
import { COMPLEMENT, holds } from '../../src/policy/relations.ts';
import { WitnessCalculator, WitnessError, wireValue } from '../../src/receipts/calculator.ts';
import { JOURNAL_NAMES } from '../../src/receipts/receipt.ts';
import {
  DecisionRefusedError,
  type DecisionRequest,
  type DecisionWitness,
  decisionInputs,
  decisionWitness,
} from '../../src/receipts/witness.ts';
import { arbitraryProgramCase } from '../policy/arbitraries.ts';
import { DECISION_GOALS, Goals, reachDecision } from '../policy/goals.ts';
import { arbitraryCase } from './support/arbitraries.ts';

const SEED = 31_337;
const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** The circuit and the policy library, side by side. */
describe('The decision circuit', function () {
  this.timeout(300_000);
  let calculator: WitnessCalculator;

  before(async function () {
    this.timeout(600_000);
    calculator = await WitnessCalculator.create(
      new Uint8Array(readFileSync(join(await ensureArtefacts(), 'decision.wasm'))),
    );
  });

  /** The policy library's answer, or undefined when it allows nothing. */
  function expected(request: DecisionRequest): DecisionWitness | undefined {
    try {
      return decisionWitness(request);
    } catch (error) {
      if (error instanceof DecisionRefusedError) return undefined;
      throw error;
    }
  }

  /** Compares the two and returns which candidate was chosen. */
  async function agree(request: DecisionRequest): Promise<number | undefined> {
    const answer = expected(request);
    if (answer === undefined) {
      const program = packProgram(request.program);
      const state = packState(request.state, request.program.stateSchema);
      const { candidates } = packCandidateSet(request.candidates);
      const inputs = decisionInputs(program, state, candidates, request.context);
      const failure = await calculator.calculate(inputs).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failure, 'the circuit has a witness although nothing is allowed').to.be.instanceOf(WitnessError);
      expect((failure as WitnessError).code).to.equal('unsatisfiable');
      expect((failure as WitnessError).message).to.contain('FirstAllowed');
      return undefined;
    }
    const witness = await calculator.calculate(answer.inputs);
    JOURNAL_NAMES.forEach((name, i) => expect(wireValue(witness, i + 1), name).to.equal(answer.journal[name]));
    return answer.chosen;
  }

  it('has a witness exactly when the program allows a candidate, with the journal that the library predicts', async () => {
    const goals = new Goals([...DECISION_GOALS, 'eight gates', 'eight state', 'six order', 'six equality']);
    const property = fc.asyncProperty(arbitraryCase, async (request) => {
      const chosen = await agree(request);
      const { program, state, candidates } = request;
      reachDecision(goals, program, state, candidates, chosen);
      goals.reach('eight gates', program.gates.length === 8);
      goals.reach('eight state', program.statePredicates.length === 8);
      goals.reach('six order', program.orderPredicates.length === 6);
      goals.reach('six equality', program.equalityPredicates.length === 6);
    });
    await fc.assert(property, { numRuns: 700, seed: SEED, endOnFailure: true });
    goals.check(10);
  });

  it('decides what documents say', async () => {
    const goals = new Goals(DECISION_GOALS);
    const property = fc.asyncProperty(arbitraryProgramCase, async ({ program, state, candidates }) => {
      reachDecision(goals, program, state, candidates, await agree({ program, state, candidates, context: 1n }));
    });
    await fc.assert(property, { numRuns: 300, seed: SEED, endOnFailure: true });
    goals.check(1);
  });

  /** All combinations of extreme values on both sides, in both signs of sums, for every relation. */
  it('compares exactly at the ends of the 64-bit range, and has a witness there', async () => {
    const values = [MIN, 0n, MAX];
    const slots = [0, 1, 2];
    const relations = Object.keys(COMPLEMENT) as (keyof typeof COMPLEMENT)[];
    const sums = [undefined, ...slots];
    const truth = (
      relation: keyof typeof COMPLEMENT,
      left: number,
      constant: bigint,
      other: number | undefined,
    ): boolean =>
      holds(relation, values[left] as bigint, constant + (other === undefined ? 0n : (values[other] as bigint)));
    const states: StatePredicate[] = [];
    const orders: OrderPredicate[] = [];
    for (const left of slots)
      for (const constant of values)
        for (const other of sums)
          for (const relation of relations) {
            // As it holds: the relation or its complement.
            const holding = truth(relation, left, constant, other) ? relation : COMPLEMENT[relation];
            states.push({ field: left, relation: holding, constant, ...(other !== undefined && { other }) });
            if (holding !== 'eq' && holding !== 'ne') {
              orders.push({
                parameter: left,
                relation: holding,
                constant,
                ...(other !== undefined && { field: other }),
              });
            }
          }
    expect(states).to.have.length(3 * 3 * 4 * 6);
    for (let batch = 0; 8 * batch < states.length; batch++) {
      const statePredicates = states.slice(8 * batch, 8 * batch + 8);
      const orderPredicates = Array.from(
        { length: 6 },
        (_, i) => orders[(6 * batch + i) % orders.length] as OrderPredicate,
      );
      expect(await agree(extremeCase(statePredicates, orderPredicates, 14))).to.equal(0);
      const negated = <T extends { relation: keyof typeof COMPLEMENT }>(list: T[]): T[] =>
        list.map((predicate) => ({ ...predicate, relation: COMPLEMENT[predicate.relation] }));
      expect(await agree(extremeCase(negated(statePredicates), negated(orderPredicates), 1))).to.equal(undefined);
    }
  });

  /** One candidate of extreme words, on a state whose first fields are the values, with a gate over all predicates. */
  function extremeCase(
    statePredicates: StatePredicate[],
    orderPredicates: OrderPredicate[],
    threshold: number,
  ): DecisionRequest {
    const all = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
    const program: Program = {
      stateSchema: 2n ** 248n - 1n,
      schemas: [0xffffffff],
      statePredicates,
      orderPredicates,
      equalityPredicates: [],
      gates: [
        { threshold, state: all(statePredicates.length), order: all(orderPredicates.length), equality: [], gates: [] },
      ],
    };
    return {
      program,
      state: { fields: [MIN, 0n, MAX], salt: 0n },
      candidates: [
        {
          score: MIN,
          sequence: 0xffffffff,
          schema: 0xffffffff,
          addressee: 2n ** 160n - 1n,
          parameters: [MIN, 0n, MAX],
          payloadHash: 2n ** 248n - 1n,
        },
      ],
      context: 2n ** 248n - 1n,
    };
  }

  it('takes sets of one to eight candidates whose keys touch the ends of their ranges', async () => {
    const {
      program,
      state,
      candidates: [base],
      context,
    } = extremeCase([], [], 1);
    if (base === undefined) throw new Error('extremeCase has a candidate');
    const always: Program = {
      ...program,
      equalityPredicates: [{ subject: 'addressee', relation: 'eq', constant: 1n }],
      gates: [{ threshold: 1, state: [], order: [], equality: [0], gates: [] }],
    };
    const keys: [bigint, number][] = [
      [MAX, 0],
      [MAX, 0xffffffff],
      [MAX - 1n, 0],
      [0n, 5],
      [0n, 6],
      [MIN + 1n, 0xffffffff],
      [MIN, 0],
      [MIN, 0xffffffff],
    ];
    for (let count = 1; count <= 8; count++) {
      const candidates = keys.slice(-count).map(([score, sequence], i) => ({
        ...base,
        score,
        sequence,
        addressee: i === count - 1 ? 1n : 2n,
      }));
      expect(await agree({ program: always, state, candidates, context })).to.equal(count - 1);
    }
  });

  it('counts to the highest threshold: 27 members of the last gate', async () => {
    const program: Program = {
      stateSchema: 0n,
      schemas: [1],
      statePredicates: Array.from({ length: 8 }, () => ({ field: 0, relation: 'eq' as const, constant: 0n })),
      orderPredicates: Array.from({ length: 6 }, () => ({ parameter: 0, relation: 'ge' as const, constant: 0n })),
      equalityPredicates: Array.from({ length: 6 }, () => ({
        subject: 1 as const,
        relation: 'eq' as const,
        constant: 0n,
      })),
      gates: [
        ...Array.from({ length: 7 }, () => ({ threshold: 1, state: [0], order: [], equality: [], gates: [] })),
        {
          threshold: 27,
          state: [0, 1, 2, 3, 4, 5, 6, 7],
          order: [0, 1, 2, 3, 4, 5],
          equality: [0, 1, 2, 3, 4, 5],
          gates: [0, 1, 2, 3, 4, 5, 6],
        },
      ],
    };
    const candidate = { score: 0n, sequence: 0, schema: 1, addressee: 0n, payloadHash: 0n };
    const request = (p1: bigint): DecisionRequest => ({
      program,
      state: { fields: [0n], salt: 0n },
      candidates: [{ ...candidate, parameters: [0n, p1, undefined] }],
      context: 0n,
    });
    expect(await agree(request(0n))).to.equal(0);
    expect(await agree(request(1n))).to.equal(undefined);
  });
});
