/**
 * From the rounds of all engines to the figures and the verdict.
 * @module
 */
import type { Engine, Measure } from './engines.ts';
import { SHARE_TOLERANCE, sharesDiffer } from './traces.ts';

/** The mirror must reach so many times the rate of each. */
export const LEAST_RATIOS = { forge: 0.5, loop: 8 } as const;

export interface Rounds extends Pick<Engine, 'name' | 'what'> {
  readonly rounds: readonly Measure[];
}

/** Medians over the rounds; figures of processor time are undefined where it can't be told. */
export interface EngineSummary extends Pick<Engine, 'name' | 'what'> {
  readonly callsPerSecond: number;
  readonly callsPerCpuSecond: number | undefined;
  /** processors in use, on the average */
  readonly cores: number | undefined;
  readonly okShare: number;
}

export interface Summary {
  readonly engines: readonly EngineSummary[];
  /** the mirror's rate by the other's */
  readonly ratioForge: number;
  readonly ratioLoop: number;
  /** the same per second of processor time: what other work on the machine doesn't blur */
  readonly ratioForgeCpu: number | undefined;
}

/** The middle value, or the mean of the two in the middle. @throws RangeError without values */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new RangeError('median: expected at least one value');
  return (low + high) / 2;
}

/** @throws Error when mirror, forge or loop is missing */
export function summarise(all: readonly Rounds[]): Summary {
  const engines = all.map(({ name, what, rounds }): EngineSummary => {
    const known = rounds.flatMap(({ cpu, ...measure }) => (cpu ? [{ ...measure, cpu: cpu.own + cpu.children }] : []));
    const timed = known.length === rounds.length;
    return {
      name,
      what,
      callsPerSecond: median(rounds.map(({ calls, seconds }) => calls / seconds)),
      callsPerCpuSecond: timed ? median(known.map(({ calls, cpu }) => calls / cpu)) : undefined,
      cores: timed ? median(known.map(({ seconds, cpu }) => cpu / seconds)) : undefined,
      okShare: median(rounds.map(({ okShare }) => okShare)),
    };
  });
  const { mirror, forge, loop } = Object.fromEntries(engines.map((engine) => [engine.name, engine]));
  if (!mirror || !forge || !loop) throw new Error('summary: expected mirror, forge and loop');
  const perCpu = mirror.callsPerCpuSecond && forge.callsPerCpuSecond;
  return {
    engines,
    ratioForge: mirror.callsPerSecond / forge.callsPerSecond,
    ratioLoop: mirror.callsPerSecond / loop.callsPerSecond,
    ratioForgeCpu: perCpu ? (mirror.callsPerCpuSecond as number) / perCpu : undefined,
  };
}

/** What is not as it should be, one sentence each. */
export function judge({ engines, ratioForge, ratioLoop }: Summary): string[] {
  const mirror = engines.find(({ name }) => name === 'mirror')?.okShare ?? 0;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const missed = engines
    .filter(({ okShare }) => sharesDiffer(mirror, okShare))
    .map(
      ({ name, okShare }) =>
        `✗ ${name} accepts ${percent(okShare)} of its calls, the mirror ${percent(mirror)}: rates of calls that differ by ` +
        `more than ${SHARE_TOLERANCE} points say nothing`,
    );
  for (const [name, ratio] of [
    ['forge', ratioForge],
    ['loop', ratioLoop],
  ] as const) {
    const least = LEAST_RATIOS[name];
    if (ratio < least) missed.push(`✗ the mirror must reach ${least} × ${name}, and reaches ${ratio.toFixed(2)} ×`);
  }
  return missed;
}
