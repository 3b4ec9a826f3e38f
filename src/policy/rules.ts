/**
 * The rules of a policy document: expressions with their names resolved and their units checked.
 * @module
 */
import { address, looksLikeAddress } from './address.ts';
import {
  type ConstantOperand,
  type DenyIf,
  type Expression,
  type FieldOperand,
  OPERATORS,
  type Operand,
  type Rule,
  type Scope,
} from './document.ts';
import { integer, type Json, list, members, quote, record, refuse, text, wrongType } from './json.ts';
import { INT64_MAX, INT64_MIN, LIMITS } from './limits.ts';
import type { Relation } from './program.ts';

const OPERATOR_WORDS = [...OPERATORS.keys(), 'all', 'any', 'not', 'threshold'].join(' ');

/** The top-level rules: all of them have to hold. Only here may `denyIf` stand. */
export function parseRules(json: Json, scope: Scope): Rule[] {
  return list(json, 1, LIMITS.members, 'rules').map((member) => parseRule(member, scope));
}

function parseRule(json: Json, scope: Scope): Rule {
  const { word, value, note } = operator(json);
  if (word !== 'denyIf') return parseExpression(json, scope, 1);
  const rule: DenyIf = { kind: 'denyIf', member: parseExpression(value, scope, 2), ...note };
  return rule;
}

/** The one operator of an expression, and its note. */
function operator(json: Json): { word: string; value: Json; note: { readonly note?: string } } {
  const found = members(json, `an expression: an object with one of ${OPERATOR_WORDS}`);
  const noteJson = found.find(([key]) => key === 'note')?.[1];
  const rest = found.filter(([key]) => key !== 'note');
  const first = rest[0];
  if (rest.length !== 1 || first === undefined) {
    const problem = rest.length === 0 ? 'an expression without operator' : `${rest.length} keys in one expression`;
    refuse(json, 'bad-operator', problem, `exactly one of ${OPERATOR_WORDS}`, 'Join several with "all" or "any"');
  }
  const note = noteJson === undefined ? {} : { note: text(noteJson, LIMITS.prose, 'the note') };
  return { word: first[0], value: first[1], note };
}

function parseExpression(json: Json, scope: Scope, depth: number): Expression {
  if (depth > LIMITS.nesting) {
    const limit = `at most ${LIMITS.nesting} levels of expressions`;
    refuse(json, 'too-deep', `an expression at level ${depth}`, limit, 'Merge nested "all" or "any"');
  }
  const { word, value, note } = operator(json);
  const relation = OPERATORS.get(word);
  if (relation !== undefined) return { ...parseComparison(value, relation, scope), ...note };
  const inner = (member: Json): Expression => parseExpression(member, scope, depth + 1);
  switch (word) {
    case 'all':
    case 'any':
      return { kind: word, members: list(value, 1, LIMITS.members, 'expressions').map(inner), ...note };
    case 'not':
      return { kind: 'not', member: inner(value), ...note };
    case 'threshold':
      return { ...parseThreshold(value, inner), ...note };
    case 'denyIf':
      return refuse(
        value,
        'nested-deny-if',
        '"denyIf" inside another expression',
        '"denyIf" as a member of "rules" only',
        'Move it to the top, or say "not", which is unknown when its member is',
      );
    default:
      return refuse(value, 'bad-operator', `${quote(word)} is no operator`, `one of ${OPERATOR_WORDS}`, 'Correct it');
  }
}

function parseThreshold(json: Json, inner: (member: Json) => Expression): Expression {
  const { k: kJson, of } = record(json, ['k', 'of']);
  const expressions = list(of, 1, LIMITS.members, 'expressions').map(inner);
  const k = integer(kJson, INT64_MIN, INT64_MAX, 'k');
  if (k < 1n || k > BigInt(expressions.length)) {
    const range = `1 to ${expressions.length}, the number of members`;
    refuse(kJson, 'bad-threshold', `k is ${k}`, range, 'Change k or the members');
  }
  return { kind: 'threshold', k: Number(k), members: expressions };
}

function parseComparison(json: Json, relation: Relation, scope: Scope): Expression {
  const [leftJson, rightJson] = pair(json);
  const left = parseOperand(leftJson, scope);
  const right = parseOperand(rightJson, scope);
  const [leftUnit, rightUnit] = [unitOf(left), unitOf(right)];
  checkUnits(json, leftUnit, rightUnit);
  const unordered = [leftUnit, rightUnit].find((unit) => unit === 'address' || unit === 'action');
  if (unordered !== undefined && relation !== 'eq' && relation !== 'ne') {
    refuse(json, 'bad-comparison', `an order between values of unit ${unordered}`, '== or !=', 'Use == or !=');
  }
  return { kind: 'compare', relation, left, right };
}

function pair(json: Json): [Json, Json] {
  const operands = list(json, 1, LIMITS.members, 'operands');
  const [left, right] = operands;
  if (operands.length !== 2 || left === undefined || right === undefined) {
    const expected = 'two operands: [left, right]';
    refuse(json, 'bad-comparison', `${operands.length} operand(s)`, expected, 'Compare two values at a time');
  }
  return [left, right];
}

/** `undefined` for a plain number, which takes any unit of numbers. */
function unitOf(operand: Operand): string | undefined {
  switch (operand.kind) {
    case 'number':
      return undefined;
    case 'sum':
      return operand.field.unit;
    case 'address':
    case 'addressee':
      return 'address';
    case 'action':
    case 'schema':
      return 'action';
    default:
      return operand.unit;
  }
}

function checkUnits(at: Json, left: string | undefined, right: string | undefined): void {
  // A plain number has no unit, but it isn't an address or an action either.
  const special = (unit: string | undefined): string => (unit === 'address' || unit === 'action' ? unit : 'number');
  const clash = left === undefined || right === undefined ? special(left) !== special(right) : left !== right;
  if (!clash) return;
  const shown = [left, right].map((unit) => (unit === undefined ? 'a plain number' : quote(unit))).join(' and ');
  refuse(at, 'unit-mismatch', `values of different units: ${shown}`, 'one unit on both sides', 'Convert one of them');
}

function parseOperand(json: Json, scope: Scope): Operand {
  switch (json.node.type) {
    case 'number':
      return { kind: 'number', value: integer(json, INT64_MIN, INT64_MAX, 'a number') };
    case 'object':
      return parseSum(json, scope);
    case 'string':
      return parseWord(json, json.node.value as string, scope);
    default:
      return wrongType(json, 'a number, a name in quotes, an address, or {"+": [constant, field]}');
  }
}

function parseWord(json: Json, word: string, scope: Scope): Operand {
  if (looksLikeAddress(word)) return { kind: 'address', value: address(json) };
  if (/^[-0-9]/.test(word)) return { kind: 'number', value: integer(json, INT64_MIN, INT64_MAX, 'a number') };
  const found = scope.get(text(json, 2 * LIMITS.name + 1, 'a name'));
  if (found !== undefined) return found;
  const known = 'a state field, a constant, an action, action.parameter, "addressee" or "action"';
  return refuse(json, 'unresolved-name', `nothing is called ${quote(word)}`, known, 'Correct the name or declare it');
}

function parseSum(json: Json, scope: Scope): Operand {
  const found = members(json, 'a sum: {"+": [constant, field]} or {"-": [field, constant]}');
  const [word, value] = found[0] ?? [];
  if (found.length !== 1 || value === undefined || (word !== '+' && word !== '-')) {
    const forms = '{"+": [constant, field]} or {"-": [field, constant]}';
    refuse(json, 'bad-operator', 'no sum or difference', forms, 'Use one of these forms');
  }
  const [first, second] = pair(value).map((operand) => parseOperand(operand, scope));
  // The sum of two things reads the same in either order; a difference doesn't.
  const [constant, field] = word === '+' && isConstant(first) ? [first, second] : [second, first];
  if (!isConstant(constant) || field?.kind !== 'field') {
    const expected = word === '+' ? 'a constant and a state field' : 'a state field minus a constant';
    refuse(
      value,
      'bad-comparison',
      `operands that "${word}" can't take`,
      expected,
      'Let the state carry other sums as a field',
    );
  }
  checkUnits(value, constantUnit(constant), field.unit);
  return sum(word === '+' ? 1 : -1, constant, field);
}

function isConstant(operand: Operand | undefined): operand is ConstantOperand {
  return operand?.kind === 'number' || operand?.kind === 'constant';
}

function constantUnit(constant: ConstantOperand): string | undefined {
  return constant.kind === 'constant' ? constant.unit : undefined;
}

function sum(sign: 1 | -1, constant: ConstantOperand, field: FieldOperand): Operand {
  return { kind: 'sum', sign, constant, field };
}
