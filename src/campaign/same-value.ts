/**
 * Whether two states hold the same: what they share is not looked into, so that the states after one call are compared
 * in the time that the call's changes take.
 * @module
 */
import { isList, isMap, isSet, type List, type Map, type Set } from 'immutable';

/** Maps and sets compare by content, whatever the order in which it came in. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isMap(a)) return isMap(b) && sameMap(a, b);
  if (isSet(a)) return isSet(b) && (a as Set<unknown>).equals(b as Set<unknown>);
  if (isList(a)) return isList(b) && sameList(a, b);
  if (isMap(b) || isSet(b) || isList(b)) return false;
  const keys = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key as never], b[key as never]))
  );
}

function sameMap(a: Map<unknown, unknown>, b: Map<unknown, unknown>): boolean {
  return a.size === b.size && a.every((value, key) => b.has(key) && sameValue(value, b.get(key)));
}

function sameList(a: List<unknown>, b: List<unknown>): boolean {
  return a.size === b.size && a.every((value, i) => sameValue(value, b.get(i)));
}
