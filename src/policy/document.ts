/**
 * What a policy document means once it is parsed: names are resolved, units agree, lists are in canonical order.
 * @module
 */
import type { Relation } from './program.ts';

export const POLICY_VERSION = 'mprd-policy/1';

/** A field of the state. Its index is its place among the names in code-point order, whatever the document's order. */
export interface StateField {
  readonly name: string;
  readonly unit: string;
  readonly description?: string;
}

/** A parameter's place in the document's list is its slot: the order belongs to the action, which encodes it so. */
export interface Parameter {
  readonly name: string;
  readonly unit: string;
  readonly description?: string;
}

export interface ActionSchema {
  readonly name: string;
  /** what the addressee is to the action, in a word: "payee" */
  readonly addressee: string;
  readonly parameters: readonly Parameter[];
  readonly description?: string;
  /** uint32, never 0: follows from the name, the addressee and the parameters */
  readonly id: number;
}

/** A number (signed 64-bit) or, with the unit "address", an address (uint160). */
export interface Constant {
  readonly name: string;
  readonly unit: string;
  readonly value: bigint;
  readonly description?: string;
}

export type ConstantOperand =
  /** a number that takes the unit of what it is compared with */
  | { readonly kind: 'number'; readonly value: bigint }
  | { readonly kind: 'constant'; readonly name: string; readonly unit: string; readonly value: bigint };

export interface FieldOperand {
  readonly kind: 'field';
  readonly name: string;
  readonly unit: string;
  readonly index: number;
}

export interface ParameterOperand {
  readonly kind: 'parameter';
  readonly action: string;
  /** id of the action */
  readonly schema: number;
  readonly name: string;
  readonly unit: string;
  readonly index: number;
}

/** `constant + field` (sign 1) or `field - constant` (sign -1). */
export interface SumOperand {
  readonly kind: 'sum';
  readonly sign: 1 | -1;
  readonly constant: ConstantOperand;
  readonly field: FieldOperand;
}

export type Operand =
  | ConstantOperand
  | FieldOperand
  | ParameterOperand
  | SumOperand
  | { readonly kind: 'address'; readonly value: bigint }
  | { readonly kind: 'addressee' }
  /** the candidate's action */
  | { readonly kind: 'action' }
  /** one of the policy's actions */
  | { readonly kind: 'schema'; readonly name: string; readonly id: number };

/** What names in expressions stand for: state fields, constants, actions, `action.parameter`, `addressee`, `action`. */
export type Scope = ReadonlyMap<string, Operand>;

interface Noted {
  readonly note?: string;
}

export interface Comparison extends Noted {
  readonly kind: 'compare';
  readonly relation: Relation;
  readonly left: Operand;
  readonly right: Operand;
}

export type Expression =
  | Comparison
  | (Noted & { readonly kind: 'all' | 'any'; readonly members: readonly Expression[] })
  | (Noted & { readonly kind: 'not'; readonly member: Expression })
  | (Noted & { readonly kind: 'threshold'; readonly k: number; readonly members: readonly Expression[] });

/** Holds when `member` is known to be false. */
export type DenyIf = Noted & { readonly kind: 'denyIf'; readonly member: Expression };

export type Rule = Expression | DenyIf;

export interface PolicyDocument {
  readonly name: string;
  readonly description: string;
  /** by name */
  readonly state: readonly StateField[];
  /** by name */
  readonly actions: readonly ActionSchema[];
  /** by name */
  readonly constants: readonly Constant[];
  /** all of them have to hold */
  readonly rules: readonly Rule[];
}

/** The operators as a document writes them. */
export const OPERATORS: ReadonlyMap<string, Relation> = new Map([
  ['<', 'lt'],
  ['<=', 'le'],
  ['>', 'gt'],
  ['>=', 'ge'],
  ['==', 'eq'],
  ['!=', 'ne'],
]);

/** The same, the other way round. */
export const SYMBOLS: Readonly<Record<Relation, string>> = {
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  eq: '==',
  ne: '!=',
};

/** An address as documents and messages write it: lower case. */
export function addressText(value: bigint): string {
  return `0x${value.toString(16).padStart(40, '0')}`;
}
