/** `mprd payouts` shows what an address is owed: each line is what its call pays, at the time that is shown. */
import { expect } from 'chai';
import { numberToHex } from 'viem';
import { AGRS, delegators, members, outsiders, owners, payees } from '../../src/campaign/world.ts';
import { explanations } from '../../src/chain/explanations.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { delegationOf } from '../../src/model/staking.ts';
import { castOf } from '../chain/scene.ts';
import { mprd, openDevnet, type TestDevnet } from './devnet.ts';

interface Payout {
  readonly what: string;
  readonly amount: string;
  readonly dueAt: string;
  readonly due: boolean;
  readonly delay: number;
  readonly note: string | null;
  readonly call: string;
  readonly to: Hex;
  readonly data: Hex;
}

const nameOf = ({ call }: Payout): string => call.slice(0, call.indexOf('('));

describe('mprd payouts', function () {
  this.timeout(60_000);
  let devnet: TestDevnet;

  before(async () => {
    devnet = await openDevnet();
  });
  after(() => devnet?.stop());

  const owed = async (address: Hex): Promise<readonly Payout[]> => {
    const { code, out, err } = await mprd(['payouts', address, ...devnet.options, '--json']);
    expect(code, err).to.equal(0);
    const { balance, payouts } = JSON.parse(out);
    expect(BigInt(balance)).to.equal(await balanceOf(address));
    return payouts;
  };
  const balanceOf = async (address: Hex): Promise<bigint> => (await devnet.net.state()).agrs.balances.get(address, 0n);

  const [user, owner, delegator] = [outsiders[0], owners[0], delegators[0]].map((one) => one?.address as Hex) as [
    Hex,
    Hex,
    Hex,
  ];

  it('finds an owner’s exit, self-bond and fee', async () => {
    const names = (await owed(owner)).map(nameOf);
    expect(names).to.deep.equal(['staking.claimExit', 'staking.requestExit', 'gate.collectFee']);
  });

  it('finds a delegator’s exit and shares', async () => {
    const names = (await owed(delegator)).map(nameOf);
    expect(names).to.deep.equal(['staking.claimExit', 'staking.undelegate']);
  });

  it('finds a reward, the bond of a case, an escrow and treasury funds', async () => {
    const names = (await owed(user)).map(nameOf);
    expect(names).to.deep.equal(['court.payReward', 'court.closeCase', 'gate.withdrawEscrow', 'treasury.withdraw']);
  });

  for (const [who, address] of Object.entries({ owner, delegator, user })) {
    it(`shows the ${who} amounts that the calls pay from the shown second on, and not before`, async () => {
      const now = await devnet.net.now();
      let paying = 0;
      for (const { what, amount, dueAt, due, delay, to, data } of await owed(address)) {
        if (delay > 0) continue;
        paying++;
        expect(due, what).to.equal(BigInt(dueAt) <= now);
        const time = BigInt(dueAt) > now ? BigInt(dueAt) : now + 1n;
        await devnet.aside(async () => {
          if (!due) expect(await devnet.transact(address, to, data, time - 1n), what).to.equal(false);
          const before = await balanceOf(address);
          expect(await devnet.transact(address, to, data, time), what).to.equal(true);
          const paid = (await balanceOf(address)) - before;
          // Nobody ruled: a tenth of an accuser's bond is burned.
          const expected = what.startsWith('bond of the case') ? (BigInt(amount) * 9n) / 10n : BigInt(amount);
          expect(paid, what).to.equal(expected);
        });
      }
      expect(paying).to.be.at.least(1);
    });
  }

  it('shows stake that a call and an unbonding period turn into the shown amount', async () => {
    for (const address of [owner, delegator]) {
      const begin = (await owed(address)).find(({ delay }) => delay > 0) as Payout;
      await devnet.aside(async () => {
        const time = (await devnet.net.now()) + 1n;
        expect(await devnet.transact(address, begin.to, begin.data, time)).to.equal(true);
        const [, exit] = (await owed(address)).filter((one) => nameOf(one) === 'staking.claimExit');
        expect(exit).to.deep.include({ dueAt: String(time + BigInt(begin.delay)), due: false });
        // Shares are rounded down.
        expect(BigInt(begin.amount) - BigInt(exit?.amount ?? 0)).to.be.oneOf([0n, 1n]);
      });
    }
  });

  it('shows shares at their value of the moment', async () => {
    const state = await devnet.net.state();
    const [id] = castOf(31_337n, devnet.book.contracts).ids as readonly [Hex];
    const { shares } = delegationOf(state, id, delegator);
    const line = (await owed(delegator)).find((one) => nameOf(one) === 'staking.undelegate') as Payout;
    expect(line.call).to.equal(`staking.undelegate(${id}, ${shares})`);
    // 150 were delegated and kept, 20 left, and an audit took 5 % before.
    expect(BigInt(line.amount)).to.equal((130n * AGRS * 95n) / 100n);
  });

  it('shows a fee at the payout address that the operator has now', async () => {
    await devnet.aside(async () => {
      const [id] = castOf(31_337n, devnet.book.contracts).ids as readonly [Hex];
      const payout = payees[1]?.address as Hex;
      await devnet.net.send({ contract: 'operators', function: 'setPayout', args: [id, payout], sender: owner });
      expect((await owed(payout)).map(nameOf)).to.deep.equal(['gate.collectFee']);
      expect((await owed(owner)).map(nameOf)).to.not.include('gate.collectFee');
    });
  });

  it('tells the same in a table, with dates and calls', async () => {
    const { out } = await mprd(['payouts', user, ...devnet.options]);
    const lines = out.split('\n');
    expect(lines[1]).to.match(new RegExp(`^${user} has [\\d ]+ AGRS$`));
    expect(out).to.match(/1 +reward for offence 0x\w{6}…\w{4} +[\d.]+ AGRS +2023-11-14 [\d:]+ UTC \(in \d+ s\)/);
    expect(out).to.match(/4 +funds in the treasury +3 AGRS +now/);
    expect(out).to.include(`  4  treasury.withdraw(${3n * AGRS})\n     to ${devnet.book.contracts.treasury}`);
  });

  it('takes an address in capitals with a right checksum, and shows nothing where nothing is owed', async () => {
    const { code, out } = await mprd(['payouts', '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', ...devnet.options]);
    expect(code).to.equal(0);
    expect(out).to.include('0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed has 0 AGRS');
    expect(out).to.include('Held for it: none').and.not.include('calls');
  });

  it('says why a call would be refused although it is due', async () => {
    // Nothing in the protocol makes a due call fail; a treasury robbed from its own address does.
    await devnet.aside(async () => {
      const { treasury } = devnet.book.contracts;
      const state = await devnet.net.state();
      const all = state.agrs.balances.get(treasury, 0n);
      const to = members[0]?.address as Hex;
      await devnet.net.send({ contract: 'agrs', function: 'transfer', args: [to, all], sender: treasury });
      const line = (await owed(user)).find((one) => nameOf(one) === 'treasury.withdraw') as Payout;
      expect(line.due).to.equal(false);
      expect(line.note).to.match(/^refused: ERC20InsufficientBalance: /);
      expect(Object.keys(explanations)).to.include('ERC20InsufficientBalance');
      const { out } = await mprd(['payouts', user, ...devnet.options]);
      expect(out).to.match(/funds in the treasury +3 AGRS +not now +refused: /);
    });
  });

  it('counts what is due by the time of the latest block', async () => {
    await devnet.aside(async () => {
      const time = (await devnet.net.now()) + 1_000n;
      await devnet.anvil.call('evm_setNextBlockTimestamp', [numberToHex(time)]);
      await devnet.anvil.call('evm_mine', []);
      for (const { due, what } of await owed(user)) expect(due, what).to.equal(true);
    });
  });
});
