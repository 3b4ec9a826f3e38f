/**
 * Results that are looked up the second time: the same ids, domains and roots are asked for in call after call.
 * @module
 */

/** Results of one function by its arguments. */
export type Remember<V> = (name: string, compute: () => V) => V;

/**
 * It only saves time: what was dropped is computed again, with the same result.
 * @param limit most results that are kept; one more drops all
 */
export function remembering<V>(limit: number): Remember<V> {
  const known = new Map<string, V>();
  return (name, compute) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const value = compute();
    if (known.size >= limit) known.clear();
    known.set(name, value);
    return value;
  };
}
