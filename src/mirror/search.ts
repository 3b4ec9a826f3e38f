/**
 * The search behind the minimiser: holds the best trace so far and tries candidates, each at most once, a few at a
 * time. The result depends on the candidates and their order alone, not on which answer comes first.
 * @module
 */
import { createHash } from 'node:crypto';
import type { Step } from './types.ts';

export type Steps = readonly Step[];

/** Runs a candidate; gives the steps up to and with the failing one if it fails in the *same* way, else nothing. */
export type Test = (candidate: Steps) => Promise<Steps | undefined>;

export class Search {
  best: Steps;
  /** candidates tried */
  runs = 0;
  /** a candidate was left untried since the runs were used up */
  cut = false;
  readonly #test: Test;
  readonly #maxRuns: number;
  readonly #inFlight: number;
  /** hashes of candidates that don't fail in the same way */
  readonly #rejected = new Set<string>();

  constructor(steps: Steps, test: Test, maxRuns: number, inFlight: number) {
    this.best = steps;
    this.#test = test;
    this.#maxRuns = maxRuns;
    this.#inFlight = inFlight;
  }

  /**
   * Makes the first candidate that fails in the same way the new best one.
   * @param candidates made one by one as they are needed; nothing stands for a change that doesn't apply
   * @returns its position among the candidates; -1 if there is none
   */
  async first(candidates: Iterable<Steps | undefined>): Promise<number> {
    const waiting: { index: number; key: string; answer: Promise<Steps | undefined> }[] = [];
    const iterator = candidates[Symbol.iterator]();
    let index = -1;
    for (let open = true; ; ) {
      while (open && waiting.length < this.#inFlight) {
        const { value, done } = iterator.next();
        open = !done && !this.cut;
        if (!open) break;
        index++;
        const key = value && keyOf(value);
        if (!value || key === undefined || this.#rejected.has(key)) continue;
        this.cut = this.runs >= this.#maxRuns;
        if (this.cut) break;
        this.runs++;
        const answer = this.#test(value);
        answer.catch(() => {}); // whoever awaits it sees the error; until then it must not count as unhandled
        waiting.push({ index, key, answer });
      }
      const oldest = waiting.shift();
      if (!oldest) return -1;
      const failing = await oldest.answer;
      if (failing) {
        // What was begun is waited for: the node must not be busy with it when the caller goes on.
        for (const { key, answer } of waiting) if (!(await answer)) this.#rejected.add(key);
        this.best = failing;
        return oldest.index;
      }
      this.#rejected.add(oldest.key);
    }
  }

  /** Tries one candidate. */
  async accept(candidate: Steps | undefined): Promise<boolean> {
    return (await this.first([candidate])) === 0;
  }

  /** Tries changes one after the other, each on what the earlier ones left. @returns whether any was taken */
  async sweep<T>(changes: readonly T[], apply: (best: Steps, change: T) => Steps | undefined): Promise<boolean> {
    let from = 0;
    for (;;) {
      const base = this.best;
      const rest = changes.slice(from);
      const hit = await this.first(lazily(rest, (change) => apply(base, change)));
      if (hit < 0) return from > 0;
      from += hit + 1;
    }
  }
}

function* lazily<T, U>(items: readonly T[], make: (item: T) => U): Generator<U> {
  for (const item of items) yield make(item);
}

function keyOf(steps: Steps): string {
  const text = JSON.stringify(steps, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  return createHash('sha256').update(text).digest('base64');
}
