/**
 * What the `decision` circuit takes, from a program, a state and candidates. Inputs are validated here, so that nothing
 * reaches the circuit that it would answer with a failed constraint: a policy that allows nothing gives a refusal with
 * reasons.
 * @module
 */
import { actionWord0, actionWord1 } from '../codec/execution.ts';
import { isFieldElement } from '../codec/field.ts';
import type { Hex } from '../codec/hash.ts';
import {
  type PackedCandidate,
  type PackedProgram,
  type PackedState,
  packCandidateSet,
  packProgram,
  packState,
} from '../policy/commitments.ts';
import type { Candidate, Program, StateVector } from '../policy/program.ts';
import { type Denial, select } from '../policy/select.ts';
import type { DecisionJournal } from './receipt.ts';

/** Values of a circuit's input signals by name; arrays are in the order of the circuit's indices. */
export type CircuitInputs = Readonly<Record<string, bigint | readonly bigint[]>>;

export interface DecisionRequest {
  readonly program: Program;
  readonly state: StateVector;
  /** in canonical order: see `canonicalCandidateSet` */
  readonly candidates: readonly Candidate[];
  /** the context's hash, 248 bits: see `contextHash` */
  readonly context: bigint;
}

export interface DecisionWitness {
  readonly inputs: CircuitInputs;
  /** place of the chosen candidate in the canonical set */
  readonly chosen: number;
  /** what the proof will state */
  readonly journal: DecisionJournal;
}

/** The policy allows no candidate. There is no proof of that; `denied` has a reason for each of them. */
export class DecisionRefusedError extends Error {
  override readonly name = 'DecisionRefusedError';
  readonly denied: readonly Denial[];

  constructor(denied: readonly Denial[]) {
    const reasons = denied.map(({ index, reason }) => `candidate ${index}: ${reason.text} is ${reason.result}`);
    super(
      `The policy allows none of the ${denied.length} candidates, so there is nothing to prove. ${reasons.join('; ')}.`,
    );
    this.denied = denied;
  }
}

/** Input signals of the circuit, by the names that circuits/decision.circom gives them. */
export function decisionInputs(
  program: PackedProgram,
  state: PackedState,
  candidates: readonly PackedCandidate[],
  context: bigint,
): CircuitInputs {
  return {
    stateSchema: program.stateSchema,
    schemas: program.schemas,
    stateConstants: program.stateConstants,
    orderConstants: program.orderConstants,
    equalityConstants: program.equalityConstants,
    selectors: program.selectors,
    fields: state.fields,
    fieldPresent: state.presence,
    salt: state.salt,
    used: candidates.map((c) => c.used),
    score: candidates.map((c) => c.score),
    sequence: candidates.map((c) => c.sequence),
    schema: candidates.map((c) => c.schema),
    addressee: candidates.map((c) => c.addressee),
    parameters: candidates.flatMap((c) => c.parameters),
    parameterPresent: candidates.flatMap((c) => c.presence),
    payloads: candidates.map((c) => c.payload),
    context,
  };
}

function addressOf(addressee: bigint): Hex {
  return `0x${addressee.toString(16).padStart(40, '0')}`;
}

/** An action's words as the journal has them. */
function wordsOf({ schema, addressee, parameters }: Candidate): { w0: bigint; w1: bigint } {
  const [p0, p1, p2] = parameters;
  const presence = parameters.reduce((bits, value, j) => bits + (value === undefined ? 0 : 1 << j), 0);
  const words = { schema, addressee: addressOf(addressee), p0: p0 ?? 0n, p1: p1 ?? 0n, p2: p2 ?? 0n, presence };
  return { w0: actionWord0(words), w1: actionWord1(words) };
}

/**
 * Chooses the first allowed candidate and makes the circuit's inputs for it.
 *
 * @throws DecisionRefusedError when the policy allows no candidate
 * @throws PolicyValueError when a part of the program, the state or a candidate is out of range
 * @throws PolicyDocumentError when the candidates are none, too many or not in canonical order
 * @throws RangeError when the context is not a field element
 */
export function decisionWitness({ program, state, candidates, context }: DecisionRequest): DecisionWitness {
  if (!isFieldElement(context)) {
    throw new RangeError(`context: expected a field element (contextHash makes one of 248 bits), got ${context}`);
  }
  const packedProgram = packProgram(program);
  const packedState = packState(state, program.stateSchema);
  const set = packCandidateSet(candidates);
  const { chosen, denied } = select(program, state, candidates);
  if (chosen === undefined) throw new DecisionRefusedError(denied);

  const action = candidates[chosen] as Candidate;
  const { w0, w1 } = wordsOf(action);
  return {
    inputs: decisionInputs(packedProgram, packedState, set.candidates, context),
    chosen,
    journal: {
      policyHash: packedProgram.policyHash,
      stateHash: packedState.stateHash,
      candidateSetHash: set.candidateSetHash,
      w0,
      w1,
      payload: action.payloadHash,
      context,
    },
  };
}
