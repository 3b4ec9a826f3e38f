/**
 * Required by mocha while faults are planted: no test is ended for taking long. On a busy machine a limit would find
 * faults where there are none; what hangs is ended with its whole run.
 */
import Mocha from 'mocha';

for (const { prototype } of [Mocha.Suite, Mocha.Runnable]) {
  const original = prototype.timeout as (this: unknown, ...limit: readonly unknown[]) => unknown;
  const patient = function (this: unknown, ...limit: readonly unknown[]): unknown {
    return original.apply(this, limit.length === 0 ? [] : [0]);
  };
  Object.assign(prototype, { timeout: patient });
}
