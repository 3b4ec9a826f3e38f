/**
 * Bounds of policy, state and proposal documents. Those of the compiled form are `SHAPE` in program.ts.
 * @module
 */
export const INT64_MIN = -(2n ** 63n);
export const INT64_MAX = 2n ** 63n - 1n;
export const UINT32_MAX = 2n ** 32n - 1n;
export const UINT160_MAX = 2n ** 160n - 1n;

export const LIMITS = {
  /** UTF-8 bytes of a document */
  documentBytes: 65_536,
  /** levels of nested expressions below `rules` */
  nesting: 16,
  /** levels of nested JSON values; above what 16 levels of expressions need, so that it only stops nonsense */
  jsonDepth: 64,
  /** characters of a name */
  name: 64,
  /** characters of a unit or of the word for an addressee */
  unit: 32,
  /** characters of a description or note */
  prose: 1_000,
  /** members of `rules`, `all`, `any` or `threshold` */
  members: 64,
  constants: 64,
  /** bytes of a candidate's payload */
  payloadBytes: 16_384,
} as const;
