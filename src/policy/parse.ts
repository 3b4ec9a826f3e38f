/**
 * Policy documents: text in, `PolicyDocument` out, or a refusal that says what is wrong, where, and what to do.
 * @module
 */
import { address } from './address.ts';
import { schemaId } from './canonical.ts';
import {
  type ActionSchema,
  type Constant,
  type ConstantOperand,
  type Operand,
  type Parameter,
  POLICY_VERSION,
  type PolicyDocument,
  type StateField,
} from './document.ts';
import {
  checkText,
  integer,
  type Json,
  limitCount,
  list,
  members,
  quote,
  readJson,
  record,
  refuse,
  text,
} from './json.ts';
import { INT64_MAX, INT64_MIN, LIMITS } from './limits.ts';
import { SHAPE } from './program.ts';
import { parseRules } from './rules.ts';

/**
 * Reads a policy document.
 *
 * @param document at most 64 KiB of strict JSON, as text or as UTF-8 bytes
 * @throws PolicyDocumentError with a code, a JSON pointer and a message that says what to do
 */
export function parsePolicy(document: string | Uint8Array): PolicyDocument {
  const top = record(
    readJson(document),
    ['version', 'name', 'description', 'state', 'actions', 'rules'],
    ['constants'],
  );
  checkVersion(top.version, POLICY_VERSION);
  const scope = new Map<string, Operand>([
    ['addressee', { kind: 'addressee' }],
    ['action', { kind: 'action' }],
  ]);
  const name = nameText(top.name, "the policy's name");
  const description = text(top.description, LIMITS.prose, 'the description');
  const state = parseState(top.state, scope);
  const constants = top.constants === undefined ? [] : parseConstants(top.constants, scope);
  const actions = parseActions(top.actions, scope);
  return { name, description, state, actions, constants, rules: parseRules(top.rules, scope) };
}

/** Each kind of document names itself and its version. */
export function checkVersion(json: Json, version: string): void {
  const found = text(json, LIMITS.name, 'the version');
  if (found !== version) {
    const remedy = 'Check that this is the right kind of file';
    refuse(json, 'unsupported-version', `the version is ${quote(found)}`, quote(version), remedy);
  }
}

const IDENTIFIER = /^[A-Za-z][A-Za-z0-9_]*$/;
const DOTTED = /^[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)*$/;

// Names are ASCII: two names that look alike in a review are alike.
function checkName(at: { readonly path: string }, name: string, what: string, form = IDENTIFIER): string {
  checkText(at, name, LIMITS.name, what);
  if (!form.test(name)) {
    const dots = form === DOTTED ? ', in parts joined by dots' : '';
    const letters = `a letter A-Z or a-z, then letters, digits or _${dots}`;
    refuse(at, 'bad-name', `${what} is ${quote(name)}`, letters, 'Rename it');
  }
  return name;
}

function nameText(json: Json, what: string, form = IDENTIFIER): string {
  return checkName(json, text(json, LIMITS.name, what), what, form);
}

function optionalProse(json: Json | undefined): { readonly description?: string } {
  return json === undefined ? {} : { description: text(json, LIMITS.prose, 'the description') };
}

/** A unit of numbers. */
function unitText(json: Json): string {
  const unit = text(json, LIMITS.unit, 'the unit');
  if (unit === 'address' || unit === 'action') {
    const expected = 'the unit of a number, such as "seconds" or "1e-6 AGRS"';
    refuse(json, 'bad-unit', `${quote(unit)} is no unit of numbers`, expected, 'Compare addresses with "addressee"');
  }
  return unit;
}

function declare(at: { readonly path: string }, scope: Map<string, Operand>, name: string, operand: Operand): void {
  if (scope.has(name)) {
    const expected = 'a name of its own for each field, constant, action and action.parameter; not addressee or action';
    refuse(at, 'name-clash', `${quote(name)} has a meaning already`, expected, 'Rename one of them');
  }
  scope.set(name, operand);
}

/** Named entries in the order of their names, which is the same for every order of the document. */
function sortedMembers(json: Json, least: number, most: number, what: string): [string, Json][] {
  const entries = members(json, `an object with ${what} by name`);
  limitCount(json, entries.length, least, most, what);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

function parseState(json: Json, scope: Map<string, Operand>): StateField[] {
  return sortedMembers(json, 1, SHAPE.stateFields, 'state fields').map(([key, value], index) => {
    const name = checkName(value, key, "a state field's name");
    const { unit: unitJson, description } = record(value, ['unit'], ['description']);
    const unit = unitText(unitJson);
    declare(value, scope, name, { kind: 'field', name, unit, index });
    return { name, unit, ...optionalProse(description) };
  });
}

function parseConstants(json: Json, scope: Map<string, Operand>): Constant[] {
  return sortedMembers(json, 0, LIMITS.constants, 'constants').map(([key, entry]) => {
    const name = checkName(entry, key, "a constant's name");
    const { unit: unitJson, value: valueJson, description } = record(entry, ['unit', 'value'], ['description']);
    const isAddress = text(unitJson, LIMITS.unit, 'the unit') === 'address';
    const unit = isAddress ? 'address' : unitText(unitJson);
    const value = isAddress ? address(valueJson) : integer(valueJson, INT64_MIN, INT64_MAX, 'a constant');
    const operand: ConstantOperand = { kind: 'constant', name, unit, value };
    declare(entry, scope, name, operand);
    return { name, unit, value, ...optionalProse(description) };
  });
}

function parseActions(json: Json, scope: Map<string, Operand>): ActionSchema[] {
  const taken = new Map<number, string>();
  return sortedMembers(json, 1, SHAPE.schemas, 'actions').map(([key, value]) => {
    const name = checkName(value, key, "an action's name", DOTTED);
    const {
      addressee: addresseeJson,
      parameters: list_,
      description,
    } = record(value, ['addressee', 'parameters'], ['description']);
    const addressee = text(addresseeJson, LIMITS.unit, 'the word for the addressee');
    const entries = list(list_, 0, SHAPE.parameters, 'parameters');
    const parameters = entries.map(parseParameter);
    const id = checkSchemaId(value, schemaId({ name, addressee, parameters }), name, taken);
    declare(value, scope, name, { kind: 'schema', name, id });
    for (const [index, parameter] of parameters.entries()) {
      const operand: Operand = {
        kind: 'parameter',
        action: name,
        schema: id,
        name: parameter.name,
        unit: parameter.unit,
        index,
      };
      declare(entries[index] as Json, scope, `${name}.${parameter.name}`, operand);
    }
    return { name, addressee, parameters, id, ...optionalProse(description) };
  });
}

function parseParameter(json: Json): Parameter {
  const { name, unit, description } = record(json, ['name', 'unit'], ['description']);
  return { name: nameText(name, "a parameter's name"), unit: unitText(unit), ...optionalProse(description) };
}

/** Ids are short: 0 means "no schema" to the circuit, and two actions of one policy must differ. */
export function checkSchemaId(
  at: { readonly path: string },
  id: number,
  name: string,
  taken: Map<number, string>,
): number {
  const other = taken.get(id);
  if (id === 0 || other !== undefined) {
    const problem = id === 0 ? 'the id of this schema is 0' : `this schema has the same id as ${quote(other ?? '')}`;
    refuse(at, 'schema-id', problem, 'an id of its own, not 0', 'Rename the action, a parameter or the addressee');
  }
  taken.set(id, name);
  return id;
}
