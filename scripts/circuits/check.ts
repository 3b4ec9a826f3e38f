/**
 * `npm run keys:check`: rebuilds everything into an empty folder and compares it with what is committed; verifies the
 * key against circuit and powers of tau. Exit code 1 names each difference.
 * @module
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { releaseCurve } from '../../src/receipts/snarkjs.ts';
import { projectRoot } from '../lib/files.ts';
import { committedDifferences, ensureArtefacts } from './build.ts';
import { DECISION, type Manifest, manifestPath } from './lib/manifest.ts';
import { Progress } from './lib/progress.ts';
import { keyFaults, verifyKey } from './lib/setup.ts';

/** Everything that is wrong, as sentences. */
async function findFaults(folder: string): Promise<string[]> {
  const progress = new Progress();
  const faults = committedDifferences(DECISION, folder);
  const file = (extension: string): string => join(folder, `decision.${extension}`);
  const verified = await progress.phase('decision: zkey verify', (log) => verifyKey(file('r1cs'), file('zkey'), log));
  if (!verified) faults.push('decision.zkey does not verify against the r1cs and the powers of tau');
  await releaseCurve();

  const path = join(projectRoot, manifestPath(DECISION));
  if (!existsSync(path)) return faults;
  const committed = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  faults.push(...keyFaults(committed.verificationKey, committed.publicSignals.length));
  const secret = committed.contributions.some(({ kind }) => kind === 'participant');
  if (committed.kind === 'ceremony' && !secret)
    faults.push('the manifest says ceremony, but every contribution is a public beacon');
  return faults;
}

const parent = join(projectRoot, 'build', 'circuits');
mkdirSync(parent, { recursive: true });
const empty = mkdtempSync(join(parent, 'check-'));
try {
  const faults = await findFaults(await ensureArtefacts(DECISION, { force: true, out: join(empty, 'decision') }));
  for (const fault of faults) process.stdout.write(`${fault}\n`);
  process.stdout.write(
    faults.length === 0 ? 'The committed keys are what the sources give.\n' : 'The committed keys are refused.\n',
  );
  process.exitCode = faults.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
} finally {
  rmSync(empty, { recursive: true, force: true });
}
