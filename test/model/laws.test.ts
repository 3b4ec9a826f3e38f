import { expect } from 'chai';
import fc from 'fast-check';
import { is } from 'immutable';
import type { ContractName } from '../../src/abi/system.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { applyCall, type State } from '../../src/model/index.ts';
import { valueOf } from '../../src/model/ledger.ts';
import { delegationOf, exitLedger, exitValue, stakeOf } from '../../src/model/staking.ts';
import { ExitKind } from '../../src/model/state.ts';
import { refused } from '../../src/model/step.ts';
import {
  AGRS,
  actor,
  address,
  call,
  directory,
  done,
  entry,
  env,
  holder,
  members,
  otherContract,
  outsider,
  parameterSet,
  possession,
  SUPPLY,
  start,
  T0,
  withOperator,
  ZERO,
  ZERO_HASH,
} from './fixture.ts';

const owners = [address(0x0a), address(0x0b)] as const;
const keys = ['k0', 'k1', 'k2', 'k3'].map(actor);

/** Two operators with a bond, an entry in force and some allowances: from here on anything may happen. */
const ready = (() => {
  const one = withOperator(start(), owners[0], keys[0]!, 1_000n * AGRS);
  const two = withOperator(one.state, owners[1], keys[1]!, 77n);
  let state = two.state;
  for (const owner of owners) {
    state = done(call(state, 'agrs', 'transfer', [owner, 500n], { sender: holder })).state;
    state = done(call(state, 'agrs', 'approve', [directory.staking, 400n], { sender: owner })).state;
  }
  state = done(call(state, 'agrs', 'approve', [directory.staking, SUPPLY], { sender: holder })).state;
  state = done(call(state, 'registry', 'stageEntry', [entry], { sender: directory.council })).state;
  state = done(call(state, 'registry', 'advanceEpoch', [], { sender: directory.council })).state;
  return { state, operators: [one.id, two.id, ZERO_HASH] };
})();

const people = [...owners, members[0]!, members[1]!, holder, outsider, directory.court, directory.council] as const;
const person = fc.constantFrom<Hex>(...people);
/** As a sender the staking contract would only do what its code does; it may be paid. */
const anyone = fc.constantFrom<Hex>(...people, directory.staking, ZERO);
const amount = fc.oneof(
  fc.constantFrom(0n, 1n, 77n, 400n, 500n, SUPPLY, 2n ** 256n - 1n),
  fc.bigInt(0n, 1_200n * AGRS),
);
const operator = fc.constantFrom(...ready.operators);
/** Gate and court name nobody else. */
const knownOperator = fc.constantFrom(...ready.operators.slice(0, 2));
const pick = fc.nat(30);
const seconds = fc.constantFrom(0, 1, 49, 99, 100, 130, 299, 301, 310, 600);

interface Act {
  readonly contract: ContractName;
  readonly name: string;
  /** arguments may name what the state holds at that moment */
  readonly args: (state: State) => readonly unknown[];
  readonly sender: Hex;
}

const nth = (list: Iterable<Hex>, n: number): Hex => {
  const all = [...list];
  return all[n % Math.max(1, all.length)] ?? ZERO_HASH;
};
const act = (
  contract: ContractName,
  name: string,
  args: fc.Arbitrary<Act['args']>,
  sender: fc.Arbitrary<Hex> = person,
) => fc.record({ contract: fc.constant(contract), name: fc.constant(name), args, sender });
const fixed = (...parts: fc.Arbitrary<unknown>[]): fc.Arbitrary<Act['args']> =>
  fc.tuple(...parts).map((args) => () => args);
const council = fc.constantFrom<Hex>(directory.council, directory.council, directory.council, outsider);
const court = fc.constantFrom<Hex>(directory.court, directory.court, outsider);
const gate = fc.constantFrom<Hex>(directory.gate, directory.gate, outsider);
/** Who gave the staking contract an allowance. */
const staker = fc.constantFrom<Hex>(...owners, holder);
const openProposal = pick.map((n) => (state: State) => [nth(state.council.proposals.keys(), n)]);
const openExit = (state: State, n: number) => {
  const all = [...state.staking.exits.values()];
  return all[n % Math.max(1, all.length)] ?? { kind: 0, operatorId: ZERO_HASH, account: ZERO, index: 0 };
};
const exit = pick.map((n) => (state: State) => {
  const { kind, operatorId, account, index } = openExit(state, n);
  return [kind, operatorId, account, index];
});
const ownersExit = pick.map((n) => (state: State) => {
  const { operatorId, index } = openExit(state, n);
  return [operatorId, index];
});
const bps = fc.constantFrom(0n, 1n, 1_000n, 5_000n, 10_000n);
const split = fc
  .tuple(fc.constantFrom(0, 1_000, 5_000), fc.constantFrom(0, 1_000, 5_000), person)
  .map(([rewardBps, burnBps, rewardTo]) => ({ rewardBps, burnBps, rewardTo }));
const governed = fc.constantFrom<Hex>('0xdeadbeef', '0x12345678');
const variant = fc.nat(3).map((n) => ({ ...entry, account: address(0x2000 + n), quotaPerState: BigInt(1 + n) }));

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  act('agrs', 'transfer', fixed(anyone, amount)),
  act('agrs', 'approve', fixed(anyone, amount)),
  act('agrs', 'transferFrom', fixed(anyone, anyone, amount)),
  act('agrs', 'burn', fixed(amount)),
  act('agrs', 'burnFrom', fixed(anyone, amount)),
  act('staking', 'bond', fixed(operator, amount)),
  act('staking', 'requestExit', fixed(operator, amount), fc.constantFrom<Hex>(...owners)),
  act('staking', 'cancelExit', ownersExit, fc.constantFrom<Hex>(...owners)),
  act('staking', 'claimExit', exit),
  act('staking', 'delegate', fixed(operator, amount), staker),
  act('staking', 'undelegate', fixed(operator, amount), staker),
  act('staking', 'lock', fixed(operator, amount, fc.constantFrom(0n, 50n)), gate),
  act('staking', 'slash', fixed(operator, bps, bps, split), court),
  act(
    'operators',
    'rotateSigner',
    fc.tuple(operator, fc.nat(3), fc.nat(1)).map(([id, k, o]) => () => [
      id,
      keys[k]!.address,
      possession(owners[o]!, keys[k]!),
    ]),
    fc.constantFrom<Hex>(...owners),
  ),
  act('operators', 'proposeOwner', fixed(operator, anyone), fc.constantFrom<Hex>(...owners)),
  act('operators', 'acceptOwner', fixed(operator)),
  act('operators', 'countMiss', fixed(knownOperator), gate),
  act('operators', 'eject', fixed(knownOperator), court),
  act('registry', 'stageEntry', fixed(variant), council),
  act(
    'registry',
    'stageRemoval',
    pick.map((n) => (state: State) => [nth(state.registry.applied.keys(), n)]),
    council,
  ),
  act(
    'registry',
    'unstage',
    pick.map((n) => (state: State) => [
      nth(
        state.registry.staged.map(({ key }) => key),
        n,
      ),
    ]),
    council,
  ),
  act('registry', 'advanceEpoch', fixed(), council),
  act('registry', 'freeze', fixed()),
  act('registry', 'endFreeze', fixed(), council),
  act(
    'council',
    'propose',
    fc.tuple(governed, fc.integer({ min: 1, max: 3 })).map(([data, tier]) => () => [
      otherContract,
      data,
      tier,
      ZERO_HASH,
    ]),
    fc.constantFrom(...members),
  ),
  act('council', 'approve', openProposal, fc.constantFrom(...members)),
  act('council', 'withdrawApproval', openProposal, fc.constantFrom(...members)),
  act('council', 'object', openProposal, fc.constantFrom(...members)),
  act('council', 'heartbeat', fixed(), fc.constantFrom(...members)),
  act('council', 'putOnNotice', fixed(fc.constantFrom(...members)), fc.constantFrom(...members)),
  act('council', 'removeSilent', fixed(fc.constantFrom(...members))),
  act('council', 'setMembers', fixed(fc.constantFrom(members, members.slice(1), [])), council),
  act(
    'parameters',
    'setParameters',
    fc.nat(1).map((n) => (state: State) => [state.parameters.version, { ...parameterSet, maxValidity: 600 + n }]),
    council,
  ),
);

/** What holds in every state that can be reached. */
function expectSound(state: State): void {
  const balances = [...state.agrs.balances.values()].reduce((sum, value) => sum + value, 0n);
  expect(balances, 'balances and supply').to.equal(state.agrs.supply);
  const ledgersOf = (id: Hex) => {
    const { selfBond, ownerExits, pool, delegatorExits } = stakeOf(state, id);
    return [selfBond, ownerExits, pool, delegatorExits];
  };
  const custody = ready.operators.flatMap(ledgersOf).reduce((sum, { total }) => sum + total, 0n);
  expect(state.agrs.balances.get(directory.staking, 0n) >= custody, 'custody covers the ledgers').to.equal(true);
  for (const id of ready.operators) {
    const stake = stakeOf(state, id);
    for (const kind of Object.values(ExitKind)) {
      const exits = [...state.staking.exits.values()].filter((one) => one.operatorId === id && one.kind === kind);
      const owed = exits.reduce((sum, found) => sum + exitValue(state, found), 0n);
      expect(owed <= exitLedger(stake, kind).total, 'exits are covered').to.equal(true);
    }
    const shares = [...stake.delegations.keys()].map((account) => delegationOf(state, id, account));
    const delegated = shares.reduce((sum, mine) => sum + valueOf(stake.pool, mine), 0n);
    expect(delegated <= stake.pool.total, 'delegations are covered').to.equal(true);
  }
  expect(is(state.council.members.toSet(), state.council.presence.keySeq().toSet()), 'seats').to.equal(true);
  for (const proposal of state.council.proposals.values()) {
    expect(proposal.approvals.isSubset(proposal.seats), 'only members approve').to.equal(true);
  }
  for (const found of state.operators.operators.values()) {
    expect(state.operators.keys.get(found.signer)?.rotatedAt, 'the signer is a current key').to.equal(0n);
  }
}

/** What no step may undo. */
function expectForward(before: State, after: State): void {
  expect(after.registry.epoch - before.registry.epoch <= 1n && after.registry.epoch >= before.registry.epoch).to.equal(
    true,
  );
  expect(after.registry.roots.size >= before.registry.roots.size).to.equal(true);
  expect(before.registry.roots.every((root, epoch) => after.registry.roots.get(epoch) === root)).to.equal(true);
  expect(after.council.version >= before.council.version).to.equal(true);
  expect(after.parameters.version >= before.parameters.version).to.equal(true);
  expect(
    before.operators.keys.every((key, signer) => after.operators.keys.get(signer)?.operatorId === key.operatorId),
  ).to.equal(true);
  expect(
    before.operators.operators.every((o, id) => o.status !== 3 || after.operators.operators.get(id)?.status === 3),
  ).to.equal(true);
  expect(after.agrs.supply <= before.agrs.supply).to.equal(true);
}

/** Its records, so that a change of any of them in place shows. */
function copyOf(state: State): State {
  return Object.fromEntries(Object.entries(state).map(([name, part]) => [name, { ...part }])) as unknown as State;
}

function expectSame(a: State, b: State): void {
  for (const name of Object.keys(a) as (keyof State)[]) {
    const [left, right] = [a[name], b[name]] as unknown as Record<string, unknown>[];
    expect(Object.keys(left!)).to.deep.equal(Object.keys(right!));
    for (const field of Object.keys(left!)) expect(is(left![field], right![field]), `${name}.${field}`).to.equal(true);
  }
}

describe('the machine', () => {
  it('keeps its laws along any sequence of calls, changes no input, and gives the same answer twice', function () {
    this.timeout(20_000);
    let succeeded = 0;
    let refusals = 0;
    const sequence = fc.array(fc.tuple(anyAct, seconds), { minLength: 10, maxLength: 40, size: 'max' });
    const property = fc.property(sequence, (acts) => {
      let state = ready.state;
      let time = T0;
      for (const [{ contract, name, args, sender }, passed] of acts) {
        time += BigInt(passed);
        const values = args(state);
        const before = copyOf(state);
        const step = applyCall(state, contract, name, values, env({ sender, time }));
        expectSame(state, before);
        expect(applyCall(state, contract, name, values, env({ sender, time }))).to.deep.equal(step);
        if (refused(step)) {
          refusals++;
          continue;
        }
        succeeded++;
        expectForward(state, step.state);
        expectSound(step.state);
        state = step.state;
      }
    });
    fc.assert(property, { numRuns: 150, seed: 22 });
    // Without enough of both, the laws above would have been looked at too rarely.
    expect(succeeded).to.be.above(300);
    expect(refusals).to.be.above(300);
  });

  it('throws for a function that no contract has', () => {
    expect(() => applyCall(start(), 'agrs', 'mint', [], env({ sender: holder }))).to.throw('agrs has no');
    expect(() => applyCall(start(), 'agrs', 'toString', [], env({ sender: holder }))).to.throw('agrs has no');
  });
});
