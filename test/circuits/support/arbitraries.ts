/**
 * Random programs, states and candidate sets for the circuit, straight from the shape: they cover programs that no
 * document compiles to. Values come from a small range, so that equalities, ties and boundaries are common, and now and
 * then from the ends of the 64-bit range.
 * @module
 */
import fc from 'fast-check';
import { FIELD_MODULUS } from '../../../src/codec/field.ts';
import {
  type Candidate,
  type EqualityPredicate,
  type Gate,
  type OrderPredicate,
  type Program,
  SHAPE,
  type StatePredicate,
  type StateVector,
} from '../../../src/policy/program.ts';
import { canonicalCandidateSet } from '../../../src/policy/values.ts';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;
const SCHEMA_IDS = [1, 7, 0xffffffff];
const ADDRESSEES = [0n, 1n, 2n ** 160n - 1n];

const int64 = fc.oneof(
  { weight: 12, arbitrary: fc.bigInt({ min: -2n, max: 2n }) },
  { weight: 1, arbitrary: fc.constantFrom(MIN, MIN + 1n, MAX - 1n, MAX) },
);
const maybeInt64 = fc.option(int64, { nil: undefined, freq: 8 });
const slot = (count: number): fc.Arbitrary<number> => fc.nat({ max: count - 1 });

const orderRelation = fc.constantFrom('lt', 'le', 'gt', 'ge');
const equalityRelation = fc.constantFrom('eq', 'ne');

const statePredicate: fc.Arbitrary<StatePredicate> = fc
  .tuple(slot(SHAPE.stateFields), fc.oneof(orderRelation, equalityRelation), int64, fc.option(slot(SHAPE.stateFields)))
  .map(([field, relation, constant, other]) => ({
    field,
    relation: relation as StatePredicate['relation'],
    constant,
    ...(other === null ? {} : { other }),
  }));

const orderPredicate: fc.Arbitrary<OrderPredicate> = fc
  .tuple(slot(SHAPE.parameters), orderRelation, int64, fc.option(slot(SHAPE.stateFields)))
  .map(([parameter, relation, constant, field]) => ({
    parameter,
    relation: relation as OrderPredicate['relation'],
    constant,
    ...(field === null ? {} : { field }),
  }));

const equalityPredicate: fc.Arbitrary<EqualityPredicate> = equalityRelation.chain((text) => {
  const relation = text as EqualityPredicate['relation'];
  return fc.oneof(
    fc.constantFrom(...SCHEMA_IDS).map((id) => ({ subject: 'schema' as const, relation, constant: BigInt(id) })),
    fc.constantFrom(...ADDRESSEES).map((constant) => ({ subject: 'addressee' as const, relation, constant })),
    fc
      .tuple(fc.constantFrom(0 as const, 1 as const, 2 as const), int64)
      .map(([subject, constant]) => ({ subject, relation, constant })),
  );
});

/** A gate over what there is; its threshold is low more often than not, so that verdicts are mixed. */
function gate(sizes: { state: number; order: number; equality: number; gates: number }): fc.Arbitrary<Gate> {
  const members = (count: number): fc.Arbitrary<number[]> =>
    count === 0
      ? fc.constant([])
      : fc.subarray(
          Array.from({ length: count }, (_, i) => i),
          { maxLength: Math.min(count, 4) },
        );
  return fc
    .record({
      state: members(sizes.state),
      order: members(sizes.order),
      equality: members(sizes.equality),
      gates: members(sizes.gates),
      share: fc.nat({ max: 99 }),
    })
    .map(({ share, ...inputs }) => {
      const count = Object.values(inputs).reduce((sum, list) => sum + list.length, 0);
      return { ...inputs, threshold: 1 + Math.floor((share * share * count) / 10_000) };
    })
    .filter(
      ({ threshold, ...inputs }) => threshold <= Object.values(inputs).reduce((sum, list) => sum + list.length, 0),
    );
}

export const arbitraryProgram: fc.Arbitrary<Program> = fc
  .record({
    stateSchema: fc.bigInt({ min: 0n, max: 2n ** 248n - 1n }),
    schemas: fc.subarray(SCHEMA_IDS, { minLength: 1 }),
    statePredicates: fc.array(statePredicate, { maxLength: SHAPE.statePredicates, size: 'max' }),
    orderPredicates: fc.array(orderPredicate, { maxLength: SHAPE.orderPredicates, size: 'max' }),
    equalityPredicates: fc.array(equalityPredicate, { minLength: 1, maxLength: SHAPE.equalityPredicates, size: 'max' }),
    gateCount: fc.integer({ min: 1, max: SHAPE.gates }),
  })
  .chain(({ gateCount, ...rest }) => {
    const sizes = {
      state: rest.statePredicates.length,
      order: rest.orderPredicates.length,
      equality: rest.equalityPredicates.length,
    };
    const gates = Array.from({ length: gateCount }, (_, i) => gate({ ...sizes, gates: i }));
    return fc.tuple(...gates).map((list) => ({ ...rest, gates: list }));
  });

export const arbitraryState: fc.Arbitrary<StateVector> = fc.record({
  fields: fc.array(maybeInt64, { maxLength: SHAPE.stateFields, size: 'max' }),
  salt: fc.bigInt({ min: 0n, max: FIELD_MODULUS - 1n }),
});

const arbitraryCandidate: fc.Arbitrary<Candidate> = fc.record({
  score: fc.oneof(fc.bigInt({ min: 0n, max: 3n }), int64),
  sequence: fc.oneof(fc.nat({ max: 20 }), fc.constantFrom(0, 0xffffffff)),
  schema: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...SCHEMA_IDS) }, { weight: 1, arbitrary: fc.constant(9) }),
  addressee: fc.constantFrom(...ADDRESSEES),
  parameters: fc.tuple(maybeInt64, maybeInt64, maybeInt64),
  payloadHash: fc.bigInt({ min: 0n, max: 2n ** 248n - 1n }),
});

/** A canonical set of one to eight candidates. */
export const arbitraryCandidates: fc.Arbitrary<Candidate[]> = fc
  .uniqueArray(arbitraryCandidate, {
    minLength: 1,
    maxLength: SHAPE.candidates,
    size: 'max',
    selector: ({ score, sequence }) => `${score}/${sequence}`,
  })
  .map((candidates) => canonicalCandidateSet(candidates));

export interface Case {
  readonly program: Program;
  readonly state: StateVector;
  readonly candidates: readonly Candidate[];
  readonly context: bigint;
}

export const arbitraryCase: fc.Arbitrary<Case> = fc.record({
  program: arbitraryProgram,
  state: arbitraryState,
  candidates: arbitraryCandidates,
  context: fc.bigInt({ min: 0n, max: 2n ** 248n - 1n }),
});
