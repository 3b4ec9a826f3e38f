/**
 * Measures the model alone on drawn traces: each call applied, and the state it leads to digested. A program of its
 * own: nothing is warm but what a campaign also knows, the signers of the signatures that it made itself.
 * @module
 */
import { readFileSync } from 'node:fs';
import { type Ready, ready } from '../../src/campaign/system.ts';
import { rememberSigner } from '../../src/codec/signature.ts';
import { codecOf } from '../../src/mirror/codec.ts';
import { SELDOM } from '../../src/mirror/model.ts';
import { parseTrace } from '../../src/mirror/trace.ts';
import type { Call, Env, Hex, System } from '../../src/mirror/types.ts';
import { readDrawn, signersFile, traceFile } from './draw.ts';

/** What the program prints. */
export interface ModelMeasure {
  readonly calls: number;
  readonly accepted: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

interface Timed {
  readonly call: Call;
  readonly env: Env;
}

/**
 * What the EVM's state is compared with after an accepted call, as a campaign does it.
 * @param since what led here from a state that was digested; undefined: the whole state is digested
 */
function digest<S>(
  system: System<S>,
  state: S,
  env: Env,
  since?: { before: S; calls: readonly Call[] },
): Hex | undefined {
  return system.look(state, env, since)?.answer;
}

/** Reads drawn traces, and makes their signers known. */
function readTraces({ system, backend, bytecodeHash }: Ready, folder: string): { traces: Timed[][]; accepted: number } {
  const drawn = readDrawn(folder);
  if (drawn.bytecodeHash !== bytecodeHash)
    throw new Error('model: the contracts have changed since the traces were drawn');
  for (const [key, signer] of JSON.parse(readFileSync(signersFile(folder), 'utf8')) as [string, Hex][]) {
    rememberSigner(key.slice(0, 66) as Hex, key.slice(66) as Hex, signer);
  }
  const codec = codecOf(system.contracts);
  const traces = drawn.accepted.map((_, index) => {
    const { startTime, steps } = parseTrace(codec, readFileSync(traceFile(folder, index), 'utf8'));
    let time = startTime;
    const timed: Timed[] = [];
    for (const step of steps) {
      if (step.kind === 'time') time += step.seconds;
      else timed.push({ call: step.call, env: { time, block: backend.firstBlock, chainId: backend.chainId } });
    }
    return timed;
  });
  return { traces, accepted: drawn.accepted.reduce((sum, count) => sum + count, 0) };
}

/** @returns number of accepted calls */
function run<S>(system: System<S>, traces: readonly (readonly Timed[])[]): number {
  let accepted = 0;
  for (const trace of traces) {
    let before = system.initial;
    let digests = 0;
    for (const { call, env } of trace) {
      const { outcome, state } = system.apply(before, call, env);
      if (outcome.status === 'ok') {
        accepted++;
        digests++;
        digest(system, state, env, digests % SELDOM.whole === 0 ? undefined : { before, calls: [call] });
      }
      before = state;
    }
  }
  return accepted;
}

/** @param warmUp folder of the traces that run first, untimed */
async function measure(warmUp: string, folder: string): Promise<ModelMeasure> {
  const system = await ready();
  await system.stop(); // only its addresses and the state after the prologue are needed
  const before = readTraces(system, warmUp);
  const { traces, accepted: expected } = readTraces(system, folder);
  run(system.system, before.traces);
  const cpu = process.cpuUsage();
  const started = performance.now();
  const accepted = run(system.system, traces);
  const seconds = (performance.now() - started) / 1000;
  const { user, system: kernel } = process.cpuUsage(cpu);
  if (accepted !== expected) throw new Error(`model: expected ${expected} accepted calls, got ${accepted}`);
  const calls = traces.reduce((sum, trace) => sum + trace.length, 0);
  return { calls, accepted, seconds, cpuSeconds: (user + kernel) / 1e6 };
}

if (import.meta.main) {
  const [warmUp, folder] = process.argv.slice(2) as [string, string];
  process.stdout.write(`${JSON.stringify(await measure(warmUp, folder))}\n`);
}
