/** Contracts and models that are not ours: the example of docs/guide.md, and what a researcher may get wrong. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import system from '../../examples/foreign/vault.ts';
import { type Ready, ready } from '../../src/campaign/system.ts';
import { type CampaignResult, campaign, type Subject } from '../../src/mirror/campaign.ts';
import { type Definition, deploySystem, emitted, refuse, type Setup } from '../../src/mirror/deploy-system.ts';
import { loadProperties, loadSystem } from '../../src/mirror/load.ts';
import { replay } from '../../src/mirror/run.ts';
import { compileSolidity } from '../../src/mirror/solidity.ts';
import type { Call, Step } from '../../src/mirror/types.ts';
import type { State } from '../../src/model/index.ts';

const EXAMPLE = new URL('../../examples/foreign/Vault.sol', import.meta.url);
const GUIDE = new URL('../../docs/guide.md', import.meta.url);
const SOUND_CALLS = 3_000;
const PERSON = '0x1111111111111111111111111111111111111111';

describe('A foreign system', function () {
  this.timeout(120_000);
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'mprd-foreign-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** As `mprd fuzz` runs it. */
  const fuzzed = <S>(own: Subject<S>, traces: number, length: number): Promise<CampaignResult> =>
    campaign({
      ...own,
      traces,
      length,
      seed: '1',
      profile: 'fuzz',
      meta: { bytecodeHash: own.bytecodeHash },
      directory: folder,
    });

  describe('with a planted fault, as in the guide', () => {
    let own: Awaited<ReturnType<typeof system>>;
    let failure: CampaignResult['failure'];
    before(async () => {
      own = await system();
      failure = (await fuzzed(own, 100, 60)).failure;
    });
    after(() => own?.stop());

    it('shows the fault with the guide’s minimal trace, line for line', async () => {
      expect(failure?.divergence.kind).to.equal('returns');
      expect(failure?.divergence.signature).to.include('vault.withdraw');
      expect(await readFile(GUIDE, 'utf8')).to.include(failure?.screen);
    });

    it('gives a file that shows it again', async () => {
      const { report } = await replay(own.system, own.backend, failure?.file as string);
      expect(report.divergence).to.deep.equal(failure?.divergence);
    });
  });

  it(`agrees with its model on ${SOUND_CALLS} calls without the fault`, async () => {
    const own = await system('Vault');
    try {
      const { calls, coverage, failure } = await fuzzed(own, SOUND_CALLS / 60, 60);
      expect(failure?.screen).to.equal(undefined);
      expect(calls).to.equal(SOUND_CALLS);
      for (const name of ['asset.transfer', 'vault.deposit', 'vault.withdraw']) {
        expect(coverage.functions.get(name)?.ok, name).to.be.at.least(SOUND_CALLS / 10);
      }
    } finally {
      await own.stop();
    }
  });
});

describe('A law of somebody else about the protocol', function () {
  this.timeout(120_000);
  let own: Ready;
  let folder: string;
  before(async () => {
    own = await ready();
    folder = await mkdtemp(path.join(tmpdir(), 'mprd-laws-'));
  });
  after(async () => {
    await own?.stop();
    await rm(folder, { recursive: true });
  });

  /** As `mprd fuzz --property` runs it. */
  const fuzzed = async (name: string, traces: number): Promise<CampaignResult> => {
    const laws = await loadProperties<State>(new URL(`../../examples/properties/${name}.ts`, import.meta.url).pathname);
    const system = { ...own.system, properties: [...(own.system.properties ?? []), ...laws] };
    const options = { traces, length: 60, seed: '1', profile: 'fuzz', directory: folder };
    return campaign({ ...own, ...options, system, meta: { bytecodeHash: own.bytecodeHash } });
  };

  it('that is false gets the guide’s minimal counterexample, line for line', async () => {
    const { failure } = await fuzzed('false', 100);
    expect(failure?.divergence.kind).to.equal('property');
    expect(await readFile(GUIDE, 'utf8')).to.include(failure?.screen);
  });

  it('that is true holds', async () => {
    const { failure, coverage } = await fuzzed('holds', 10);
    expect(failure?.screen).to.equal(undefined);
    expect(coverage.events.get('gate.Executed'), 'executions that the law is about').to.be.at.least(5);
  });
});

describe('A system that is set up', function () {
  this.timeout(60_000);
  const token = () => compileSolidity(EXAMPLE)['Token'];

  const balance = (value: bigint) => ({ contract: 'token', function: 'balanceOf', args: [PERSON], value });
  const transfer = (amount: bigint): Call => ({
    contract: 'token',
    function: 'transfer',
    args: [PERSON, amount],
    sender: PERSON,
  });
  const subject: Definition<bigint> = {
    initial: 5n,
    model: {
      'token.transfer': (state, [to, value]: [string, bigint]) =>
        value > state
          ? refuse('ERC20InsufficientBalance', PERSON, state, value)
          : { state, returns: true, events: [emitted('token', 'Transfer', { from: PERSON, to, value })] },
    },
    views: (state) => [balance(state)],
    generate: () => ({ kind: 'call', call: transfer(6n) }),
  };
  const begun = (change: Partial<Definition<bigint>> = {}, more: (chain: Setup) => Promise<unknown> = async () => {}) =>
    deploySystem(async (chain) => {
      await chain.deploy('token', token(), [[PERSON], 5n]);
      await more(chain);
      return { ...subject, ...change };
    });

  const options = { traces: 1, length: 2, seed: '1', profile: 'test', directory: tmpdir() };
  const ran = async (change: Partial<Definition<bigint>>): Promise<CampaignResult> => {
    const own = await begun(change);
    try {
      return await campaign({ ...own, ...options, meta: { bytecodeHash: own.bytecodeHash } });
    } finally {
      await own.stop();
    }
  };

  it('is compared through its own views, which a difference is named after', async () => {
    expect((await ran({})).failure).to.equal(undefined);
    const { failure } = await ran({ views: (state) => [balance(state + 1n)] });
    expect(failure?.divergence).to.include({ kind: 'state', model: '6', evm: '5' });
    expect(failure?.divergence.path).to.equal(`state.token.balanceOf(${PERSON})`);
  });

  it('has its setup’s calls behind it', async () => {
    const own = await begun({}, (chain) => chain.send(transfer(2n)));
    await own.stop();
    const refusal = await begun({}, (chain) => chain.send(transfer(6n))).catch((error: Error) => error.message);
    expect(refusal).to.include('token.transfer').and.to.include('ERC20InsufficientBalance');
  });

  const view = { contract: 'token', function: 'name', value: '' };
  const mistakes: readonly (readonly [string, () => Promise<unknown>, string])[] = [
    ['no views', () => begun({ views: () => [] }), 'expected at least one view'],
    [
      'a view twice',
      () => begun({ views: () => [balance(1n), balance(1n)] }),
      `token.balanceOf(${PERSON}) is there twice`,
    ],
    ['a view of a dynamic type', () => begun({ views: () => [view] }), 'token.name is view and returns (string)'],
    ['a view that does not exist', () => begun({ views: () => [{ ...view, function: 'f' }] }), 'token.f: no contract'],
    ['a name twice', () => begun({}, (chain) => chain.deploy('token', token(), [[], 1n])), 'a contract named token'],
    [
      'a contract that was not compiled',
      () => begun({}, (chain) => chain.deploy('x', compileSolidity(EXAMPLE)['Tokn'])),
      'x has no artifact',
    ],
    ['a call that the model lacks', () => ran({ model: {} }), 'the model has no "token.transfer"'],
    [
      'views that come and go',
      () =>
        ran({
          views: (() => {
            let n = 0;
            return () => (n++ < 1 ? [balance(5n)] : [balance(5n), balance(6n)]);
          })(),
        }),
      'the same views in the same order',
    ],
  ];
  for (const [name, make, message] of mistakes) {
    it(`says what is wrong with ${name}`, async () => {
      const said = await make().then(
        () => 'nothing',
        (error: Error) => `${error.name}: ${error.message}`,
      );
      expect(said).to.include('MirrorError').and.to.include(message);
    });
  }
});

describe('A module of somebody else', function () {
  this.timeout(60_000);
  let folder: string;
  let count = 0;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'mprd-load-'));
  });
  after(() => rm(folder, { recursive: true }));

  const saved = async (text: string): Promise<string> => {
    const file = path.join(folder, `module-${count++}.ts`);
    await writeFile(file, text);
    return file;
  };
  const said = (loading: Promise<unknown>): Promise<string> =>
    loading.then(
      () => 'nothing',
      (error: Error) => `${error.name}: ${error.message}`,
    );

  const wrongSystems: Readonly<Record<string, string>> = {
    'export const system = 1;': 'expected `export default` of a function that starts a system; it exports system',
    'export default 5;': 'expected `export default` of a function that starts a system, got a number',
    'export default () => { throw new TypeError("no chain\\nat all"); };':
      "the system doesn't start: TypeError: no chain",
    'throw new Error("broken");': "can't be imported: Error: broken",
    'import "nowhere-to-be-found";': "can't be imported: Error: Cannot find package",
    'export default () => undefined;': 'what the default export gives has no system: it is nothing',
    'export default () => ({ system: {} });': 'has no system.contracts of type object but nothing',
  };
  for (const [text, message] of Object.entries(wrongSystems)) {
    it(`is refused as a system: ${text}`, async () => {
      const file = await saved(text);
      expect(await said(loadSystem(file)))
        .to.include(`MirrorError: ${file}: `)
        .and.to.include(message);
    });
  }

  it('has its chain ended when its system is incomplete', async () => {
    const file = await saved(
      'export const ended = { times: 0 }; export default () => ({ stop: () => { ended.times++; } });',
    );
    expect(await said(loadSystem(file))).to.include('no system.contracts');
    expect(((await import(file)) as { ended: { times: number } }).ended.times).to.equal(1);
  });

  it('has to be there, and to be a module', async () => {
    expect(await said(loadSystem('nowhere.ts'))).to.include('nowhere.ts: there is no such file');
    expect(await said(loadProperties(EXAMPLE.pathname))).to.include('expected a TypeScript or JavaScript module');
  });

  const wrongLaws: Readonly<Record<string, string>> = {
    'export default [];': 'expected 1 to 1000 properties, got 0',
    'export default 5;': 'the property needs `id`, a text that names the law; got nothing',
    'export default { id: "" , check() {} };': 'the property needs `id`',
    'export default [{ id: "a", check() {} }, { id: "b" }];': 'property 1 "b" needs `check`, a function of (state',
    'export default [{ id: "a", check() {} }, { id: "a", check() {} }];': 'two properties have the id "a"',
  };
  for (const [text, message] of Object.entries(wrongLaws)) {
    it(`is refused as a law: ${text}`, async () => {
      expect(await said(loadProperties(await saved(text)))).to.include(message);
    });
  }

  it('is blamed for what its law throws or answers', async () => {
    const step: Step = { kind: 'time', seconds: 1n };
    const check = async (body: string) =>
      (await loadProperties(await saved(`export default { id: "a", check() { ${body} } };`)))[0];
    const [throwing, promising] = [await check('throw new Error("x")'), await check('return Promise.resolve()')];
    expect(() => throwing?.check({}, step, {})).to.throw('the property "a" throws: Error: x');
    expect(() => promising?.check({}, step, {})).to.throw('the property "a" answers a promise; expected a text');
    expect((await check('return "wrong"'))?.check({}, step, {})).to.equal('wrong');
  });
});
