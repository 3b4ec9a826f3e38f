/**
 * Mocha's reporter for this project: a line per suite, the failures in full, and at the end `N passed, N failed`.
 *
 * @module
 */
import Mocha from 'mocha';

const { EVENT_SUITE_BEGIN, EVENT_SUITE_END, EVENT_TEST_PASS, EVENT_TEST_FAIL, EVENT_TEST_PENDING, EVENT_RUN_END } =
  Mocha.Runner.constants;

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  milliseconds: number;
}

/** Counts are those of the outermost suites, which the files of test/ are. */
export default class CompactReporter extends Mocha.reporters.Base {
  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    let tally: Tally = { passed: 0, failed: 0, skipped: 0, milliseconds: 0 };
    runner.on(EVENT_SUITE_BEGIN, (suite) => {
      if (suite.parent?.root === true) tally = { passed: 0, failed: 0, skipped: 0, milliseconds: 0 };
    });
    runner.on(EVENT_TEST_PASS, (test) => {
      tally.passed += 1;
      tally.milliseconds += test.duration ?? 0;
    });
    runner.on(EVENT_TEST_FAIL, () => {
      tally.failed += 1;
    });
    runner.on(EVENT_TEST_PENDING, () => {
      tally.skipped += 1;
    });
    runner.on(EVENT_SUITE_END, (suite) => {
      if (suite.parent?.root === true) console.log(suiteLine(suite.title, tally));
    });
    runner.once(EVENT_RUN_END, () => {
      if (this.failures.length > 0) Mocha.reporters.Base.list(this.failures);
      const { passes, failures, pending } = this.stats;
      console.log(`\n${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ''}`);
    });
  }
}

function suiteLine(title: string, { passed, failed, skipped, milliseconds }: Tally): string {
  const counts = [`${passed} passed`];
  if (failed > 0) counts.push(`${failed} failed`);
  if (skipped > 0) counts.push(`${skipped} skipped`);
  return `${failed > 0 ? '✗' : '✓'} ${title}: ${counts.join(', ')} (${(milliseconds / 1000).toFixed(1)} s)`;
}
