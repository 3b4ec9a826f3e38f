import { expect } from 'chai';
import { connect } from '../../src/chain/connection.ts';
import { type Devnode, startDevnode } from '../../src/chain/devnode.ts';
import { startAnvil } from '../../src/mirror/anvil.ts';
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

const nodes = [
  { name: "the devnet's node", start: () => startDevnode(0, 0) },
  // anvil funds fewer accounts, answers refused transactions otherwise and has its own clock.
  { name: 'anvil', start: async () => startAnvil().then((anvil) => ({ url: anvil.url, close: () => anvil.stop() })) },
];

for (const { name, start } of nodes)
  describe(`operator: the walk through the example on ${name}, with recorded verdicts`, () => {
    let node: Pick<Devnode, 'url' | 'close'>;
    let walk: Walk;
    const reporter = recorder();

    before(async function () {
      this.timeout(60_000);
      node = await start();
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

    it('goes from attestation to payment, and every refusal has its reason', async function () {
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
