/**
 * The engines that the benchmark compares. Each makes calls for about the given time and says how many it made.
 * @module
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { TRACE_LENGTH } from '../../src/campaign/run.ts';
import type { Ready } from '../../src/campaign/system.ts';
import { campaign } from '../../src/mirror/campaign.ts';
import { rpcBackend } from '../../src/mirror/rpc.ts';
import type { Backend } from '../../src/mirror/types.ts';
import { projectRoot } from '../lib/files.ts';
import { type CpuSeconds, cpuSeconds } from './cpu.ts';
import { allocsFile, cutTeardown, DEPTH, readDrawn } from './draw.ts';
import { runForge } from './forge.ts';
import type { ModelMeasure } from './model.ts';
import { BenchError, strayRuns } from './traces.ts';

/** What one engine did in one round. */
export interface Measure {
  readonly calls: number;
  readonly seconds: number;
  /** share of accepted calls, 0 … 1 */
  readonly okShare: number;
  /** undefined where it can't be told */
  readonly cpu: CpuSeconds | undefined;
}

/** The traces of a round: their seed, and where they are written down. */
export interface Round {
  readonly seed: string;
  readonly folder: string;
  readonly seconds: number;
}

export interface Engine {
  readonly name: 'mirror' | 'forge' | 'loop' | 'model';
  readonly what: string;
  run(round: Round): Promise<Measure>;
}

const MAX_TRACES = 1_000_000;

async function measured<T extends { readonly calls: number; readonly seconds: number; readonly okShare: number }>(
  work: () => Promise<T>,
): Promise<Measure> {
  const before = cpuSeconds();
  const { calls, seconds, okShare } = await work();
  const after = cpuSeconds();
  const cpu = before && after && { own: after.own - before.own, children: after.children - before.children };
  return { calls, seconds, okShare, cpu };
}

/** The campaign on a backend, with all its comparisons, laws and goals. */
function campaignEngine(
  { name, what }: Pick<Engine, 'name' | 'what'>,
  system: Ready,
  backend: Backend,
  inFlight: { inFlight?: number } = {},
): Engine {
  return {
    name,
    what,
    run: ({ seed, seconds, folder }) =>
      measured(async () => {
        const result = await campaign({
          ...system,
          ...inFlight,
          backend,
          teardown: cutTeardown(system),
          traces: MAX_TRACES,
          length: TRACE_LENGTH,
          seed,
          profile: 'bench',
          meta: { bytecodeHash: system.bytecodeHash },
          directory: join(folder, 'failures'),
          maxSeconds: seconds,
        });
        if (result.failure) throw new BenchError(`${name}: the two sides differ:\n${result.failure.screen}`);
        const { ok } = result.coverage.calls;
        return { calls: result.calls, seconds: result.seconds, okShare: ok / result.calls };
      }),
  };
}

export function mirrorEngine(system: Ready): Engine {
  const what = 'model and EVM in whole traces, everything compared';
  return campaignEngine({ name: 'mirror', what }, system, system.backend);
}

/** The same on the same node, with a transaction per call. */
export async function loopEngine(system: Ready): Promise<Engine> {
  const what = 'model and EVM transaction by transaction, everything compared';
  return campaignEngine({ name: 'loop', what }, system, await rpcBackend(system.rpc), { inFlight: 1 });
}

/** @param binary forge */
export function forgeEngine(binary: string, threads: number): Engine {
  return {
    name: 'forge',
    what: `the same calls, nothing compared; ${threads} thread${threads === 1 ? '' : 's'}`,
    run: ({ folder, seconds }) =>
      measured(async () => {
        const { accepted } = readDrawn(folder);
        const result = await runForge({
          binary,
          allocs: allocsFile(folder),
          output: join(folder, 'runs.txt'),
          seconds: Math.max(1, Math.round(seconds)),
          depth: DEPTH,
          threads,
          seed: 1,
        });
        const [stray] = strayRuns(result.runs, accepted, DEPTH);
        if (stray) {
          throw new BenchError(
            `forge: trace ${stray.trace} has ${stray.accepted} calls accepted there and ${accepted[stray.trace]} in the ` +
              'model: the handler does not make the same calls',
          );
        }
        const made = result.runs.reduce((sum, run) => sum + run.made, 0);
        if (made === 0) throw new BenchError('forge: not one run ended in time; give it more --seconds');
        const ok = result.runs.reduce((sum, run) => sum + run.accepted, 0);
        return { calls: result.calls, seconds: result.seconds, okShare: ok / made };
      }),
  };
}

/** @param warmUp folder of the traces that each run of it makes first, untimed */
export function modelEngine(warmUp: string): Engine {
  return {
    name: 'model',
    what: 'the model alone: apply and digest, one core',
    async run({ folder }) {
      const text = await scriptOutput('scripts/bench/model.ts', [warmUp, folder]);
      const { calls, accepted, seconds, cpuSeconds } = JSON.parse(text) as ModelMeasure;
      return { calls, seconds, okShare: accepted / calls, cpu: { own: cpuSeconds, children: 0 } };
    },
  };
}

/** Writes a round's traces down. */
export async function drawRound({ seed, folder }: Round, traces: number): Promise<void> {
  await scriptOutput('scripts/bench/draw.ts', [folder, seed, String(traces)]);
}

/** Runs a script of the project to its end; what it says goes to the terminal. */
function scriptOutput(script: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(projectRoot, script), ...args], {
      cwd: projectRoot,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const kill = (): void => void child.kill('SIGTERM');
    process.once('exit', kill);
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('exit', kill);
      if (code === 0) resolve(text);
      else reject(new Error(`${script} ended with code ${code}`));
    });
  });
}
