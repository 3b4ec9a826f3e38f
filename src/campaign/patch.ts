/**
 * JSON Merge Patch (RFC 7396) between states: members that are given replace, objects are merged, null removes. States
 * have no null, so that every change can be written.
 * @module
 */
import type { Json } from '../model/json.ts';

export type Patch = Json | null | { readonly [key: string]: Patch };

type JsonObject = { readonly [key: string]: Json };

const isObject = (value: Patch | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The smallest patch that turns one value into the other; of two equal objects the empty object. */
export function patchBetween(before: Json, after: Json): Patch {
  if (!isObject(before) || !isObject(after)) return after;
  const members: [string, Patch][] = [];
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) members.push([key, null]);
  for (const [key, now] of Object.entries(after)) {
    const old = before[key];
    if (old === now) continue;
    if (isObject(old) && isObject(now)) {
      const inner = patchBetween(old, now);
      if (Object.keys(inner as JsonObject).length > 0) members.push([key, inner]);
    } else if (old === undefined || !sameJson(old, now)) members.push([key, now]);
  }
  return Object.fromEntries(members);
}

export function patched(value: Json | undefined, patch: Patch): Json {
  if (!isObject(patch)) return patch as Json;
  const members = new Map(isObject(value) ? Object.entries(value) : []);
  for (const [key, change] of Object.entries(patch as { readonly [key: string]: Patch })) {
    if (change === null) members.delete(key);
    else members.set(key, patched(members.get(key), change));
  }
  return Object.fromEntries(members);
}

/** Equal up to the order of keys. */
export function sameJson(a: Json, b: Json): boolean {
  if (a === b || typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && sameJson((a as JsonObject)[key]!, (b as JsonObject)[key]!));
}
