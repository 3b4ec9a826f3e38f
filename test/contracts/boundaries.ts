/** Deadlines as tables: what leads to one, and what a call comes to a second before, at and after it. */
import { expect } from 'chai';
import { nonceOf, scopeId } from '../../src/codec/ids.ts';
import type { Call } from '../../src/mirror/types.ts';
import { textOf } from './fixture.ts';
import { refusal } from './table.ts';
import { CHAIN_ID, paymentOf, type Ran, signerOf, startTwin, type Timed, type Twin } from './twin.ts';

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

/** A twin for the tests of a suite. */
export function useTwin(): () => Twin {
  let twin: Twin;
  before(async () => {
    twin = await startTwin();
  });
  after(() => twin?.stop());
  return () => twin;
}

/** What tests say of a twin: its operators, and the nonces of the first entry. */
export function sceneOf(twin: () => Twin) {
  const directory = () => twin().state.deployment.directory;
  const operator = (index: number) => {
    const id = twin().operatorIds[index]!;
    const { owner } = twin().state.operators.operators.get(id)!;
    return { id, owner, signer: signerOf(twin(), id) };
  };
  const nonce = (slot = 0n) => {
    const { draft, target } = paymentOf(twin(), twin().start, { slot });
    const { adapter, account } = draft.entry;
    return {
      scope: scopeId({ chainId: CHAIN_ID, contract: target.gate }, adapter, account),
      nonce: nonceOf(draft.stateEpoch, slot),
    };
  };
  /** The lens's view of an operator. */
  const shown = ({ lens }: Ran, index: number) => {
    const { owner } = operator(index);
    return lens.operators.find((view) => view.owner.toLowerCase() === owner)!;
  };
  return { directory, operator, nonce, shown, start: () => twin().start };
}
