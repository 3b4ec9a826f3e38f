/**
 * How numbers, times and hashes are shown to people.
 * @module
 */
import type { Hex } from '../codec/hash.ts';

/** The first and last digits: enough to recognise, short enough to read. */
export function shortHex(hex: Hex): string {
  return hex.length <= 14 ? hex : `${hex.slice(0, 8)}…${hex.slice(-4)}`;
}

/** A decimal number with `decimals` digits behind the point, without trailing zeros, thousands apart. */
export function formatDecimal(value: bigint, decimals: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(?:\d{3})+$)/g, ' ');
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** Base units of AGRS as an amount of AGRS. */
export function formatAgrs(baseUnits: bigint): string {
  return `${formatDecimal(baseUnits, 18)} AGRS`;
}

/** A block timestamp in UTC; a number of seconds where no date stands for it. */
export function formatTime(seconds: bigint): string {
  const limit = 253_402_300_800n; // the year 10000
  if (seconds >= limit) return `second ${seconds}`;
  return new Date(Number(seconds) * 1000).toISOString().replace('T', ' ').replace('.000Z', ' UTC');
}

/** Seconds in the two largest units that aren't zero: `1 d 2 h`, `15 min`, `40 s`. */
export function formatDuration(seconds: number): string {
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ];
  const parts: string[] = [];
  let rest = seconds;
  for (const [unit, size] of units) {
    if (rest >= size && parts.length < 2) {
      parts.push(`${Math.floor(rest / size)} ${unit}`);
      rest %= size;
    }
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}
