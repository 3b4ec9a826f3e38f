/**
 * Flies the canaries: each planted fault, in the model or in the contracts, has to survive the first calls of a
 * campaign and to be caught by it later.
 * @module
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { Hex } from '../codec/hash.ts';
import { compareCall } from '../mirror/compare.ts';
import type { Outcome, System } from '../mirror/types.ts';
import type { State } from '../model/index.ts';
import { type Canary, canaries, faultOf } from './canaries.ts';
import { type Fault, planted } from './faults.ts';
import { MutatedProtocol, mutantsOf, overlaps, type Trial } from './mutants.ts';
import { type Ready, ready } from './system.ts';

export interface CanaryVerdict {
  readonly canary: Canary;
  /** number of the campaign's call that caught it, from 1; undefined: it survives */
  readonly caughtAt: number | undefined;
}

export interface FlyOptions {
  /** folder of the project */
  readonly root: string;
  readonly seed: string;
  readonly calls: number;
  /** begins no new trace after so many seconds of flying; without it the result depends on the seed alone */
  readonly maxSeconds?: number;
  readonly tell: (line: string) => void;
}

export interface FlyResult {
  readonly verdicts: readonly CanaryVerdict[];
  readonly traces: number;
  readonly calls: number;
  readonly seconds: number;
}

const TELL_EVERY_MS = 5_000;

/**
 * Runs the campaign's traces on the model and the contracts as they are, and compares both with every canary's model or
 * contracts.
 * @throws Error when a canary names no fault and no mutant, or the fault's line is gone
 */
export async function fly({ root, seed, calls, maxSeconds, tell }: FlyOptions): Promise<FlyResult> {
  const started = performance.now();
  const { sites, built } = mutantsOf(root, tell);
  const running = await ready();
  const copies = path.join(root, 'build', 'canaries');
  try {
    const protocol = await MutatedProtocol.on(running, built, sites.length, seed);
    const conflict = (a: number, b: number): boolean => overlaps(sites[a - 1]!, sites[b - 1]!);
    const flock = await Promise.all(canaries.map((canary) => released(canary, sites, running, root, copies)));
    const caught = new Map<Canary, number>();
    const limit = performance.now() + 1_000 * (maxSeconds ?? Number.POSITIVE_INFINITY);
    let [done, traces, told] = [0, 0, 0];
    for (; done < calls && caught.size < flock.length && performance.now() < limit; traces++) {
      const trial = await protocol.trial(traces);
      const alive = flock.filter(({ canary }) => !caught.has(canary));
      const numbers = alive.flatMap(({ number }) => (number === undefined ? [] : [number]));
      const kills = await protocol.kills(trial, numbers, conflict);
      for (const { canary, number, system } of alive) {
        const at = system ? difference(system, running.system, trial) : kills.get(number ?? 0);
        if (at !== undefined) caught.set(canary, done + at + 1);
      }
      done += trial.calls.length;
      if (performance.now() - told > TELL_EVERY_MS) {
        told = performance.now();
        tell(`${done} of ${calls} calls: ${caught.size} of ${flock.length} canaries caught`);
      }
    }
    const verdicts = canaries.map((canary) => ({ canary, caughtAt: caught.get(canary) }));
    return { verdicts, traces, calls: done, seconds: (performance.now() - started) / 1_000 };
  } finally {
    await running.stop();
    rmSync(copies, { recursive: true, force: true });
  }
}

/** What a canary is judged by: its mutant's number, or its model. */
interface Released {
  readonly canary: Canary;
  readonly number?: number;
  readonly system?: System<State>;
}

async function released(
  canary: Canary,
  sites: readonly { readonly id: string }[],
  running: Ready,
  root: string,
  copies: string,
): Promise<Released> {
  if ('fault' in canary) return { canary, system: await faultySystem(faultOf(canary), running, root, copies) };
  const number = sites.findIndex(({ id }) => id === canary.mutant) + 1;
  if (number === 0) throw new Error(`canary "${canary.name}": the contracts have no mutant "${canary.mutant}"`);
  return { canary, number };
}

/** Index of the first call on which this model disagrees with the contracts, or breaks a law. */
export function difference(system: System<State>, right: System<State>, trial: Trial): number | undefined {
  const { records, states, chainId } = trial;
  let state = system.initial;
  for (const [i, { call, outcome, evm }] of records.entries()) {
    const env = { time: evm.time, block: evm.block, chainId };
    const before = state;
    try {
      const applied = system.apply(state, call, env);
      if (!isDeepStrictEqual(applied.outcome, outcome) && differs(trial, i, applied.outcome)) return i;
      state = applied.state;
      if (applied.outcome.status === 'refused') {
        if (state !== before) return i;
        continue;
      }
      const since = { before, calls: [call] };
      if (system.properties?.some((law) => law.check(state, { kind: 'call', call }, before) !== undefined)) return i;
      const shown = system.look(state, env, since);
      const truth = right.look(states[i]!, env, { before: i === 0 ? right.initial : states[i - 1]!, calls: [call] });
      if (isDeepStrictEqual(shown, truth) && i < records.length - 1) continue;
      // They changed, or show, different things: the whole tells whether the contracts would show it.
      if (system.look(state, env)?.answer !== right.look(states[i]!, env)?.answer) return i;
    } catch {
      return i; // the campaign takes a model that throws for one that disagrees
    }
  }
  return undefined;
}

/** Whether the outcome is another one for the comparison, too. */
function differs({ records, expected, codec, gasPerCall }: Trial, at: number, outcome: Outcome): boolean {
  const record = { ...records[at]!, outcome, look: undefined };
  return compareCall(codec, record, expected[at]!, gasPerCall) !== undefined;
}

/*//////////////////////////////////////////////////////// FAULTY MODELS */

/** What a fault may change, and so is copied; all other parts are the project's own. */
const COPIED = ['campaign', 'model'];
const SHARED = ['abi', 'chain', 'codec', 'merkle', 'mirror', 'mutation', 'policy', 'receipts'];

/** The protocol's system with the model of a copy of the project in which the fault is planted. */
export async function faultySystem(
  fault: Fault,
  { system }: Ready,
  root: string,
  copies: string,
): Promise<System<State>> {
  const copy = path.join(copies, createHash('sha256').update(fault.name).digest('hex').slice(0, 16));
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(path.join(copy, 'src'), { recursive: true });
  for (const part of COPIED) cpSync(path.join(root, 'src', part), path.join(copy, 'src', part), { recursive: true });
  for (const part of SHARED) symlinkSync(path.join(root, 'src', part), path.join(copy, 'src', part), 'junction');
  writeFileSync(path.join(copy, fault.file), planted(fault, readFileSync(path.join(root, fault.file), 'utf8')));
  const module = pathToFileURL(path.join(copy, 'src/campaign/system.ts')).href;
  const { protocolOn } = (await import(module)) as typeof import('./system.ts');
  const { directory, verifiers } = system.initial.deployment;
  const recorded = system.contracts['verifier']?.address as Hex;
  const deployed = {
    directory,
    contracts: system.contracts,
    verifiers: [recorded, ...[...verifiers.keys()].filter((verifier) => verifier !== recorded)],
    councilTime: 0n, // of the state before the prologue, which nobody runs again
  };
  return protocolOn(deployed, new Set()).systemAt(system.initial, system.startTime);
}
