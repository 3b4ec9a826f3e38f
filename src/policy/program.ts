/**
 * The bounded program that a policy document compiles to and that the `decision` circuit evaluates.
 *
 * Every predicate is a *literal* on one rail, "known true": it holds only if every value it reads is present and the
 * relation is true of them. Negation exists only inside literals (complementary relations), so a missing value can
 * never make anything true. The layout of the program's commitment is in docs/circuits.md.
 * @module
 */

/**
 * The fixed shape of the `decision` circuit. What doesn't fit is refused by the compiler, which names the slot
 * kind.
 */
export const SHAPE = {
  candidates: 8,
  stateFields: 16,
  statePredicates: 8,
  orderPredicates: 6,
  equalityPredicates: 6,
  gates: 8,
  schemas: 4,
  parameters: 3,
} as const;

export type OrderRelation = 'lt' | 'le' | 'gt' | 'ge';
export type EqualityRelation = 'eq' | 'ne';
export type Relation = OrderRelation | EqualityRelation;

/** `field relation constant (+ other)`: over the state only. Sums are exact integers, they never wrap. */
export interface StatePredicate {
  /** index of a state field, 0..15 */
  readonly field: number;
  readonly relation: Relation;
  /** signed 64-bit */
  readonly constant: bigint;
  /** index of a second state field that is added to the constant */
  readonly other?: number;
}

/** `parameter relation constant (+ field)`: an action's parameter against a constant and at most one state field. */
export interface OrderPredicate {
  /** index of an action parameter, 0..2 */
  readonly parameter: number;
  readonly relation: OrderRelation;
  /** signed 64-bit */
  readonly constant: bigint;
  /** index of a state field that is added to the constant */
  readonly field?: number;
}

/** `subject relation constant`: schema (uint32), addressee (uint160) or a parameter (signed 64-bit, by its index). */
export interface EqualityPredicate {
  readonly subject: 'schema' | 'addressee' | 0 | 1 | 2;
  readonly relation: EqualityRelation;
  readonly constant: bigint;
}

/** True when at least `threshold` of its inputs are. Inputs are slot indices; `gates` may only name earlier gates. */
export interface Gate {
  readonly threshold: number;
  readonly state: readonly number[];
  readonly order: readonly number[];
  readonly equality: readonly number[];
  readonly gates: readonly number[];
}

export interface Program {
  /** hash of the state schema: keccak-256 of its canonical form, shifted right by 8 bits */
  readonly stateSchema: bigint;
  /** ids (uint32) of the action schemas that the policy permits, strictly increasing, 1..4 of them */
  readonly schemas: readonly number[];
  readonly statePredicates: readonly StatePredicate[];
  readonly orderPredicates: readonly OrderPredicate[];
  readonly equalityPredicates: readonly EqualityPredicate[];
  /** in evaluation order; the last one is the verdict */
  readonly gates: readonly Gate[];
}

/** The state that a decision is judged on. */
export interface StateVector {
  /** one entry per field of the schema (at most 16), signed 64-bit or absent */
  readonly fields: readonly (bigint | undefined)[];
  /** blinds the commitment; 0 <= salt < r */
  readonly salt: bigint;
}

/** A proposed action with the model's score. */
export interface Candidate {
  /** signed 64-bit; higher is preferred */
  readonly score: bigint;
  /** uint32; among equal scores the lower one comes first */
  readonly sequence: number;
  /** uint32 id of the action schema */
  readonly schema: number;
  /** uint160: whom the action addresses, as an integer */
  readonly addressee: bigint;
  /** three parameters, signed 64-bit or absent */
  readonly parameters: readonly [bigint | undefined, bigint | undefined, bigint | undefined];
  /** keccak-256 of the payload bytes, shifted right by 8 bits */
  readonly payloadHash: bigint;
}
