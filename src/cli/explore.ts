/**
 * `mprd explore`: all states of a small instance of the protocol.
 * @module
 */
import { getHeapStatistics } from 'node:v8';
import { type InstanceName, instanceOf, instances, machine } from '../campaign/instance.ts';
import { plants } from '../campaign/instance-plants.ts';
import { showStep } from '../campaign/instance-show.ts';
import { type Exploration, type ExploreProgress, explore, type Violation } from '../mirror/explore.ts';
import type { Step } from '../mirror/types.ts';
import { countOf, type Io, optionsFrom, requireNoPositionals, UsageError } from './options.ts';
import { table, toJson } from './table.ts';

const INSTANCES = Object.keys(instances) as readonly InstanceName[];
const PLANTS = Object.keys(plants) as readonly (keyof typeof plants)[];
const MEGABYTE = 2 ** 20;
const MOST_STATES = 100_000_000;
const MOST_MEGABYTES = 1_000_000;
const DEFAULT_MEGABYTES = 3_072;
const PROGRESS_MS = 2_000;

export const help = `Explores every state that a small instance of the protocol can reach, breadth first, on the reference model:
two operators, a delegator, an account, an accuser, a jury. Checks the laws of docs/PROPERTIES.md on every transition,
and on the whole graph that everybody can always take out everything, and that cases, rewards, claims and allowed
actions end in time. Prints a shortest trace for whatever is wrong. docs/explorer.md says what the instances hold.

  mprd explore [--instance NAME] [--max-states N] [--max-memory MB] [--plant NAME] [--json]

  --instance NAME    full: more than a million states, minutes (default); small: claims, fees and exits alone, seconds;
                     halts: the same with freezes and a verifier that stops
  --max-states N     stops there, incomplete (default 10000000)
  --max-memory MB    stops there, incomplete (default 3072, or where Node's heap ends)
  --plant NAME       explores a machine with a fault, small unless --instance says otherwise:
${PLANTS.map((name) => `                     ${name}: ${plants[name].fault}`).join('\n')}
  --json             one JSON object instead of tables; times in seconds
  --help             this text

Example:

  mprd explore --instance small
  mprd explore --plant stuck-funds

Nothing is sent and no node is needed. Progress goes to standard error.

Exit code: 0 explored and nothing found, 1 something found or incomplete, 2 wrong usage.`;

interface Options {
  readonly instance: InstanceName;
  readonly plant: keyof typeof plants | undefined;
  readonly maxStates: number;
  /** bytes */
  readonly maxMemory: number;
  readonly json: boolean;
}

/** @throws UsageError */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const options = optionsIn(args);
  const { instance, plant, maxStates, maxMemory } = options;
  const system = instanceOf(instances[instance], plant === undefined ? machine : plants[plant].machine);
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1_000;
  const result = explore(system, { maxStates, maxMemory, onProgress: teller(io, seconds) });
  const report = reportOf(options, result, seconds());
  if (options.json) io.out(toJson(report));
  else for (const line of linesOf(report)) io.out(line);
  if (result.stopped !== undefined) io.err(`mprd explore: not explored completely: ${result.stopped}\n`);
  else if (result.violations.length > 0) io.err(`mprd explore: found ${counted(result.violations.length)}\n`);
  return result.stopped !== undefined || result.violations.length > 0 ? 1 : 0;
}

function optionsIn(args: readonly string[]): Options {
  const { instance, plant, json, ...limits } = parsed(args);
  return {
    plant: plant === undefined ? undefined : oneOf('--plant', plant, PLANTS),
    instance: oneOf('--instance', instance ?? (plant === undefined ? 'full' : 'small'), INSTANCES),
    maxStates: countOf('--max-states', limits['max-states'], MOST_STATES),
    maxMemory: memoryIn(limits['max-memory']),
    json,
  };
}

function parsed(args: readonly string[]) {
  const all = optionsFrom(args, {
    instance: { type: 'string' },
    plant: { type: 'string' },
    'max-states': { type: 'string', default: '10000000' },
    'max-memory': { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  requireNoPositionals(all);
  return all.values;
}

function oneOf<T extends string>(option: string, value: string, list: readonly T[]): T {
  const found = list.find((one) => one === value);
  if (found === undefined) throw new UsageError(`${option} ${value}: expected ${list.join(', ')}.`);
  return found;
}

/** Bytes. Node gives up, without a result, when its own limit comes first. */
function memoryIn(text: string | undefined): number {
  const most = Math.floor(getHeapStatistics().heap_size_limit / MEGABYTE);
  if (text === undefined) return Math.min(DEFAULT_MEGABYTES, most) * MEGABYTE;
  const megabytes = countOf('--max-memory', text, MOST_MEGABYTES);
  if (megabytes <= most) return megabytes * MEGABYTE;
  throw new UsageError(
    `--max-memory ${text}: Node's heap ends at ${most} MB here. Set NODE_OPTIONS=--max-old-space-size=${text} as well.`,
  );
}

/*-------------------------------------------------------------------------------------------------------- progress */

function teller(io: Io, seconds: () => number): (progress: ExploreProgress) => void {
  let next = PROGRESS_MS / 1_000;
  return ({ depth, states, transitions, frontier, memory }) => {
    const now = seconds();
    if (now < next) return;
    next = now + PROGRESS_MS / 1_000;
    const rate = Math.round(states / now);
    const megabytes = Math.round(memory / MEGABYTE);
    io.err(
      `depth ${depth}: ${states} states, ${transitions} transitions, ${frontier} to explore, ${rate} states/s, ${megabytes} MB\n`,
    );
  };
}

/*---------------------------------------------------------------------------------------------------------- report */

type Report = ReturnType<typeof reportOf>;

function reportOf({ instance, plant }: Options, result: Exploration<Step>, seconds: number) {
  const { states, transitions, refused, depth, complete, stopped, perLabel, worst, rechecked, peakMemory } = result;
  return {
    instance,
    plant: plant ?? null,
    states,
    transitions,
    depth,
    seconds,
    violations: result.violations.map(shown),
    complete,
    stopped: stopped ?? null,
    refused,
    calls: [...perLabel.keys()].filter((label) => label.includes('.')).length,
    perCall: Object.fromEntries(perLabel),
    worstSeconds: Object.fromEntries(worst),
    rechecked,
    peakMemory,
    statesPerSecond: Math.round(states / seconds),
  };
}

function shown({ kind, property, what, trace, onward }: Violation<Step>) {
  return { kind, property, what, trace: trace.map(showStep), onward: onward.map(showStep) };
}

function linesOf(report: Report): string[] {
  const { states, transitions, depth, seconds, statesPerSecond, peakMemory, calls, rechecked } = report;
  return [
    `${report.complete ? 'All' : 'Not all'} states of the instance "${report.instance}"` +
      (report.plant === null ? '' : `, with the fault "${plants[report.plant].fault}"`),
    ...table(
      'Transitions',
      ['call', 'transitions'],
      Object.entries(report.perCall).map(([label, count]) => [label, String(count)]),
    ),
    ...table(
      'From every state, in the worst case',
      ['goal', 'seconds of the instance'],
      Object.entries(report.worstSeconds).map(([goal, worst]) => [goal, String(worst)]),
    ),
    ...report.violations.flatMap(violationLines),
    '',
    `${states} states, ${transitions} transitions by ${calls} calls and time, depth ${depth}, ` +
      counted(report.violations.length),
    `${seconds.toFixed(1)} s, ${statesPerSecond} states/s, at most ${Math.round(peakMemory / MEGABYTE)} MB, ` +
      `${rechecked} merged states explored for comparison`,
  ];
}

function counted(violations: number): string {
  return violations === 1 ? '1 violation' : `${violations} violations`;
}

function violationLines({ kind, property, what, trace, onward }: Report['violations'][number]): string[] {
  const line = (step: string, index: number): string => `  ${String(index + 1).padStart(3)}  ${step}`;
  return [
    '',
    `Violated (${kind}): ${property}: ${what}`,
    ...trace.map(line),
    ...(onward.length === 0 ? [] : ['  and then']),
    ...onward.map((step, i) => line(step, trace.length + i)),
  ];
}
