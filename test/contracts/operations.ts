/** What users of the system do, each as a transaction on a fresh deployment, for scripts/gas-check.ts. */
import { concatHex, encodeFunctionData } from 'viem';
import { systemAbis } from '../../src/abi/system.ts';
import type { KeyedAccount } from '../../src/chain/accounts.ts';
import { AGRS } from '../../src/chain/config.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import { decisionJournal } from '../../src/codec/execution.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { type Entry, entryKey, exitId, operatorId, proposalId } from '../../src/codec/ids.ts';
import { signDigest } from '../../src/codec/signature.ts';
import { structHash, typedDigest } from '../../src/codec/typed-data.ts';
import type { Prover } from '../../src/receipts/prover.ts';
import { sealHead } from '../../src/receipts/receipt.ts';
import { type Draft, derive } from './execution.ts';
import {
  asCouncil,
  attestCall,
  baseDraft,
  executeCall,
  type Fixture,
  factsOf,
  honest,
  mockDraft,
  PAYEE,
  parameters,
  proofRequest,
  RELAYER,
  type Sent,
  VERIFIERS,
  word,
  ZERO_HASH,
} from './fixture.ts';
import { proofWords, withProofWords } from './signatures.ts';

export interface Operation {
  readonly name: string;
  /** sent before; not measured */
  readonly before: readonly Sent[];
  readonly call: Sent;
  /** the transaction is refused, and what it costs all the same is measured */
  readonly refused?: boolean;
}

/** The payment that the project's limit is about. */
export const PAYMENT = 'gate.execute: a payment, warm log, known payee';

const first = <T>(list: readonly T[]): T => list[0] as T;

export async function operations(f: Fixture, prover: Prover): Promise<readonly Operation[]> {
  return [
    ...operatorOperations(f),
    ...stakingOperations(f),
    ...councilOperations(f),
    ...registryOperations(f),
    ...(await executions(f, prover)),
  ];
}

function operatorOperations(f: Fixture): Operation[] {
  const [owner, signer] = [f.roles.users[0], f.roles.users[2]] as readonly [KeyedAccount, KeyedAccount];
  const [one, next] = [first(f.operators), f.roles.users[2] as KeyedAccount];
  const domain = { chainId: f.chainId, verifyingContract: f.at.operators };
  const possession = (of: Hex, key: KeyedAccount) =>
    signDigest(typedDigest('SignerPossession', { owner: of, signer: key.address }, domain), key.privateKey);
  const to = f.at.operators;
  const register = encodeCall('operators', 'register', [
    signer.address,
    owner.address,
    ZERO_HASH,
    possession(owner.address, signer),
  ]);
  const id = operatorId({ chainId: f.chainId, contract: to }, owner.address, signer.address);
  const rotate = encodeCall('operators', 'rotateSigner', [one.id, next.address, possession(one.owner.address, next)]);
  const attestation = {
    ...(f.attestations[1] as Fixture['attestations'][number]),
    stateEpoch: 3n,
    prevHash: structHash('StateAttestation', f.attestations[1] as Fixture['attestations'][number]),
  };
  const oracle = { chainId: f.chainId, verifyingContract: f.at.oracle };
  const registered = { from: owner.address, to, data: register };
  return [
    { name: 'operators.register', before: [], call: registered },
    {
      name: 'operators.admit, by the council',
      before: [registered],
      call: asCouncil(f.at, 'operators', encodeCall('operators', 'admit', [id])),
    },
    { name: 'operators.rotateSigner', before: [], call: { from: one.owner.address, to, data: rotate } },
    {
      name: 'oracle.attest, 2 of 3',
      before: [],
      call: { from: RELAYER, to: f.at.oracle, data: attestCall(attestation, f.operators.slice(0, 2), oracle) },
    },
  ];
}

function stakingOperations(f: Fixture): Operation[] {
  const { id, owner } = first(f.operators);
  const from = owner.address;
  const staking = (data: Hex): Sent => ({ from, to: f.at.staking, data });
  const holder = first(f.roles.deployer).address;
  const funded: Sent[] = [
    { from: holder, to: f.at.agrs, data: encodeCall('agrs', 'transfer', [from, 1_000n * AGRS]) },
    { from, to: f.at.agrs, data: encodeCall('agrs', 'approve', [f.at.staking, 1_000n * AGRS]) },
  ];
  const bond = staking(encodeCall('staking', 'bond', [id, 10n * AGRS]));
  const request = staking(encodeCall('staking', 'requestExit', [id, 10n * AGRS]));
  const exit = exitId({ chainId: f.chainId, contract: f.at.staking }, id, 0n);
  const matured = f.time + BigInt(parameters.unbondingPeriod) + 2n;
  const all = 2n * parameters.minSelfBond;
  const emptied = staking(encodeCall('staking', 'requestExit', [id, all]));
  const treasury = (data: Hex): Sent => ({ from: holder, to: f.at.treasury, data });
  const approved: Sent = {
    from: holder,
    to: f.at.agrs,
    data: encodeCall('agrs', 'approve', [f.at.treasury, 10n * AGRS]),
  };
  const fund = treasury(encodeCall('treasury', 'fund', [holder, 5n * AGRS]));
  return [
    { name: 'staking.bond, the first', before: [...funded, emptied], call: bond },
    { name: 'staking.bond, a later one', before: [...funded, bond], call: bond },
    { name: 'staking.requestExit', before: [], call: request },
    { name: 'staking.cancelExit', before: [request], call: staking(encodeCall('staking', 'cancelExit', [exit])) },
    {
      name: 'staking.claimExit',
      before: [request],
      call: { ...staking(encodeCall('staking', 'claimExit', [exit])), at: matured },
    },
    { name: 'treasury.fund, a new account', before: [approved], call: fund },
    {
      name: 'treasury.withdraw',
      before: [approved, fund],
      call: treasury(encodeCall('treasury', 'withdraw', [2n * AGRS])),
    },
  ];
}

function councilOperations(f: Fixture): Operation[] {
  const [one, two] = f.roles.members as readonly [KeyedAccount, KeyedAccount];
  const entry = { ...f.entries.pay, policyHash: word('proposed') };
  const [target, data, tier, salt] = [
    f.at.registry,
    encodeCall('registry', 'stageEntry', [entry]),
    2,
    ZERO_HASH,
  ] as const;
  // The version after the members, the tiers and the seal of genesis.
  const id = proposalId({ chainId: f.chainId, contract: f.at.council }, { target, data, tier, salt }, f.councilVersion);
  const council = (from: KeyedAccount, message: Hex): Sent => ({ from: from.address, to: f.at.council, data: message });
  const propose = council(one, encodeCall('council', 'propose', [target, data, tier, salt]));
  const approve = council(two, encodeCall('council', 'approve', [id]));
  const ready = f.time + BigInt(parameters.elevatedDelay) + 10n;
  const execute = council(one, encodeCall('council', 'execute', [target, data, tier, salt]));
  return [
    { name: 'council.propose: stage an entry', before: [], call: propose },
    { name: 'council.approve, reaching the quorum', before: [propose], call: approve },
    { name: 'council.execute: stage an entry', before: [propose, approve], call: { ...execute, at: ready } },
  ];
}

function registryOperations(f: Fixture): Operation[] {
  const call = (data: Hex, at?: bigint): Sent => ({
    ...asCouncil(f.at, 'registry', data),
    ...(at === undefined ? {} : { at }),
  });
  const member = first(f.roles.members).address;
  const place = { chainId: f.chainId, contract: f.at.registry };
  const advance = encodeCall('registry', 'advanceEpoch', []);
  const stage = (entry: Entry) => call(encodeCall('registry', 'stageEntry', [entry]));
  const removals = Object.values(f.entries).map(({ policyHash, adapter, account }) =>
    call(encodeCall('registry', 'stageRemoval', [entryKey(place, policyHash, adapter, account)])),
  );
  const interval = BigInt(parameters.epochMinInterval);
  const cleared = [...removals, call(advance, f.time + interval)];
  const epochOf = (count: number): Operation => {
    const entries = Array.from({ length: count }, (_, i) =>
      stage({ ...f.entries.pay, policyHash: word(`entry ${i}`) }),
    );
    return {
      name: `registry.advanceEpoch with ${count} new ${count === 1 ? 'entry' : 'entries'}, by the council`,
      before: [...cleared, ...entries],
      call: call(advance, f.time + 3n * interval),
    };
  };
  return [
    {
      name: 'registry.stageEntry, by the council',
      before: [],
      call: stage({ ...f.entries.pay, policyHash: word('staged') }),
    },
    ...[1, 16, 64].map(epochOf),
    {
      name: 'registry.freeze',
      before: [],
      call: { from: member, to: f.at.registry, data: encodeCall('registry', 'freeze', []) },
    },
  ];
}

async function executions(f: Fixture, prover: Prover): Promise<Operation[]> {
  const draft = baseDraft(f);
  const unfunded = { ...draft, entry: f.entries.otherAccount };
  const proofOf = async (of: Draft): Promise<Hex> => sealHead((await prover.prove(proofRequest(f, of))).receipt.seal);
  const [proof, unfundedProof] = [await proofOf(draft), await proofOf(unfunded)];
  const execute = (of: Draft, with_: Hex, coSigners: readonly KeyedAccount[] = []) =>
    executeCall(f, { ...honest(f, of, coSigners), proof: with_ });
  const payment = execute(draft, proof);
  // Executions of the mock adapter make the log grow and pay nobody.
  const logOf = (size: number): Sent[] =>
    Array.from({ length: size }, (_, i) => executeCall(f, honest(f, { ...mockDraft(f, 0), slot: BigInt(i) })));
  const known: Sent = {
    from: first(f.roles.deployer).address,
    to: f.at.agrs,
    data: encodeCall('agrs', 'transfer', [PAYEE, AGRS]),
  };
  const warm = [known, ...logOf(2)];
  const { digest, journal } = derive(draft, factsOf(f, draft), f.target);
  const seal = concatHex([proof, decisionJournal(journal)]);
  const verify: Sent = {
    from: RELAYER,
    to: f.at.router,
    data: encodeFunctionData({
      abi: systemAbis.router,
      functionName: 'verify',
      args: [seal, draft.entry.imageId, digest],
    }),
  };
  const words = proofWords(proof);
  const malformed = withProofWords(proof, words.with(0, (words[0] as bigint) ^ 1n));
  const foreign = execute(draft, `${VERIFIERS.burnsGas.selector}${proof.slice(10)}` as Hex);
  return [
    { name: PAYMENT, before: warm, call: payment },
    { name: 'gate.execute: a payment to a new payee', before: logOf(2), call: payment },
    { name: 'gate.execute: a payment, the first entry of the log', before: [known], call: payment },
    { name: 'gate.execute: a payment, the 16th entry of the log', before: [known, ...logOf(15)], call: payment },
    {
      name: 'gate.execute: a payment with 2 co-signers',
      before: warm,
      call: execute(draft, proof, f.roles.coSigners.slice(0, 2)),
    },
    {
      name: 'gate.execute: a payment that fails for lack of funds',
      before: warm,
      call: execute(unfunded, unfundedProof),
    },
    { name: 'router.verify: a decision receipt', before: [], call: verify },
    {
      name: 'gate.execute, refused: a point that is not on the curve',
      before: warm,
      call: execute(draft, malformed),
      refused: true,
    },
    {
      name: 'gate.execute, refused: the proof of another decision',
      before: warm,
      call: execute(draft, unfundedProof),
      refused: true,
    },
    { name: 'gate.execute, refused: a verifier that burns all gas', before: warm, call: foreign, refused: true },
  ];
}
