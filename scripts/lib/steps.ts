/**
 * Steps of a longer run: each a program with a title, its time printed, its output shown when it fails.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { projectRoot } from './files.ts';

export interface Step {
  readonly title: string;
  /** A script of the project (`scripts/x.ts`) or a command of its dependencies, then its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Its output goes to the terminal as it comes, instead of being kept for the case of failure. */
  readonly live?: boolean;
}

/** Characters; the end of a longer output is what says why it failed. */
const KEPT_OUTPUT = 200_000;
/** Milliseconds. A step that takes longer hangs: the longest, key generation on two slow cores, needs a few minutes. */
const STEP_LIMIT = 30 * 60 * 1000;

/** A step failed. The message says which and how; `output` is what it printed. */
export class StepError extends Error {
  override name = 'StepError';
  readonly output: string;
  /** What the program ended with; undefined when it could not start or was stopped. */
  readonly exitCode: number | undefined;

  constructor(message: string, output: string, exitCode?: number) {
    super(message);
    this.output = output;
    this.exitCode = exitCode;
  }
}

/**
 * Runs one step to its end.
 *
 * @param signal stops the step when it is aborted
 * @throws {StepError} when the program is missing, ends with another code than 0, is stopped, or takes too long
 */
export async function runStep({ title, command, live = false }: Step, signal: AbortSignal): Promise<void> {
  const [program, parameters] = resolveCommand(title, command);
  const started = performance.now();
  if (!signal.aborted) console.log(`▸ ${title} …`);
  const output: string[] = [];
  const { code, problem } = await new Promise<{ code: number | null; problem: string | undefined }>((done) => {
    const child = spawn(program, parameters, {
      cwd: projectRoot,
      env: { ...process.env, PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter) },
      stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      signal: AbortSignal.any([signal, AbortSignal.timeout(STEP_LIMIT)]),
    });
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text) => keep(output, text));
    let problem: string | undefined;
    child.on('error', (error) => {
      problem = signal.aborted ? 'stopped' : error.name === 'AbortError' ? 'stopped after half an hour' : error.message;
    });
    child.on('close', (code) => done({ code, problem }));
  });
  if (problem !== undefined) throw new StepError(`${title}: ${problem}`, output.join(''));
  if (code !== 0) throw new StepError(`${title}: ended with code ${code}`, output.join(''), code ?? undefined);
  if (!live) console.log(`✓ ${title} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
}

/** Adds to the kept output and drops the oldest pieces beyond the limit. */
function keep(output: string[], text: string): void {
  output.push(text);
  let length = output.reduce((sum, piece) => sum + piece.length, 0);
  while (length > KEPT_OUTPUT && output.length > 1) length -= output.shift()?.length ?? 0;
}

function resolveCommand(title: string, [name, ...parameters]: Step['command']): [string, string[]] {
  if (name.endsWith('.ts')) {
    const script = join(projectRoot, name);
    if (!existsSync(script)) throw new StepError(`${title}: ${name} does not exist`, '');
    return [process.execPath, [script, ...parameters]];
  }
  const program = join(projectRoot, 'node_modules', '.bin', name);
  if (!existsSync(program)) throw new StepError(`${title}: no dependency has a command "${name}"`, '');
  return [program, parameters];
}

/** An abort signal for the steps that a signal to this process (Ctrl-C, SIGTERM) fires. */
export function stopOnSignals(): AbortController {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => controller.abort());
  return controller;
}

/** Prints a failed step for a person; anything but a {@link StepError} is a fault of ours and thrown again. */
export function printFailure(error: unknown): void {
  if (!(error instanceof StepError)) throw error;
  if (error.output !== '') console.error(error.output.trimEnd());
  console.error(`✗ ${error.message}`);
}
