/**
 * `npm run lint` checks formatting, style and the arrows between the parts, and reports everything it finds;
 * `npm run format` (`--fix`) repairs what can be repaired mechanically.
 *
 * @module
 */
import { printFailure, runStep, type Step, stopOnSignals } from './lib/steps.ts';

const SOLIDITY = 'contracts/**/*.sol';

/** The linters, in the order of how long they take. */
export const LINT_STEPS: readonly Step[] = [
  { title: 'biome', command: ['biome', 'check', '--error-on-warnings', '--max-diagnostics=50', '.'] },
  { title: 'prettier', command: ['prettier', '--check', '--log-level=warn', SOLIDITY] },
  { title: 'solhint', command: ['solhint', '--noPoster', '--disc', '--max-warnings=0', SOLIDITY] },
  { title: 'import arrows', command: ['depcruise', '--config', '.dependency-cruiser.cjs', 'src', 'scripts', 'test'] },
];

const FIX_STEPS: readonly Step[] = [
  { title: 'biome', command: ['biome', 'check', '--write', '--max-diagnostics=50', '.'] },
  { title: 'prettier', command: ['prettier', '--write', '--log-level=warn', SOLIDITY] },
];

if (import.meta.main) {
  const { signal } = stopOnSignals();
  for (const step of process.argv.includes('--fix') ? FIX_STEPS : LINT_STEPS) {
    try {
      await runStep(step, signal);
    } catch (error) {
      printFailure(error);
      process.exitCode = 1;
    }
  }
}
