/**
 * What a campaign covered, whether that is enough, and how a failure is shown to people.
 * @module
 */

import { type Codec, codecOf, eventOf, showArgs } from './codec.ts';
import { describeRevert } from './compare.ts';
import type { TraceReport } from './run.ts';
import { type Contracts, type Goals, MirrorError, type System } from './types.ts';

export interface FunctionCoverage {
  ok: number;
  refused: number;
  maxGas: bigint;
}

/**
 * How often each thing happened, in traces on which both sides agree. Whatever the ABIs declare is listed, if only with
 * 0.
 */
export class Coverage {
  /** by `Contract.function`; views only if they were called */
  readonly functions = new Map<string, FunctionCoverage>();
  /** by error name */
  readonly errors = new Map<string, number>();
  /** by `Contract.Event` */
  readonly events = new Map<string, number>();
  readonly goals = new Map<string, number>();
  readonly #codec: Codec;

  constructor(system: Pick<System<never>, 'contracts'> & { readonly goals?: Pick<Goals<never>, 'names'> }) {
    const codec = codecOf(system.contracts);
    this.#codec = codec;
    for (const [key, fn] of codec.functions) if (!fn.view) this.functions.set(key, { ok: 0, refused: 0, maxGas: 0n });
    for (const { abi } of Object.values(system.contracts)) {
      for (const item of abi) if (item.type === 'error') this.errors.set(item.name, 0);
    }
    for (const key of codec.events.keys()) this.events.set(key, 0);
    for (const name of system.goals?.names ?? []) this.goals.set(name, 0);
  }

  add({ records, results }: TraceReport): void {
    for (const [i, { fn, outcome, goals }] of records.entries()) {
      const counted = this.functions.get(fn.key) ?? { ok: 0, refused: 0, maxGas: 0n };
      this.functions.set(fn.key, counted);
      counted[outcome.status]++;
      const { gasUsed } = results[i]!;
      if (gasUsed > counted.maxGas) counted.maxGas = gasUsed;
      if (outcome.status === 'refused') increment(this.errors, outcome.error);
      else for (const event of outcome.events) increment(this.events, eventOf(this.#codec, event).key);
      for (const goal of goals) {
        if (!this.goals.has(goal)) throw new MirrorError(`goal "${goal}" was reached but is not in goals.names`);
        increment(this.goals, goal);
      }
    }
  }

  /** Adds what was counted elsewhere, such as in another process. */
  merge({ functions, errors, events, goals }: Pick<Coverage, 'functions' | 'errors' | 'events' | 'goals'>): void {
    for (const [key, { ok, refused, maxGas }] of functions) {
      const counted = this.functions.get(key) ?? { ok: 0, refused: 0, maxGas: 0n };
      const most = maxGas > counted.maxGas ? maxGas : counted.maxGas;
      this.functions.set(key, { ok: counted.ok + ok, refused: counted.refused + refused, maxGas: most });
    }
    for (const [mine, others] of [
      [this.errors, errors],
      [this.events, events],
      [this.goals, goals],
    ] as const) {
      for (const [name, count] of others) increment(mine, name, count);
    }
  }

  /** Calls in all. */
  get calls(): { ok: number; refused: number } {
    const sum = { ok: 0, refused: 0 };
    for (const { ok, refused } of this.functions.values()) {
      sum.ok += ok;
      sum.refused += refused;
    }
    return sum;
  }
}

const increment = (map: Map<string, number>, key: string, by = 1): void => void map.set(key, (map.get(key) ?? 0) + by);

export interface Progress {
  readonly traces: number;
  readonly calls: number;
  readonly callsPerSecond: number;
  /** share of accepted calls, 0 … 1 */
  readonly okShare: number;
  readonly goalsReached: number;
  readonly goals: number;
}

/** Tells how far a campaign is, at most every few seconds. */
export function teller(
  options: { readonly onProgress?: (progress: Progress) => void; readonly progressEverySeconds?: number },
  coverage: Coverage,
  seconds: () => number,
): (traces: number) => void {
  const { onProgress, progressEverySeconds = 3 } = options;
  let told = 0;
  return (traces) => {
    const now = seconds();
    if (!onProgress || now - told < progressEverySeconds) return;
    told = now;
    const { ok, refused } = coverage.calls;
    const counts = [...coverage.goals.values()];
    onProgress({
      traces,
      calls: ok + refused,
      callsPerSecond: (ok + refused) / now,
      okShare: ok / Math.max(1, ok + refused),
      goalsReached: counts.filter((count) => count > 0).length,
      goals: counts.length,
    });
  };
}

/** Tells at most once in so many milliseconds, and not before they have passed for the first time. */
export function throttled<A extends readonly unknown[]>(
  milliseconds: number,
  tell: (...now: A) => void,
): (...now: A) => void {
  let told = performance.now();
  return (...now) => {
    if (performance.now() - told < milliseconds) return;
    told = performance.now();
    tell(...now);
  };
}

export interface CoverageRules {
  /** least share of accepted calls, 0 … 1 */
  readonly minOkShare?: number;
  /** least number of accepted calls of each state-changing function */
  readonly minPerCall?: number;
  readonly minPerError?: number;
  readonly minPerEvent?: number;
  readonly minPerGoal?: number;
  /**
   * functions (`Contract.function`), errors, events (`Contract.Event`) and goals that can't occur, each with the reason
   */
  readonly excused?: Readonly<Record<string, string>>;
}

/**
 * What a campaign missed, one sentence each. An excuse for something that does occur, or doesn't exist, is a failure
 * too.
 */
export function requireCoverage(coverage: Coverage, rules: CoverageRules = {}): string[] {
  const { minOkShare = 0.4, minPerCall = 1, minPerError = 1, minPerEvent = 1, minPerGoal = 1, excused = {} } = rules;
  const failures: string[] = [];
  const known = new Set<string>();
  const check = (what: string, name: string, count: number, least: number): void => {
    known.add(name);
    if (Object.hasOwn(excused, name)) {
      if (count > 0)
        failures.push(`${what} ${name} is excused (${excused[name]}) but occurred ${count} times: drop the excuse`);
    } else if (count < least) failures.push(`${what} ${name} occurred ${count} times, fewer than ${least}`);
  };
  const { ok, refused } = coverage.calls;
  const share = ok + refused === 0 ? 0 : ok / (ok + refused);
  if (share < minOkShare) {
    failures.push(`${ok} of ${ok + refused} calls were accepted, less than ${(100 * minOkShare).toFixed(0)} %`);
  }
  for (const [name, counted] of coverage.functions) check('call', name, counted.ok, minPerCall);
  for (const [name, count] of coverage.errors) check('error', name, count, minPerError);
  for (const [name, count] of coverage.events) check('event', name, count, minPerEvent);
  for (const [name, count] of coverage.goals) check('goal', name, count, minPerGoal);
  for (const name of Object.keys(excused)) {
    if (!known.has(name)) failures.push(`"${name}" is excused but no such call, error, event or goal exists`);
  }
  return failures;
}

/*///////////////////////////////////////////////////////////// FAILURE */

const WIDTH = 120;
const MAX_LINES = 40;

/** One screen: where the two differ, both values, the trace line by line, and the command that replays it. */
export function formatFailure(report: TraceReport, contracts: Contracts, gasPerCall: bigint, command?: string): string {
  const { divergence } = report;
  if (!divergence) throw new MirrorError('formatFailure: the report has no divergence');
  const lines = [
    `✗ ${divergence.kind} differs in step ${divergence.step} at ${divergence.path}`,
    `  model ${divergence.model}`,
    `  evm   ${divergence.evm}`,
    '',
  ];
  const steps = stepLines(report, codecOf(contracts), gasPerCall);
  if (steps.length > MAX_LINES) lines.push(`  … ${steps.length - MAX_LINES} earlier steps`);
  lines.push(...steps.slice(-MAX_LINES));
  if (command !== undefined) lines.push('', `replay: ${command}`);
  return lines.map((line) => cut(line, WIDTH * 3)).join('\n');
}

function stepLines(report: TraceReport, codec: Codec, gasPerCall: bigint): string[] {
  const { steps, records, results, divergence } = report;
  const last = divergence?.step ?? steps.length - 1;
  const shown = steps.slice(0, last + 1).map((step, i) => {
    const at = String(i).padStart(4);
    if (step.kind === 'time') return [`${at}  +${step.seconds} s`, ''] as const;
    const { call } = step;
    const index = records.findIndex((record) => record.step === i);
    const result = results[index];
    const verdict =
      result === undefined ? '?' : result.ok ? '✓' : `✗ ${describeRevert(codec, result, gasPerCall).text}`;
    const text = `${at}  ${call.contract}.${call.function}${showArgs(call.args)} from ${call.sender}`;
    return [cut(text, WIDTH), i === divergence?.step ? `${verdict}   ← here` : verdict] as const;
  });
  const width = Math.max(0, ...shown.map(([text]) => text.length));
  return shown.map(([text, verdict]) => `${text.padEnd(width)}  ${verdict}`.trimEnd());
}

const cut = (text: string, width: number): string => (text.length <= width ? text : `${text.slice(0, width - 1)}…`);
