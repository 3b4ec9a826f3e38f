/**
 * Results that are looked up the second time: call after call asks for the same ids, domains, roots and signers.
 * @module
 */

interface Known<V> {
  readonly rest: readonly unknown[];
  readonly value: V;
  /** of the same name, remembered before */
  readonly before: Known<V> | undefined;
  /** how many there are of the name, this one counted */
  readonly count: number;
}

/** Most results of one name: they are looked through one after the other. */
const MAX_OF_NAME = 16;

/**
 * Results of one function by its arguments: a name, which should be different for most results, and the rest, compared
 * by ===. Joining all into one text would cost more than the look-up. It only saves time: what was dropped is computed
 * again, with the same result.
 */
export class Memo<V extends NonNullable<unknown> | null> {
  readonly #limit: number;
  readonly #known = new Map<string, Known<V>>();
  #size = 0;

  /** @param limit most results that are kept; one more drops all */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(name: string, rest: readonly unknown[]): V | undefined {
    for (let known = this.#known.get(name); known; known = known.before) {
      if (isSame(known.rest, rest)) return known.value;
    }
    return undefined;
  }

  set(name: string, rest: readonly unknown[], value: V): void {
    if (this.get(name, rest) === undefined) this.#add(name, rest, value);
  }

  #add(name: string, rest: readonly unknown[], value: V): void {
    if (++this.#size > this.#limit) {
      this.#known.clear();
      this.#size = 1;
    }
    const last = this.#known.get(name);
    const before = last && last.count < MAX_OF_NAME ? last : undefined;
    this.#known.set(name, { rest, value, before, count: 1 + (before?.count ?? 0) });
  }

  /** The result remembered, or computed now. */
  of(name: string, rest: readonly unknown[], compute: () => V): V {
    const known = this.get(name, rest);
    if (known !== undefined) return known;
    const value = compute();
    this.#add(name, rest, value);
    return value;
  }

  /** All that is remembered. */
  *[Symbol.iterator](): Generator<readonly [name: string, rest: readonly unknown[], value: V]> {
    for (const [name, last] of this.#known) {
      for (let known: Known<V> | undefined = last; known; known = known.before) yield [name, known.rest, known.value];
    }
  }
}

function isSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  for (let i = 0; i < b.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
