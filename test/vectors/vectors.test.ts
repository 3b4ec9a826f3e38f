/** The conformance vectors: that they are what they say, and that model and contracts satisfy them. */
import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { faultsOfContracts, faultsOfModel } from '../../src/campaign/conformance.ts';
import { patched } from '../../src/campaign/patch.ts';
import { type Ready, ready } from '../../src/campaign/system.ts';
import {
  cutAgain,
  formatVectors,
  PROLOGUE_FILE,
  parseVectors,
  stage,
  uncovered,
  type VectorCall,
  type VectorCase,
  type VectorFile,
  written,
} from '../../src/campaign/vectors.ts';
import type { Json } from '../../src/model/json.ts';

const ROOT = new URL('../../', import.meta.url);
const MOST_BYTES = 3 * 2 ** 20;
/** So many cases apart are those whose search is repeated: each draws a whole trace. */
const SEARCHED_AGAIN = 90;

const texts = new Map(
  readdirSync(new URL('vectors/', ROOT)).map((name) => [
    name.replace(/\.json$/, ''),
    readFileSync(new URL(`vectors/${name}`, ROOT), 'utf8'),
  ]),
);
const files = new Map([...texts].map(([name, text]) => [name, parseVectors(text)]));
const cases = [...files].flatMap(([name, { cases: own }]) => (name === PROLOGUE_FILE ? [] : own));

describe('The conformance vectors', function () {
  this.timeout(120_000);
  const scene = stage();
  const systemOf = (name: string) => (name === PROLOGUE_FILE ? scene.deployed : scene.begun);

  it('show each function, error, event and situation that can occur, in a few megabytes', () => {
    expect(
      uncovered(
        scene.begun,
        cases.flatMap(({ covers }) => covers),
      ),
    ).to.deep.equal([]);
    expect([...texts.values()].reduce((sum, text) => sum + text.length, 0)).to.be.below(MOST_BYTES);
  });

  it('show in their last call what they are named after, and lead there by accepted calls alone', () => {
    for (const { name, calls } of cases) {
      const last = calls.at(-1) as VectorCall;
      const { status, error } = last.outcome as { readonly status: string; readonly error?: string };
      if (/^[a-z]+\.\w+/.test(name)) expect(status === 'ok' ? last.call : `${last.call}: ${error}`).to.equal(name);
      expect(
        calls.slice(0, -1).filter(({ post }) => post === undefined),
        name,
      ).to.deep.equal([]);
    }
  });

  for (const [name, text] of texts) {
    it(`are written byte for byte from their own state and calls: ${name}`, () => {
      expect(formatVectors(written(systemOf(name), files.get(name) as VectorFile)) === text).to.equal(true);
    });
  }

  it('are found again, call for call, in the traces that they name', async () => {
    for (const found of cases.filter((_one, i) => i % SEARCHED_AGAIN === 0)) {
      expect(await cutAgain(scene, found), found.name).to.deep.equal(found);
    }
  });

  it('begin where the prologue ends', () => {
    const {
      pre,
      cases: [prologue],
    } = files.get(PROLOGUE_FILE) as VectorFile;
    const end = prologue?.calls.reduce((state: Json, { post }) => patched(state, post ?? {}), pre);
    for (const [name, file] of files) if (name !== PROLOGUE_FILE) expect(file.pre, name).to.deep.equal(end);
  });

  it('are satisfied by the model', () => {
    for (const [name, file] of files) expect(faultsOfModel(systemOf(name), file), name).to.deep.equal([]);
  });

  it('fit their schema, which knows an accepted call by its "post"', () => {
    const schema = JSON.parse(readFileSync(new URL('docs/schemas/vectors.schema.json', ROOT), 'utf8')) as object;
    const valid = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false }).compile(schema);
    for (const [name, file] of files) expect(valid(file), `${name}: ${JSON.stringify(valid.errors)}`).to.equal(true);
    for (const spoil of [withoutPost, withNumber]) expect(valid(spoiled('agrs.transfer', spoil))).to.equal(false);
  });

  describe('compared with the contracts', () => {
    let contracts: Ready;
    before(async () => {
      contracts = await ready(undefined, false);
    });
    after(() => contracts?.stop());

    it('are satisfied by them', async () => {
      for (const [name, file] of files) {
        if (name !== PROLOGUE_FILE) expect(await faultsOfContracts(contracts, file), name).to.deep.equal([]);
      }
    });

    it('are not when an outcome or the state before them is another', async () => {
      const outcome = await faultsOfContracts(contracts, spoiled('agrs.transfer', withoutEvents));
      expect(outcome).to.have.length(1);
      expect(outcome[0]).to.include('agrs.transfer comes to something else than');
      const file = files.get('agrs') as VectorFile;
      const pre = patched(file.pre, { agrs: { supply: '1' } });
      expect(await faultsOfContracts(contracts, { ...file, pre })).to.deep.equal([
        '"pre" is not the state of the contracts after the prologue',
      ]);
    });
  });

  it('are not satisfied by a model that does something else', () => {
    const found = (spoil: (call: VectorCall) => object): string[] =>
      faultsOfModel(scene.begun, spoiled('agrs.transfer', spoil));
    expect(found(withoutEvents)[0]).to.match(/^agrs\.transfer: calls\[0\] agrs\.transfer: expected .* got /);
    expect(found((call) => ({ ...call, post: {} }))[0]).to.include('another state than "post" says');
    expect(found(withoutPost)[0]).to.include('a call has "post" exactly when it is accepted');
  });

  it('say where they are damaged', () => {
    const [name, text] = ['agrs', texts.get('agrs') as string];
    const file = files.get(name) as VectorFile;
    expect(() => parseVectors(text.slice(1))).to.throw('not JSON');
    expect(() => parseVectors(text.replace('mprd-vectors/1', 'mprd-vectors/2'))).to.throw('format: expected "mprd-vec');
    expect(() => parseVectors(text.replace('"outcome"', '"result"'))).to.throw('cases[0].calls[0].outcome: is missing');
    const stray = { ...file, pre: patched(file.pre, { gate: { surplus: '1' } }) };
    expect(() => written(scene.begun, stray)).to.throw('state.gate.surplus: is not a known field here');
    const early = spoiled('agrs.transfer', (call) => ({ ...call, time: '1' }));
    expect(() => written(scene.begun, early)).to.throw('calls[0].time: expected at least');
  });
});

const withoutPost = ({ post: _post, ...call }: VectorCall): object => call;
const withoutEvents = (call: VectorCall): object => ({ ...call, outcome: { ...(call.outcome as object), events: [] } });
const withNumber = (call: VectorCall): object => ({ ...call, time: Number(call.time) });

/** A file with only this case, whose first call is changed. */
function spoiled(name: string, spoil: (call: VectorCall) => object): VectorFile {
  const file = files.get(name.split('.')[0] as string) as VectorFile;
  const one = file.cases.find((found) => found.name === name) as VectorCase;
  const [first, ...others] = one.calls as [VectorCall, ...VectorCall[]];
  return { ...file, cases: [{ ...one, calls: [spoil(first) as VectorCall, ...others] }] };
}
