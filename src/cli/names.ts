/**
 * How commands name nonces, and when things are.
 * @module
 */
import { formatDuration, formatTime } from '../chain/format.ts';
import type { Hex } from '../codec/hash.ts';
import { nonceOf } from '../codec/ids.ts';
import { UsageError } from './options.ts';

/** Digits of a scope that are shown; enough to tell those of one deployment apart. */
const SCOPE_DIGITS = 10;
const SLOT_BITS = 64n;
const MAX_UINT64 = 2n ** 64n - 1n;

/** `0x1f3a9c02:5.0`: the begin of the scope, the state epoch and the slot of the nonce. */
export function nonceName({ scope, nonce }: { readonly scope: Hex; readonly nonce: bigint }): string {
  return `${scope.slice(0, SCOPE_DIGITS)}:${nonce >> SLOT_BITS}.${nonce & MAX_UINT64}`;
}

/** A nonce that somebody asks for: the scope may be given by its begin. */
export interface AskedNonce {
  readonly text: string;
  readonly scope: string;
  readonly nonce: bigint;
}

/**
 * Reads SCOPE:NONCE, the nonce as a decimal number or as EPOCH.SLOT.
 *
 * @throws UsageError
 */
export function parseNonce(text: string): AskedNonce {
  const match = /^(0x[0-9a-f]{6,64}):(?:(\d{1,39})|(\d{1,20})\.(\d{1,20}))$/i.exec(text);
  const [, scope = '', whole, epoch = '0', slot = '0'] = match ?? [];
  const nonce = whole === undefined ? nonceOf(BigInt(epoch), BigInt(slot)) : BigInt(whole);
  const fits = nonce < 2n ** 128n && BigInt(slot) <= MAX_UINT64;
  if (match === null || !fits) {
    throw new UsageError(
      `--claim ${text}: expected SCOPE:NONCE, as \`mprd status\` shows it: 0x and at least 6 hexadecimal digits of ` +
        'the scope, and the nonce as EPOCH.SLOT or as one decimal number below 2^128.',
    );
  }
  return { text, scope: scope.toLowerCase(), nonce };
}

/** The time, and how far away it is. */
export function whenFrom(now: bigint, time: bigint): string {
  if (time <= now) return `${formatTime(time)} (past)`;
  return `${formatTime(time)} (in ${formatDuration(Number(time - now))})`;
}
