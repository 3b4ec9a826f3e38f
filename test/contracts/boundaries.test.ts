import { expect } from 'chai';
import { encodeCall } from '../../src/codec/abi.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { entryHash, entryKey, proposalId } from '../../src/codec/ids.ts';
import { registryRoot } from '../../src/merkle/standard-tree.ts';
import type { Call } from '../../src/mirror/types.ts';
import { ACCEPTED, type Boundary, no, ok, testBoundaries } from './boundaries.ts';
import {
  type Attested,
  attestation,
  CHAIN_ID,
  callOf,
  payment,
  startTwin,
  type Timed,
  type Twin,
  world,
} from './twin.ts';

const P = world.parameterSet;
describe('deadlines: a second before, at and after each, on contracts and model', function () {
  this.timeout(60_000);
  let twin: Twin;
  before(async () => {
    twin = await startTwin();
  });
  after(() => twin?.stop());

  const [first, second] = world.members as readonly [world.Actor, world.Actor, world.Actor];
  const sender = world.outsiders[0]!.address;
  const council = (): Hex => twin.state.deployment.directory.council;
  const latest = (): Attested => twin.source.latest as Attested;
  const asCouncil = (contract: 'registry', name: 'advanceEpoch' | 'endFreeze'): Call =>
    callOf(contract, name, council(), []);
  const freeze = (member: world.Actor): Call => callOf('registry', 'freeze', member.address, []);
  const expiresAt = (): bigint => latest().createdAt + BigInt(twin.source.maxStaleness);
  const opensAt = (): bigint => twin.state.registry.advancedAt + BigInt(P.epochMinInterval);
  const stage = (index: number): Call => callOf('registry', 'stageEntry', council(), [twin.entries[index]!]);
  /** Brings in a change of another entry at the first second at which an epoch can begin; the first entry stays. */
  const nextEpoch = (): Timed[] => [
    { at: twin.start, call: callOf('registry', 'stageRemoval', council(), [keyOf(2)]) },
    { at: opensAt(), call: asCouncil('registry', 'advanceEpoch') },
  ];
  const keyOf = (index: number): Hex => {
    const { policyHash, adapter, account } = twin.entries[index]!;
    return entryKey(
      { chainId: CHAIN_ID, contract: twin.state.deployment.directory.registry },
      policyHash,
      adapter,
      account,
    );
  };

  const boundaries: Readonly<Record<string, () => Boundary>> = {
    'an entry authorises in the previous epoch until the grace ends': () => ({
      before: nextEpoch(),
      deadline: opensAt() + BigInt(P.registryGrace),
      call: (at) => payment(twin, at),
      outcomes: [ok, ok, () => no('EpochNotAuthorised', 1n, 2n)],
    }),
    'the previous attestation is usable until its grace ends': () => ({
      before: [{ at: twin.start, call: attestation(twin, twin.start).call }],
      deadline: twin.start + BigInt(P.attestationGrace),
      call: (at) => payment(twin, at),
      outcomes: [ok, ok, () => no('StateNotUsable', 1n, 2n)],
    }),
    'a state is fresh until maxStaleness after its creation': () => ({
      deadline: expiresAt(),
      call: (at) => payment(twin, at),
      outcomes: [ok, ok, (at) => no('StateStale', expiresAt(), at)],
    }),
    'a decision is valid until validUntil': () => ({
      deadline: twin.start + 50n,
      call: (at) => payment(twin, at, { validUntil: twin.start + 50n }),
      outcomes: [ok, ok, (at) => no('DecisionExpired', twin.start + 50n, at)],
    }),
    'validUntil lies at most maxValidity ahead': () => {
      const validUntil = twin.start + 5n + BigInt(P.maxValidity);
      return {
        deadline: twin.start + 5n,
        call: (at) => payment(twin, at, { validUntil }),
        outcomes: [(at) => no('ValidUntilTooLate', validUntil, at + BigInt(P.maxValidity)), ok, ok],
      };
    },
    'an epoch begins epochMinInterval after the last': () => ({
      before: [
        { at: twin.start, call: stage(5) },
        { at: twin.start, call: callOf('registry', 'stageRemoval', council(), [keyOf(2)]) },
      ],
      deadline: opensAt(),
      call: () => asCouncil('registry', 'advanceEpoch'),
      outcomes: [(at) => no('EpochTooSoon', opensAt(), at), ok, ok],
    }),
    'a freeze holds until and including its end: nothing executes': () => ({
      before: [{ at: twin.start, call: freeze(first) }],
      deadline: twin.start + BigInt(P.freezeDuration),
      call: (at) => payment(twin, at),
      outcomes: [() => no('RegistryFrozen', twin.start + 100n), () => no('RegistryFrozen', twin.start + 100n), ok],
    }),
    'a freeze holds until and including its end: another one can begin after it': () => ({
      before: [{ at: twin.start, call: freeze(first) }],
      deadline: twin.start + BigInt(P.freezeDuration),
      call: () => freeze(second),
      outcomes: [() => no('RegistryFrozen', twin.start + 100n), () => no('RegistryFrozen', twin.start + 100n), ok],
    }),
    'a freeze can be ended as long as it holds': () => ({
      before: [{ at: twin.start, call: freeze(first) }],
      deadline: twin.start + BigInt(P.freezeDuration),
      call: () => asCouncil('registry', 'endFreeze'),
      outcomes: [ok, ok, () => no('NotFrozen')],
    }),
    'the end of a freeze moves to at most freezeExtension from now': () => {
      const until = twin.start + 3n + BigInt(P.freezeExtension);
      return {
        before: [{ at: twin.start, call: freeze(first) }],
        deadline: twin.start + 3n,
        call: () => callOf('registry', 'moveFreeze', council(), [until]),
        outcomes: [(at) => no('FreezeTooLong', until, at + BigInt(P.freezeExtension)), ok, ok],
      };
    },
    'a member freezes again freezeCooldown after the last time': () => {
      const again = twin.start + BigInt(P.freezeCooldown);
      return {
        before: [{ at: twin.start, call: freeze(first) }],
        deadline: again,
        call: () => freeze(first),
        outcomes: [() => no('FreezeTooSoon', first.address, again), ok, ok],
      };
    },
    'an elevated proposal is executable from its eta on': () => {
      const { before, id, execute } = proposal(2);
      const eta = twin.start + BigInt(P.elevatedDelay);
      return {
        before,
        deadline: eta,
        call: () => execute,
        outcomes: [(at) => no('ProposalNotReady', id, eta, at), ok, ok],
      };
    },
    'an elevated proposal is executable until its grace ends': () => {
      const { before, id, execute } = proposal(2);
      const until = twin.start + BigInt(P.elevatedDelay + P.proposalGrace);
      return {
        before,
        deadline: until,
        call: () => execute,
        outcomes: [ok, ok, (at) => no('ProposalExpired', id, until, at)],
      };
    },
    'a critical proposal is executable from its eta on': () => {
      const { before, id, execute } = proposal(3);
      const eta = twin.start + BigInt(P.criticalDelay);
      return {
        before,
        deadline: eta,
        call: () => execute,
        outcomes: [(at) => no('ProposalNotReady', id, eta, at), ok, ok],
      };
    },
    'a proposed owner can accept after the unbonding period': () => {
      const [owner, id] = ownerOfFirst();
      const opens = twin.start + BigInt(P.unbondingPeriod) + 1n;
      return {
        before: [{ at: twin.start, call: callOf('operators', 'proposeOwner', owner, [id, sender]) }],
        deadline: opens - 1n,
        call: () => callOf('operators', 'acceptOwner', sender, [id]),
        outcomes: [(at) => no('OwnerChangeTooEarly', opens, at), (at) => no('OwnerChangeTooEarly', opens, at), ok],
      };
    },
    'an attestation may lie maxFutureSkew ahead': () => {
      const createdAt = twin.start + 20n;
      const skew = BigInt(twin.source.maxFutureSkew);
      return {
        deadline: createdAt - skew,
        call: () => attestation(twin, createdAt).call,
        outcomes: [(at) => no('AttestationFromFuture', createdAt, at + skew), ok, ok],
      };
    },
    'an attestation is accepted until maxStaleness after its creation': () => {
      const createdAt = latest().createdAt;
      return {
        deadline: expiresAt(),
        call: () => attestation(twin, createdAt).call,
        outcomes: [ok, ok, (at) => no('AttestationStale', createdAt, at - BigInt(twin.source.maxStaleness))],
      };
    },
  };

  testBoundaries(() => twin, boundaries);

  it('the latest validity is never beyond the freshness of the state', async () => {
    const at = expiresAt() - 10n;
    const late = expiresAt() + 1n;
    const { outcomes } = await twin.run([{ at, call: payment(twin, at, { validUntil: late }) }]);
    expect(outcomes).to.deep.equal([no('ValidUntilTooLate', late, expiresAt())]);
  });

  it('an execution is final after the finality delay', async () => {
    const neutral = callOf('agrs', 'approve', sender, [first.address, 1n]);
    const executedAt = twin.start;
    const statuses: number[] = [];
    for (const delay of [P.finalityDelay - 1, P.finalityDelay, P.finalityDelay + 1]) {
      const calls = [
        { at: executedAt, call: payment(twin, executedAt) },
        { at: executedAt + BigInt(delay), call: neutral },
      ];
      const { lens } = await twin.run(calls);
      statuses.push(lens.nonces[0]!.status);
    }
    expect(statuses).to.deep.equal([1, 1, 2]);
  });

  it('in the new epoch and in its grace both roots are bound: each decision under its own', async () => {
    const at = opensAt() + 1n;
    const registry = { chainId: CHAIN_ID, contract: twin.state.deployment.directory.registry };
    const kept = [0, 3].map((i) => [keyOf(i), entryHash(registry, twin.entries[i]!)] as const);
    const root = registryRoot(kept);
    const calls = [
      ...nextEpoch(),
      { at, call: payment(twin, at, { slot: 0n }) },
      { at, call: payment(twin, at, { slot: 1n, policyEpoch: 2n, registryRoot: root }) },
      { at, call: payment(twin, at, { slot: 2n, policyEpoch: 2n }) },
    ];
    const { outcomes } = await twin.run(calls);
    expect(outcomes.slice(0, -1)).to.deep.equal([ACCEPTED, ACCEPTED, ACCEPTED, ACCEPTED]);
    expect(outcomes.at(-1), 'signed for the root of epoch 1').to.match(/^OperatorSignatureInvalid\(/);
  });

  it('an entry that changes stops at once, without a grace', async () => {
    const at = opensAt();
    const calls = [
      { at: twin.start, call: stage(1) },
      { at, call: asCouncil('registry', 'advanceEpoch') },
      { at, call: payment(twin, at, { entry: twin.entries[1]!, policyEpoch: 1n }) },
    ];
    const { outcomes } = await twin.run(calls);
    expect(outcomes.at(-1)).to.equal(no('EpochNotAuthorised', 1n, 2n));
  });

  /** A proposal that holds its quorum since `start`, after genesis was sealed. */
  function proposal(tier: number) {
    const target = twin.state.deployment.directory.registry;
    const data = encodeCall('registry', 'stageEntry', [twin.entries[5]!]);
    const salt: Hex = `0x${'0'.repeat(64)}`;
    const version = twin.state.council.version + 1n; // sealing moves it
    const id = proposalId({ chainId: CHAIN_ID, contract: council() }, { target, data, tier, salt }, version);
    const at = twin.start;
    const before: Timed[] = [
      { at, call: callOf('council', 'sealGenesis', first.address, []) },
      { at, call: callOf('council', 'propose', first.address, [target, data, tier, salt]) },
      { at, call: callOf('council', 'approve', second.address, [id]) },
    ];
    return { before, id, execute: callOf('council', 'execute', sender, [target, data, tier, salt]) };
  }

  /** The first operator and its owner. */
  function ownerOfFirst(): readonly [Hex, Hex] {
    const id = twin.operatorIds[0]!;
    return [twin.state.operators.operators.get(id)!.owner, id];
  }
});
