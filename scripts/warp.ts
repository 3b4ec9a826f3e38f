/**
 * `npm run warp -- 6h`: moves the devnet's time forward and mines a block.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { MAX_WARP, parseDuration, warp } from '../src/chain/devtime.ts';
import { formatDuration, formatTime } from '../src/chain/format.ts';
import { compile } from './compile.ts';

const HELP = `Moves the time of a running devnet forward and mines a block.

  npm run warp -- DURATION [--url URL]

  DURATION   seconds, or a number with a unit: 90, 90s, 15m, 6h, 14d; at most ${MAX_WARP} seconds
  --url      the devnet, by default http://127.0.0.1:8545

Exit code: 0 moved, 1 failed, 2 wrong usage.`;

function usage(problem: string): void {
  console.error(`warp: ${problem}\n\n${HELP}`);
  process.exitCode = 2;
}

async function main(): Promise<void> {
  const options = {
    url: { type: 'string', default: 'http://127.0.0.1:8545' },
    help: { type: 'boolean', default: false },
  } as const;
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ options, allowPositionals: true });
  } catch (error) {
    return usage((error as Error).message);
  }
  const { values, positionals } = parsed;
  if (values.help) return console.log(HELP);
  const [text, ...more] = positionals;
  const seconds = text === undefined || more.length > 0 ? undefined : parseDuration(text);
  if (seconds === undefined)
    return usage(`expected one duration, got ${positionals.length === 0 ? 'nothing' : positionals.join(' ')}`);
  await compile();
  // Imported late: they need the generated ABIs.
  const { connect } = await import('../src/chain/connection.ts');
  const { explainFailure } = await import('../src/operator/explain.ts');
  try {
    const now = await warp(await connect(values.url), seconds);
    console.log(`✓ ${formatDuration(seconds)} later: it is ${formatTime(now)} on the devnet`);
  } catch (error) {
    console.error(`warp: ${explainFailure(error)}`);
    process.exitCode = 1;
  }
}

await main();
