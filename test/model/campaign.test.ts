/** The laws of the protocol on random traces of the model alone; test/diff compares such traces with the contracts. */
import { expect } from 'chai';
import { alone, brokenLaws } from '../../src/campaign/alone.ts';

const TRACES = 100;
const LEAST_CALLS = 6_000;
const LEAST_ACCEPTED = 0.4;

describe('The campaign on the model alone', function () {
  this.timeout(60_000);

  it('keeps every law after every call, and ends every trace with everything closed and everybody gone', () => {
    const draw = alone();
    let calls = 0;
    let accepted = 0;
    for (let index = 0; index < TRACES; index++) {
      const run = draw('model alone', index);
      const broken = brokenLaws(run);
      if (broken) expect.fail(`trace ${index}: ${broken}`);
      calls += run.records.length;
      accepted += run.records.filter(({ outcome }) => outcome.status === 'ok').length;
    }
    expect(calls).to.be.at.least(LEAST_CALLS);
    expect(accepted / calls).to.be.at.least(LEAST_ACCEPTED);
  });
});
