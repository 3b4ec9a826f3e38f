/**
 * `npm run replay -- FILE`: runs a stored trace again on the model and on the contracts.
 * @module
 */
import { parseArgs } from 'node:util';
import { ready } from '../src/campaign/system.ts';
import { formatFailure } from '../src/mirror/report.ts';
import { replay } from '../src/mirror/run.ts';
import { MirrorError } from '../src/mirror/types.ts';

const HELP = `npm run replay -- FILE

Runs the trace in FILE (as a campaign stores it in traces/) on the reference model and on the contracts.

Exit code: 0 both sides agree; 1 they differ, and the screen shows where; 2 wrong usage or a file that is no trace.
`;

function usage(message: string): never {
  process.stderr.write(`${message}\n\n${HELP}`);
  process.exit(2);
}

function fileOf(): string {
  try {
    const { values, positionals } = parseArgs({
      options: { help: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    if (positionals.length !== 1) usage(`expected one file, got ${positionals.length}`);
    return positionals[0] as string;
  } catch (error) {
    return usage((error as Error).message);
  }
}

const file = fileOf();
const system = await ready();
try {
  const { trace, report } = await replay(system.system, system.backend, file);
  if (trace.meta.bytecodeHash !== system.bytecodeHash) {
    process.stdout.write('The contracts have changed since the trace was made.\n');
  }
  if (report.divergence) {
    process.stdout.write(`${formatFailure(report, system.system.contracts, system.backend.gasPerCall)}\n`);
    process.exitCode = 1;
  } else {
    process.stdout.write(`${report.records.length} calls, both sides agree: ${file}\n`);
  }
} catch (error) {
  if (!(error instanceof MirrorError)) throw error;
  process.stderr.write(`${file}: ${error.message}\n`);
  process.exitCode = 2;
} finally {
  await system.stop();
}
