/**
 * Policies: documents that people write, what they say about candidates, and the programs that circuits evaluate.
 * docs/policy.md is the language's manual.
 * @module
 */
export {
  actionSchemaText,
  canonicalPolicy,
  schemaId,
  sourceHash,
  stateSchemaHash,
  stateSchemaText,
} from './canonical.ts';
export { compilePolicy } from './compile.ts';
export * from './document.ts';
export * from './errors.ts';
export {
  evaluatePolicy,
  evaluateRule,
  type FailedComparison,
  type MissingValue,
  type Reason,
  type Verdict,
} from './evaluate.ts';
export {
  canonicalState,
  PROPOSALS_VERSION,
  type Proposal,
  parseProposals,
  parseState,
  STATE_VERSION,
} from './inputs.ts';
export * from './limits.ts';
export { evaluateProgram } from './machine.ts';
export { parsePolicy } from './parse.ts';
export * from './program.ts';
export type { Truth } from './relations.ts';
export { type Denial, type Selection, select } from './select.ts';
export { ruleText } from './text.ts';
export { assertCandidate, assertProgram, assertStateVector, canonicalCandidateSet } from './values.ts';
export { actionWords } from './words.ts';
