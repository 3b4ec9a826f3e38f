/**
 * Ranges of the values that decisions are made on, checked where they are handed in ready made.
 * @module
 */
import { FIELD_MODULUS } from '../codec/field.ts';
import { PolicyDocumentError, PolicyValueError } from './errors.ts';
import { INT64_MAX, INT64_MIN, UINT32_MAX, UINT160_MAX } from './limits.ts';
import { type Candidate, type Program, SHAPE, type StateVector } from './program.ts';

function inRange(path: string, value: bigint | number, low: bigint, high: bigint): void {
  const whole = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (!whole || value < low || value > high)
    throw new PolicyValueError(path, `the value is ${value}`, `${low} to ${high}`);
}

function int64(path: string, value: bigint | undefined): void {
  if (value !== undefined) inRange(path, value, INT64_MIN, INT64_MAX);
}

function count(path: string, found: number, low: number, high: number): void {
  if (found < low || found > high) throw new PolicyValueError(path, `${found} entries`, `${low} to ${high}`);
}

/** @throws PolicyValueError when a field or the salt is out of range, or when there are more than 16 fields */
export function assertStateVector(state: StateVector): void {
  count('/fields', state.fields.length, 0, SHAPE.stateFields);
  for (const [index, value] of state.fields.entries()) int64(`/fields/${index}`, value);
  inRange('/salt', state.salt, 0n, FIELD_MODULUS - 1n);
}

/** @throws PolicyValueError when one of its words is out of range */
export function assertCandidate(candidate: Candidate, path = ''): void {
  int64(`${path}/score`, candidate.score);
  inRange(`${path}/sequence`, candidate.sequence, 0n, UINT32_MAX);
  inRange(`${path}/schema`, candidate.schema, 1n, UINT32_MAX);
  inRange(`${path}/addressee`, candidate.addressee, 0n, UINT160_MAX);
  count(`${path}/parameters`, candidate.parameters.length, SHAPE.parameters, SHAPE.parameters);
  for (const [index, value] of candidate.parameters.entries()) int64(`${path}/parameters/${index}`, value);
  inRange(`${path}/payloadHash`, candidate.payloadHash, 0n, 2n ** 248n - 1n);
}

/** @throws PolicyValueError when something doesn't fit the circuit's shape or names a slot that isn't there */
export function assertProgram(program: Program): void {
  inRange('/stateSchema', program.stateSchema, 0n, 2n ** 248n - 1n);
  count('/schemas', program.schemas.length, 1, SHAPE.schemas);
  for (const [index, id] of program.schemas.entries()) {
    inRange(`/schemas/${index}`, id, BigInt(program.schemas[index - 1] ?? 0) + 1n, UINT32_MAX);
  }
  assertPredicates(program);
  const sizes = {
    state: program.statePredicates.length,
    order: program.orderPredicates.length,
    equality: program.equalityPredicates.length,
  };
  count('/gates', program.gates.length, 1, SHAPE.gates);
  for (const [index, gate] of program.gates.entries()) {
    const path = `/gates/${index}`;
    const limits = { ...sizes, gates: index };
    let inputs = 0;
    for (const kind of ['state', 'order', 'equality', 'gates'] as const) {
      for (const [position, slot] of gate[kind].entries()) {
        // Strictly increasing: an input that stands twice would be counted once by the circuit.
        inRange(
          `${path}/${kind}/${position}`,
          slot,
          BigInt(gate[kind][position - 1] ?? -1) + 1n,
          BigInt(limits[kind]) - 1n,
        );
      }
      inputs += gate[kind].length;
    }
    inRange(`${path}/threshold`, gate.threshold, 1n, BigInt(inputs));
  }
}

function assertPredicates({ statePredicates, orderPredicates, equalityPredicates }: Program): void {
  const [lastField, lastParameter] = [BigInt(SHAPE.stateFields - 1), BigInt(SHAPE.parameters - 1)];
  count('/statePredicates', statePredicates.length, 0, SHAPE.statePredicates);
  for (const [index, { field, constant, other }] of statePredicates.entries()) {
    inRange(`/statePredicates/${index}/field`, field, 0n, lastField);
    inRange(`/statePredicates/${index}/other`, other ?? 0, 0n, lastField);
    int64(`/statePredicates/${index}/constant`, constant);
  }
  count('/orderPredicates', orderPredicates.length, 0, SHAPE.orderPredicates);
  for (const [index, { parameter, constant, field }] of orderPredicates.entries()) {
    inRange(`/orderPredicates/${index}/parameter`, parameter, 0n, lastParameter);
    inRange(`/orderPredicates/${index}/field`, field ?? 0, 0n, lastField);
    int64(`/orderPredicates/${index}/constant`, constant);
  }
  count('/equalityPredicates', equalityPredicates.length, 0, SHAPE.equalityPredicates);
  for (const [index, { subject, constant }] of equalityPredicates.entries()) {
    const path = `/equalityPredicates/${index}/constant`;
    if (subject === 'schema') inRange(path, constant, 0n, UINT32_MAX);
    else if (subject === 'addressee') inRange(path, constant, 0n, UINT160_MAX);
    else int64(path, constant);
  }
}

type Ranked = Pick<Candidate, 'score' | 'sequence'>;

/** Negative when `a` stands before `b`: higher score first, among equal scores the lower sequence number. */
export function compareRank(a: Ranked, b: Ranked): number {
  if (a.score !== b.score) return a.score > b.score ? -1 : 1;
  return a.sequence - b.sequence;
}

function candidateError(
  code: 'duplicate-candidate' | 'not-in-order' | 'empty' | 'too-many',
  index: number | undefined,
): never {
  const path = index === undefined ? '/candidates' : `/candidates/${index}`;
  const [problem, expected, remedy] = {
    'duplicate-candidate': [
      'another candidate has this score and sequence',
      'a pair of its own',
      'Number the candidates',
    ],
    'not-in-order': [
      'a better candidate stands below',
      'falling scores, rising sequence numbers among equal ones',
      'Sort them',
    ],
    empty: ['there are no candidates', `1 to ${SHAPE.candidates} candidates`, 'Add candidates'],
    'too-many': ['there are too many candidates', `1 to ${SHAPE.candidates} candidates`, 'Keep the best ones'],
  }[code] as [string, string, string];
  throw new PolicyDocumentError({ code, path, problem, expected, remedy });
}

/** @throws PolicyDocumentError empty, too-many, duplicate-candidate */
export function rankDistinct<T extends Ranked>(candidates: readonly T[]): T[] {
  if (candidates.length === 0) candidateError('empty', undefined);
  if (candidates.length > SHAPE.candidates) candidateError('too-many', undefined);
  for (const [index, candidate] of candidates.entries()) {
    if (candidates.slice(0, index).some((other) => compareRank(other, candidate) === 0)) {
      candidateError('duplicate-candidate', index);
    }
  }
  return [...candidates].sort(compareRank);
}

/** @throws PolicyDocumentError empty, too-many, duplicate-candidate, not-in-order */
export function assertRanked(candidates: readonly Ranked[]): void {
  const ranked = rankDistinct(candidates);
  const misplaced = candidates.findIndex((candidate, index) => candidate !== ranked[index]);
  if (misplaced !== -1) candidateError('not-in-order', misplaced);
}

/**
 * The canonical set: strictly falling (score, -sequence). The one place where an order is made rather than checked.
 *
 * @throws PolicyDocumentError empty, too-many, duplicate-candidate
 * @throws PolicyValueError when a candidate's word is out of range
 */
export function canonicalCandidateSet<T extends Candidate>(candidates: readonly T[]): T[] {
  for (const [index, candidate] of candidates.entries()) assertCandidate(candidate, `/candidates/${index}`);
  return rankDistinct(candidates);
}
