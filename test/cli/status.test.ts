/** `mprd status` says where a deployment stands, and why claims ended as they did. */
import { expect } from 'chai';
import { numberToHex } from 'viem';
import { AGRS, members, outsiders, signers, sourceNames } from '../../src/campaign/world.ts';
import type { Hex } from '../../src/codec/hash.ts';
import type { State } from '../../src/model/index.ts';
import { stakeOf } from '../../src/model/staking.ts';
import { castOf } from '../chain/scene.ts';
import { mprd, openDevnet, type TestDevnet } from './devnet.ts';

describe('mprd status', function () {
  this.timeout(60_000);
  let devnet: TestDevnet;
  let ids: readonly Hex[];
  let scope: Hex;
  let state: State;

  before(async () => {
    devnet = await openDevnet();
    ({ ids, scope } = castOf(31_337n, devnet.book.contracts));
    state = await devnet.net.state();
  });
  after(() => devnet?.stop());

  const json = async (...args: readonly string[]) => {
    const { code, out, err } = await mprd(['status', ...devnet.options, '--json', ...args]);
    expect(code, err).to.equal(0);
    expect(err).to.equal('');
    return JSON.parse(out);
  };
  const text = async (...args: readonly string[]): Promise<string> => {
    const { code, out, err } = await mprd(['status', ...devnet.options, ...args]);
    expect(code, err).to.equal(0);
    return out;
  };

  const later = async (seconds: bigint): Promise<void> => {
    const time = (await devnet.net.now()) + seconds;
    await devnet.anvil.call('evm_setNextBlockTimestamp', [numberToHex(time)]);
    await devnet.anvil.call('evm_mine', []);
  };

  it('shows parameters, council and registry', async () => {
    const status = await json();
    expect(status.parameters).to.deep.include({ version: 0, unbondingPeriod: 300, claimBond: String(5n * AGRS) });
    expect(status.council).to.deep.include({ version: '3', genesisSealed: true });
    expect(status.registry).to.deep.include({ epoch: '1', entries: 1, staged: 0, frozen: false });
  });

  it('shows what stands behind each operator', async () => {
    const { operators } = await json();
    expect(operators).to.have.length(3);
    const of = (id: Hex) => operators.find((operator: { id: Hex }) => operator.id === id);
    const stake = stakeOf(state, ids[0] as Hex);
    expect(of(ids[0] as Hex)).to.deep.include({
      status: 'admitted',
      active: true,
      selfBond: String(stake.selfBond.total),
      delegated: String(stake.pool.total),
      leaving: String(stake.ownerExits.total + stake.delegatorExits.total),
      locks: 1,
      locked: String(5n * AGRS),
      exits: 2,
      jailed: false,
    });
    for (const id of ids.slice(1)) expect(of(id)).to.deep.include({ status: 'ejected', active: false, selfBond: '0' });
    const exits = [...state.staking.exits.values()].map(({ opensAt }) => opensAt);
    const [first] = exits.sort((a, b) => (a < b ? -1 : 1));
    expect(of(ids[0] as Hex).nextExitAt).to.equal(String(first));
  });

  it('shows open claims with their deadlines, open cases with their windows, and escrows', async () => {
    const { claims, cases, escrows, time } = await json();
    expect(claims).to.have.length(1);
    expect(claims[0]).to.deep.include({ scope, operatorId: ids[0], lapsed: false, excused: false, why: null });
    expect(BigInt(claims[0].deadline) - BigInt(claims[0].claimedAt)).to.equal(60n);
    expect(cases).to.have.length(1);
    expect(cases[0]).to.deep.include({ scope, operatorId: ids[0], accuser: outsiders[0]?.address, phase: 'answer' });
    expect(BigInt(cases[0].voteFrom) > BigInt(time)).to.equal(true);
    expect(escrows).to.deep.include({ scope, available: String(4n * AGRS), owed: String(4n * AGRS) });
  });

  it('shows how the last claims ended, and why', async () => {
    const { ended } = await json();
    expect(ended.map(({ outcome }: { outcome: string }) => outcome)).to.deep.equal(['executed', 'excused', 'missed']);
    const [executed, excused, missed] = ended;
    expect(executed).to.deep.include({ operatorId: ids[0], why: 'number 0 of the log' });
    const frozen = state.registry.lastFreeze.get(members[0]?.address as Hex) as bigint;
    const date = new Date(Number(frozen) * 1000).toISOString().slice(0, 19).replace('T', ' ');
    expect(excused.operatorId).to.equal(ids[2]);
    expect(excused.why)
      .to.match(/^member 0x\w{6}…\w{4} froze the registry at /)
      .and.include(date);
    expect(missed.operatorId).to.equal(ids[1]);
    expect(missed.why).to.match(/^not executed until .*, and nothing disrupted it$/);
  });

  it('tells the same in tables', async () => {
    const shown = await text();
    const { claims } = await json();
    expect(shown).to.match(/^chain 31337 at http:\/\/127\.0\.0\.1:\d+, block \d+, 2023-11-14 /);
    for (const title of ['Operators', 'Open claims', 'Ended claims, the last 20', 'Open cases', 'Escrows']) {
      expect(shown.split('\n')).to.include(title);
    }
    expect(shown).to.include(`${claims[0].claim}  `).and.include('running');
    expect(shown).to.match(/answer until .* \(in \d+ s\)/);
  });

  describe('--claim', () => {
    const missedTwice = (1n << 64n) | 1n;

    it('tells every claim on a nonce, whose name may be the begin of the scope and epoch.slot', async () => {
      const name = `${scope.slice(0, 10)}:1.1`;
      for (const asked of [name, `${scope}:${missedTwice}`, `${scope.toUpperCase().replace('0X', '0x')}:1.1`]) {
        const { ended, nonces, open } = await json('--claim', asked);
        expect(ended.map(({ outcome }: { outcome: string }) => outcome)).to.deep.equal([
          'missed',
          'excused',
          'executed',
        ]);
        expect(nonces).to.have.length(1);
        expect(nonces[0]).to.deep.include({ claim: name, kind: 'executed' });
        expect(nonces[0].text).to.match(/^executed by .* number 0 of the log, final$/);
        expect(open).to.deep.equal([]);
      }
      expect(await text('--claim', name)).to.include('Its claims that ended');
    });

    it('tells of an execution without a claim, and when it is final', async () => {
      const shown = await text('--claim', `${scope}:2.0`);
      expect(shown).to.match(/^0x\w{8}:2\.0: executed by .* number 1 of the log, final after .* \(in \d+ s\)$/);
    });

    it('tells of a claim that is open', async () => {
      const shown = await text('--claim', `${scope}:2.1`);
      expect(shown).to.include(': claimed').and.include('running');
    });

    it('tells of an excused claim, which leaves the nonce as it was', async () => {
      await devnet.aside(async () => {
        const sender = devnet.book.contracts.council;
        const record = (await devnet.net.state()).gate.records.get(scope)?.get((2n << 64n) | 1n);
        if (record?.kind !== 'claimed') throw new Error('status: the play leaves a claim open');
        await devnet.net.send({ contract: 'router', function: 'removeVerifier', args: ['0xffffffff'], sender });
        await later(61n);
        const settled = await devnet.net.send({ contract: 'gate', function: 'settle', args: [record.claim], sender });
        expect(settled).to.deep.include({ returns: [1] });
        const { nonces, ended } = await json('--claim', `${scope}:2.1`);
        expect(nonces).to.have.length(1);
        expect(nonces[0]).to.deep.include({ kind: 'free', text: 'free' });
        expect(ended).to.have.length(1);
        expect(ended[0].why).to.match(/^the council removed verifier 0xffffffff at /);
      });
    });

    it('says that nobody touched a nonce', async () => {
      expect(await text('--claim', `${scope}:7.7`)).to.equal(
        `${scope}:7.7: nobody ever claimed or executed this nonce`,
      );
    });

    for (const asked of [
      '1.1',
      '0x12345:1.1',
      '0x123456:',
      '0x123456:-1',
      `0x123456:${2n ** 128n}`,
      '0x123456:1.2.3',
    ]) {
      it(`refuses ${asked}`, async () => {
        const { code, err } = await mprd(['status', ...devnet.options, '--claim', asked]);
        expect(code).to.equal(2);
        expect(err).to.include(`--claim ${asked}: expected SCOPE:NONCE`).and.include('mprd status --help');
      });
    }
  });

  it('says of a lapsed claim that it would be settled as a miss', async () => {
    await devnet.aside(async () => {
      await later(61n);
      const { claims } = await json();
      expect(claims[0]).to.deep.include({ lapsed: true, excused: false });
      expect(await text()).to.include('lapsed, anyone may settle: missed');
    });
  });

  it('says of a claim that a stopped verifier excuses it, and when that was', async () => {
    await devnet.aside(async () => {
      const sender = devnet.book.contracts.council;
      const args = ['0xffffffff'] as const;
      await devnet.net.send({ contract: 'router', function: 'stopVerifier', args, sender });
      await later(61n);
      const { claims } = await json();
      expect(claims[0].excused).to.equal(true);
      expect(claims[0].why).to.match(/^the council stopped verifier 0xffffffff at 2023-/);
      expect(await text()).to.include('lapsed, anyone may settle: excused, the council stopped verifier');
    });
  });

  it('says of a claim that a reset source excuses it', async () => {
    await devnet.aside(async () => {
      const sender = devnet.book.contracts.council;
      const args = [sourceNames[0] as Hex, [...ids].sort(), 2, 900, 5, false] as const;
      await devnet.net.send({ contract: 'oracle', function: 'configureSource', args, sender });
      await later(61n);
      const { claims } = await json();
      expect(claims[0].why).to.match(/^the council reset its source 0x\w{6}…\w{4} at 2023-/);
    });
  });

  it('says of a claim that a new epoch excuses it when that removed its entry', async () => {
    await devnet.aside(async () => {
      const sender = devnet.book.contracts.council;
      const key = state.registry.applied.keySeq().first() as Hex;
      await devnet.net.send({ contract: 'registry', function: 'stageRemoval', args: [key], sender });
      await devnet.net.send({ contract: 'registry', function: 'advanceEpoch', args: [], sender });
      await later(61n);
      const { claims, registry } = await json();
      expect(registry).to.deep.include({ epoch: '2', entries: 0 });
      expect(claims[0].why).to.match(/^a new epoch changed or removed its entry at 2023-/);
    });
  });

  it('shows a freeze and a jailed operator', async () => {
    await devnet.aside(async () => {
      const gate = devnet.book.contracts.gate;
      const args = [ids[0] as Hex] as const;
      for (let i = 0; i < 3; i++) {
        await devnet.net.send({ contract: 'operators', function: 'countMiss', args, sender: gate });
      }
      const sender = members[1]?.address as Hex;
      await devnet.net.send({ contract: 'registry', function: 'freeze', args: [], sender });
      const shown = await text();
      expect(shown).to.match(/frozen until .* \(in 1 min 40 s\)/);
      expect(shown).to.match(/jailed until .* \(in 2 min/);
    });
  });

  it('wipes its progress off a terminal, and prints lines elsewhere', async () => {
    const { now } = performance;
    let time = 0;
    performance.now = () => {
      time += 3_000;
      return time;
    };
    try {
      const terminal = await mprd(['status', ...devnet.options], true);
      expect(terminal.err).to.match(/^\rreading events: block \d+ of \d+\r/);
      expect(terminal.err.endsWith('\r\x1b[K')).to.equal(true);
      const file = await mprd(['status', ...devnet.options], false);
      expect(file.err).to.match(/^reading events: block \d+ of \d+\n$/);
    } finally {
      performance.now = now;
    }
  });

  it('knows the operators by the keys that sign for them', async () => {
    const { operators } = await json();
    const keys = operators.map(({ signer }: { signer: Hex }) => signer);
    expect(keys).to.have.members(signers.slice(0, 3).map(({ address }) => address));
  });
});
