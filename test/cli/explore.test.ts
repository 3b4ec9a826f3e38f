/** `mprd explore`: what it prints, in which form, and its exit codes. */
import { expect } from 'chai';
import { main } from '../../src/cli/main.ts';

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function explored(...args: readonly string[]): Promise<Run> {
  const out: string[] = [];
  let err = '';
  const code = await main(['explore', ...args], {
    out: (line) => {
      out.push(line);
    },
    err: (text) => {
      err += text;
    },
    terminal: false,
  });
  return { code, out: out.join('\n'), err };
}

describe('mprd explore', () => {
  it('teaches itself with an example', async () => {
    const { code, out } = await explored('--help');
    expect(code).to.equal(0);
    for (const option of ['--instance', '--max-states', '--max-memory', '--plant', '--json', 'Example', 'Exit code']) {
      expect(out).to.include(option);
    }
  });

  it('explores the small instance, and says so as one JSON object', async () => {
    const { code, out, err } = await explored('--instance', 'small', '--json');
    expect([code, err.includes('mprd explore:')]).to.deep.equal([0, false]);
    const report = JSON.parse(out) as Record<string, unknown>;
    expect(report).to.include({ instance: 'small', plant: null, complete: true, stopped: null });
    expect(report['violations']).to.deep.equal([]);
    expect(report['states']).to.be.greaterThan(2_000);
    expect(report['transitions']).to.be.greaterThan(report['states'] as number);
    expect(report['depth']).to.be.greaterThan(20);
    expect(report['seconds']).to.be.greaterThan(0);
    expect(report['perCall']).to.include.keys('gate.claim', 'staking.claimExit', 'time passes');
  });

  it('shows a planted fault with its trace, and exits with 1', async () => {
    const { code, out, err } = await explored('--plant', 'stuck-funds');
    expect(code).to.equal(1);
    expect(err).to.include('mprd explore: found 1 violation\n');
    expect(out)
      .to.include('with the fault "whoever missed a nonce is not paid out before somebody executes it"')
      .and.include('Violated (possible): everybody can take out everything: no way leads to it')
      .and.match(/ {2}11 {2}20 s pass\n {3}12 {2}anyone: gate\.settle\(\)\n/);
  });

  it('says that it did not get to the end, and exits with 1', async () => {
    const { code, out, err } = await explored('--instance', 'small', '--max-states', '500');
    expect(code).to.equal(1);
    expect(out).to.include('Not all states of the instance "small"');
    expect(err).to.match(/mprd explore: not explored completely: the limit of 500 states is reached: \d+ states/);
  });

  for (const [args, message] of [
    [['--instance', 'large'], '--instance large: expected small, halts, full'],
    [['--plant', 'weeds'], '--plant weeds: expected safety, stuck-funds, liveness'],
    [['--max-states', '0'], '--max-states 0: expected a whole number from 1 to 100000000'],
    [['--max-memory', '1e3'], '--max-memory 1e3: expected a whole number from 1 to 1000000'],
    [['--max-memory', '900000'], "--max-memory 900000: Node's heap ends at "],
    [['small'], '"small" is not expected'],
  ] as const) {
    it(`refuses ${args.join(' ')} with exit code 2`, async () => {
      const { code, err } = await explored(...args);
      expect(code).to.equal(2);
      expect(err).to.include(message).and.include('See `mprd explore --help`.');
    });
  }
});
