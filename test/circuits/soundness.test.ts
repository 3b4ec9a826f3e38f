import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ensureArtefacts } from '../../scripts/circuits/build.ts';
import { readConstraints } from '../../scripts/circuits/lib/r1cs.ts';
import { FIELD_MODULUS } from '../../src/codec/field.ts';
import { packCandidateSet, packProgram, packState } from '../../src/policy/commitments.ts';
import type { Candidate, Program } from '../../src/policy/program.ts';
import { WitnessCalculator } from '../../src/receipts/calculator.ts';
import { type CircuitInputs, type DecisionRequest, decisionInputs } from '../../src/receipts/witness.ts';
import { loadVariants, type Variants } from './support/relaxed.ts';
import { constraintsByWire, holds, violations, wiresOf } from './support/witnesses.ts';

const PROGRAM: Program = {
  stateSchema: 5n,
  schemas: [1, 2],
  statePredicates: [
    { field: 0, relation: 'ge', constant: 10n },
    { field: 1, relation: 'lt', constant: 0n, other: 2 },
  ],
  orderPredicates: [{ parameter: 0, relation: 'le', constant: -10n, field: 0 }],
  equalityPredicates: [{ subject: 'addressee', relation: 'eq', constant: 7n }],
  gates: [
    { threshold: 2, state: [0, 1], order: [], equality: [], gates: [] },
    { threshold: 3, state: [], order: [0], equality: [0], gates: [0] },
  ],
};

function candidate(score: bigint, payment: bigint, change: Partial<Candidate> = {}): Candidate {
  return {
    score,
    sequence: 3,
    schema: 1,
    addressee: 7n,
    parameters: [payment, 4n, undefined],
    payloadHash: 99n,
    ...change,
  };
}

/** The first is denied (101 > 100 - 10), the second allowed, the third denied: one choice, whoever chooses. */
const REQUEST: DecisionRequest = {
  program: PROGRAM,
  state: { fields: [100n, 1n, 5n], salt: 11n },
  candidates: [candidate(30n, 101n), candidate(20n, 90n), candidate(10n, 91n)],
  context: 12n,
};

type Edit = (inputs: Record<string, bigint[]>) => void;

/** Selector bits by the table in docs/circuits.md. */
const BIT = {
  stateField: 0,
  stateOther: 16,
  stateRelation: 32,
  orderParameter: 304,
  orderField: 307,
  orderRelation: 323,
  equalitySubject: 442,
  equalityRelation: 447,
} as const;
const SECOND_STATE_PREDICATE = 38;

function set(name: string, index: number, value: bigint): Edit {
  return (inputs) => {
    (inputs[name] as bigint[])[index] = value;
  };
}

function add(name: string, index: number, value: bigint): Edit {
  return (inputs) => {
    const values = inputs[name] as bigint[];
    values[index] = ((values[index] as bigint) + value + FIELD_MODULUS) % FIELD_MODULUS;
  };
}

function swap(first: number, second: number): Edit {
  return (inputs) => {
    for (const name of [
      'used',
      'score',
      'sequence',
      'schema',
      'addressee',
      'payloads',
      'parameters',
      'parameterPresent',
    ]) {
      const values = inputs[name] as bigint[];
      const width = values.length / 8;
      for (let i = 0; i < width; i++) {
        const [a, b] = [values[first * width + i], values[second * width + i]] as [bigint, bigint];
        [values[first * width + i], values[second * width + i]] = [b, a];
      }
    }
  };
}

interface Attack {
  readonly title: string;
  readonly request?: Partial<DecisionRequest>;
  readonly edits?: readonly Edit[];
  /** commitments that stay what they were, so that the forgery would go unseen */
  readonly keeps?: readonly string[];
}

const ATTACKS: readonly Attack[] = [
  { title: 'a later allowed candidate is chosen', request: { candidates: [candidate(30n, 89n), candidate(20n, 90n)] } },
  { title: 'a denied candidate is chosen when none is allowed', request: { candidates: [candidate(30n, 101n)] } },
  {
    title: 'a candidate of a schema that is not permitted is chosen',
    request: { candidates: [candidate(30n, 90n, { schema: 3 })] },
  },
  {
    title: 'a used candidate has the schema 0, as unused slots of the list have',
    edits: [set('schema', 0, 0n)],
    request: { candidates: [candidate(30n, 90n)] },
  },
  {
    title: 'a missing field is taken for present',
    request: { candidates: [candidate(30n, 90n)], state: { fields: [100n, 1n, undefined], salt: 11n } },
  },
  {
    title: 'a missing parameter is judged',
    request: { candidates: [candidate(30n, 90n, { parameters: [undefined, 4n, 4n] })] },
  },
  { title: 'candidates are not in order', edits: [swap(1, 2)] },
  { title: 'two candidates have the same key', edits: [set('score', 2, 2n ** 63n + 20n)] },
  { title: 'an unused candidate stands before a used one', edits: [swap(2, 3)] },
  { title: 'an unused candidate has a score', edits: [set('score', 5, 1n)] },
  { title: 'an unused candidate has a sequence number', edits: [set('sequence', 5, 1n)] },
  { title: 'an unused candidate has a schema', edits: [set('schema', 5, 1n)] },
  { title: 'an unused candidate has an addressee', edits: [set('addressee', 5, 1n)] },
  { title: 'an unused candidate has a payload', edits: [set('payloads', 5, 1n)] },
  {
    title: 'an unused candidate has a present parameter',
    edits: [set('parameterPresent', 15, 1n), set('parameters', 15, 1n)],
  },
  { title: 'an absent parameter has a value', edits: [set('parameters', 5, 1n)] },
  { title: 'an absent field has a value', edits: [set('fields', 9, 1n)] },
  { title: 'a state predicate reads two fields', edits: [set('selectors', BIT.stateField + 3, 1n)] },
  {
    title: 'a state predicate adds two fields',
    edits: [set('selectors', SECOND_STATE_PREDICATE + BIT.stateOther + 3, 1n)],
  },
  { title: 'a state predicate has two relations', edits: [set('selectors', BIT.stateRelation, 1n)] },
  { title: 'an order predicate reads two parameters', edits: [set('selectors', BIT.orderParameter + 1, 1n)] },
  { title: 'an order predicate adds two fields', edits: [set('selectors', BIT.orderField + 1, 1n)] },
  { title: 'an order predicate has two relations', edits: [set('selectors', BIT.orderRelation, 1n)] },
  { title: 'an equality predicate has two subjects', edits: [set('selectors', BIT.equalitySubject, 1n)] },
  { title: 'an equality predicate is eq and ne', edits: [set('selectors', BIT.equalityRelation + 1, 1n)] },
  { title: 'a relation stands in an unused slot', edits: [set('selectors', 2 * 38 + BIT.stateRelation + 5, 1n)] },
  { title: 'an unused slot adds a field', edits: [set('selectors', 2 * 38 + BIT.stateOther, 1n)] },
  {
    title: 'selector bits carry into each other',
    keeps: ['policyHash'],
    edits: [add('selectors', BIT.stateField, -2n), add('selectors', BIT.stateField + 1, 1n)],
  },
  {
    title: 'presence bits of fields carry into each other',
    keeps: ['stateHash'],
    edits: [add('fieldPresent', 3, 2n), add('fieldPresent', 4, -1n)],
  },
  {
    title: 'presence bits of a parameter carry into each other',
    keeps: ['candidateSetHash'],
    edits: [add('parameterPresent', 3, -2n), add('parameterPresent', 4, 1n)],
  },
  {
    title: 'a field carries into its neighbour',
    keeps: ['stateHash'],
    edits: [add('fields', 0, 2n ** 64n), add('fields', 1, -1n)],
  },
  {
    title: 'the last field carries into the presence bits',
    keeps: ['stateHash'],
    edits: [add('fields', 15, 2n ** 64n), add('fieldPresent', 0, -1n)],
  },
  {
    title: 'a score carries into the sequence number',
    keeps: ['candidateSetHash'],
    edits: [add('score', 1, 2n ** 64n), add('sequence', 1, -1n)],
  },
  {
    title: 'a sequence number carries into the presence bits',
    keeps: ['candidateSetHash'],
    edits: [add('sequence', 1, 2n ** 32n), add('parameterPresent', 3, -1n)],
  },
  {
    title: "the chosen action's schema carries into its addressee",
    keeps: ['w0'],
    edits: [
      add('schema', 1, 2n ** 32n),
      add('addressee', 1, -1n),
      add('schemas', 0, 2n ** 32n),
      add('equalityConstants', 0, -1n),
    ],
  },
  {
    title: "the chosen action's parameters carry into each other",
    keeps: ['w1'],
    edits: [add('parameters', 4, 2n ** 64n), add('parameters', 5, -1n), set('parameterPresent', 5, 0n)],
  },
  {
    title: 'a parameter is so far out of range that the comparison would wrap',
    edits: [set('parameters', 0, 2n ** 67n)],
  },
  {
    title: 'a constant is so far out of range that the comparison would wrap',
    edits: [set('stateConstants', 0, FIELD_MODULUS - 2n ** 70n)],
  },
];

describe('The decision circuit refuses', function () {
  this.timeout(300_000);
  let variants: Variants;

  before(async () => {
    variants = await loadVariants();
  });

  function inputsOf({ request, edits }: Omit<Attack, 'title'>): CircuitInputs {
    const { program, state, candidates, context } = { ...REQUEST, ...request };
    const packed = decisionInputs(
      packProgram(program),
      packState(state, program.stateSchema),
      packCandidateSet(candidates).candidates,
      context,
    );
    const inputs = Object.fromEntries(
      Object.entries(packed).map(([name, value]) => [name, typeof value === 'bigint' ? [value] : [...value]]),
    );
    for (const edit of edits ?? []) edit(inputs);
    return inputs;
  }

  it('nothing of an honest decision: the relaxed variant computes what the real constraints accept', async () => {
    expect(violations(variants.constraints, await variants.compute(inputsOf({})))).to.equal(0);
  });

  for (const { title, request, edits, keeps } of ATTACKS) {
    it(`a witness in which ${title}`, async () => {
      const honest = await variants.compute(inputsOf({ ...(request && { request }) }));
      const planted = await variants.compute(inputsOf({ ...(request && { request }), ...(edits && { edits }) }));
      const count = violations(variants.constraints, planted);
      expect(count, 'violated constraints').to.be.greaterThan(0);
      // Everything that follows from the edit was computed anew: what is violated is a check, not an inconsistency.
      expect(count, 'violated constraints').to.be.lessThan(12);
      for (const signal of keeps ?? []) {
        expect(planted[variants.wireOf(signal)], signal).to.equal(honest[variants.wireOf(signal)]);
      }
    });
  }

  it("every change of a single wire, but for the hint of IsZero, which doesn't matter when its input is 0", async () => {
    const folder = await ensureArtefacts();
    const constraints = readConstraints(readFileSync(join(folder, 'decision.r1cs')));
    const calculator = await WitnessCalculator.create(new Uint8Array(readFileSync(join(folder, 'decision.wasm'))));
    const wires = wiresOf(await calculator.calculate(inputsOf({})));
    expect(violations(constraints, wires)).to.equal(0);
    const index = constraintsByWire(constraints, wires.length);
    const free: number[] = [];
    // Wire 0 is the constant 1.
    for (let wire = 1; wire < wires.length; wire++) {
      const value = wires[wire] as bigint;
      wires[wire] = (value + 1n) % FIELD_MODULUS;
      if ((index[wire] ?? []).every((constraint) => holds(constraint, wires))) free.push(wire);
      wires[wire] = value;
    }
    const hints = new Set<number>();
    for (const line of readFileSync(join(folder, 'decision.sym'), 'utf8').split('\n')) {
      if (/\.IsZero_\d+_\d+\.inv$/.test(line)) hints.add(Number(line.split(',')[1]));
    }
    expect(free.filter((wire) => !hints.has(wire))).to.deep.equal([]);
    expect(free.length).to.be.lessThan(hints.size);
  });
});
