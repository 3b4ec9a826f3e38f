/**
 * Judges mutants in rounds of tasks that don't depend on each other, so that several processes can share them: at
 * first the parts of the mutants on one trace, and when few are left all of them on several traces. What the tasks are
 * hangs on the verdicts of the rounds before alone, so the result is the same whoever runs them, and how many do.
 * @module
 */
import { MAX_GROUP } from './judge.ts';

/** One trace and the mutants that it is to tell from the original. */
export interface Task {
  /** number of the trace */
  readonly trace: number;
  readonly mutants: readonly number[];
  /** mutants that run at once at first */
  readonly groupSize: number;
}

export interface Verdict {
  /** of the trace */
  readonly calls: number;
  /** number of the mutant, and of the call that shows it */
  readonly kills: readonly (readonly [mutant: number, call: number])[];
}

export interface Killed {
  readonly trace: number;
  /** number of the call in its trace */
  readonly call: number;
}

export interface RoundsOptions {
  readonly mutants: readonly number[];
  /** that a mutant has to survive, about: whole rounds */
  readonly calls: number;
  /** traces that come to about so many calls */
  readonly tracesFor: (calls: number) => number;
  /** runs the tasks of a round, in any order, and gives their verdicts in the order of the tasks */
  readonly run: (tasks: readonly Task[]) => Promise<readonly Verdict[]>;
  /** asked before each round: whether no new one may begin */
  readonly late?: () => boolean;
  /** told after each round */
  readonly onRound?: (now: Judged) => void;
}

export interface Judged {
  readonly kills: ReadonlyMap<number, Killed>;
  readonly traces: number;
  /** that the last survivors went through */
  readonly calls: number;
}

/** Tasks of a round: more than this many processes are not kept busy. */
export const ROUND = 16;
/** Mutants that are worth a task of their own: to draw a trace takes as long as to judge a few. */
const PART = 8;
/** At first, about every fourth mutant is killed by a trace. */
const FIRST_GROUP = 4;

/** Runs rounds until no mutant is left, or each has survived so many calls. */
export async function judgeInRounds(options: RoundsOptions): Promise<Judged> {
  const { run, late, onRound, tracesFor } = options;
  const kills = new Map<number, Killed>();
  let alive = options.mutants;
  let groupSize = FIRST_GROUP;
  let [traces, calls] = [0, 0];
  while (calls < options.calls && alive.length > 0 && !late?.()) {
    const tasks = tasksOf(alive, groupSize, traces, Math.max(1, tracesFor(options.calls - calls)));
    const verdicts = await run(tasks);
    let [judged, killed] = [0, 0];
    for (const [i, { trace, mutants }] of tasks.entries()) {
      const verdict = verdicts[i]!;
      judged += mutants.length;
      killed += verdict.kills.length;
      // The first trace counts: tasks are in the order of the traces.
      for (const [mutant, call] of verdict.kills) if (!kills.has(mutant)) kills.set(mutant, { trace, call });
      if (trace === tasks[i - 1]?.trace) continue;
      traces++;
      calls += verdict.calls;
    }
    alive = alive.filter((mutant) => !kills.has(mutant));
    // About one of a group differs, going by this round.
    groupSize = Math.max(FIRST_GROUP, Math.min(MAX_GROUP, Math.ceil(judged / (killed + 1))));
    onRound?.({ kills, traces, calls });
  }
  return { kills, traces, calls };
}

/**
 * The tasks of a round: parts of the mutants, the same ones on each of its traces. Each round has about as many traces
 * as all before it: a mutant that several of them kill is found several times, and kills become rare as fast.
 * @param first number of the first trace
 * @param most traces of the round
 */
export function tasksOf(alive: readonly number[], groupSize: number, first: number, most: number): Task[] {
  let traces = 1;
  while (traces < ROUND && 2 * traces <= first + 1) traces *= 2;
  const parts = Math.min(ROUND / traces, Math.ceil(alive.length / PART));
  const tasks: Task[] = [];
  for (let trace = first; trace < first + Math.min(most, traces); trace++) {
    for (let part = 0; part < parts; part++) {
      tasks.push({ trace, mutants: alive.filter((_, i) => i % parts === part), groupSize });
    }
  }
  return tasks;
}
