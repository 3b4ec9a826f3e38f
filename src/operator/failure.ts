/**
 * What can go wrong in the pipeline, apart from a contract's refusal and the chain (src/chain).
 * @module
 */

export type OperatorErrorCode =
  /** a file of the example can't be read or is refused */
  | 'bad-example'
  /** the policy allows none of the candidates */
  | 'denied'
  /** the policy can't decide about what the adapter executes */
  | 'unsuitable-policy'
  /** the proof does not verify off chain */
  | 'bad-proof'
  /** the chain's log isn't what its events say */
  | 'log-mismatch';

/** The message says what happened, where, what was expected and what to do. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
  readonly code: OperatorErrorCode;

  constructor(code: OperatorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
