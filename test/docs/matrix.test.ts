/** The matrix "What stops what" of docs/protocol.md, cell by cell, on the model. */
import { expect } from 'chai';
import { GENESIS_TIERS } from '../../src/chain/tiers.ts';
import { Excuse } from '../../src/model/claims.ts';
import { delayOf } from '../../src/model/council.ts';
import { type Refusal, refused, type State } from '../../src/model/index.ts';
import type { Step } from '../../src/model/step.ts';
import { done, hash, holder, outsider } from '../model/fixture.ts';
import { claimIn, examples } from './examples.ts';
import { codes, read, rows } from './markdown.ts';
import { attempt, attesters, disturbances, type Example, example, KEY, NOW, prepared, slot } from './scene.ts';

const HEADER =
  '| call | registry frozen | operator jailed | operator ejected | verifier stopped | genesis not sealed |';
const UNSEALED = 'genesis not sealed';
const TITLES = HEADER.split('|')
  .slice(2, -1)
  .map((title) => title.trim());

function errorOf(step: Step<unknown>): Refusal['error'] | undefined {
  return refused(step) ? step.error : undefined;
}

/** The error that a cell expects, given the outcome without the disturbance. */
function expected(cell: string, usual: string | undefined): string | undefined {
  if (cell === '✓' || cell === 'no delay') return usual;
  const [name] = codes(cell);
  if (!cell.startsWith('only then, else ')) return name;
  expect(usual, `${cell}: without it`).to.equal(name);
  return undefined;
}

describe('what stops what, as docs/protocol.md has it', () => {
  const usual = prepared(true);
  const calls = examples(usual);
  const table = rows(read('docs/protocol.md'), HEADER);
  const disturbed = (title: string): State =>
    title === UNSEALED ? prepared(false) : (disturbances[title] as (state: State) => State)(usual);

  for (const [column, title] of TITLES.entries()) {
    it(`is so when: ${title}`, () => {
      const state = disturbed(title);
      // Ids of proposals hold the council's version, which differs between the two beginnings.
      const here = title === UNSEALED ? examples(state) : calls;
      for (const [names = '', ...cells] of table) {
        const cell = cells[column] as string;
        for (const call of codes(names)) {
          const one = here.get(call) as Example;
          if (cells[0]?.startsWith('only by ')) {
            expect(errorOf(attempt(state, one)), call).to.equal(codes(cells[0]).at(-1));
            continue;
          }
          const error = expected(cell, errorOf(attempt(usual, calls.get(call) as Example)));
          expect(errorOf(attempt(state, one)), `${call}, ${title}`).to.equal(error);
        }
      }
    });
  }

  it('excuses a claimant for what stopped it, and for no fault of its own', () => {
    const claim = claimIn(usual, slot.held);
    const happened: Readonly<Record<string, readonly Example[]>> = {
      'another entry': [example('registry', 'stageRemoval', [KEY]), example('registry', 'advanceEpoch', [])],
      'a reset source': [example('oracle', 'configureSource', [hash('source'), attesters, 2, 300, 5, false])],
      'a source that keeps its state': [
        example('oracle', 'configureSource', [hash('source'), attesters, 2, 300, 5, true]),
      ],
      'nothing at all': [],
    };
    const states = [
      ...Object.entries(disturbances).map(([title, disturb]) => [title, disturb(usual)] as const),
      ...Object.entries(happened).map(
        ([title, calls]) => [title, calls.reduce((now, one) => done(attempt(now, one)).state, usual)] as const,
      ),
    ];
    const settled = states.map(([title, state]) => {
      const step = attempt(state, example('gate', 'settle', [claim], holder), claim.deadline + 1n);
      return [title, done(step).returns[0]];
    });
    expect(claim.deadline >= NOW).to.equal(true);
    expect(Object.fromEntries(settled)).to.deep.equal({
      'registry frozen': Excuse.Halt,
      'verifier stopped': Excuse.Halt,
      'operator jailed': Excuse.None,
      'operator ejected': Excuse.None,
      'another entry': Excuse.EntryChanged,
      'a reset source': Excuse.SourceReset,
      'a source that keeps its state': Excuse.None,
      'nothing at all': Excuse.None,
    });
  });

  it('gives no delay to exactly what the council decides above the routine tier', () => {
    const strangers = [...calls].filter(
      ([, one]) => errorOf(attempt(usual, { ...one, sender: outsider })) === 'NotCouncil',
    );
    const routine = GENESIS_TIERS.filter(({ tier }) => tier === 1).map(({ contract, call }) => `${contract}.${call}`);
    const delayed = strangers.map(([call]) => call).filter((call) => !routine.includes(call));
    const without = table.filter((row) => row.at(-1) === 'no delay').flatMap(([names = '']) => codes(names));
    expect(without).to.have.members([...delayed, 'council.execute']);
    const delays = (state: State) => [1, 2, 3].map((tier) => delayOf(state, tier));
    expect([delays(prepared(false)), delays(usual)]).to.deep.equal([
      [0n, 0n, 0n],
      [0n, 50n, 310n],
    ]);
  });

  it('is shown on calls that succeed when nothing stops them', () => {
    const only = table
      .filter((row) => row.some((cell) => cell.startsWith('only ')))
      .flatMap(([calls = '']) => codes(calls));
    for (const [call, one] of calls) {
      if (!only.includes(call)) expect(errorOf(attempt(usual, one)), call).to.equal(undefined);
    }
  });
});
