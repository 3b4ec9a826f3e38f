import { expect } from 'chai';
import { encodeFunctionData } from 'viem';
import { systemAbis } from '../../src/abi/system.ts';
import type { KeyedAccount } from '../../src/chain/accounts.ts';
import { AGRS } from '../../src/chain/config.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { rngOf } from '../../src/mirror/random.ts';
import { claimCall, claimOf, fundAccountCalls, fundEscrowCalls, ONE, settleCall, supply } from './claims.ts';
import { derive } from './execution.ts';
import {
  baseDraft,
  deployFixture,
  executeCall,
  FEE,
  type Fixture,
  factsOf,
  honest,
  parameters,
  RELAYER,
  type Result,
  readLens,
  refusalText,
  type Sent,
  STRANGER,
  send,
  textOf,
  word,
} from './fixture.ts';
import { type PermitFunction, permit, type SignedPermit, stakeWithPermit, usePermit } from './permits.ts';
import { refusal } from './table.ts';

function useFixture(): () => Fixture {
  let f: Fixture;
  before(async () => {
    f = await deployFixture();
  });
  after(() => f?.anvil.stop());
  return () => f;
}

const balanceRead = (f: Fixture, account: Hex): Sent => ({
  from: STRANGER,
  to: f.at.agrs,
  data: encodeFunctionData({ abi: systemAbis.agrs, functionName: 'balanceOf', args: [account] }),
});

describe('staking on a permit', function () {
  this.timeout(60_000);
  const fixture = useFixture();
  const amount = 10n * AGRS;
  const account = (f: Fixture): KeyedAccount => f.roles.users[0] as KeyedAccount;
  const given = (f: Fixture): Sent => supply(f, account(f).address, f.at.staking, amount)[0] as Sent;
  const short = (f: Fixture, allowance = 0n): string =>
    textOf(refusal('ERC20InsufficientAllowance', f.at.staking, allowance, amount));

  for (const name of ['bondWithPermit', 'delegateWithPermit'] as const satisfies readonly PermitFunction[]) {
    const stake = (f: Fixture, signed: SignedPermit, from = account(f).address): Sent =>
      stakeWithPermit(f, name, from, f.operators[0]!.id, signed);
    /** What the last of the calls comes to. */
    async function last(...calls: readonly Sent[]): Promise<string> {
      const results = await send(fixture(), calls);
      for (const result of results.slice(0, -1)) expect(result.ok, refusalText(result)).to.equal(true);
      const end = results.at(-1)!;
      return end.ok ? 'accepted' : refusalText(end);
    }

    describe(name, () => {
      it('takes the tokens without an allowance before', async () => {
        const f = fixture();
        expect(await last(given(f), stake(f, permit(f, account(f), amount)))).to.equal('accepted');
      });

      it('is not stopped by whoever uses the permit up before it', async () => {
        const f = fixture();
        const signed = permit(f, account(f), amount);
        expect(await last(given(f), usePermit(f, STRANGER, signed), stake(f, signed))).to.equal('accepted');
      });

      it('takes nothing twice on one permit', async () => {
        const f = fixture();
        const signed = permit(f, account(f), amount);
        expect(await last(given(f), given(f), stake(f, signed), stake(f, signed))).to.equal(short(f));
        // The token itself names another signer: the nonce that it expects is the next one.
        const found = await last(given(f), stake(f, signed), usePermit(f, STRANGER, signed));
        expect(found).to.match(/^ERC2612InvalidSigner\(/);
      });

      it("takes nothing of somebody else's on their permit", async () => {
        const f = fixture();
        expect(await last(given(f), stake(f, permit(f, account(f), amount), RELAYER))).to.equal(short(f));
      });

      const unfit: Readonly<Record<string, (f: Fixture) => Parameters<typeof permit>[3]>> = {
        'for another spender': (f) => ({ spender: f.at.gate }),
        'for another amount': () => ({ value: amount - 1n }),
        'with a later nonce': () => ({ nonce: 1n }),
        'that is over': (f) => ({ deadline: f.time - 1n }),
        'for another chain': () => ({ domain: { chainId: 1_337n } }),
        'for another token': (f) => ({ domain: { verifyingContract: f.at.staking } }),
        'in the name of the other contracts': () => ({ domain: { name: 'mprd-net' } }),
      };
      for (const [what, change] of Object.entries(unfit)) {
        it(`ignores a permit ${what}; the allowance decides`, async () => {
          const f = fixture();
          const signed = { ...permit(f, account(f), amount, change(f)), value: amount, spender: f.at.staking };
          expect(await last(given(f), stake(f, signed))).to.equal(short(f));
          const [, allowed] = supply(f, account(f).address, f.at.staking, amount) as readonly [Sent, Sent];
          expect(await last(given(f), allowed, stake(f, signed))).to.equal('accepted');
        });
      }
    });
  }
});

describe('payees that are contracts', function () {
  this.timeout(60_000);
  const fixture = useFixture();

  /** The operator names a payout address; the fee of its execution is collected. */
  async function paid(payout: Hex): Promise<readonly Result[]> {
    const f = fixture();
    const { id, owner } = f.operators[0]!;
    const draft = { ...baseDraft(f), entry: f.entries.paid };
    const { scope, nonce } = derive(draft, factsOf(f, draft), f.target).context;
    const collect: Sent = {
      from: STRANGER,
      to: f.at.gate,
      data: encodeCall('gate', 'collectFee', [scope, nonce, id, FEE]),
    };
    return send(f, [
      ...fundEscrowCalls(f, draft.entry),
      ...fundAccountCalls(f, draft.entry),
      { from: owner.address, to: f.at.operators, data: encodeCall('operators', 'setPayout', [id, payout]) },
      executeCall(f, honest(f, draft)),
      balanceRead(f, payout),
      { ...collect, at: f.time + BigInt(parameters.finalityDelay) + 50n },
      balanceRead(f, payout),
      collect,
    ]);
  }

  it('get a fee as anybody does: once, at finality, without being called', async () => {
    const f = fixture();
    // None of these has a function that a transfer could call; the mock adapter would count it.
    for (const payout of [f.mockAdapter, f.at.council, f.at.staking, f.at.agrs, f.at.lens]) {
      const results = await paid(payout);
      for (const result of results.slice(0, -1)) expect(result.ok, refusalText(result)).to.equal(true);
      const [before, , after, again] = results.slice(-4) as [Result, Result, Result, Result];
      expect(BigInt(after.data) - BigInt(before.data)).to.equal(FEE);
      expect(refusalText(again)).to.match(/^FeeNotOwed\(/);
    }
  });

  it('get the half of a bond that an acquitted operator is paid', async () => {
    const f = fixture();
    const { id, owner } = f.operators[0]!;
    const draft = baseDraft(f);
    const { scope, nonce } = derive(draft, factsOf(f, draft), f.target).context;
    const court = (from: Hex, data: Hex): Sent => ({ from, to: f.at.court, data });
    const payout = f.mockAdapter;
    const results = await send(f, [
      { from: owner.address, to: f.at.operators, data: encodeCall('operators', 'setPayout', [id, payout]) },
      executeCall(f, honest(f, draft)),
      ...supply(f, RELAYER, f.at.court, parameters.accuserBond),
      court(RELAYER, encodeCall('court', 'accuse', [scope, nonce, id, 0n, word('reason')])),
      court(owner.address, encodeCall('court', 'rebut', [scope, nonce, word('answer')])),
      ...f.roles.members
        .slice(0, 2)
        .map(({ address }) => court(address, encodeCall('court', 'vote', [scope, nonce, false]))),
      balanceRead(f, payout),
    ]);
    for (const result of results) expect(result.ok, refusalText(result)).to.equal(true);
    expect(BigInt(results.at(-1)!.data)).to.equal(parameters.accuserBond / 2n);
  });
});

describe('a slash', function () {
  this.timeout(60_000);
  const fixture = useFixture();
  const SPLIT = { rewardBps: 2_500, burnBps: 2_500, rewardTo: RELAYER };
  const staking = (from: Hex, data: Hex): Sent => ({ from, to: fixture().at.staking, data });
  const slash = (id: Hex, own = 10_000n, delegated = 10_000n): Sent =>
    staking(fixture().at.court, encodeCall('staking', 'slash', [id, own, delegated, SPLIT]));
  const lock = (id: Hex, amount: bigint): Sent =>
    staking(fixture().at.gate, encodeCall('staking', 'lock', [id, amount, 0n]));
  const mine = () => fixture().operators[0]!;
  const bonded = 2n * parameters.minSelfBond;

  /** Everybody's stake is covered by what the contract holds. */
  function covered(results: readonly Result[], locked = 0n): void {
    const f = fixture();
    const { accounts, operators } = readLens(results.at(-1)!.lens);
    const owed = operators.flatMap(({ totals }) => totals).reduce((sum, total) => sum + total, locked);
    // watched(): the third account is staking.
    expect(accounts[2]!.balance, `${f.at.staking} holds`).to.equal(owed);
  }

  const cases: Readonly<
    Record<string, () => { readonly before?: readonly Sent[]; readonly id?: Hex; readonly locked?: bigint }>
  > = {
    'of an operator with stake': () => ({}),
    'of nobody': () => ({ id: word('nobody') }),
    'of an operator without stake': () => ({
      before: [
        staking(mine().owner.address, encodeCall('staking', 'requestExit', [mine().id, bonded])),
        slash(mine().id),
      ],
    }),
    'of an operator whose whole stake is locked': () => ({ before: [lock(mine().id, bonded)], locked: bonded }),
    'of an operator whose whole stake is leaving': () => ({
      before: [staking(mine().owner.address, encodeCall('staking', 'requestExit', [mine().id, bonded]))],
    }),
    'of an operator that was ejected': () => ({
      before: [
        { from: fixture().at.court, to: fixture().at.operators, data: encodeCall('operators', 'eject', [mine().id]) },
      ],
    }),
    'of an operator that was slashed before': () => ({ before: [slash(mine().id), slash(mine().id)] }),
    'of an operator with delegators that stay and leave': () => ({ before: delegations() }),
    'of an operator down to the last unit': () => ({ before: [slash(mine().id, 9_999n), slash(mine().id, 9_999n)] }),
  };
  for (const [name, make] of Object.entries(cases)) {
    it(`${name} goes through, whatever its size, and what is left is covered`, async () => {
      for (const [own, delegated] of [
        [10_000n, 10_000n],
        [1n, 0n],
        [0n, 1n],
        [9_999n, 9_999n],
        [0n, 0n],
      ] as const) {
        const { before: first = [], id = mine().id, locked = 0n } = make();
        const results = await send(fixture(), [...first, slash(id, own, delegated)]);
        for (const result of results) expect(result.ok, refusalText(result)).to.equal(true);
        covered(results, locked);
      }
    });
  }

  function delegations(): Sent[] {
    const f = fixture();
    const { id } = mine();
    return [RELAYER, STRANGER].flatMap((account) => [
      ...supply(f, account, f.at.staking, 1_000n * AGRS),
      staking(account, encodeCall('staking', 'delegate', [id, 1_000n * AGRS - 1n])),
      staking(account, encodeCall('staking', 'undelegate', [id, 333n * AGRS])),
    ]);
  }

  it('after slash of any sizes, with exits and locks between, goes through and never takes more than there is', async () => {
    const f = fixture();
    const { id, owner } = mine();
    const rng = rngOf('slashes', 0);
    const calls: Sent[] = delegations();
    let locked = 0n;
    for (let round = 0; round < 30; round++) {
      calls.push(slash(id, rng.bigint(0n, 10_000n), rng.bigint(0n, 10_000n)));
      calls.push(...supply(f, owner.address, f.at.staking, 50n * AGRS));
      calls.push(staking(owner.address, encodeCall('staking', 'bond', [id, 50n * AGRS])));
      calls.push(staking(owner.address, encodeCall('staking', 'requestExit', [id, rng.bigint(1n, 20n * AGRS)])));
      if (round % 2 === 0) {
        calls.push(lock(id, 5n * AGRS));
        locked += 5n * AGRS;
      }
    }
    const results = await send(f, calls);
    for (const [i, result] of results.entries()) expect(result.ok, `${i}: ${refusalText(result)}`).to.equal(true);
    const { accounts, operators } = readLens(results.at(-1)!.lens);
    const owed = operators.flatMap(({ totals }) => totals).reduce((sum, total) => sum + total, locked);
    expect(accounts[2]!.balance).to.equal(owed);
  });

  it('of everything leaves an open claim that can be settled, and its lock goes where the rest went', async () => {
    const f = fixture();
    const draft = baseDraft(f);
    const claim = claimOf(f, draft, f.time);
    const settled = { ...settleCall(f, claim), at: claim.deadline + 1n };
    const frozen: Sent = {
      from: (f.roles.members[0] as KeyedAccount).address,
      to: f.at.registry,
      data: encodeCall('registry', 'freeze', []),
    };
    for (const first of [
      [claimCall(f, draft), slash(mine().id)],
      [claimCall(f, draft), frozen, slash(mine().id)],
    ]) {
      const results = await send(f, [...first, settled]);
      for (const result of results) expect(result.ok, refusalText(result)).to.equal(true);
      expect(readLens(results.at(-1)!.lens).operators[0]!.totals).to.deep.equal([0n, 0n, 0n, 0n]);
      covered(results);
    }
  });

  it('in part leaves an excused claim with the part that was not slashed', async () => {
    const f = fixture();
    const draft = baseDraft(f);
    const claim = claimOf(f, draft, f.time);
    const release = encodeCall('staking', 'release', [mine().id, claim.bond, ONE, 0, 2_500]);
    const results = await send(f, [claimCall(f, draft), slash(mine().id, 2_500n, 0n), staking(f.at.gate, release)]);
    for (const result of results) expect(result.ok, refusalText(result)).to.equal(true);
    const kept = (bonded * 7_500n) / 10_000n;
    expect(readLens(results.at(-1)!.lens).operators[0]!.totals[0]).to.equal(kept);
    covered(results);
  });
});
