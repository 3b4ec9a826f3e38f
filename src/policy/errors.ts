/**
 * What can be wrong with a document, with its compilation, and with values that are handed in ready made.
 * @module
 */

/** Every reason for which a document is refused. */
export const DOCUMENT_ERRORS = {
  'too-large': 'the document is longer than 64 KiB',
  'not-utf8': "the bytes aren't UTF-8",
  syntax: 'not JSON: a trailing comma, a missing quote, …',
  comment: 'JSON has no comments; use `note` or `description`',
  'duplicate-key': 'a key stands twice in one object',
  'too-deep': 'nested deeper than the limit',
  'wrong-type': 'another kind of JSON value was expected',
  'unknown-field': "a key that this object doesn't have",
  'missing-field': 'a key that this object must have',
  'unsupported-version': 'another kind or version of document',
  'bad-name': "a name that isn't a letter followed by letters, digits and underscores",
  'not-nfc':
    "text that isn't in Unicode normalisation form C, so that it looks like another text but isn't equal to it",
  'not-printable': 'text with control, invisible or direction-changing characters',
  'too-long': 'text longer than its limit',
  empty: 'an empty list or text',
  'too-many': 'more entries than the limit',
  'not-integer': 'a fraction, an exponent, a leading zero or no number at all',
  'out-of-range': 'an integer outside its range',
  'bad-address': 'not an address, or one whose mixed-case checksum is wrong',
  'bad-bytes': 'not hexadecimal bytes',
  'bad-unit': "a unit with a reserved meaning where a number's unit stands",
  'name-clash': 'two things share a name, or one has a reserved name',
  'unresolved-name': 'a name that nothing in the policy has',
  'bad-operator': 'no operator, more than one, or an unknown one',
  'bad-comparison': "an operator that doesn't apply to its operands",
  'unit-mismatch': 'values of different units are compared or added',
  'nested-deny-if': '`denyIf` below the top-level list of rules',
  'bad-threshold': 'k < 1 or k > number of members',
  'schema-id': "an action's id is 0 or equal to another action's",
  'duplicate-candidate': 'two candidates have the same score and sequence',
  'not-in-order': "candidates that are said to be in order, and aren't",
} as const;

export type DocumentErrorCode = keyof typeof DOCUMENT_ERRORS;

/** `problem`: what is wrong; `expected`: what should stand there; `remedy`: what to do about it. */
export interface Complaint<Code extends string> {
  readonly code: Code;
  /** JSON pointer (RFC 6901); '' is the whole document */
  readonly path: string;
  readonly problem: string;
  readonly expected: string;
  readonly remedy: string;
}

function sentence({ path, problem, expected, remedy }: Complaint<string>): string {
  return `${path === '' ? 'the document' : path}: ${problem}; expected ${expected}. ${remedy}.`;
}

/** A policy, state or proposal document is refused. */
export class PolicyDocumentError extends Error {
  override readonly name = 'PolicyDocumentError';
  readonly code: DocumentErrorCode;
  /** JSON pointer into the document */
  readonly path: string;

  constructor(complaint: Complaint<DocumentErrorCode>) {
    super(sentence(complaint));
    this.code = complaint.code;
    this.path = complaint.path;
  }
}

/** Every reason for which a valid policy can't be compiled. */
export const COMPILE_ERRORS = {
  overflow: 'more slots of a kind are needed than the circuit has',
  'constant-comparison': 'two constants, or a thing and itself: the comparison decides nothing',
  'unsupported-comparison': 'two parameters are compared with each other',
  'constant-range': "the difference of two constants doesn't fit 64 bits",
} as const;

export type CompileErrorCode = keyof typeof COMPILE_ERRORS;

/** The kinds of slot that a policy can run out of. */
export type SlotKind = 'statePredicates' | 'orderPredicates' | 'equalityPredicates' | 'gates';

export interface Overflow {
  readonly slot: SlotKind;
  /** how many the policy needs */
  readonly needed: number;
  /** how many the circuit has */
  readonly available: number;
  /** JSON pointer to the first expression that found no slot */
  readonly path: string;
}

/** A valid policy can't be compiled. The first entry of `overflows` is the one at `path`. */
export class PolicyCompileError extends Error {
  override readonly name = 'PolicyCompileError';
  readonly code: CompileErrorCode;
  /** JSON pointer into the policy document */
  readonly path: string;
  readonly overflows: readonly Overflow[];

  constructor(complaint: Complaint<CompileErrorCode>, overflows: readonly Overflow[] = []) {
    super(sentence(complaint));
    this.code = complaint.code;
    this.path = complaint.path;
    this.overflows = overflows;
  }
}

/** A program, state vector or candidate that was handed in ready made is outside its ranges; `path` names the part. */
export class PolicyValueError extends RangeError {
  override readonly name = 'PolicyValueError';
  readonly path: string;

  constructor(path: string, problem: string, expected: string) {
    super(`${path}: ${problem}; expected ${expected}. Build it from documents, or keep to the ranges of program.ts.`);
    this.path = path;
  }
}
