/**
 * The algebra: six relations on integers, and strong Kleene logic with an unknown third value.
 * @module
 */
import type { Relation } from './program.ts';

/** `undefined` stands for unknown. */
export type Truth = boolean | undefined;

const TESTS: Readonly<Record<Relation, (left: bigint, right: bigint) => boolean>> = {
  lt: (left, right) => left < right,
  le: (left, right) => left <= right,
  gt: (left, right) => left > right,
  ge: (left, right) => left >= right,
  eq: (left, right) => left === right,
  ne: (left, right) => left !== right,
};

export function holds(relation: Relation, left: bigint, right: bigint): boolean {
  return TESTS[relation](left, right);
}

/** Holds exactly when the relation doesn't. */
export const COMPLEMENT = { lt: 'ge', le: 'gt', gt: 'le', ge: 'lt', eq: 'ne', ne: 'eq' } as const;

/** Holds of (b, a) exactly when the relation holds of (a, b). */
export const CONVERSE = { lt: 'gt', le: 'ge', gt: 'lt', ge: 'le', eq: 'eq', ne: 'ne' } as const;

export function not(value: Truth): Truth {
  return value === undefined ? undefined : !value;
}

/**
 * True when at least k values are true, false when so many are false that k can't be reached, else unknown.
 * `all` is k = n and `any` is k = 1.
 */
export function threshold(k: number, values: readonly Truth[]): Truth {
  const known = values.filter((value) => value === true).length;
  const refuted = values.filter((value) => value === false).length;
  if (known >= k) return true;
  return values.length - refuted < k ? false : undefined;
}
