/**
 * What happens before a campaign's traces: funds, operators, sources, entries and a first attestation, before genesis
 * is sealed. The same calls run on the model and on the chain, and are compared like any others.
 * @module
 */
import { GENESIS_TIERS } from '../chain/tiers.ts';
import { encodeCall, selectorOf } from '../codec/abi.ts';
import { type Hex, keccak256, utf8, ZERO_HASH } from '../codec/hash.ts';
import { type Entry, operatorId, proposalId, scopeId } from '../codec/ids.ts';
import { signDigest } from '../codec/signature.ts';
import { typedDigest } from '../codec/typed-data.ts';
import type { Call, Step } from '../mirror/types.ts';
import { type Context, callOf } from './context.ts';
import { type Actor, AGRS, delegators, members, owners, payees, principal, signers, sourceNames } from './world.ts';

export type Base = Pick<Context, 'chainId' | 'directory' | 'verifiers' | 'entries' | 'adapter' | 'sourceIds'> & {
  /** states of the sources, as the first attestations have them */
  readonly stateHashes: readonly Hex[];
};

/** @param time block.timestamp at which it begins, seconds */
export function prologue(base: Base, time: bigint): Step[] {
  const calls = [...funding(base), ...operators(base), ...governance(base), ...attestations(base, time)];
  return calls.map((call) => ({ kind: 'call', call }));
}

function funding({ chainId, directory }: Base): Call[] {
  const rich = [...owners, ...payees, ...delegators, ...members].map(({ address }) =>
    callOf('agrs', 'transfer', principal.address, [address, 5_000n * AGRS]),
  );
  const approvals = [...owners, ...payees, ...delegators, ...members, principal].flatMap(({ address }) =>
    [directory.staking, directory.treasury, directory.gate, directory.court].map((spender) =>
      callOf('agrs', 'approve', address, [spender, 3_000n * AGRS]),
    ),
  );
  const funds = [
    callOf('treasury', 'fund', principal.address, [principal.address, 2_000n * AGRS]),
    callOf('treasury', 'fund', principal.address, [(payees[0] as Actor).address, 20n * AGRS]),
    ...[principal, payees[0] as Actor].map(({ address }) => {
      const scope = scopeId({ chainId, contract: directory.gate }, directory.treasury, address);
      return callOf('gate', 'fundEscrow', principal.address, [scope, 40n * AGRS]);
    }),
  ];
  return [...rich, ...approvals, ...funds];
}

function operators({ chainId, directory }: Base): Call[] {
  const domain = { chainId, verifyingContract: directory.operators };
  return owners.flatMap((owner, i) => {
    const signer = signers[i] as Actor;
    const digest = typedDigest('SignerPossession', { owner: owner.address, signer: signer.address }, domain);
    const possession = signDigest(digest, signer.key);
    const id = operatorId({ chainId, contract: directory.operators }, owner.address, signer.address);
    const metadata = keccak256(utf8(owner.name));
    return [
      callOf('operators', 'register', owner.address, [signer.address, owner.address, metadata, possession]),
      callOf('staking', 'bond', owner.address, [id, 1_000n * AGRS]),
    ];
  });
}

function governance(base: Base): Call[] {
  const { directory, verifiers } = base;
  const council = directory.council;
  const ids = operatorIds(base).slice(0, 3);
  const admitted = operatorIds(base).slice(0, 4);
  const tiers = GENESIS_TIERS.map(({ contract, call, tier }) => ({
    target: directory[contract],
    selector: selectorOf(contract, call),
    tier,
  }));
  const governed = [
    callOf('council', 'setTiers', council, [tiers]),
    callOf('router', 'addVerifier', council, [verifiers[0] as Hex]),
    ...verifiers.slice(2).map((verifier) => callOf('router', 'addVerifier', council, [verifier])),
    ...admitted.map((id) => callOf('operators', 'admit', council, [id])),
    ...sourceNames.map((name) => callOf('oracle', 'configureSource', council, [name, ids, 2, 900, 5, true])),
    ...firstEntries(base).map((entry) => callOf('registry', 'stageEntry', council, [entry])),
    callOf('registry', 'advanceEpoch', council, []),
  ];
  // Setting the tiers is the first, and it moves the council's version from 1 to 2.
  return governed.flatMap((call, i) => carried(base, call, i === 0 ? 1n : 2n, keccak256(utf8(`prologue ${i}`))));
}

/** As many as the registry holds: three, one of them of the adapter that calls back, where there is one. */
function firstEntries({ entries, adapter }: Base): Entry[] {
  const calling = entries.findIndex((entry) => entry.adapter === adapter);
  return [0, calling === -1 ? 2 : calling, 3].map((i) => entries[i] as Entry);
}

/** Proposed by the first member at the critical tier, approved by the second, executed. */
function carried({ chainId, directory }: Base, call: Call, version: bigint, salt: Hex): Call[] {
  const target = directory[call.contract as keyof typeof directory];
  const data = encodeCall(call.contract as 'council', call.function as never, call.args as never);
  const [first, second] = members as unknown as readonly [Actor, Actor];
  const id = proposalId({ chainId, contract: directory.council }, { target, data, tier: 3, salt }, version);
  return [
    callOf('council', 'propose', first.address, [target, data, 3, salt]),
    callOf('council', 'approve', second.address, [id]),
    callOf('council', 'execute', first.address, [target, data, 3, salt]),
  ];
}

function operatorIds({ chainId, directory }: Base): Hex[] {
  const place = { chainId, contract: directory.operators };
  return owners.map((owner, i) => operatorId(place, owner.address, (signers[i] as Actor).address)).sort();
}

/** The first state of each source, signed by two of its attesters. */
function attestations(base: Base, createdAt: bigint): Call[] {
  const { chainId, directory, sourceIds, stateHashes } = base;
  const ids = operatorIds(base).slice(0, 3);
  const place = { chainId, contract: directory.operators };
  const keys = signers
    .filter(
      (signer, i) => i < owners.length && ids.includes(operatorId(place, (owners[i] as Actor).address, signer.address)),
    )
    .slice(0, 2)
    .map(({ key }) => key);
  return sourceIds.map((sourceId, i) => {
    const attestation = {
      sourceId,
      configVersion: 1,
      stateEpoch: 1n,
      prevHash: ZERO_HASH,
      stateHash: stateHashes[i] as Hex,
      fieldsHash: keccak256(utf8(`fields ${i}`)),
      createdAt,
    };
    const digest = typedDigest('StateAttestation', attestation, { chainId, verifyingContract: directory.oracle });
    return callOf('oracle', 'attest', principal.address, [attestation, keys.map((key) => signDigest(digest, key))]);
  });
}
