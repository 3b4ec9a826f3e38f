/**
 * The Poseidon commitments that the `decision` circuit computes: program, state and candidate set. Their layout, with
 * the table of selector bits, is in docs/circuits.md; circuits/decision.circom computes the same from its own inputs.
 * @module
 */
import { offsetCode } from '../codec/execution.ts';
import { poseidon } from '../codec/poseidon.ts';
import { poseidonTag } from '../codec/tags.ts';
import {
  type Candidate,
  type EqualityPredicate,
  type Gate,
  type OrderPredicate,
  type Program,
  SHAPE,
  type StatePredicate,
  type StateVector,
} from './program.ts';
import { assertCandidate, assertProgram, assertRanked, assertStateVector } from './values.ts';

/** The selector bits of a program are one stream, cut into elements of this many bits. */
export const SELECTOR_CHUNK = 240;

/** How many elements hold the selector bits. */
export const SELECTOR_CHUNKS = 3;

/** Bits of a gate's threshold, which is stored less one: a gate that needs nothing can't be written down. */
export const THRESHOLD_BITS = 5;

const ORDER_RELATIONS = ['lt', 'le', 'gt', 'ge'] as const;
const EQUALITY_RELATIONS = ['eq', 'ne'] as const;
const RELATIONS = [...ORDER_RELATIONS, ...EQUALITY_RELATIONS];
const SUBJECTS = ['schema', 'addressee', 0, 1, 2] as const;

const TAGS = {
  policy: poseidonTag('policy'),
  state: poseidonTag('state'),
  candidate: poseidonTag('candidate') & ((1n << 128n) - 1n),
  candidateSet: poseidonTag('candidate-set'),
};

/** A program in the form in which the circuit takes it: unused slots are zeros. */
export interface PackedProgram {
  /** Poseidon commitment of everything below and of the state schema */
  readonly policyHash: bigint;
  readonly stateSchema: bigint;
  /** 4 schema ids */
  readonly schemas: readonly bigint[];
  /** 8 constants of state predicates, offset coded */
  readonly stateConstants: readonly bigint[];
  /** 6 constants of order predicates, offset coded */
  readonly orderConstants: readonly bigint[];
  /** 6 constants of equality predicates: parameters offset coded, schema and addressee as they are */
  readonly equalityConstants: readonly bigint[];
  /** every selector bit, 0 or 1, in the order of the table */
  readonly selectors: readonly bigint[];
}

/** A state as the circuit takes it. */
export interface PackedState {
  readonly stateHash: bigint;
  /** 16 words, offset coded; 0 when absent */
  readonly fields: readonly bigint[];
  /** 16 bits */
  readonly presence: readonly bigint[];
  readonly salt: bigint;
}

/** A candidate's words as the circuit takes them; all zero in an unused slot. */
export interface PackedCandidate {
  readonly used: bigint;
  readonly score: bigint;
  readonly sequence: bigint;
  readonly schema: bigint;
  readonly addressee: bigint;
  /** 3 words, offset coded; 0 when absent */
  readonly parameters: readonly bigint[];
  /** 3 bits */
  readonly presence: readonly bigint[];
  readonly payload: bigint;
}

export interface PackedCandidateSet {
  readonly candidateSetHash: bigint;
  /** 8 slots, used ones first */
  readonly candidates: readonly PackedCandidate[];
}

type Bit = 0n | 1n;

function bit(value: boolean): Bit {
  return value ? 1n : 0n;
}

/** One bit per option, set for the chosen one; none is set when nothing is chosen. */
function oneHot<T>(options: readonly T[], chosen: T | undefined): Bit[] {
  return options.map((option) => bit(option === chosen));
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** One bit per slot, set for the members of the list. */
function membership(count: number, members: readonly number[]): Bit[] {
  return range(count).map((slot) => bit(members.includes(slot)));
}

function padded(values: readonly bigint[], count: number): bigint[] {
  return range(count).map((i) => values[i] ?? 0n);
}

/** Value of little-endian bits, each moved up by `shift`. */
function valueOf(bits: readonly bigint[], shift = 0n): bigint {
  return bits.reduce((sum, value, i) => sum + (value << (BigInt(i) + shift)), 0n);
}

function optionalWord(value: bigint | undefined): bigint {
  return offsetCode(value ?? 0n, value !== undefined);
}

const FIELDS = range(SHAPE.stateFields);
const PARAMETERS = range(SHAPE.parameters);

function statePredicateBits(predicate: StatePredicate | undefined): Bit[] {
  return [
    ...oneHot(FIELDS, predicate?.field),
    ...oneHot(FIELDS, predicate?.other),
    ...oneHot(RELATIONS, predicate?.relation),
  ];
}

function orderPredicateBits(predicate: OrderPredicate | undefined): Bit[] {
  return [
    ...oneHot(PARAMETERS, predicate?.parameter),
    ...oneHot(FIELDS, predicate?.field),
    ...oneHot(ORDER_RELATIONS, predicate?.relation),
  ];
}

function equalityPredicateBits(predicate: EqualityPredicate | undefined): Bit[] {
  return [...oneHot(SUBJECTS, predicate?.subject), ...oneHot(EQUALITY_RELATIONS, predicate?.relation)];
}

function gateBits(slot: number, gate: Gate | undefined): Bit[] {
  const threshold = BigInt((gate?.threshold ?? 1) - 1);
  return [
    ...membership(SHAPE.statePredicates, gate?.state ?? []),
    ...membership(SHAPE.orderPredicates, gate?.order ?? []),
    ...membership(SHAPE.equalityPredicates, gate?.equality ?? []),
    ...membership(slot, gate?.gates ?? []),
    ...range(THRESHOLD_BITS).map((i) => bit(((threshold >> BigInt(i)) & 1n) === 1n)),
  ];
}

/** The gate in each of the circuit's slots: the last one is the verdict and stands in the last slot. */
function gateSlots(gates: readonly Gate[]): (Gate | undefined)[] {
  const last = SHAPE.gates - 1;
  return range(SHAPE.gates).map((slot) => (slot === last ? gates.at(-1) : gates.slice(0, -1)[slot]));
}

function selectorBits(program: Program): Bit[] {
  return [
    ...range(SHAPE.statePredicates).flatMap((i) => statePredicateBits(program.statePredicates[i])),
    ...range(SHAPE.orderPredicates).flatMap((i) => orderPredicateBits(program.orderPredicates[i])),
    ...range(SHAPE.equalityPredicates).flatMap((i) => equalityPredicateBits(program.equalityPredicates[i])),
    ...gateSlots(program.gates).flatMap((gate, slot) => gateBits(slot, gate)),
  ];
}

function equalityConstant({ subject, constant }: EqualityPredicate): bigint {
  return typeof subject === 'number' ? optionalWord(constant) : constant;
}

/**
 * The program's commitment and the words that the circuit takes.
 *
 * @throws PolicyValueError when the program doesn't fit the circuit's shape
 */
export function packProgram(program: Program): PackedProgram {
  assertProgram(program);
  const { stateSchema } = program;
  const schemas = padded(program.schemas.map(BigInt), SHAPE.schemas);
  const stateConstants = padded(
    program.statePredicates.map((p) => optionalWord(p.constant)),
    SHAPE.statePredicates,
  );
  const orderConstants = padded(
    program.orderPredicates.map((p) => optionalWord(p.constant)),
    SHAPE.orderPredicates,
  );
  const equalityConstants = padded(program.equalityPredicates.map(equalityConstant), SHAPE.equalityPredicates);
  const selectors = selectorBits(program);
  const [bits0, bits1, bits2] = range(SELECTOR_CHUNKS).map((i) =>
    valueOf(selectors.slice(i * SELECTOR_CHUNK, (i + 1) * SELECTOR_CHUNK)),
  ) as [bigint, bigint, bigint];
  const inner = poseidon([TAGS.policy, stateSchema, ...schemas, ...stateConstants, bits0, bits1]);
  const policyHash = poseidon([inner, ...orderConstants, ...equalityConstants, bits2]);
  return { policyHash, stateSchema, schemas, stateConstants, orderConstants, equalityConstants, selectors };
}

/**
 * The state's commitment under a state schema, and the words that the circuit takes.
 *
 * @throws PolicyValueError when a field or the salt is out of range
 */
export function packState(state: StateVector, stateSchema: bigint): PackedState {
  assertStateVector(state);
  const fields = FIELDS.map((i) => optionalWord(state.fields[i]));
  const presence = FIELDS.map((i) => bit(state.fields[i] !== undefined));
  const triples = range(5).map((j) => {
    const [a, b, c] = fields.slice(3 * j, 3 * j + 3) as [bigint, bigint, bigint];
    return a + (b << 64n) + (c << 128n);
  });
  const last = (fields[15] as bigint) + valueOf(presence, 64n);
  const stateHash = poseidon([TAGS.state, stateSchema, ...triples, last, state.salt]);
  return { stateHash, fields, presence, salt: state.salt };
}

function packCandidate(candidate: Candidate): PackedCandidate {
  return {
    used: 1n,
    score: optionalWord(candidate.score),
    sequence: BigInt(candidate.sequence),
    schema: BigInt(candidate.schema),
    addressee: candidate.addressee,
    parameters: candidate.parameters.map(optionalWord),
    presence: candidate.parameters.map((value) => bit(value !== undefined)),
    payload: candidate.payloadHash,
  };
}

const UNUSED: PackedCandidate = {
  used: 0n,
  score: 0n,
  sequence: 0n,
  schema: 0n,
  addressee: 0n,
  parameters: [0n, 0n, 0n],
  presence: [0n, 0n, 0n],
  payload: 0n,
};

function candidateHash(c: PackedCandidate): bigint {
  const used = c.used === 0n ? 0n : (1n << 99n) + (TAGS.candidate << 100n);
  const meta = c.score + (c.sequence << 64n) + valueOf(c.presence, 96n) + used;
  return poseidon([meta, c.schema, c.addressee, ...c.parameters, c.payload]);
}

/**
 * The commitment of a canonical candidate set, and the words that the circuit takes.
 *
 * @throws PolicyValueError when a candidate's word is out of range
 * @throws PolicyDocumentError when there are no or too many candidates, or they aren't in canonical order
 */
export function packCandidateSet(candidates: readonly Candidate[]): PackedCandidateSet {
  for (const [index, candidate] of candidates.entries()) assertCandidate(candidate, `/candidates/${index}`);
  assertRanked(candidates);
  const packed = candidates.map(packCandidate);
  const slots = range(SHAPE.candidates).map((i) => packed[i] ?? UNUSED);
  return { candidateSetHash: poseidon([TAGS.candidateSet, ...slots.map(candidateHash)]), candidates: slots };
}

/** The program's commitment: `packProgram(program).policyHash`. */
export function policyHash(program: Program): bigint {
  return packProgram(program).policyHash;
}

/** The state's commitment: `packState(state, stateSchema).stateHash`. */
export function stateHash(state: StateVector, stateSchema: bigint): bigint {
  return packState(state, stateSchema).stateHash;
}

/** The set's commitment: `packCandidateSet(candidates).candidateSetHash`. */
export function candidateSetHash(candidates: readonly Candidate[]): bigint {
  return packCandidateSet(candidates).candidateSetHash;
}
