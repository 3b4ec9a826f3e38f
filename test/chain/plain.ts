/** States as plain values, so that two can be compared whole, and their first difference named. */
import { isCollection, List, Map, Set } from 'immutable';

function plain(value: unknown): unknown {
  if (Map.isMap(value)) return Object.fromEntries([...value].map(([key, item]) => [String(key), plain(item)]));
  if (Set.isSet(value)) return [...value].map(String).sort();
  if (List.isList(value) || Array.isArray(value)) return [...value].map(plain);
  if (isCollection(value)) throw new Error('plain: states hold maps, sets and lists only');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

function first(a: unknown, b: unknown, path: string): string | undefined {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return Object.is(a, b) ? undefined : `${path}: ${String(a)} and ${String(b)}`;
  }
  const [left, right] = [a, b] as readonly [Record<string, unknown>, Record<string, unknown>];
  for (const key of new globalThis.Set([...Object.keys(left), ...Object.keys(right)])) {
    const found = first(left[key], right[key], `${path}/${key}`);
    if (found !== undefined) return found;
    if (key in left !== key in right) return `${path}/${key} is missing on one side`;
  }
  return undefined;
}

/** Where two states differ first, as a path with both values; undefined when they are equal in every part. */
export function firstDifference(a: unknown, b: unknown): string | undefined {
  return first(plain(a), plain(b), '');
}
