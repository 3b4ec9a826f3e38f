/**
 * Errors as people should see them.
 * @module
 */
import { BaseError } from 'viem';
import { ChainError } from '../chain/failure.ts';
import { CallRefused } from '../chain/refusal.ts';
import { OperatorError } from './failure.ts';

/** One sentence or two for an error that says what to do; the stack for one that nobody foresaw. */
export function explainFailure(error: unknown): string {
  if (error instanceof ChainError || error instanceof OperatorError || error instanceof CallRefused)
    return error.message;
  if (!(error instanceof Error)) return String(error);
  // viem's messages repeat the whole request; what went wrong is in their first line and in the node's own words.
  if (error instanceof BaseError) return `${error.shortMessage.split('\n', 1)[0]} (${error.details})`;
  // Errors of the build steps name themselves and carry a sentence too.
  return error.name === 'Error' || error.name === 'TypeError' ? (error.stack ?? error.message) : error.message;
}
