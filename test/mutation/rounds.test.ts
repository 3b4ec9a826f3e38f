/** The rounds in which mutants are judged: whoever runs the tasks, and in whichever order, the verdict is the same. */
import { expect } from 'chai';
import { type Judged, judgeInRounds, ROUND, type Task, tasksOf, type Verdict } from '../../src/mutation/rounds.ts';

const MUTANTS = Array.from({ length: 210 }, (_, i) => i + 1);
const CALLS = 70;

/** Every seventh mutant survives; each of the others is killed by some of the traces. */
function verdictOf({ trace, mutants }: Task): Verdict {
  const kills = mutants.filter((mutant) => mutant % 7 !== 0 && (mutant * 31 + trace * 5) % 23 < 4);
  return { calls: CALLS + trace, kills: kills.map((mutant) => [mutant, mutant % CALLS]) };
}

const shuffled = (tasks: readonly Task[]): Task[] =>
  tasks.toSorted((a, b) => (a.mutants[0]! % 5) - (b.mutants[0]! % 5));

function judged(order: (tasks: readonly Task[]) => Task[], change: Partial<Parameters<typeof judgeInRounds>[0]> = {}) {
  return judgeInRounds({
    mutants: MUTANTS,
    calls: 5_000,
    tracesFor: (calls) => Math.ceil(calls / CALLS),
    async run(tasks) {
      const verdicts = new Map(order(tasks).map((task) => [task, verdictOf(task)]));
      return tasks.map((task) => verdicts.get(task)!);
    },
    ...change,
  });
}

describe('Mutation in rounds', () => {
  it('comes to the same in any order of the tasks', async () => {
    const [one, other] = [await judged((tasks) => [...tasks]), await judged(shuffled)];
    expect(other).to.deep.equal(one);
    expect(one.kills.size).to.equal(180);
    expect(MUTANTS.filter((mutant) => !one.kills.has(mutant)).every((mutant) => mutant % 7 === 0)).to.equal(true);
    expect(one.calls).to.be.within(5_000, 5_000 + ROUND * (CALLS + one.traces));
  });

  it('names the first trace that kills a mutant', async () => {
    const { kills } = await judged((tasks) => [...tasks]);
    for (const [mutant, { trace, call }] of kills) {
      const killing = (index: number): boolean =>
        verdictOf({ trace: index, mutants: [mutant], groupSize: 1 }).kills.length > 0;
      expect(Array.from({ length: trace + 1 }, (_, i) => killing(i)).indexOf(true), `mutant ${mutant}`).to.equal(trace);
      expect(call).to.equal(mutant % CALLS);
    }
  });

  it('gives each trace all mutants: in many parts on the first trace, whole on later ones', () => {
    for (const [first, traces, parts] of [
      [0, 1, 16],
      [1, 2, 8],
      [3, 4, 4],
      [7, 8, 2],
      [15, 16, 1],
      [31, 16, 1],
    ] as const) {
      const tasks = tasksOf(MUTANTS, 4, first, 100);
      expect(tasks.length, `from trace ${first}`).to.equal(traces * parts);
      for (let trace = first; trace < first + traces; trace++) {
        const own = tasks.filter((task) => task.trace === trace);
        expect(own, `trace ${trace}`).to.have.length(parts);
        expect(own.flatMap(({ mutants }) => mutants).sort((a, b) => a - b)).to.deep.equal(MUTANTS);
      }
    }
    expect(tasksOf([1, 2], 4, 15, 3), 'no more traces than calls are left').to.have.length(3);
    expect(tasksOf([1, 2], 4, 0, 100), 'no parts without mutants').to.have.length(1);
  });

  it('ends when nothing is left, and begins nothing when it is late', async () => {
    const killable = MUTANTS.filter((mutant) => mutant % 7 !== 0);
    const all = await judged((tasks) => [...tasks], { mutants: killable, calls: 1_000_000 });
    expect(all.kills.size).to.equal(killable.length);
    expect(all.calls).to.be.below(1_000_000);
    const told: Judged[] = [];
    const late = await judged((tasks) => [...tasks], {
      late: () => told.length === 1,
      onRound: (now) => told.push(now),
    });
    expect(late).to.deep.equal(told[0]);
    expect(late.traces).to.equal(1);
  });
});
