/**
 * The canonical form: one text per meaning of a document. JSON without insignificant whitespace; keys in code-point
 * order; integers as plain digits whatever their size; addresses in lower case; in sums the constant first, in
 * differences the field first; what is empty or optional and not given is left out. Hashes of documents and of schemas
 * are keccak-256 of such texts in UTF-8; the `version` in each text is its domain tag.
 * @module
 */
import { type Hex, keccak256, truncate248, utf8 } from '../codec/hash.ts';
import {
  type ActionSchema,
  addressText,
  type Operand,
  POLICY_VERSION,
  type PolicyDocument,
  type Rule,
  SYMBOLS,
} from './document.ts';

/** What canonical texts are made of. A member that is undefined is left out. */
export type Canonical =
  | string
  | bigint
  | boolean
  | null
  | readonly Canonical[]
  | { readonly [key: string]: Canonical | undefined };

/** The one text of a value. */
export function canonicalJson(value: Canonical): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const entries = Object.entries(value as { readonly [key: string]: Canonical | undefined });
  const members = entries
    .filter((entry): entry is [string, Canonical] => entry[1] !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

function named<T extends { readonly name: string }>(items: readonly T[], form: (item: T) => Canonical): Canonical {
  return Object.fromEntries(items.map((item) => [item.name, form(item)]));
}

/** How a document writes an operand. */
export function operandForm(operand: Operand): Canonical {
  switch (operand.kind) {
    case 'number':
      return operand.value;
    case 'address':
      return addressText(operand.value);
    case 'addressee':
    case 'action':
      return operand.kind;
    case 'parameter':
      return `${operand.action}.${operand.name}`;
    case 'sum': {
      const [constant, field] = [operandForm(operand.constant), operandForm(operand.field)];
      return operand.sign === 1 ? { '+': [constant, field] } : { '-': [field, constant] };
    }
    default:
      return operand.name;
  }
}

function ruleForm(rule: Rule): Canonical {
  const note = rule.note;
  switch (rule.kind) {
    case 'compare':
      return { [SYMBOLS[rule.relation]]: [operandForm(rule.left), operandForm(rule.right)], note };
    case 'all':
    case 'any':
      return { [rule.kind]: rule.members.map(ruleForm), note };
    case 'threshold':
      return { threshold: { k: BigInt(rule.k), of: rule.members.map(ruleForm) }, note };
    default:
      return { [rule.kind]: ruleForm(rule.member), note };
  }
}

/** The canonical text of a policy: `parsePolicy(canonicalPolicy(d))` is `d`. */
export function canonicalPolicy(document: PolicyDocument): string {
  const { name, description, state, actions, constants, rules } = document;
  return canonicalJson({
    version: POLICY_VERSION,
    name,
    description,
    state: named(state, ({ unit, description }) => ({ unit, description })),
    actions: named(actions, ({ addressee, parameters, description }) => ({
      addressee,
      parameters: parameters.map(({ name, unit, description }) => ({ name, unit, description })),
      description,
    })),
    constants:
      constants.length === 0
        ? undefined
        : named(constants, ({ unit, value, description }) => ({
            unit,
            value: unit === 'address' ? addressText(value) : value,
            description,
          })),
    rules: rules.map(ruleForm),
  });
}

/** keccak-256 of the policy's canonical text: what a registry entry names as its source. */
export function sourceHash(document: PolicyDocument): Hex {
  return keccak256(utf8(canonicalPolicy(document)));
}

/** The canonical text of the state's schema: names and units; descriptions may change without changing the schema. */
export function stateSchemaText(document: Pick<PolicyDocument, 'state'>): string {
  return canonicalJson({ version: 'mprd-state-schema/1', fields: named(document.state, ({ unit }) => unit) });
}

/** keccak-256 of the state schema's text, shifted right by 8 bits so that it is a field element. */
export function stateSchemaHash(document: Pick<PolicyDocument, 'state'>): bigint {
  return truncate248(keccak256(utf8(stateSchemaText(document))));
}

/** The canonical text of an action's schema: name, addressee, and the parameters' names and units in their order. */
export function actionSchemaText(action: Omit<ActionSchema, 'id'>): string {
  const parameters = action.parameters.map(({ name, unit }) => ({ name, unit }));
  return canonicalJson({ version: 'mprd-action/1', name: action.name, addressee: action.addressee, parameters });
}

/** The first four bytes of keccak-256 of the action schema's text, as a uint32. The parser refuses 0. */
export function schemaId(action: Omit<ActionSchema, 'id'>): number {
  return Number.parseInt(keccak256(utf8(actionSchemaText(action))).slice(2, 10), 16);
}
