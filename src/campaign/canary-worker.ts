/**
 * A process that judges canaries: opens a chain of its own, and judges the traces that it is asked for. Started by
 * src/campaign/canary.ts.
 * @module
 */
import { Judge, type Verdict } from './canary-judge.ts';

export type ToJudge =
  | { readonly kind: 'open'; readonly root: string; readonly seed: string }
  | { readonly kind: 'judge'; readonly index: number; readonly alive: readonly string[] };

export type FromJudge =
  | { readonly kind: 'opened' }
  | { readonly kind: 'judged'; readonly verdict: Verdict }
  | { readonly kind: 'broken'; readonly message: string };

const tell = (message: FromJudge): void => void process.send?.(message);

let judge: Judge | undefined;

process.on('message', (message: ToJudge) => {
  answer(message).then(tell, (error: unknown) => {
    tell({ kind: 'broken', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  });
});
// Nobody is left to tell: anvil's guard ends the node with this process.
process.on('disconnect', () => process.exit(0));

async function answer(message: ToJudge): Promise<FromJudge> {
  if (message.kind === 'open') {
    judge = await Judge.open(message.root, message.seed, () => {});
    return { kind: 'opened' };
  }
  if (!judge) throw new Error('canaries: a trace is judged before the chain is open');
  return { kind: 'judged', verdict: await judge.judge(message.index, message.alive) };
}
