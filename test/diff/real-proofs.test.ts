/**
 * The same differential traces with real proofs and the real verifier.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { realProofs } from '../../src/campaign/real.ts';
import { runCampaign } from '../../src/campaign/run.ts';
import { type Ready, ready } from '../../src/campaign/system.ts';
import { createProver, type Prover } from '../../src/receipts/prover.ts';

describe('Model and contracts with real proofs', function () {
  this.timeout(300_000);
  let prover: Prover;
  let system: Ready;
  let directory: string;

  before(async () => {
    prover = await createProver();
    system = await ready(realProofs(prover));
    directory = await mkdtemp(path.join(tmpdir(), 'mprd-traces-'));
  });
  after(async () => {
    await system?.stop();
    await prover?.close();
    if (directory) await rm(directory, { recursive: true });
  });

  it('agree on 3 000 random calls, among them proven executions, whole and changed', async () => {
    const { result } = await runCampaign(system, { calls: 3_000, seed: 'real', directory });
    expect(result.failure?.screen).to.equal(undefined);
    const { errors, functions } = result.coverage;
    expect(functions.get('gate.execute')?.ok ?? 0).to.be.at.least(50);
    for (const name of ['ProofInvalid', 'SealMalformed', 'NonceUsed']) {
      expect(errors.get(name) ?? 0, name).to.be.at.least(5);
    }
  });
});
