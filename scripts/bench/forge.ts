/**
 * Runs the handler in bench/forge under forge's invariant runner.
 * @module
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../lib/files.ts';
import { type HandlerRun, parseRuns } from './traces.ts';

export const FORGE_PROJECT = join(projectRoot, 'bench', 'forge');

/** Most threads: bench/forge/src/Walk.sol has so many contracts that run side by side. */
export const MAX_THREADS = 4;

export interface ForgeResult {
  readonly calls: number;
  /** of the longest of the invariant tests, without their setup */
  readonly seconds: number;
  readonly runs: readonly HandlerRun[];
}

export interface ForgeOptions {
  readonly binary: string;
  /** state and traces */
  readonly allocs: string;
  /** file for the runs' lines; made anew */
  readonly output: string;
  /** stops after so many */
  readonly seconds: number;
  readonly depth: number;
  readonly threads: number;
  /** of forge's own choices, which is which traces it walks through */
  readonly seed: number;
}

/** Seconds of a duration as forge prints it, such as "1m 2s 754ms 31µs 791ns". @throws Error if it is none */
export function secondsOf(duration: string): number {
  const units: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 1e-3, µs: 1e-6, us: 1e-6, ns: 1e-9 };
  const parts = duration.split(' ').map((part) => /^(\d+)(\D+)$/.exec(part));
  return parts.reduce((sum, part) => {
    const unit = units[part?.[2] ?? ''];
    if (unit === undefined) throw new Error(`forge: expected a duration such as "2s 754ms", got "${duration}"`);
    return sum + Number(part?.[1]) * unit;
  }, 0);
}

interface InvariantTest {
  readonly status: string;
  readonly reason: string | null;
  readonly duration: string;
  readonly kind: { readonly Invariant: { readonly calls: number; readonly reverts: number } };
}

/**
 * What forge's JSON says of the tests.
 * @throws Error when a test fails, a step of the handler reverts, or there aren't as many tests as threads
 */
export function readForge(json: string, threads: number): Omit<ForgeResult, 'runs'> {
  const suites = JSON.parse(json) as Record<string, { test_results: Record<string, InvariantTest> }>;
  const tests = Object.values(suites).flatMap(({ test_results }) => Object.values(test_results));
  const failed = tests.find(({ status }) => status !== 'Success');
  if (failed) throw new Error(`forge: the invariant test fails: ${failed.reason}`);
  if (tests.length !== threads)
    throw new Error(`forge: expected ${threads} tests, one per thread, got ${tests.length}`);
  const reverts = tests.reduce((sum, { kind }) => sum + kind.Invariant.reverts, 0);
  if (reverts > 0)
    throw new Error(`forge: ${reverts} steps of the handler itself revert; see bench/forge/src/Walk.sol`);
  return {
    calls: tests.reduce((sum, { kind }) => sum + kind.Invariant.calls, 0),
    seconds: Math.max(...tests.map(({ duration }) => secondsOf(duration))),
  };
}

/** @throws Error when forge fails; the message ends with what it said */
export async function runForge(options: ForgeOptions): Promise<ForgeResult> {
  const { binary, allocs, output, seconds, depth, threads, seed } = options;
  rmSync(output, { force: true });
  writeFileSync(output, '');
  const stdout = await programOutput(
    binary,
    ['test', '--json', '--threads', String(threads), '--match-contract', `^Campaign[1-${threads}]$`],
    {
      BENCH_ALLOCS: allocs,
      BENCH_RUNS: output,
      FOUNDRY_INVARIANT_RUNS: '1000000000',
      FOUNDRY_INVARIANT_DEPTH: String(depth),
      FOUNDRY_INVARIANT_TIMEOUT: String(seconds),
      FOUNDRY_FUZZ_SEED: `0x${seed.toString(16)}`,
    },
  );
  if (!existsSync(output)) throw new Error(`forge: ${output} is gone`);
  return { ...readForge(stdout, threads), runs: parseRuns(readFileSync(output, 'utf8')) };
}

function programOutput(binary: string, args: readonly string[], variables: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, ...variables };
    const child = spawn(binary, args, { cwd: FORGE_PROJECT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    const out: Buffer[] = [];
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk.toString()}`.slice(-4_000);
    });
    child.once('error', (error) => reject(new Error(`forge (${binary}) can't be started: ${error.message}`)));
    child.once('close', (code) => {
      process.off('exit', kill);
      const text = Buffer.concat(out).toString('utf8');
      // The JSON has a line of its own; a compilation before it may say more.
      const json = text.split('\n').find((line) => line.startsWith('{"src/'));
      if (json !== undefined) resolve(json);
      else reject(new Error(`forge ended with code ${code}:\n${text.slice(-2_000)}${complaint}`));
    });
  });
}
