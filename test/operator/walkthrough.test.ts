import { expect } from 'chai';
import { connect } from '../../src/chain/connection.ts';
import { type Devnode, startDevnode } from '../../src/chain/devnode.ts';
import { loadExample } from '../../src/operator/example.ts';
import { showRefusals } from '../../src/operator/refusals.ts';
import type { Reporter, Step } from '../../src/operator/report.ts';
import { deployDevnet } from '../../src/operator/setup.ts';
import { type Walk, walkThrough } from '../../src/operator/walkthrough.ts';
import { RECORDED_IMAGE, recordedProver } from './recorded.ts';

/** Remembers what was reported. */
function recorder(): Reporter & { readonly steps: Step[] } {
  const steps: Step[] = [];
  return { steps, phase: () => {}, step: (one) => steps.push(one), note: () => {} };
}

describe('operator: the walk through the example, with recorded verdicts', () => {
  let node: Devnode;
  let walk: Walk;
  const reporter = recorder();

  before(async function () {
    this.timeout(60_000);
    node = await startDevnode(0, 0);
    const chain = await connect(node.url);
    const example = await loadExample();
    const devnet = await deployDevnet(chain, example, { recorded: RECORDED_IMAGE });
    walk = {
      system: { chain, contracts: devnet.book.contracts },
      ...devnet,
      example,
      prover: recordedProver,
      reporter,
    };
  });
  after(() => node.close());

  it('attests, proposes, decides, executes, pays and finds the execution in the log', async function () {
    this.timeout(60_000);
    const { decided, outcome } = await walkThrough(walk);
    expect(reporter.steps.map(({ name, status }) => `${name} ${status}`)).to.deep.equal(
      ['attest', 'propose', 'decide', 'prove', 'verify', 'execute', 'log'].map((name) => `${name} ok`),
    );
    expect(outcome.paid?.amount).to.equal(decided.proven.words.p0 * 10n ** 12n);

    reporter.steps.length = 0;
    const ok = await showRefusals(walk, decided);
    const problems = reporter.steps
      .filter(({ status }) => status !== 'ok')
      .map(({ name, lines }) => `${name}: ${lines.join(' | ')}`);
    expect(problems).to.deep.equal([]);
    expect(ok).to.equal(true);
    expect(reporter.steps.map(({ data }) => data?.got).filter((got) => got !== undefined)).to.deep.equal([
      'NonceUsed',
      'QuotaExceeded',
      'NonceUsed',
      'ProofInvalid',
      'StateStale',
      'RegistryFrozen',
    ]);
  });
});
