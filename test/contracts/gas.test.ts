import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { compareGas, LIMITS, SNAPSHOT, type Snapshot } from '../../scripts/gas-check.ts';
import { AGRS } from '../../src/chain/config.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { simulateBackend } from '../../src/mirror/simulate.ts';
import type { EvmCall } from '../../src/mirror/types.ts';
import { claimCall, claimOf, ONE, settleCall, supply } from './claims.ts';
import { attestationEvidence, nextAttestation, openCall, revealCall } from './evidence.ts';
import { type Draft, derive } from './execution.ts';
import {
  deployFixture,
  executeCall,
  type Fixture,
  factsOf,
  honest,
  mockDraft,
  parameters,
  RELAYER,
  refusalText,
  type Sent,
  word,
} from './fixture.ts';
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

  it('has a committed snapshot, in which everything that has a limit is within it', () => {
    const file = new URL(`../../${SNAPSHOT}`, import.meta.url);
    expect(existsSync(file)).to.equal(true);
    const snapshot = JSON.parse(readFileSync(file, 'utf8')) as Snapshot;
    for (const [operation, limit] of Object.entries(LIMITS)) {
      expect(snapshot[operation], operation).to.be.within(limit / 2, limit);
    }
    expect(LIMITS[PAYMENT]).to.equal(400_000);
  });
});

describe('what punishes costs the same, however many stand behind an operator', function () {
  this.timeout(60_000);
  const MANY = 10_000;
  /** The measured claim is of slot 0. */
  const draftOf = (f: Fixture, slot: number): Draft => ({ ...mockDraft(f, 0), slot: BigInt(slot) });
  let f: Fixture;
  before(async () => {
    f = await deployFixture();
  });
  after(() => f?.anvil.stop());

  /** So many delegators, exits of theirs and of the owner's, and open claims of the operator's. */
  function crowd(count: number): Sent[] {
    const { id, owner } = f.operators[0]!;
    const staking = (from: Hex, data: Hex): Sent => ({ from, to: f.at.staking, data });
    const delegate = encodeCall('staking', 'delegate', [id, AGRS]);
    const undelegate = encodeCall('staking', 'undelegate', [id, AGRS / 2n]);
    const requestExit = encodeCall('staking', 'requestExit', [id, AGRS / 10n]);
    const release = encodeCall('staking', 'release', [id, parameters.claimBond, ONE, 0, 0]);
    return Array.from({ length: count }, (_, i): Sent[] => {
      const delegator: Hex = `0x${(i + 1).toString(16).padStart(40, 'd')}`;
      return [
        ...supply(f, delegator, f.at.staking, AGRS),
        staking(delegator, delegate),
        staking(delegator, undelegate),
        staking(owner.address, requestExit),
        claimCall(f, draftOf(f, i + 1)),
        // An operator holds sixteen locks at most; the claim stays open.
        staking(f.at.gate, release),
      ];
    }).flat();
  }

  /** Gas of a settlement, of a verdict and of a conviction, in this order, with a crowd of that size. */
  async function measured(count: number): Promise<readonly bigint[]> {
    const { id, owner, signer } = f.operators[0]!;
    const claimedAt = f.time + 10n;
    const claim = claimOf(f, draftOf(f, 0), claimedAt);
    const executed = { ...mockDraft(f, 0), slot: 900_000n };
    const { scope, nonce } = derive(executed, factsOf(f, executed), f.target).context;
    const court = (from: Hex, data: Hex): Sent => ({ from, to: f.at.court, data });
    const a = nextAttestation(f);
    const evidence = attestationEvidence(f, a, { ...a, stateHash: word('another state') }, [signer, signer]);
    const votes = f.roles.members.map(({ address }) =>
      court(address, encodeCall('court', 'vote', [scope, nonce, true])),
    );
    const late = claim.deadline + 1n;
    const punishments = [{ ...settleCall(f, claim), at: late }, votes[1]!, revealCall(f, evidence, RELAYER)];
    const calls = [
      ...crowd(count).map((call) => ({ ...call, at: f.time })),
      { ...claimCall(f, draftOf(f, 0)), at: claimedAt },
      executeCall(f, honest(f, executed)),
      ...supply(f, RELAYER, f.at.court, parameters.accuserBond),
      court(RELAYER, encodeCall('court', 'accuse', [scope, nonce, id, 0n, word('reason')])),
      court(owner.address, encodeCall('court', 'rebut', [scope, nonce, word('answer')])),
      votes[0]!,
      openCall(f, evidence, RELAYER),
      punishments[0]!,
      punishments[1]!,
      punishments[2]!,
    ];
    const backend = await simulateBackend(f.anvil);
    let next = f.time;
    const placed = calls.map(({ at = next, ...call }: Sent): EvmCall => {
      const block = backend.firstBlock + (at - f.time);
      next = at + 1n;
      return { ...call, look: undefined, time: at, block };
    });
    const results = await backend.run(placed);
    for (const { ok, data } of results) expect(ok, refusalText({ ok, data })).to.equal(true);
    return results.slice(-3).map(({ gasUsed }) => gasUsed);
  }

  it('a settlement, a verdict and a conviction, with one and with ten thousand delegators, exits and claims', async () => {
    const one = await measured(1);
    const many = await measured(MANY);
    expect(many).to.deep.equal(one);
    for (const gas of one) expect(Number(gas)).to.be.within(60_000, 300_000);
  });
});
