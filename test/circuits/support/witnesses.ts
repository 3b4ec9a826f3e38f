/**
 * Witnesses and constraints in the form that tests edit and check.
 * @module
 */

import type { Combination, Constraint } from '../../../scripts/circuits/lib/r1cs.ts';
import { FIELD_MODULUS } from '../../../src/codec/field.ts';
import { wireValue } from '../../../src/receipts/calculator.ts';

/** All wires as integers. */
export function wiresOf(witness: Uint8Array): bigint[] {
  return Array.from({ length: witness.length / 32 }, (_, wire) => wireValue(witness, wire));
}

function evaluate({ wires, coefficients }: Combination, witness: readonly bigint[]): bigint {
  let sum = 0n;
  for (let i = 0; i < wires.length; i++) sum += (coefficients[i] as bigint) * (witness[wires[i] as number] as bigint);
  return sum;
}

export function holds({ a, b, c }: Constraint, witness: readonly bigint[]): boolean {
  return (evaluate(a, witness) * evaluate(b, witness) - evaluate(c, witness)) % FIELD_MODULUS === 0n;
}

/** How many constraints a witness violates. */
export function violations(constraints: readonly Constraint[], witness: readonly bigint[]): number {
  return constraints.filter((constraint) => !holds(constraint, witness)).length;
}

/** The constraints that each wire stands in. */
export function constraintsByWire(constraints: readonly Constraint[], wires: number): Constraint[][] {
  const index: Constraint[][] = Array.from({ length: wires }, () => []);
  for (const constraint of constraints) {
    const touched = new Set([constraint.a, constraint.b, constraint.c].flatMap(({ wires }) => [...wires]));
    for (const wire of touched) index[wire]?.push(constraint);
  }
  return index;
}
