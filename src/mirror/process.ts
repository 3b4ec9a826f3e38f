/**
 * What runs in each process that src/mirror/processes.ts starts: opens the module that it is told, then runs tasks.
 * @module
 */
import { keepNewObjectsYoung } from './heap.ts';
import type { FromProcess, ToProcess, Worker } from './processes.ts';
import { MirrorError } from './types.ts';

type AnyWorker = Worker<unknown, unknown, unknown, unknown>;

keepNewObjectsYoung();

let worker: Promise<AnyWorker> | undefined;

process.on('message', (message: ToProcess) => {
  take(message).catch((error: unknown) => {
    // The parent ends a process that is broken.
    tell({ kind: 'broken', message: explained(error) });
  });
});
// Nobody is left to tell: anvil's guard ends the node with this process.
process.on('disconnect', () => process.exit(0));

const tell = (message: FromProcess): void => void process.send?.(message);

async function take(message: ToProcess): Promise<void> {
  if (message.kind === 'open') {
    worker = opened(message.module, message.options);
    await worker;
    return;
  }
  if (!worker) throw new Error(`${message.kind} before open`);
  // What doesn't open was told by whoever opened it.
  const open = await worker.catch(() => undefined);
  if (!open) return;
  if (message.kind === 'note') open.hear?.(message.note);
  else if (message.kind === 'task') {
    const result = await open.run(message.task, (told) => tell({ kind: 'told', message: told }));
    tell({ kind: 'done', result });
  } else {
    await open.stop();
    process.disconnect();
  }
}

async function opened(module: string, options: unknown): Promise<AnyWorker> {
  const { open } = (await import(module)) as { open: (options: unknown) => AnyWorker | Promise<AnyWorker> };
  return open(options);
}

/** A mistake in what was given is explained by its message; anything else needs the place. */
function explained(error: unknown): string {
  if (error instanceof MirrorError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
