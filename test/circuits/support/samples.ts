/**
 * One decision that is good for a proof.
 * @module
 */
import type { DecisionRequest } from '../../../src/receipts/witness.ts';

/** Pay at most what is above the reserve; the better candidate asks for too much. */
export const SAMPLE: DecisionRequest = {
  program: {
    stateSchema: 5n,
    schemas: [1, 2],
    statePredicates: [{ field: 0, relation: 'ge', constant: 10n }],
    orderPredicates: [
      { parameter: 0, relation: 'le', constant: -10n, field: 0 },
      { parameter: 0, relation: 'gt', constant: 0n },
    ],
    equalityPredicates: [{ subject: 'addressee', relation: 'ne', constant: 0n }],
    gates: [{ threshold: 4, state: [0], order: [0, 1], equality: [0], gates: [] }],
  },
  state: { fields: [100n], salt: 77n },
  candidates: [
    { score: 9n, sequence: 1, schema: 1, addressee: 7n, parameters: [91n, undefined, undefined], payloadHash: 1n },
    { score: 9n, sequence: 2, schema: 2, addressee: 8n, parameters: [90n, -1n, undefined], payloadHash: 2n },
  ],
  context: 123n,
};
