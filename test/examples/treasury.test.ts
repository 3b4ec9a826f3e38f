import { expect } from 'chai';
import { ensureArtefacts } from '../../scripts/circuits/build.ts';
import { systemAbis } from '../../src/abi/system.ts';
import { connect } from '../../src/chain/connection.ts';
import { startDevnode } from '../../src/chain/devnode.ts';
import { GENESIS_TIERS } from '../../src/chain/tiers.ts';
import { loadExample } from '../../src/operator/example.ts';
import type { Outcome } from '../../src/operator/execution.ts';
import { readLog } from '../../src/operator/log.ts';
import { openProver } from '../../src/operator/prover.ts';
import { showRefusals } from '../../src/operator/refusals.ts';
import type { Step } from '../../src/operator/report.ts';
import { deployDevnet } from '../../src/operator/setup.ts';
import { type Decided, type Walk, walkThrough } from '../../src/operator/walkthrough.ts';
import { DECISION } from '../../src/receipts/programs.ts';

/** The whole example with real proofs, once; the tests look at what came of it. */
describe('examples: the treasury, from proposal to payment with real proofs', function () {
  this.timeout(900_000);
  const steps: Step[] = [];
  const closing: (() => Promise<void>)[] = [];
  let walk: Walk;
  let decided: Decided;
  let outcome: Outcome;
  let asExpected: boolean;

  before(async () => {
    const folder = await ensureArtefacts();
    const node = await startDevnode(0, 0);
    closing.push(() => node.close());
    const chain = await connect(node.url);
    const example = await loadExample();
    const devnet = await deployDevnet(chain, example);
    const prover = await openProver(folder, chain.chainId);
    closing.push(() => prover.close());
    const reporter = { phase: () => {}, note: () => {}, step: (one: Step) => steps.push(one) };
    walk = { system: { chain, contracts: devnet.book.contracts }, ...devnet, example, prover, reporter };
    ({ decided, outcome } = await walkThrough(walk));
    asExpected = await showRefusals(walk, decided);
  });
  after(async () => {
    for (const close of closing.reverse()) await close();
  });

  it('goes as expected at every step', () => {
    expect(steps.filter(({ status }) => status !== 'ok')).to.deep.equal([]);
    expect(asExpected).to.equal(true);
  });

  it('uses the development verifier, whose program the entry names', () => {
    const { decision } = walk.book.verifiers;
    expect(decision).to.include({ imageId: DECISION.imageId, selector: DECISION.selector, development: true });
    expect(walk.entry.imageId).to.equal(DECISION.imageId);
  });

  it('pays the payee of the best allowed candidate exactly its amount, once per attested state', async () => {
    const candidate = walk.example.proposals[1]?.candidate;
    expect(outcome.paid?.payee).to.equal(decided.proven.words.addressee);
    expect(outcome.paid?.amount).to.equal((candidate?.parameters[0] ?? 0n) * 10n ** 12n);
    const { agrs } = walk.system.contracts;
    const args = [decided.proven.words.addressee] as const;
    const balance = await walk.system.chain.reader.readContract({
      address: agrs,
      abi: systemAbis.agrs,
      functionName: 'balanceOf',
      args,
    });
    // The first state and, after the freeze, the third.
    expect(balance).to.equal(2n * (outcome.paid?.amount ?? 0n));
  });

  it('leaves a log whose root follows from the events alone', async () => {
    const log = await readLog(walk.system);
    expect(log.size).to.equal(2);
    const missing = await readLog(walk.system, outcome.block + 1n).catch((error: Error) => error.message);
    expect(missing).to.match(/log root .* is 0x[0-9a-f]{64}, its 1 events/);
  });

  it('refuses each wrong execution with the error that names the reason', () => {
    const got = Object.fromEntries(
      steps.flatMap(({ name, data }) => (data?.got === undefined ? [] : [[name, data.got]])),
    );
    expect(got).to.deep.equal({
      again: 'NonceUsed',
      twice: 'QuotaExceeded',
      renamed: 'NonceUsed',
      tampered: 'ProofInvalid',
      stale: 'StateStale',
      frozen: 'RegistryFrozen',
    });
  });

  it('ends the freeze with the tier that the genesis table says, after its delay', () => {
    const unfreeze = steps.find(({ name }) => name === 'unfreeze');
    expect(unfreeze?.data?.tier).to.equal(GENESIS_TIERS.find(({ call }) => call === 'endFreeze')?.tier);
    const { elevatedDelay } = walk.book.parameters;
    expect(unfreeze?.data?.waited).to.be.within(elevatedDelay - 5, elevatedDelay);
  });
});
