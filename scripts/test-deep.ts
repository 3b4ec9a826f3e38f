/**
 * `npm run test:deep -- --steps N --seed S`: compares N random calls on the model and on the contracts.
 * @module
 */
import { parseArgs } from 'node:util';
import { formatCoverage, runCampaign } from '../src/campaign/run.ts';
import { ready } from '../src/campaign/system.ts';

const HELP = `npm run test:deep -- [--steps N] [--seed S] [--json]

Runs random calls on the reference model and on the contracts (on a local anvil), and compares after each
call: status, error with arguments, all logs, return values and the whole state that the lens shows.

  --steps N   calls to compare (default 60000)
  --seed S    any text; the same seed makes the same calls (default "1")
  --json      the result as one JSON object on the last line

Exit code: 0 agreement and everything reached; 1 a divergence, or a call, error, event or goal that was
hardly reached; 2 wrong usage. A divergence is shrunk, stored in traces/ and replayed by npm run replay.
`;

const MAX_STEPS = 1_000_000_000;

function usage(message: string): never {
  process.stderr.write(`${message}\n\n${HELP}`);
  process.exit(2);
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        steps: { type: 'string', default: '60000' },
        seed: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    return usage((error as Error).message);
  }
}

const { steps, seed, json, help } = options();
if (help) {
  process.stdout.write(HELP);
  process.exit(0);
}
const calls = Number(steps);
if (!Number.isSafeInteger(calls) || calls < 1 || calls > MAX_STEPS) {
  usage(`--steps: expected a whole number from 1 to ${MAX_STEPS}, got ${steps}`);
}

const system = await ready();
try {
  const { result, missed } = await runCampaign(system, {
    calls,
    seed,
    directory: 'traces',
    onProgress: (p) =>
      process.stderr.write(
        `${p.calls} of ${calls} calls compared, ${Math.round(p.callsPerSecond)}/s, ` +
          `${Math.round(100 * p.okShare)} % accepted, goals ${p.goalsReached}/${p.goals}\n`,
      ),
  });
  const divergences = result.failure ? 1 : 0;
  if (result.failure) process.stdout.write(`${result.failure.screen}\n\n`);
  else process.stdout.write(`${formatCoverage(result)}\n\n`);
  for (const line of missed) process.stdout.write(`missed: ${line}\n`);
  process.stdout.write(
    `${result.calls} calls compared in ${result.traces} traces, ${divergences} divergences, ` +
      `${result.seconds.toFixed(1)} s, seed ${seed}\n`,
  );
  if (json) {
    const summary = { calls: result.calls, traces: result.traces, divergences, missed, seconds: result.seconds, seed };
    process.stdout.write(`${JSON.stringify(summary)}\n`);
  }
  process.exitCode = divergences > 0 || missed.length > 0 ? 1 : 0;
} finally {
  await system.stop();
}
