import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { compareGas, SNAPSHOT, type Snapshot } from '../../scripts/gas-check.ts';
import { PAYMENT } from './operations.ts';

const problems = (measured: Snapshot, snapshot: Snapshot, limits: Snapshot = {}) =>
  compareGas(measured, snapshot, limits).map(({ operation, problem }) => [operation, problem]);

describe('gas check', () => {
  it('accepts what fell, stayed or rose by at most one per cent', () => {
    const snapshot = { fell: 10_000, stayed: 10_000, rose: 10_000 };
    expect(problems({ fell: 1, stayed: 10_000, rose: 10_100 }, snapshot)).to.deep.equal([
      ['fell', undefined],
      ['stayed', undefined],
      ['rose', undefined],
    ]);
  });

  it('names what rose by more, is new, is gone, or is above its limit', () => {
    const measured = { rose: 10_101, new: 5, limited: 101 };
    expect(problems(measured, { rose: 10_000, gone: 5, limited: 100 }, { limited: 100 })).to.deep.equal([
      ['rose', 'rose by more than 1 %'],
      ['new', 'is not in the snapshot'],
      ['limited', 'is above its limit of 100'],
      ['gone', 'is no longer measured'],
    ]);
  });

  it('has a committed snapshot, in which a treasury payment is within its limit', () => {
    const file = new URL(`../../${SNAPSHOT}`, import.meta.url);
    expect(existsSync(file)).to.equal(true);
    const snapshot = JSON.parse(readFileSync(file, 'utf8')) as Snapshot;
    expect(snapshot[PAYMENT]).to.be.within(300_000, 400_000);
  });
});
