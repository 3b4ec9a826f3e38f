/**
 * Where the mirror's time goes: V8's sampling profiler around one round, each sample counted for the phase whose code
 * is nearest to the top of its stack.
 * @module
 */
import { Session } from 'node:inspector/promises';
import { table } from '../../src/cli/table.ts';
import type { Engine, Round } from './engines.ts';

/** A node of V8's call tree, as the inspector gives it. */
export interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[] | undefined;
}

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples?: readonly number[] | undefined;
  /** microseconds from the sample before */
  readonly timeDeltas?: readonly number[] | undefined;
}

/** Files through which a phase is entered. What they call belongs to the phase, unless it enters another. */
const PHASES: readonly (readonly [phase: string, files: RegExp])[] = [
  ['generate', /\/campaign\/(intents|teardown)\.ts$/],
  ['laws', /\/campaign\/properties\.ts$/],
  ['goals', /\/campaign\/goals\.ts$/],
  ['apply', /\/model\/dispatch\.ts$/],
  ['lens', /\/model\/(snapshot|look)\.ts$/],
  ['encode', /\/(abi-coder\/encode|mirror\/codec)\.ts$/],
  ['compare', /\/mirror\/compare\.ts$/],
  ['request', /\/mirror\/(simulate|jsonrpc)\.ts$/],
];
const REST = 'rest of the engine';
/** Samples outside any program text go by V8's own names. */
const OUTSIDE: Readonly<Record<string, string>> = {
  '(idle)': 'waiting for the EVM',
  '(garbage collector)': 'garbage collection',
  '(program)': 'node itself',
};

/** Microseconds by phase. */
export function phasesOf({ nodes, samples = [], timeDeltas = [] }: CpuProfile): Map<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const phases = new Map<number, string>();
  const visit = (node: ProfileNode, inherited: string): void => {
    const phase = phaseOf(node) ?? inherited;
    phases.set(node.id, phase);
    for (const id of node.children ?? []) visit(byId.get(id) as ProfileNode, phase);
  };
  if (nodes[0]) visit(nodes[0], REST);
  const times = new Map<string, number>();
  for (const [i, id] of samples.entries()) {
    const phase = phases.get(id) ?? REST;
    times.set(phase, (times.get(phase) ?? 0) + (timeDeltas[i] ?? 0));
  }
  return times;
}

function phaseOf({ callFrame: { functionName, url } }: ProfileNode): string | undefined {
  const outside = Object.hasOwn(OUTSIDE, functionName) ? OUTSIDE[functionName] : undefined;
  return outside ?? PHASES.find(([, files]) => files.test(url))?.[0];
}

/** Runs one round under the profiler. @returns lines for a person */
export async function profiled(engine: Engine, round: Round): Promise<string[]> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    const { calls, cpu } = await engine.run(round);
    const { profile } = await session.post('Profiler.stop');
    const times = [...phasesOf(profile)].sort(([, a], [, b]) => b - a);
    const total = times.reduce((sum, [, time]) => sum + time, 0);
    const rows = times.map(([phase, time]) => [
      phase,
      `${((100 * time) / total).toFixed(1)} %`,
      `${(time / calls).toFixed(1)} µs`,
    ]);
    const anvil = cpu
      ? ['', `anvil takes ${((1e6 * cpu.children) / calls).toFixed(1)} µs of processor time per call.`]
      : [];
    return [...table(`Where ${engine.name}'s time goes`, ['phase', 'share', 'per call'], rows), ...anvil];
  } finally {
    session.disconnect();
  }
}
