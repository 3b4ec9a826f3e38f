/** Deadlines as tables: what leads to one, and what a call comes to a second before, at and after it. */
import { expect } from 'chai';
import type { Call } from '../../src/mirror/types.ts';
import { textOf } from './fixture.ts';
import { refusal } from './table.ts';
import type { Timed, Twin } from './twin.ts';

export const ACCEPTED = 'accepted';
export const ok = (): string => ACCEPTED;
export const no = (error: string, ...args: readonly unknown[]): string => textOf(refusal(error, ...args));

/**
 * What leads to a deadline, the deadline, what is called around it, and what it comes to a second before, at,
 * and after it.
 */
export interface Boundary {
  readonly before?: readonly Timed[];
  readonly deadline: bigint;
  readonly call: (at: bigint) => Call;
  readonly outcomes: readonly [(at: bigint) => string, (at: bigint) => string, (at: bigint) => string];
}

/** One test per boundary. */
export function testBoundaries(twin: () => Twin, boundaries: Readonly<Record<string, () => Boundary>>): void {
  for (const [name, make] of Object.entries(boundaries)) {
    it(name, async () => {
      const { before: prefix = [], deadline, call, outcomes } = make();
      for (const [i, expected] of outcomes.entries()) {
        const at = deadline + BigInt(i - 1);
        const { outcomes: found } = await twin().run([...prefix, { at, call: call(at) }]);
        expect(found, `second ${i - 1} after the deadline`).to.deep.equal([
          ...prefix.map(() => ACCEPTED),
          expected(at),
        ]);
      }
    });
  }
}
