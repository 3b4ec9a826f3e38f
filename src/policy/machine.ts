/**
 * What a program says about a candidate: the circuit's meaning in plain integers.
 * @module
 */
import { addressText, SYMBOLS } from './document.ts';
import type { FailedComparison, MissingValue, Verdict } from './evaluate.ts';
import type { Candidate, Gate, Program, Relation, StateVector } from './program.ts';
import { holds } from './relations.ts';
import { assertCandidate, assertProgram, assertStateVector } from './values.ts';

/** One predicate with the values it reads: `left relation constant (+ addend)`; undefined is a missing value. */
interface Reading {
  readonly names: { readonly left: string; readonly addend?: string };
  readonly relation: Relation;
  readonly constant: bigint;
  readonly left: bigint | undefined;
  readonly addend: bigint | undefined;
}

/** What every predicate reads, by kind and slot. */
type Readings = Readonly<Record<'state' | 'order' | 'equality', readonly Reading[]>>;

function read(program: Program, { fields }: StateVector, candidate: Candidate): Readings {
  const addend = (field: number | undefined): bigint | undefined => (field === undefined ? 0n : fields[field]);
  const names = (left: string, field: number | undefined): Reading['names'] =>
    field === undefined ? { left } : { left, addend: `field ${field}` };
  return {
    state: program.statePredicates.map(({ field, relation, constant, other }) => ({
      names: names(`field ${field}`, other),
      relation,
      constant,
      left: fields[field],
      addend: addend(other),
    })),
    order: program.orderPredicates.map(({ parameter, relation, constant, field }) => ({
      names: names(`parameter ${parameter}`, field),
      relation,
      constant,
      left: candidate.parameters[parameter],
      addend: addend(field),
    })),
    equality: program.equalityPredicates.map(({ subject, relation, constant }) => ({
      names: { left: typeof subject === 'number' ? `parameter ${subject}` : subject },
      relation,
      constant,
      addend: 0n,
      left: subjectValue(subject, candidate),
    })),
  };
}

function subjectValue(subject: 'schema' | 'addressee' | 0 | 1 | 2, candidate: Candidate): bigint | undefined {
  if (subject === 'schema') return BigInt(candidate.schema);
  return subject === 'addressee' ? candidate.addressee : candidate.parameters[subject];
}

/** Known and true. */
function holdsKnown({ relation, constant, left, addend }: Reading): boolean {
  return left !== undefined && addend !== undefined && holds(relation, left, constant + addend);
}

function gateValues(program: Program, readings: Readings): boolean[] {
  const values: boolean[] = [];
  for (const gate of program.gates) {
    const predicates = (['state', 'order', 'equality'] as const).flatMap((kind) =>
      gate[kind].map((slot) => holdsKnown(readings[kind][slot] as Reading)),
    );
    const inputs = [...predicates, ...gate.gates.map((slot) => values[slot])];
    values.push(inputs.filter((input) => input === true).length >= gate.threshold);
  }
  return values;
}

/**
 * Whether the program allows the candidate: its action is permitted and the last gate holds.
 *
 * @throws PolicyValueError when the program, the state or the candidate is out of range
 */
export function evaluateProgram(program: Program, state: StateVector, candidate: Candidate): boolean {
  assertProgram(program);
  assertStateVector(state);
  assertCandidate(candidate);
  const permitted = program.schemas.includes(candidate.schema);
  return permitted && gateValues(program, read(program, state, candidate)).at(-1) === true;
}

/**
 * The same with a reason that names the program's slots. Where there is a document, `evaluatePolicy` names its rules.
 *
 * @throws PolicyValueError when the program, the state or the candidate is out of range
 */
export function judgeProgram(program: Program, state: StateVector, candidate: Candidate): Verdict {
  if (evaluateProgram(program, state, candidate)) return { allowed: true };
  if (!program.schemas.includes(candidate.schema)) {
    const text = `action is one of ${program.schemas.join(', ')}`;
    const failed = [{ path: '/schemas', text, values: { action: String(candidate.schema) } }];
    return { allowed: false, reason: { path: '/schemas', text, result: 'false', failed, missing: [] } };
  }
  const readings = read(program, state, candidate);
  const last = program.gates.length - 1;
  const { threshold, ...inputs } = program.gates[last] as Gate;
  const text = `at least ${threshold} of the ${Object.values(inputs).flat().length} inputs of the last gate`;
  const { failed, missing } = culprits(program, readings);
  // A program tells "known true" from everything else; that a value is missing is all there is to say about unknown.
  const result = failed.length === 0 ? 'unknown' : 'false';
  return { allowed: false, reason: { path: `/gates/${last}`, text, result, failed, missing } };
}

/** The predicates that don't hold, of those that the last gate hangs on through gates that don't hold. */
function culprits(program: Program, readings: Readings): { failed: FailedComparison[]; missing: MissingValue[] } {
  const values = gateValues(program, readings);
  const reached = new Set<number>([program.gates.length - 1]);
  const failed = new Map<string, FailedComparison>();
  const missing = new Map<string, MissingValue>();
  // Gates name earlier gates only: going down meets every gate after all that name it.
  for (let index = program.gates.length - 1; index >= 0; index--) {
    if (!reached.has(index)) continue;
    const gate = program.gates[index] as Gate;
    for (const slot of gate.gates) if (values[slot] === false) reached.add(slot);
    for (const kind of ['state', 'order', 'equality'] as const) {
      for (const slot of gate[kind])
        describe(readings[kind][slot] as Reading, `/${kind}Predicates/${slot}`, failed, missing);
    }
  }
  return { failed: [...failed.values()], missing: [...missing.values()] };
}

function describe(
  reading: Reading,
  path: string,
  failed: Map<string, FailedComparison>,
  missing: Map<string, MissingValue>,
): void {
  if (holdsKnown(reading)) return;
  const { names, relation, constant, left, addend } = reading;
  if (left === undefined) missing.set(`${path} left`, { path, name: names.left, cause: 'absent' });
  if (addend === undefined) missing.set(`${path} addend`, { path, name: names.addend as string, cause: 'absent' });
  if (left === undefined || addend === undefined) return;
  const show = (value: bigint): string => (names.left === 'addressee' ? addressText(value) : String(value));
  const values = {
    [names.left]: show(left),
    ...(names.addend === undefined ? {} : { [names.addend]: String(addend) }),
  };
  const sum = names.addend === undefined ? '' : ` + ${names.addend}`;
  failed.set(path, { path, text: `${names.left} ${SYMBOLS[relation]} ${show(constant)}${sum}`, values });
}
