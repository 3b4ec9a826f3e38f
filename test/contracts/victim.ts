/**
 * Somebody with a self-bond, an owner's exit, a delegation and a delegator's exit; others who have as much; and
 * whatever a call of theirs could be about, for tests that try everything.
 */
import { AGRS } from '../../src/chain/config.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { nonceOf, openingCommitment } from '../../src/codec/ids.ts';
import { ZERO_ADDRESS } from '../../src/codec/signature.ts';
import type { LensQuery } from '../../src/model/index.ts';
import type { KeyedOperator } from '../../src/operator/devnet.ts';
import { PLAIN, type Pools, type Values } from './arguments.ts';
import { claimCall, claimOf, fundEscrowCalls, missedBy, ONE, supply } from './claims.ts';
import { attestationEvidence, nextAttestation, openCall, place, SALT } from './evidence.ts';
import type { Draft } from './execution.ts';
import {
  executeCall,
  FEE,
  type Fixture,
  honest,
  mockDraft,
  NOTHING,
  parameters,
  RELAYER,
  type Sent,
  STRANGER,
  word,
  ZERO_HASH,
} from './fixture.ts';

const MOST = 2n ** 256n - 1n;

export type Sender =
  | 'a stranger'
  | 'the owner of another operator'
  | 'the key of another operator'
  | 'another delegator'
  | 'its own key';

export interface Scene {
  /** what brings it about, from the fixture's time on */
  readonly steps: readonly Sent[];
  /** the victim, and nobody else */
  readonly query: LensQuery;
  /** its address, and its operator's id */
  readonly names: readonly Hex[];
  readonly senders: Readonly<Record<Sender, Hex>>;
  /** values that name the victim, by type */
  pools(sender: Hex): Pools;
  /** arguments that only fit together, by function */
  prepared(sender: Hex): Readonly<Record<string, readonly Values[]>>;
}

type Drafts = readonly [Draft, Draft, Draft, Draft, Draft];

export function sceneOf(f: Fixture): Scene {
  const [mine, other] = f.operators as unknown as readonly [KeyedOperator, KeyedOperator];
  const victim = mine.owner.address;
  const senders = {
    'a stranger': STRANGER,
    'the owner of another operator': other.owner.address,
    'the key of another operator': other.signer.address,
    'another delegator': RELAYER,
    'its own key': mine.signer.address,
  };
  const later = f.time + 150n;
  const draft = (slot: bigint): Draft => ({
    ...mockDraft(f, 0),
    entry: f.entries.paidMock,
    slot,
    validUntil: later + 90n,
  });
  const [executed, accused, lapsed, open, next] = [0n, 1n, 2n, 3n, 4n].map(draft) as unknown as Drafts;
  // Funding the escrow takes two seconds.
  const lapsedClaim = claimOf(f, lapsed, f.time + 2n);
  const openClaim = claimOf(f, open, later);
  const { scope } = openClaim;
  const a = nextAttestation(f);
  const b = { ...a, stateHash: word('another state') };
  const evidence = attestationEvidence(f, a, b, [other.signer, other.signer]);
  const paidFor = (slot: bigint) => [scope, nonceOf(2n, slot), mine.id, FEE] as const;
  const caseOf = [scope, nonceOf(2n, 1n)] as const;
  return {
    steps: [
      ...fundEscrowCalls(f, f.entries.paidMock),
      claimCall(f, lapsed),
      ...[victim, ...Object.values(senders)].flatMap((account) => provided(f, account)),
      ...stakes(f, mine, victim),
      { ...executeCall(f, honest(f, executed)), at: later - 2n },
      executeCall(f, honest(f, accused)),
      claimCall(f, open),
      { from: RELAYER, to: f.at.court, data: encodeCall('court', 'accuse', [...paidFor(1n), ZERO_HASH]) },
      ...Object.values(senders).map((sender) => openCall(f, evidence, sender)),
    ],
    query: queryOf(f, mine.id, victim),
    names: [victim, mine.id],
    senders,
    pools: (sender) => poolsOf(f, sender, scope),
    prepared: (sender) => ({
      'court.open': [[openingCommitment(place(f), word('evidence'), sender, SALT)]],
      'court.revealAttestations': [[...evidence.args, SALT]],
      'court.accuse': [[...paidFor(0n), ZERO_HASH]],
      'court.closeCase': [caseOf],
      'court.vote': [[...caseOf, true]],
      'court.rebut': [[...caseOf, ZERO_HASH]],
      'gate.collectFee': [paidFor(0n)],
      'gate.settle': [[lapsedClaim], [openClaim]],
      'gate.claim': [[next.entry, next.stateEpoch, next.slot, mine.id, missedBy([])]],
      'gate.execute': [[honest(f, next)]],
      'gate.executeClaimed': [
        [honest(f, open), openClaim],
        [honest(f, lapsed), lapsedClaim],
      ],
      'staking.claimExit': [0, 1].map((kind) => [kind, mine.id, victim, 0]),
    }),
  };
}

/** Tokens, and every allowance that lets the system take them. */
function provided(f: Fixture, account: Hex): Sent[] {
  const spenders = [f.at.staking, f.at.gate, f.at.treasury, f.at.court];
  const [given] = supply(f, account, f.at.staking, 10_000n * AGRS) as readonly [Sent, Sent];
  const approve = (spender: Hex): Sent => ({
    from: account,
    to: f.at.agrs,
    data: encodeCall('agrs', 'approve', [spender, MOST]),
  });
  return [given, ...spenders.map(approve)];
}

/** Two exits of the owner; delegations and exits of the owner's and of another delegator's. */
function stakes(f: Fixture, { id }: KeyedOperator, owner: Hex): Sent[] {
  const staking = (from: Hex, data: Hex): Sent => ({ from, to: f.at.staking, data });
  return [
    staking(owner, encodeCall('staking', 'requestExit', [id, 100n * AGRS])),
    staking(owner, encodeCall('staking', 'requestExit', [id, 50n * AGRS])),
    ...[owner, RELAYER].flatMap((account) => [
      staking(account, encodeCall('staking', 'delegate', [id, 500n * AGRS])),
      staking(account, encodeCall('staking', 'undelegate', [id, 200n * AGRS])),
    ]),
  ];
}

function queryOf(f: Fixture, operatorId: Hex, account: Hex): LensQuery {
  const exit = (kind: number, index: number) => ({ kind, operatorId, account, index });
  return {
    ...NOTHING,
    accounts: [account],
    operators: [operatorId],
    delegations: [{ operatorId, account }],
    exits: [exit(0, 0), exit(0, 1), exit(1, 0)],
    sources: [f.sourceId],
  };
}

function poolsOf(f: Fixture, sender: Hex, scope: Hex): Pools {
  const [mine, other] = f.operators as unknown as readonly [KeyedOperator, KeyedOperator];
  const { paidMock, pay } = f.entries;
  const draft = { ...mockDraft(f, 0), entry: paidMock };
  const claims = [0n, 1n].map((slot) => claimOf(f, { ...draft, slot }, f.time));
  return {
    ...PLAIN,
    address: [mine.owner.address, sender, mine.signer.address, f.at.staking, ZERO_ADDRESS],
    'address[]': [[mine.owner.address], [sender]],
    bytes4: ['0x00000000'],
    bytes32: [mine.id, other.id, scope, f.sourceId, ZERO_HASH],
    'bytes32[]': [[mine.id], [mine.id, other.id].sort()],
    'bytes32[3]': [missedBy([]), missedBy([mine.id])],
    uint64: [2n, f.time + 1_000n, 0n],
    uint80: [parameters.minSelfBond, 0n],
    uint96: [ONE, 1n],
    uint128: [FEE, 0n],
    uint256: [100n * AGRS, nonceOf(2n, 0n), nonceOf(2n, 1n), 10_000n, 1n, 0n, MOST],
    'struct Claim': claims,
    'struct Entry': [paidMock, pay],
    'struct Execution': [honest(f, draft), { ...honest(f, draft), operatorId: other.id }],
    'struct ParameterSet': [parameters],
    'struct Split': [{ rewardBps: 10_000, burnBps: 0, rewardTo: sender }],
  };
}
