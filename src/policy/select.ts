/**
 * The selector: of the candidates in canonical order, the first that the policy allows.
 * @module
 */
import type { PolicyDocument } from './document.ts';
import { evaluatePolicy, type Reason, type Verdict } from './evaluate.ts';
import { judgeProgram } from './machine.ts';
import type { Candidate, Program, StateVector } from './program.ts';
import { assertRanked } from './values.ts';

export interface Denial {
  /** the candidate's place in the canonical set */
  readonly index: number;
  readonly reason: Reason;
}

export interface Selection {
  /** place of the first allowed candidate in the canonical set; undefined when every candidate is denied */
  readonly chosen: number | undefined;
  /** the better candidates when there is a choice, all of them when there is none */
  readonly denied: readonly Denial[];
}

/**
 * Judges the candidates in their order and stops at the first allowed one.
 *
 * @param rules a document, whose reasons name its rules, or a program, whose reasons name its slots
 * @param candidates a canonical set: see `canonicalCandidateSet`
 * @throws PolicyDocumentError empty, too-many, duplicate-candidate, not-in-order
 * @throws PolicyValueError when the program, the state or a candidate is out of range
 */
export function select(
  rules: PolicyDocument | Program,
  state: StateVector,
  candidates: readonly Candidate[],
): Selection {
  assertRanked(candidates);
  const denied: Denial[] = [];
  for (const [index, candidate] of candidates.entries()) {
    const verdict: Verdict =
      'gates' in rules ? judgeProgram(rules, state, candidate) : evaluatePolicy(rules, state, candidate);
    if (verdict.allowed) return { chosen: index, denied };
    denied.push({ index, reason: verdict.reason });
  }
  return { chosen: undefined, denied };
}
