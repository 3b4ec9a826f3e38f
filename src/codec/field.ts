/**
 * The two prime fields of the curve BN254 (alt_bn128): circuits compute in the scalar field, points have their
 * coordinates in the base field.
 * @module
 */

/** r: the order of the group and the modulus of everything that a circuit computes. */
export const FIELD_MODULUS = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** q: the modulus of the coordinates of points. */
export const BASE_MODULUS = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

/** True for 0 <= x < r. A number at or above r would be another name for a smaller one. */
export function isFieldElement(x: bigint): boolean {
  return x >= 0n && x < FIELD_MODULUS;
}
