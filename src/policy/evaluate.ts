/**
 * What a policy document says about a candidate: three-valued, and with the reason when the answer is no.
 * @module
 */
import { addressText, type Comparison, type Operand, type PolicyDocument, type Rule } from './document.ts';
import type { Candidate, StateVector } from './program.ts';
import { holds, not, type Truth, threshold } from './relations.ts';
import { operandText, ruleText } from './text.ts';
import { assertCandidate, assertStateVector } from './values.ts';

/** A comparison that has the wrong result, with the values it read. */
export interface FailedComparison {
  /** JSON pointer */
  readonly path: string;
  readonly text: string;
  /** what the comparison read, by the operand's text */
  readonly values: Readonly<Record<string, string>>;
}

/** A value that a comparison needed and nobody gave. */
export interface MissingValue {
  /** JSON pointer to the comparison */
  readonly path: string;
  /** state field or action.parameter */
  readonly name: string;
  /** `other-action`: the candidate's action doesn't have this parameter */
  readonly cause: 'absent' | 'other-action';
}

/** Why a candidate is denied: the rule that decided, and what it failed on. */
export interface Reason {
  /** JSON pointer to the rule */
  readonly path: string;
  readonly text: string;
  readonly note?: string;
  /** `unknown`: the rule isn't refuted, but too little is known for it to hold */
  readonly result: 'false' | 'unknown';
  readonly failed: readonly FailedComparison[];
  readonly missing: readonly MissingValue[];
}

export type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly reason: Reason };

/** What an operand is worth: a number, or the name of what is missing. */
type Value = bigint | Omit<MissingValue, 'path'>;

function readOperand(operand: Operand, state: StateVector, candidate: Candidate): Value {
  switch (operand.kind) {
    case 'number':
    case 'constant':
    case 'address':
      return operand.value;
    case 'schema':
      return BigInt(operand.id);
    case 'addressee':
      return candidate.addressee;
    case 'action':
      return BigInt(candidate.schema);
    case 'field':
      return state.fields[operand.index] ?? { name: operand.name, cause: 'absent' };
    case 'parameter': {
      const name = operandText(operand);
      if (candidate.schema !== operand.schema) return { name, cause: 'other-action' };
      return candidate.parameters[operand.index] ?? { name, cause: 'absent' };
    }
    case 'sum': {
      const field = readOperand(operand.field, state, candidate);
      return typeof field === 'bigint' ? field + BigInt(operand.sign) * operand.constant.value : field;
    }
  }
}

function compare(comparison: Comparison, state: StateVector, candidate: Candidate): Truth {
  const left = readOperand(comparison.left, state, candidate);
  const right = readOperand(comparison.right, state, candidate);
  if (typeof left !== 'bigint' || typeof right !== 'bigint') return undefined;
  return holds(comparison.relation, left, right);
}

/** The rule's truth in strong Kleene logic; `denyIf` holds exactly when its member is known to be false. */
export function evaluateRule(rule: Rule, state: StateVector, candidate: Candidate): Truth {
  const inner = (member: Rule): Truth => evaluateRule(member, state, candidate);
  switch (rule.kind) {
    case 'compare':
      return compare(rule, state, candidate);
    case 'all':
      return threshold(rule.members.length, rule.members.map(inner));
    case 'any':
      return threshold(1, rule.members.map(inner));
    case 'threshold':
      return threshold(rule.k, rule.members.map(inner));
    case 'not':
      return not(inner(rule.member));
    case 'denyIf':
      return inner(rule.member) === false;
  }
}

/**
 * Whether the policy allows the candidate. The deciding rule of a denial is the first one that is false, or the first
 * unknown one when none is false.
 *
 * @throws PolicyValueError when the state or the candidate is out of range
 */
export function evaluatePolicy(document: PolicyDocument, state: StateVector, candidate: Candidate): Verdict {
  assertStateVector(state);
  assertCandidate(candidate);
  if (!document.actions.some(({ id }) => id === candidate.schema))
    return { allowed: false, reason: notPermitted(document, candidate) };
  const results = document.rules.map((rule) => evaluateRule(rule, state, candidate));
  if (results.every((result) => result === true)) return { allowed: true };
  const refuted = results.indexOf(false);
  const index = refuted === -1 ? results.indexOf(undefined) : refuted;
  return {
    allowed: false,
    reason: explain(document.rules[index] as Rule, `/rules/${index}`, results[index], state, candidate),
  };
}

function notPermitted(document: PolicyDocument, { schema }: Candidate): Reason {
  const names = document.actions.map(({ name }) => name).join(', ');
  const failed = [{ path: '/actions', text: `action is one of ${names}`, values: { action: String(schema) } }];
  return { path: '/actions', text: `the policy permits only ${names}`, result: 'false', failed, missing: [] };
}

function explain(rule: Rule, path: string, result: Truth, state: StateVector, candidate: Candidate): Reason {
  const failed: FailedComparison[] = [];
  const missing: MissingValue[] = [];
  for (const { comparison, path: at } of culprits(rule, path, true, state, candidate)) {
    const values: Record<string, string> = {};
    for (const operand of [comparison.left, comparison.right]) {
      const value = readOperand(operand, state, candidate);
      if (typeof value !== 'bigint') missing.push({ path: at, ...value });
      else if (!LITERALS.includes(operand.kind)) values[operandText(operand)] = shown(operand, value);
    }
    const unknown = compare(comparison, state, candidate) === undefined;
    if (!unknown) failed.push({ path: at, text: ruleText(comparison), values });
  }
  const note = rule.note === undefined ? {} : { note: rule.note };
  return { path, text: ruleText(rule), ...note, result: result === undefined ? 'unknown' : 'false', failed, missing };
}

/** Operands whose text is their value. */
const LITERALS: readonly Operand['kind'][] = ['number', 'address', 'schema'];

function shown(operand: Operand, value: bigint): string {
  const isAddress = operand.kind === 'addressee' || (operand.kind === 'constant' && operand.unit === 'address');
  return isAddress ? addressText(value) : String(value);
}

/** The comparisons that keep the rule from being `wanted`. */
function culprits(
  rule: Rule,
  path: string,
  wanted: boolean,
  state: StateVector,
  candidate: Candidate,
): { comparison: Comparison; path: string }[] {
  if (evaluateRule(rule, state, candidate) === wanted) return [];
  const inner = (member: Rule, at: string, aim: boolean): { comparison: Comparison; path: string }[] =>
    culprits(member, at, aim, state, candidate);
  switch (rule.kind) {
    case 'compare':
      return [{ comparison: rule, path }];
    case 'all':
    case 'any':
      return rule.members.flatMap((member, index) => inner(member, `${path}/${rule.kind}/${index}`, wanted));
    case 'threshold':
      return rule.members.flatMap((member, index) => inner(member, `${path}/threshold/of/${index}`, wanted));
    default:
      return inner(rule.member, `${path}/${rule.kind}`, !wanted);
  }
}
