/** Claims on nonces, as the gate makes them, and the fees and locks around them. */
import { AGRS } from '../../src/chain/config.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { type Claim, missedHash, scopeId } from '../../src/codec/ids.ts';
import type { Execution } from '../../src/model/gate.ts';
import type { KeyedOperator } from '../../src/operator/devnet.ts';
import { type Draft, derive, type Facts, type Target } from './execution.ts';
import { type Fixture, factsOf, parameters, RELAYER, type Sent, ZERO_HASH } from './fixture.ts';

/** The factor of a self-bond that was never slashed. */
export const ONE = 10n ** 27n;
/** Operators that missed a nonce, in order, as a claim lists them. */
export type Missed = readonly [Hex, Hex, Hex];

export function missedBy(ids: readonly Hex[]): Missed {
  const [a = ZERO_HASH, b = ZERO_HASH, c = ZERO_HASH] = ids;
  return [a, b, c];
}

/** What the gate notes when an operator that was never slashed claims the draft's nonce at this second. */
export function claimMade(
  draft: Draft,
  facts: Facts,
  target: Target,
  made: { readonly claimedAt: bigint; readonly claimBond: bigint; readonly before?: readonly Hex[] },
): Claim {
  const { scope, nonce, entryHash, attestationHash } = derive(draft, facts, target).context;
  const { entry, operatorId } = draft;
  const { claimedAt, claimBond, before = [] } = made;
  return {
    scope,
    nonce,
    entryHash,
    operatorId,
    stateSource: entry.stateSource,
    stateHash: facts.stateHash,
    attestationHash,
    claimedAt,
    deadline: claimedAt + entry.claimTtl,
    bond: claimBond << BigInt(before.length),
    factorAtLock: ONE,
    generation: 0,
    fee: entry.execFee,
    missedHash: missedHash(before),
  };
}

export function claimOf(f: Fixture, draft: Draft, claimedAt: bigint, before: readonly Hex[] = []): Claim {
  return claimMade(draft, factsOf(f, draft), f.target, { claimedAt, claimBond: parameters.claimBond, before });
}

export function signerOf(f: Fixture, operatorId: Hex): Hex {
  return (f.operators.find(({ id }) => id === operatorId) as KeyedOperator).signer.address;
}

/** The draft's operator claims the draft's nonce. */
export function claimCall(f: Fixture, draft: Draft, missed: readonly Hex[] = []): Sent {
  const { entry, stateEpoch, slot, operatorId } = draft;
  const data = encodeCall('gate', 'claim', [entry, stateEpoch, slot, operatorId, missedBy(missed)]);
  return { from: signerOf(f, operatorId), to: f.at.gate, data };
}

/** The draft's operator claims the draft's nonce, which these missed, once the lapsed claim on it is settled. */
export function takeOverCall(f: Fixture, draft: Draft, missed: readonly Hex[], lapsed: Claim): Sent {
  const { entry, stateEpoch, slot, operatorId } = draft;
  const data = encodeCall('gate', 'takeOver', [entry, stateEpoch, slot, operatorId, missedBy(missed), lapsed]);
  return { from: signerOf(f, operatorId), to: f.at.gate, data };
}

export function settleCall(f: Fixture, claim: Claim, from: Hex = RELAYER): Sent {
  return { from, to: f.at.gate, data: encodeCall('gate', 'settle', [claim]) };
}

export function executeClaimedCall(f: Fixture, x: Execution, claim: Claim, from: Hex = RELAYER): Sent {
  return { from, to: f.at.gate, data: encodeCall('gate', 'executeClaimed', [x, claim]) };
}

/** Puts tokens into the escrow of the entry's scope. */
export function fundEscrowCalls(f: Fixture, entry: Execution['entry'], amount = 100n * AGRS): readonly Sent[] {
  const from = holderOf(f);
  const scope = scopeId({ chainId: f.chainId, contract: f.at.gate }, entry.adapter, entry.account);
  return [
    { from, to: f.at.agrs, data: encodeCall('agrs', 'approve', [f.at.gate, amount]) },
    { from, to: f.at.gate, data: encodeCall('gate', 'fundEscrow', [scope, amount]) },
  ];
}

/** Puts tokens into the treasury for the account of the entry. */
export function fundAccountCalls(
  f: Fixture,
  { account }: Execution['entry'],
  amount = 10_000n * AGRS,
): readonly Sent[] {
  const from = holderOf(f);
  return [
    { from, to: f.at.agrs, data: encodeCall('agrs', 'approve', [f.at.treasury, amount]) },
    { from, to: f.at.treasury, data: encodeCall('treasury', 'fund', [account, amount]) },
  ];
}

/** Who holds what isn't anywhere else. */
export function holderOf(f: Fixture): Hex {
  return (f.roles.deployer[0] as Fixture['roles']['deployer'][number]).address;
}

/** Gives tokens to an account, and the allowance that it needs to spend them on a contract. */
export function supply(f: Fixture, account: Hex, spender: Hex, amount: bigint): readonly Sent[] {
  return [
    { from: holderOf(f), to: f.at.agrs, data: encodeCall('agrs', 'transfer', [account, amount]) },
    { from: account, to: f.at.agrs, data: encodeCall('agrs', 'approve', [spender, amount]) },
  ];
}
