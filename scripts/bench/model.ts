/**
 * Measures the model alone on drawn traces: each call applied, and after each accepted one the digest of the whole
 * state (docs/trace-format.md). A program of its own, that first runs other traces for some seconds: a campaign takes
 * minutes, and V8's compilers are done with it in its first seconds. Of the traces that are timed nothing is known but
 * what a campaign also knows, the signers of the signatures that it made itself and the entries of its catalogue.
 * @module
 */
import { readFileSync } from 'node:fs';
import { type Ready, ready } from '../../src/campaign/system.ts';
import { codecOf } from '../../src/mirror/codec.ts';
import { keepNewObjectsYoung } from '../../src/mirror/heap.ts';
import { parseTrace } from '../../src/mirror/trace.ts';
import type { Call, Env } from '../../src/mirror/types.ts';
import { type Digest, digestAfter, digestHex, type State, stateDigest } from '../../src/model/index.ts';
import { readDrawn, recallSigners, tagged, traceFile } from './draw.ts';

/** Seconds for which other traces run before. */
const WARM_UP = 6;

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

/** Reads drawn traces, and makes their signers known. */
function readTraces({ system, backend, bytecodeHash }: Ready, folder: string): { traces: Timed[][]; accepted: number } {
  const drawn = readDrawn(folder);
  if (drawn.bytecodeHash !== bytecodeHash)
    throw new Error('model: the contracts have changed since the traces were drawn');
  recallSigners(folder, shared);
  const codec = codecOf(system.contracts);
  const traces = drawn.accepted.map((_, index) => {
    const { startTime, steps } = parseTrace(codec, readFileSync(traceFile(folder, index), 'utf8'));
    let time = startTime;
    const timed: Timed[] = [];
    for (const step of steps) {
      if (step.kind === 'time') time += step.seconds;
      else
        timed.push({
          call: sharedParts(step.call),
          env: { time, block: backend.firstBlock, chainId: backend.chainId },
        });
    }
    return timed;
  });
  return { traces, accepted: drawn.accepted.reduce((sum, count) => sum + count, 0) };
}

const known = new Map<string, unknown>();

/** Makes equal texts and structs one object, as in a campaign, which draws them from its state and one catalogue. */
function shared<T>(value: T): T {
  if (Array.isArray(value)) return value.map(shared) as T;
  if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) return value;
  const whole = typeof value === 'string' ? value : sharedParts(value);
  const text = JSON.stringify(whole, tagged);
  if (!known.has(text)) known.set(text, whole);
  return known.get(text) as T;
}

const sharedParts = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).map(([name, part]) => [name, shared(part)])) as T;

/** Where a trace has led to. */
interface Reached {
  readonly accepted: number;
  readonly state: State;
  readonly digest: Digest;
}

/** Applies each call, and digests the state after each accepted one. */
function run({ initial, apply }: Ready['system'], traces: readonly (readonly Timed[])[]): Reached[] {
  const first = stateDigest(initial);
  return traces.map((trace) => {
    let [state, digest, accepted] = [initial, first, 0];
    for (const { call, env } of trace) {
      const step = apply(state, call, env);
      if (step.outcome.status === 'ok') {
        accepted++;
        digest = digestAfter(digest, state, step.state);
      }
      state = step.state;
    }
    return { accepted, state, digest };
  });
}

/** @param warmUp folder of the traces that run first, untimed, again and again */
async function measure(warmUp: string, folder: string): Promise<ModelMeasure> {
  const system = await ready();
  await system.stop(); // only its addresses and the state after the prologue are needed
  const before = readTraces(system, warmUp);
  const { traces, accepted: expected } = readTraces(system, folder);
  keepNewObjectsYoung(); // as a campaign does
  const warm = performance.now() + 1000 * WARM_UP;
  while (performance.now() < warm) run(system.system, before.traces);
  const cpu = process.cpuUsage();
  const started = performance.now();
  const reached = run(system.system, traces);
  const seconds = (performance.now() - started) / 1000;
  const { user, system: kernel } = process.cpuUsage(cpu);
  const accepted = reached.reduce((sum, trace) => sum + trace.accepted, 0);
  if (accepted !== expected) throw new Error(`model: expected ${expected} accepted calls, got ${accepted}`);
  if (reached.some(({ state, digest }) => digestHex(stateDigest(state)) !== digestHex(digest))) {
    throw new Error('model: the digest that followed the calls is not that of the state they led to');
  }
  const calls = traces.reduce((sum, trace) => sum + trace.length, 0);
  return { calls, accepted, seconds, cpuSeconds: (user + kernel) / 1e6 };
}

if (import.meta.main) {
  const [warmUp, folder] = process.argv.slice(2) as [string, string];
  process.stdout.write(`${JSON.stringify(await measure(warmUp, folder))}\n`);
}
