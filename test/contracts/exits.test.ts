import type { AbiFunction, AbiParameter } from 'abitype';
import { expect } from 'chai';
import { encodeFunctionData } from 'viem';
import { lensAbi } from '../../src/abi/generated/index.ts';
import { type ContractName, systemAbis } from '../../src/abi/system.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { simulateBackend } from '../../src/mirror/simulate.ts';
import type { LensSnapshot } from '../../src/model/index.ts';
import { argumentsFor, type Values } from './arguments.ts';
import {
  deployFixture,
  establish,
  type Fixture,
  parameters,
  readLens,
  refusalText,
  type Sent,
  STRANGER,
  seen,
  send,
  textOf,
} from './fixture.ts';
import { refusal } from './table.ts';
import { type Scene, sceneOf } from './victim.ts';

const writes = (Object.entries(systemAbis) as [ContractName, readonly unknown[]][]).flatMap(([contract, abi]) =>
  (abi as readonly AbiFunction[])
    .filter(({ type, stateMutability }) => type === 'function' && !['view', 'pure'].includes(stateMutability))
    .map((abiFunction) => ({ contract, abiFunction, name: `${contract}.${abiFunction.name}` })),
);

/** Whether a function takes an account or an id at all, anywhere in its arguments. */
const takesNames = ({ abiFunction }: (typeof writes)[number]): boolean =>
  /"type":"(address|bytes32)/.test(JSON.stringify(abiFunction.inputs));

describe("exits: nobody else can move, delay or lock what is somebody's", function () {
  this.timeout(60_000);
  /** with everything below in place */
  let f: Fixture;
  let scene: Scene;

  before(async () => {
    const deployed = await deployFixture();
    scene = sceneOf(deployed);
    f = await establish(deployed, scene.steps);
  });
  after(() => f?.anvil.stop());

  /** What the lens shows of the victim. */
  interface Owned {
    readonly balance: bigint;
    readonly selfBond: bigint;
    readonly locks: number;
    readonly operator: readonly unknown[];
    readonly delegation: LensSnapshot['delegations'][number];
    readonly exits: LensSnapshot['exits'];
  }
  function owned(data: Hex): Owned {
    const { accounts, operators, delegations, exits } = readLens(data);
    const o = operators[0]!;
    return {
      balance: accounts[0]!.balance,
      selfBond: o.totals[0],
      locks: o.locks,
      operator: [
        o.status,
        o.owner,
        o.signer,
        o.payout,
        o.proposedOwner,
        o.ownerOpensAt,
        o.exits,
        o.factors,
        o.generations,
      ],
      delegation: delegations[0]!,
      exits,
    };
  }
  const worth = ({ balance, exits }: Owned): bigint => exits.reduce((sum, { value }) => sum + value, balance);

  /** Every function, with every combination of its arguments, by this sender at this time; `check` after each call. */
  async function sweep(from: Hex, time: bigint, check: (before: Owned, after: Owned, call: string) => void) {
    const backend = await simulateBackend(f.anvil);
    const lensData = encodeFunctionData({ abi: lensAbi, functionName: 'snapshot', args: [scene.query] });
    const [now] = await backend.run([placed({ from, to: f.at.agrs, data: '0x06fdde03' }, time, lensData)]);
    const before = owned(seen(now!.lens));
    const [pools, prepared] = [scene.pools(from), scene.prepared(from)];
    /** functions of which some call names the victim, or its operator */
    const about = new Set<string>();
    const accepted = new Set<string>();
    for (const { contract, abiFunction, name } of writes) {
      const combinations = [
        ...(prepared[name] ?? []),
        ...argumentsFor(name, abiFunction.inputs as readonly AbiParameter[], pools),
      ];
      const calls = combinations.map((args) => ({ from, to: f.at[contract], data: dataOf(abiFunction, args) }));
      const results = await backend.run(calls.map((call) => placed(call, time, lensData)));
      let last: Hex | undefined;
      for (const [i, { ok, lens }] of results.entries()) {
        if (ok) accepted.add(name);
        const shown = seen(lens);
        if (shown === last) continue;
        last = shown;
        check(before, owned(shown), `${name}(${JSON.stringify(combinations[i], printable)})`);
      }
      if (calls.some(({ data }) => scene.names.some((word) => data.includes(word.slice(2))))) about.add(name);
    }
    expect([...about]).to.deep.equal(writes.filter(takesNames).map(({ name }) => name));
    return accepted;
  }
  const placed = (call: Sent, time: bigint, lensData: Hex) => ({
    ...call,
    look: { to: f.at.lens, data: lensData },
    time,
    block: 1_000_000n,
  });

  function untouched(before: Owned, after: Owned, call: string): void {
    const { balance, selfBond, locks, ...rest } = after;
    const { balance: hadBalance, selfBond: hadBond, locks: hadLocks, ...had } = before;
    expect(rest, call).to.deep.equal(had);
    // A gift, and a lock that ends, may raise what somebody has.
    expect([balance >= hadBalance, selfBond >= hadBond, locks <= hadLocks], call).to.deep.equal([true, true, true]);
  }

  /** The lapsed claim is settled, whoever does; the rest is what strangers can do here at all. */
  const possible = [
    'agrs.approve',
    'agrs.transfer',
    'staking.bond',
    'staking.delegate',
    'gate.settle',
    'gate.execute',
    'gate.executeClaimed',
    'gate.collectFee',
    'gate.fundEscrow',
    'treasury.fund',
    'court.open',
    'court.accuse',
  ];

  for (const who of [
    'a stranger',
    'the owner of another operator',
    'the key of another operator',
    'another delegator',
  ] as const) {
    it(`${who} can do nothing to them, with any function of any contract`, async () => {
      const accepted = await sweep(scene.senders[who], f.time + 10n, untouched);
      expect([...accepted]).to.include.members(possible);
    });
  }

  it("the operator's own key, which others may steal, can lock self-bond by claims, and nothing else", async () => {
    const accepted = await sweep(scene.senders['its own key'], f.time + 10n, (before, after, call) => {
      const limits = { locks: before.locks, selfBond: before.selfBond };
      untouched(before, { ...after, ...limits }, call);
    });
    expect([...accepted]).to.include.members(['gate.claim', ...possible]);
  });

  it('a stranger can do nothing else when they are mature than pay them out to whom they belong', async () => {
    const matured = f.time + BigInt(parameters.unbondingPeriod) + 1n;
    const accepted = await sweep(STRANGER, matured, (before, after, call) => {
      for (const [i, exit] of after.exits.entries()) {
        const had = before.exits[i]!;
        expect(exit, call).to.deep.be.oneOf([had, { opensAt: 0n, shares: 0n, value: 0n }]);
      }
      expect(worth(after) >= worth(before), call).to.equal(true);
      untouched({ ...before, exits: after.exits }, after, call);
    });
    expect([...accepted]).to.include('staking.claimExit');
  });

  it('the same calls by whom they belong to change them: the test would notice', async () => {
    const { owner } = f.operators[0]!;
    let changed = '';
    await sweep(owner.address, f.time + 10n, (before, after, call) => {
      try {
        untouched(before, after, call);
      } catch {
        changed += `${call.slice(0, call.indexOf('('))} `;
      }
    });
    expect([...new Set(changed.trim().split(' '))].sort()).to.deep.equal([
      'agrs.burn',
      'agrs.transfer',
      'court.accuse',
      'gate.fundEscrow',
      'operators.proposeOwner',
      'operators.setPayout',
      'staking.bond',
      'staking.bondWithPermit',
      'staking.cancelExit',
      'staking.delegate',
      'staking.delegateWithPermit',
      'staking.requestExit',
      'staking.undelegate',
      'treasury.fund',
    ]);
  });

  for (const [kind, of] of [
    [0, "an owner's exit"],
    [1, "a delegator's exit"],
  ] as const) {
    it(`${of} pays to whom it belongs, whoever asks, and not a second before`, async () => {
      const { id, owner } = f.operators[0]!;
      const exit = scene.query.exits.findIndex((one) => one.kind === kind);
      const [opensAt, value] = await exitNow(exit);
      const claim = {
        from: STRANGER,
        to: f.at.staking,
        data: encodeCall('staking', 'claimExit', [kind, id, owner.address, 0]),
      };
      const [early] = await send(f, [{ ...claim, at: opensAt - 1n }]);
      expect(refusalText(early!)).to.equal(textOf(refusal('ExitNotMature', opensAt, opensAt - 1n)));
      const reads = [owner.address, STRANGER].map(
        (account): Sent => ({
          from: STRANGER,
          to: f.at.agrs,
          data: encodeFunctionData({ abi: systemAbis.agrs, functionName: 'balanceOf', args: [account] }),
        }),
      );
      const results = await send(f, [
        { ...reads[0]!, at: opensAt - 2n },
        reads[1]!,
        { ...claim, at: opensAt },
        ...reads,
        claim,
      ]);
      const [victim, stranger, , victimAfter, strangerAfter, again] = results;
      expect(BigInt(victimAfter!.data) - BigInt(victim!.data)).to.equal(value);
      expect(strangerAfter!.data).to.equal(stranger!.data);
      expect(refusalText(again!)).to.equal(textOf(refusal('ExitUnknown', kind, id, owner.address, 0)));
    });
  }

  async function exitNow(index: number): Promise<readonly [opensAt: bigint, value: bigint]> {
    const data = encodeFunctionData({ abi: lensAbi, functionName: 'snapshot', args: [scene.query] });
    const { exits } = readLens((await f.anvil.call('eth_call', [{ to: f.at.lens, data }, 'latest'])) as Hex);
    return [exits[index]!.opensAt, exits[index]!.value];
  }
});

function dataOf(abiFunction: AbiFunction, args: Values): Hex {
  return encodeFunctionData({ abi: [abiFunction], functionName: abiFunction.name, args: args as unknown[] });
}

const printable = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);
