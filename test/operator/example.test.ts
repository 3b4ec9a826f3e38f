import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { treasuryAbi } from '../../src/abi/generated/index.ts';
import { PAY_SCHEMA } from '../../src/model/treasury.ts';
import { EXAMPLE_FOLDER, loadExample } from '../../src/operator/example.ts';
import { OperatorError } from '../../src/operator/failure.ts';
import { evaluatePolicy, select } from '../../src/policy/index.ts';

describe('operator: the files of the example', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'mprd-example-'));
    await cp(EXAMPLE_FOLDER, folder, { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function refusalOf(name: string, change: (text: string) => string): Promise<string> {
    const file = path.join(folder, name);
    await writeFile(file, change(await readFile(file, 'utf8')));
    const error = await loadExample(folder).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(OperatorError).with.property('code', 'bad-example');
    expect((error as Error).message).to.include(file);
    return (error as Error).message;
  }

  it('show a choice: a better candidate is denied, another one is allowed', async () => {
    const { policy, state, proposals } = await loadExample();
    const { chosen, denied } = select(
      policy,
      state,
      proposals.map(({ candidate }) => candidate),
    );
    expect(chosen).to.equal(1);
    expect(denied.map(({ index }) => index)).to.deep.equal([0]);
    const verdicts = proposals.map(({ candidate }) => evaluatePolicy(policy, state, candidate).allowed);
    expect(verdicts).to.deep.equal([false, true, true, false]);
  });

  it('name the action that the treasury executes, by the id that contract and model know', async () => {
    const { policy } = await loadExample();
    const source = await readFile(new URL('../../contracts/adapters/Treasury.sol', import.meta.url), 'utf8');
    const constant = Number(/PAY = (0x[0-9a-f]{8});/.exec(source)?.[1]);
    expect(policy.actions.map(({ name, id }) => [name, id])).to.deep.equal([['treasury.pay', constant]]);
    expect(PAY_SCHEMA).to.equal(constant);
    expect(treasuryAbi.some((item) => item.type === 'function' && item.name === 'PAY')).to.equal(true);
  });

  it('are refused with the file, the place in it and what to do', async () => {
    expect(await refusalOf('state.json', (text) => text.replace('"riskScore"', '"riskscore"'))).to.include(
      '/fields/riskscore',
    );
  });

  it('are refused when they are no JSON, with the line', async () => {
    expect(await refusalOf('policy.json', (text) => text.replace('"rules": [', '"rules": '))).to.match(
      /line \d+, column \d+/,
    );
  });

  it('are refused when they are too large to be read', async () => {
    expect(await refusalOf('proposals.json', (text) => text + ' '.repeat(70_000))).to.include('at most 65536');
  });

  it('are refused when the policy needs more than the circuit has', async () => {
    const rule = { '<': ['riskScore', 1] };
    const rules = Array.from({ length: 12 }, (_, index) => ({ '<': ['riskScore', index] }));
    const message = await refusalOf('policy.json', (text) =>
      JSON.stringify({ ...JSON.parse(text), rules: [rule, ...rules] }),
    );
    expect(message).to.match(/\/rules\/\d+/);
  });

  it('are missed by name when one is not there', async () => {
    await rm(path.join(folder, 'state.json'));
    expect(await refusalOfMissing())
      .to.include('state.json')
      .and.include('--example');
  });

  async function refusalOfMissing(): Promise<string> {
    const error = await loadExample(folder).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(OperatorError).with.property('code', 'bad-example');
    return (error as Error).message;
  }
});
