/**
 * From a policy document to the program that the circuit evaluates. Exact in both directions: the program holds for
 * exactly those states and candidates for which the document allows.
 *
 * 1. `normalise`: negations are pushed to the comparisons (De Morgan; not "k of n" is "n-k+1 of n" of the negations),
 *    where they become complementary relations. `denyIf f` becomes the negation of f: both ask that f is known false.
 *    Nested `all` in `all` and `any` in `any` are merged. Only literals and thresholds are left.
 * 2. `guarded`: a parameter belongs to its action, so that a literal over it also asks for the action, unless that is
 *    settled already by the context.
 * 3. `Slots`: equal predicates and equal gates share a slot; what finds none is counted.
 * @module
 */
import { stateSchemaHash } from './canonical.ts';
import type { Comparison, Operand, ParameterOperand, PolicyDocument, Rule } from './document.ts';
import { type CompileErrorCode, PolicyCompileError } from './errors.ts';
import { INT64_MAX, INT64_MIN } from './limits.ts';
import type {
  EqualityPredicate,
  EqualityRelation,
  OrderPredicate,
  OrderRelation,
  Program,
  Relation,
  StatePredicate,
} from './program.ts';
import { COMPLEMENT, CONVERSE } from './relations.ts';
import { type Input, Slots } from './slots.ts';

type Predicate =
  | { readonly kind: 'state'; readonly predicate: StatePredicate }
  | { readonly kind: 'order'; readonly predicate: OrderPredicate }
  | { readonly kind: 'equality'; readonly predicate: EqualityPredicate };

/** A literal; `guard` is the action (its id) that its parameter belongs to. */
type Literal = Predicate & { readonly path: string; readonly guard?: number };

/** True when at least k members are. */
interface Threshold {
  readonly kind: 'threshold';
  readonly k: number;
  readonly members: readonly Term[];
  readonly path: string;
}

type Term = Literal | Threshold;

/**
 * Compiles a policy. The same document, in whatever order its keys stand, gives the same program.
 *
 * @throws PolicyCompileError overflow (with kind, needed and available slots), constant-comparison,
 * unsupported-comparison, constant-range
 */
export function compilePolicy(document: PolicyDocument): Program {
  const terms = document.rules.map((rule, index) => normalise(rule, true, `/rules/${index}`));
  const top = combine(terms.length, terms, '/rules');
  // With one permitted action every candidate that is judged at all has it: there is nothing to guard.
  const settled = new Set(document.actions.length === 1 ? document.actions.map(({ id }) => id) : []);
  const slots = new Slots();
  slots.verdict(emit(guarded(top, settled), slots), '/rules');
  return {
    stateSchema: stateSchemaHash(document),
    schemas: document.actions.map(({ id }) => id).sort((a, b) => a - b),
    ...slots.take(),
  };
}

function normalise(rule: Rule, positive: boolean, path: string): Term {
  switch (rule.kind) {
    case 'compare':
      return comparison(rule, positive ? rule.relation : COMPLEMENT[rule.relation], path);
    case 'not':
    case 'denyIf':
      return normalise(rule.member, !positive, `${path}/${rule.kind}`);
    case 'all':
      return many(rule.members.length, rule.members, positive, `${path}/all`, path);
    case 'any':
      return many(1, rule.members, positive, `${path}/any`, path);
    case 'threshold':
      return many(rule.k, rule.members, positive, `${path}/threshold/of`, path);
  }
}

function many(k: number, rules: readonly Rule[], positive: boolean, listPath: string, path: string): Term {
  const terms = rules.map((rule, index) => normalise(rule, positive, `${listPath}/${index}`));
  return combine(positive ? k : rules.length - k + 1, terms, path);
}

/** "k of these", with members that are the same kind of "all" or "any" merged into it, which changes nothing. */
function combine(k: number, terms: readonly Term[], path: string): Term {
  const [only] = terms;
  if (terms.length === 1 && only !== undefined) return only;
  if (k === terms.length) {
    const members = terms.flatMap((term) =>
      term.kind === 'threshold' && term.k === term.members.length ? term.members : [term],
    );
    return { kind: 'threshold', k: members.length, members, path };
  }
  if (k === 1) {
    const members = terms.flatMap((term) => (term.kind === 'threshold' && term.k === 1 ? term.members : [term]));
    return { kind: 'threshold', k, members, path };
  }
  return { kind: 'threshold', k, members: terms, path };
}

function fail(code: CompileErrorCode, path: string, problem: string, expected: string, remedy: string): never {
  throw new PolicyCompileError({ code, path, problem, expected, remedy });
}

/** `constant + field + parameter`, each at most once. */
interface Linear {
  readonly constant: bigint;
  readonly field?: number;
  readonly parameter?: ParameterOperand;
}

function comparison({ left, right }: Comparison, relation: Relation, path: string): Term {
  const special = subjectOf(left, right) ?? subjectOf(right, left);
  if (special !== undefined) {
    const predicate = { ...special, relation: relation as EqualityRelation };
    return { kind: 'equality', predicate, path };
  }
  const [l, r] = [linear(left), linear(right)];
  if (l === undefined || r === undefined || (isConstant(l) && isConstant(r))) return decidesNothing(path);
  if (l.parameter !== undefined && r.parameter !== undefined) {
    const expected = 'a parameter against a constant, a state field, or a sum of both';
    fail('unsupported-comparison', path, 'two parameters are compared', expected, 'Compare each with the state');
  }
  if (l.parameter !== undefined) return parameterTerm(l.parameter, relation, l, r, path);
  if (r.parameter !== undefined) return parameterTerm(r.parameter, CONVERSE[relation], r, l, path);
  return { kind: 'state', predicate: statePredicate(l, relation, r, path), path };
}

/** The equality over schema or addressee that the operands make, if they do. */
function subjectOf(subject: Operand, other: Operand): Pick<EqualityPredicate, 'subject' | 'constant'> | undefined {
  if (subject.kind === 'action' && other.kind === 'schema') return { subject: 'schema', constant: BigInt(other.id) };
  if (subject.kind !== 'addressee') return undefined;
  if (other.kind !== 'address' && other.kind !== 'constant') return undefined;
  return { subject: 'addressee', constant: other.value };
}

function decidesNothing(path: string): never {
  const expected = 'a state field, parameter, addressee or action on one side, something else on the other';
  return fail(
    'constant-comparison',
    path,
    'the comparison decides nothing',
    expected,
    'Remove it or correct an operand',
  );
}

/** `undefined` for what isn't a number. */
function linear(operand: Operand): Linear | undefined {
  switch (operand.kind) {
    case 'number':
      return { constant: operand.value };
    case 'constant':
      return operand.unit === 'address' ? undefined : { constant: operand.value };
    case 'field':
      return { constant: 0n, field: operand.index };
    case 'parameter':
      return { constant: 0n, parameter: operand };
    case 'sum':
      return { constant: BigInt(operand.sign) * operand.constant.value, field: operand.field.index };
    default:
      return undefined;
  }
}

function isConstant({ field, parameter }: Linear): boolean {
  return field === undefined && parameter === undefined;
}

function fits(constant: bigint): boolean {
  return constant >= INT64_MIN && constant <= INT64_MAX;
}

function inRange(constant: bigint, path: string): bigint {
  if (!fits(constant)) {
    const problem = `the constants of both sides differ by ${constant}`;
    fail('constant-range', path, problem, `${INT64_MIN} to ${INT64_MAX}`, 'Use smaller constants or a larger unit');
  }
  return constant;
}

/** `parameter relation right - left.constant`; equality with a sum takes two order predicates. */
function parameterTerm(
  parameter: ParameterOperand,
  relation: Relation,
  left: Linear,
  right: Linear,
  path: string,
): Term {
  const constant = inRange(right.constant - left.constant, path);
  const guard = parameter.schema;
  const index = parameter.index;
  const field = right.field === undefined ? {} : { field: right.field };
  const order = (ordered: OrderRelation): Literal => ({
    kind: 'order',
    predicate: { parameter: index, relation: ordered, constant, ...field },
    path,
    guard,
  });
  if (relation !== 'eq' && relation !== 'ne') return order(relation);
  if (right.field === undefined) {
    return { kind: 'equality', predicate: { subject: index as 0 | 1 | 2, relation, constant }, path, guard };
  }
  return relation === 'eq'
    ? combine(2, [order('le'), order('ge')], path)
    : combine(1, [order('lt'), order('gt')], path);
}

/** The field with the lower index goes to the left, so that a comparison and its converse are one predicate. */
function statePredicate(left: Linear, relation: Relation, right: Linear, path: string): StatePredicate {
  const difference = right.constant - left.constant;
  if (left.field === undefined) return oneField(right.field as number, CONVERSE[relation], -difference, path);
  if (right.field === undefined) return oneField(left.field, relation, difference, path);
  const forward = { field: left.field, relation, constant: difference, other: right.field };
  const backward = { field: right.field, relation: CONVERSE[relation], constant: -difference, other: left.field };
  const [preferred, second] = left.field <= right.field ? [forward, backward] : [backward, forward];
  // Only -2^63 has no counterpart in range.
  const chosen = fits(preferred.constant) ? preferred : second;
  return { ...chosen, constant: inRange(chosen.constant, path) };
}

function oneField(field: number, relation: Relation, constant: bigint, path: string): StatePredicate {
  return { field, relation, constant: inRange(constant, path) };
}

function isSchema(term: Term, relation: EqualityRelation): number | undefined {
  if (term.kind !== 'equality' || term.predicate.subject !== 'schema') return undefined;
  return term.predicate.relation === relation ? Number(term.predicate.constant) : undefined;
}

/** The action whose parameters all of the term's literals are about. */
function commonGuard(term: Term): number | undefined {
  if (term.kind !== 'threshold') return term.guard;
  const [first, ...others] = term.members.map(commonGuard);
  return others.every((guard) => guard === first) ? first : undefined;
}

/**
 * Adds the guards. One guard stands before a term that is about one action only: "k of (guard and x)" is "guard and
 * k of x". It is left out where it can't make a difference: in a conjunction that asks for the action itself, and in
 * a disjunction that holds for every other action anyway.
 */
function guarded(term: Term, settled: ReadonlySet<number>): Term {
  const guard = commonGuard(term);
  if (guard !== undefined && !settled.has(guard)) {
    const predicate: EqualityPredicate = { subject: 'schema', relation: 'eq', constant: BigInt(guard) };
    const literal: Literal = { kind: 'equality', predicate, path: term.path };
    return combine(2, [literal, guarded(term, new Set([...settled, guard]))], term.path);
  }
  if (term.kind !== 'threshold') return term;
  const { k, members, path } = term;
  const within = new Set(settled);
  const telling = k === members.length ? 'eq' : k === 1 ? 'ne' : undefined;
  for (const member of telling === undefined ? [] : members) {
    const schema = isSchema(member, telling as EqualityRelation);
    if (schema !== undefined) within.add(schema);
  }
  return combine(
    k,
    members.map((member) => guarded(member, within)),
    path,
  );
}

function emit(term: Term, slots: Slots): Input {
  if (term.kind !== 'threshold') return slots.predicate(term.kind, term.predicate, term.path);
  const inputs = term.members.map((member) => emit(member, slots));
  return slots.gate(term.k, inputs, term.path);
}
