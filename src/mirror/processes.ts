/**
 * Work for several processes: each opens a module once, and then runs the tasks that it is handed, one at a time.
 * @module
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MirrorError } from './types.ts';

/**
 * What a module's `open(options)` gives, or promises, in each process. Options, tasks, results and messages are data
 * that `structuredClone` copies.
 * @typeParam T task
 * @typeParam R its result
 * @typeParam M what is told while a task runs
 * @typeParam N what all processes are told
 */
export interface Worker<T, R, M = never, N = never> {
  run(task: T, tell: (message: M) => void): Promise<R>;
  /** hears what all processes are told, also while a task runs */
  hear?(note: N): void;
  /** releases what it holds, such as a node */
  stop(): Promise<void>;
}

export interface ProcessesOptions<M> {
  /** URL of a module that exports `open`, a function from `options` to a `Worker` or a promise of one */
  readonly module: string;
  readonly options: unknown;
  /** number of processes, 1 … MAX_WORKERS */
  readonly workers: number;
  /** told what a process tells, with the number of the task in its `map` */
  readonly onMessage?: (message: M, task: number) => void;
}

export interface Processes<T, R, N = never> {
  /**
   * Runs all tasks; whichever process is free takes the next one, in their order.
   * @returns the results in the order of the tasks, whoever ran them
   * @throws MirrorError if a process fails or ends before its time; `stop` then ends the others
   */
  map(tasks: readonly T[]): Promise<R[]>;
  /** Tells all processes. */
  tellAll(note: N): void;
  /** Ends all processes: the idle ones by their worker's `stop`, those amid a task at once. */
  stop(): Promise<void>;
}

/** Most processes: each may hold a node of up to 1 GB. */
export const MAX_WORKERS = 64;

/** Time that a worker has to stop in, milliseconds. */
const STOP_WITHIN_MS = 10_000;

export type ToProcess =
  | { readonly kind: 'open'; readonly module: string; readonly options: unknown }
  | { readonly kind: 'task'; readonly task: unknown }
  | { readonly kind: 'note'; readonly note: unknown }
  | { readonly kind: 'stop' };

export type FromProcess =
  | { readonly kind: 'told'; readonly message: unknown }
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'broken'; readonly message: string };

/**
 * Starts the processes. Whoever calls ends them with `stop`, also after an error.
 * @throws MirrorError if the number of processes makes no sense
 */
export function startProcesses<T, R, M = never, N = never>(options: ProcessesOptions<M>): Processes<T, R, N> {
  const { module, workers, onMessage } = options;
  if (!Number.isInteger(workers) || workers < 1 || workers > MAX_WORKERS) {
    throw new MirrorError(`workers: expected 1 to ${MAX_WORKERS}, got ${workers}`);
  }
  const open = { kind: 'open', module, options: options.options } as const;
  const all = Array.from({ length: workers }, () => new Process(open));
  return {
    async map(tasks) {
      const results: R[] = [];
      let next = 0;
      const busy = all.map(async (one) => {
        while (next < tasks.length) {
          const number = next++;
          const told = (message: unknown): void => onMessage?.(message as M, number);
          results[number] = (await one.run(tasks[number], told)) as R;
        }
      });
      await Promise.all(busy);
      return results;
    },
    tellAll: (note) => all.forEach((one) => one.send({ kind: 'note', note })),
    async stop() {
      await Promise.all(all.map((one) => one.stop()));
    },
  };
}

/** A process as its parent sees it. */
class Process {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  /** what waits for the running task */
  #task: { resolve(result: unknown): void; reject(error: Error): void; told(message: unknown): void } | undefined;
  #broken: Error | undefined;

  constructor(open: ToProcess) {
    this.#child = fork(fileURLToPath(new URL('process.ts', import.meta.url)), {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#ended = once(this.#child, 'exit').catch(() => {}); // a process that can't start has ended
    this.#child.on('message', (message: FromProcess) => this.#take(message));
    this.#child.on('error', (error) => this.#break(error));
    this.#child.once('exit', (code, signal) => {
      this.#break(new MirrorError(`a process ended before its time (${signal ?? `code ${code}`})`));
    });
    this.send(open);
  }

  run(task: unknown, told: (message: unknown) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#broken) return reject(this.#broken);
      this.#task = { resolve, reject, told };
      this.send({ kind: 'task', task });
    });
  }

  send(message: ToProcess): void {
    if (this.#child.connected) this.#child.send(message);
  }

  async stop(): Promise<void> {
    if (this.#task || this.#broken) this.#child.kill();
    else this.send({ kind: 'stop' });
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_WITHIN_MS);
    await this.#ended;
    clearTimeout(late);
  }

  #take(message: FromProcess): void {
    if (message.kind === 'told') this.#task?.told(message.message);
    else if (message.kind === 'broken') this.#break(new MirrorError(message.message));
    else {
      const task = this.#task;
      this.#task = undefined;
      task?.resolve(message.result);
    }
  }

  /** The first reason stays: that it has ended says less. */
  #break(error: Error): void {
    this.#broken ??= error;
    this.#task?.reject(this.#broken);
    this.#task = undefined;
  }
}
