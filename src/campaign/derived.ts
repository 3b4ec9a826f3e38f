/**
 * What laws and generators work out of parts of the state, kept for as long as the part is the same object.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import type { State } from '../model/index.ts';
import type { Claim, ExecutionRecord, NonceRecord } from '../model/state.ts';

/**
 * Results of the last two parts that were asked for. States share most of their parts, so what was worked out of one
 * holds as long as it is the same object; a law compares two states.
 */
export function remembersTwo<K extends object, V>(of: (part: K) => V): (part: K) => V {
  let last: { readonly part: K; readonly value: V } | undefined;
  let other: typeof last;
  return (part) => {
    if (last?.part === part) return last.value;
    [last, other] = [other?.part === part ? other : { part, value: of(part) }, last];
    return last.value;
  };
}

type Records = State['gate']['records'];

export interface Found<R> {
  readonly scope: Hex;
  readonly nonce: bigint;
  readonly record: R;
}

/** All records with their places. */
export const recordsOf = remembersTwo((records: Records): readonly Found<NonceRecord>[] =>
  [...records].flatMap(([scope, nonces]) => [...nonces].map(([nonce, record]) => ({ scope, nonce, record }))),
);

/** Claims that are open, lapsed or not. */
export const claimsOf = remembersTwo((records: Records): readonly Claim[] =>
  recordsOf(records).flatMap(({ record }) => (record.kind === 'claimed' ? [record.claim] : [])),
);

/** Executions with their places. */
export const executionsOf = remembersTwo((records: Records): readonly Found<ExecutionRecord>[] =>
  recordsOf(records).flatMap(({ scope, nonce, record }) =>
    record.kind === 'executed' ? [{ scope, nonce, record }] : [],
  ),
);
