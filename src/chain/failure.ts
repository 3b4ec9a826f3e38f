/**
 * What can go wrong between this program and a chain, apart from a contract's refusal (refusal.ts).
 * @module
 */

export type ChainErrorCode =
  /** nothing answers at the URL */
  | 'unreachable'
  /** the answer doesn't follow JSON-RPC, or the node refuses a method that is needed */
  | 'unsupported'
  /** another chain than the one that was expected */
  | 'wrong-chain'
  /** an address holds no code, or other code than was deployed */
  | 'not-deployed'
  /** the compiled contracts are missing */
  | 'not-compiled'
  /** a file is missing, too large, malformed or for something else */
  | 'bad-file'
  /** a deployment configuration breaks a rule */
  | 'bad-config'
  /** development keys or accounts, and a chain that isn't local */
  | 'development-only'
  /** nobody gave the key of an account that has to sign */
  | 'key-missing'
  /** the delay of a council proposal isn't over, and time can't be moved here */
  | 'delay-running'
  /** a transaction was mined and reverted although its simulation succeeded */
  | 'reverted'
  /** the port is in use */
  | 'port-taken';

/** The message says what happened, where, what was expected and what to do. */
export class ChainError extends Error {
  override readonly name = 'ChainError';
  readonly code: ChainErrorCode;

  constructor(code: ChainErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
