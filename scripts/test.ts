/**
 * `npm test`: builds what the tests need, checks types and style, and runs the tests. Stops at the first step that
 * fails. Arguments go to mocha: `npm test -- --grep "quorum"`.
 *
 * @module
 */
import { printFailure, runStep, type Step, StepError, stopOnSignals } from './lib/steps.ts';
import { LINT_STEPS } from './lint.ts';

/**
 * Each row runs from left to right, the rows beside each other: making keys on a fresh clone keeps one core busy for
 * minutes, while the other compiles and checks. Types and arrows need the generated ABIs.
 */
const PREPARATION: readonly (readonly Step[])[] = [
  [{ title: 'circuits and keys', command: ['scripts/circuits/build.ts', '--check'] }],
  [
    { title: 'contracts and ABIs', command: ['scripts/compile.ts'] },
    { title: 'types', command: ['tsc', '-p', '.'] },
    ...LINT_STEPS,
  ],
];

/** Its last line, `N passed, N failed`, is the last line of the whole run. */
const TESTS: Step = {
  title: 'tests',
  command: ['mocha', '--forbid-only', '--forbid-pending', '--fail-zero', ...process.argv.slice(2), 'test/**/*.test.ts'],
  live: true,
};

async function runRow(row: readonly Step[], signal: AbortSignal): Promise<void> {
  for (const step of row) await runStep(step, signal);
}

/** Runs the tests; mocha says itself what failed, and its count stays the last line. */
async function runTests(signal: AbortSignal): Promise<void> {
  try {
    await runStep(TESTS, signal);
  } catch (error) {
    if (!(error instanceof StepError) || error.exitCode === undefined) throw error;
    process.exitCode = 1;
  }
}

const stop = stopOnSignals();
try {
  const rows = PREPARATION.map((row) => runRow(row, stop.signal));
  try {
    await Promise.all(rows);
  } catch (error) {
    stop.abort();
    await Promise.allSettled(rows);
    throw error;
  }
  await runTests(stop.signal);
} catch (error) {
  printFailure(error);
  process.exitCode = 1;
}
