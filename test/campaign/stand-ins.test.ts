/** What a campaign draws for the adapter that calls back, for the relayer that saves gas, and for the router by itself. */
import { expect } from 'chai';
import { alone } from '../../src/campaign/alone.ts';
import { BUBBLE } from '../../src/campaign/executions.ts';
import { placed } from '../../src/campaign/system.ts';
import { outsiders } from '../../src/campaign/world.ts';
import { selectorOf } from '../../src/codec/abi.ts';
import type { Hex } from '../../src/codec/hash.ts';
import type { ModelRecord } from '../../src/mirror/model.ts';
import type { Execution } from '../../src/model/gate.ts';

const TRACES = 400;
const GUARDED = ['execute', 'executeClaimed', 'takeOver', 'settle', 'fundEscrow', 'withdrawEscrow', 'collectFee'];

describe('contracts that a campaign sets beside the system', function () {
  this.timeout(60_000);
  const adapter = placed(outsiders[0]?.address as Hex).contracts['adapter']?.address as Hex;
  let records: readonly ModelRecord[] = [];

  before(() => {
    const draw = alone();
    records = Array.from({ length: TRACES }, (_, index) => draw('stand-ins', index).records).flat();
  });

  const accepted = () =>
    records.flatMap(({ call, outcome }) => {
      if (call.function !== 'execute' || call.contract !== 'gate' || outcome.status !== 'ok') return [];
      const x = call.args[0] as Execution;
      if (x.entry.adapter !== adapter) return [];
      return [{ x, succeeded: (outcome.returns as readonly [boolean, bigint])[0] }];
    });

  it('take back no call that the gate guards: the action fails, or goes on without it', () => {
    const names = new Map(GUARDED.map((name) => [selectorOf('gate', name), name]));
    const tried = new Set<string>();
    for (const { x, succeeded } of accepted()) {
      const name = names.get(x.payload.slice(0, 10) as Hex);
      if (name === undefined) continue;
      tried.add(name).add(String(succeeded));
      expect(succeeded).to.equal(x.words.schema !== BUBBLE);
    }
    expect([...tried]).to.have.members([...GUARDED, 'true', 'false']);
  });

  it('take actions with every set of parameters, negative ones too', () => {
    const words = accepted().map(({ x }) => x.words);
    expect(new Set(words.map(({ presence }) => presence)).size).to.equal(8);
    for (const name of ['p0', 'p1', 'p2'] as const) {
      expect(Math.min(...words.map((word) => Number(word[name])))).to.be.lessThan(0);
    }
  });

  it('relay with too little gas for the receipt, for the action, and with enough', () => {
    const relays = records.filter(({ call }) => call.contract === 'relayer');
    const needed = new Set<unknown>();
    let executed = 0;
    for (const { call, outcome } of relays) {
      const [x, gas] = call.args as readonly [Execution, bigint];
      if (outcome.status === 'ok') {
        executed++;
        expect((gas * 63n) / 64n >= x.entry.resourceCap + 150_000n).to.equal(true);
      } else if (outcome.error === 'GasTooLow') {
        needed.add(outcome.args[0]);
        expect((gas * 63n) / 64n < (outcome.args[0] as bigint)).to.equal(true);
      }
    }
    expect(executed).to.be.greaterThan(0);
    expect([...needed].sort()).to.deep.equal([2_150_000n, 400_000n]);
  });

  it('show the router receipts that are good, and ones that end in the selector or in the verdict', () => {
    const answers = records
      .filter(({ call }) => call.contract === 'router' && call.function === 'verify')
      .map(({ outcome }) => (outcome.status === 'ok' ? 'ok' : outcome.error));
    expect(new Set(answers)).to.include.members(['ok', 'SealTooShort', 'SealMalformed', 'JournalDigestMismatch']);
  });
});
