/** What users of the system do, each as a transaction on a fresh deployment, for scripts/gas-check.ts. */
import { concatHex, encodeFunctionData } from 'viem';
import { systemAbis } from '../../src/abi/system.ts';
import type { KeyedAccount } from '../../src/chain/accounts.ts';
import { AGRS } from '../../src/chain/config.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import { decisionJournal } from '../../src/codec/execution.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { type Entry, entryKey, nonceOf, operatorId, proposalId, scopeId } from '../../src/codec/ids.ts';
import { signDigest } from '../../src/codec/signature.ts';
import { structHash, typedDigest } from '../../src/codec/typed-data.ts';
import type { KeyedOperator } from '../../src/operator/devnet.ts';
import type { Prover } from '../../src/receipts/prover.ts';
import { sealHead } from '../../src/receipts/receipt.ts';
import {
  claimCall,
  claimOf,
  executeClaimedCall,
  fundAccountCalls,
  fundEscrowCalls,
  holderOf,
  settleCall,
  supply,
  takeOverCall,
} from './claims.ts';
import { attestationEvidence, nextAttestation, offenceOf, openCall, revealCall } from './evidence.ts';
import { type Draft, derive } from './execution.ts';
import {
  asCouncil,
  attestCall,
  baseDraft,
  executeCall,
  FEE,
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
import { permit, stakeWithPermit } from './permits.ts';
import { proofWords, withProofWords } from './signatures.ts';

export interface Operation {
  readonly name: string;
  /** sent before; not measured */
  readonly before: readonly Sent[];
  readonly call: Sent;
  /** the transaction is refused, and what it costs all the same is measured */
  readonly refused?: boolean;
}

/** The operations that the project promises limits for. */
export const FIRST_DEPOSIT = 'staking.bond, the first';
export const LATER_DEPOSIT = 'staking.bond, a later one';
export const EXIT = 'staking.requestExit, the first';
export const CLAIM = 'gate.claim, the first of a nonce';
export const SETTLEMENT = 'gate.settle: missed';
export const PAYMENT = 'gate.execute: a payment, warm log, known payee';

const first = <T>(list: readonly T[]): T => list[0] as T;

export async function operations(f: Fixture, prover: Prover): Promise<readonly Operation[]> {
  return [
    ...operatorOperations(f),
    ...stakingOperations(f),
    ...treasuryOperations(f),
    ...claimOperations(f),
    ...courtOperations(f),
    ...councilOperations(f),
    ...registryOperations(f),
    ...(await executions(f, prover)),
  ];
}

function operatorOperations(f: Fixture): Operation[] {
  const [one, next] = [first(f.operators), f.roles.users[2] as KeyedAccount];
  const domain = { chainId: f.chainId, verifyingContract: f.at.operators };
  const possession = (of: Hex, key: KeyedAccount) =>
    signDigest(typedDigest('SignerPossession', { owner: of, signer: key.address }, domain), key.privateKey);
  const to = f.at.operators;
  const { id, registered } = newcomer(f);
  const rotate = encodeCall('operators', 'rotateSigner', [one.id, next.address, possession(one.owner.address, next)]);
  const attestation = {
    ...(f.attestations[1] as Fixture['attestations'][number]),
    stateEpoch: 3n,
    prevHash: structHash('StateAttestation', f.attestations[1] as Fixture['attestations'][number]),
  };
  const oracle = { chainId: f.chainId, verifyingContract: f.at.oracle };
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

/** An operator of `users[0]`, who is nobody's owner yet. */
function newcomer(f: Fixture): { readonly id: Hex; readonly owner: Hex; readonly registered: Sent } {
  const [owner, signer] = [f.roles.users[0], f.roles.users[2]] as readonly [KeyedAccount, KeyedAccount];
  const domain = { chainId: f.chainId, verifyingContract: f.at.operators };
  const message = { owner: owner.address, signer: signer.address };
  const possession = signDigest(typedDigest('SignerPossession', message, domain), signer.privateKey);
  const data = encodeCall('operators', 'register', [signer.address, owner.address, ZERO_HASH, possession]);
  return {
    id: operatorId({ chainId: f.chainId, contract: f.at.operators }, owner.address, signer.address),
    owner: owner.address,
    registered: { from: owner.address, to: f.at.operators, data },
  };
}

function stakingOperations(f: Fixture): Operation[] {
  const { id, owner } = first(f.operators);
  const from = owner.address;
  const staking = (data: Hex, sender = from): Sent => ({ from: sender, to: f.at.staking, data });
  const fresh = newcomer(f);
  const bonds = (operator: Hex, sender: Hex) => staking(encodeCall('staking', 'bond', [operator, 10n * AGRS]), sender);
  const funded = supply(f, fresh.owner, f.at.staking, 1_000n * AGRS);
  const admitted = [fresh.registered, asCouncil(f.at, 'operators', encodeCall('operators', 'admit', [fresh.id]))];
  const request = staking(encodeCall('staking', 'requestExit', [id, 10n * AGRS]));
  const matured = f.time + BigInt(parameters.unbondingPeriod) + 10n;
  const claimed = (kind: number, account: Hex): Sent => ({
    ...staking(encodeCall('staking', 'claimExit', [kind, id, account, 0])),
    at: matured,
  });
  const [one, other] = [fresh.owner, RELAYER];
  const delegates = (sender: Hex) => staking(encodeCall('staking', 'delegate', [id, 10n * AGRS]), sender);
  const both = [...supply(f, one, f.at.staking, 1_000n * AGRS), ...supply(f, other, f.at.staking, 1_000n * AGRS)];
  const undelegates = staking(encodeCall('staking', 'undelegate', [id, 2n * AGRS]), one);
  const signed = permit(f, f.roles.users[0] as KeyedAccount, 10n * AGRS);
  const withPermit = stakeWithPermit(f, 'bondWithPermit', fresh.owner, fresh.id, signed);
  return [
    {
      name: FIRST_DEPOSIT,
      before: [...admitted, ...funded],
      call: bonds(fresh.id, fresh.owner),
    },
    { name: LATER_DEPOSIT, before: funded, call: bonds(id, fresh.owner) },
    { name: 'staking.bondWithPermit, the first', before: [...admitted, ...funded], call: withPermit },
    { name: EXIT, before: [], call: request },
    { name: 'staking.requestExit, a later one', before: [request], call: request },
    { name: 'staking.cancelExit', before: [request], call: staking(encodeCall('staking', 'cancelExit', [id, 0])) },
    { name: 'staking.claimExit, of an owner', before: [request], call: claimed(0, from) },
    { name: 'staking.delegate, the first to an operator', before: both, call: delegates(one) },
    { name: "staking.delegate, an account's first", before: [...both, delegates(other)], call: delegates(one) },
    { name: 'staking.delegate, a later one', before: [...both, delegates(one)], call: delegates(one) },
    { name: 'staking.undelegate, the first', before: [...both, delegates(one)], call: undelegates },
    { name: 'staking.undelegate, a later one', before: [...both, delegates(one), undelegates], call: undelegates },
    {
      name: 'staking.claimExit, of a delegator',
      before: [...both, delegates(one), undelegates],
      call: claimed(1, one),
    },
  ];
}

function treasuryOperations(f: Fixture): Operation[] {
  const holder = holderOf(f);
  const treasury = (data: Hex): Sent => ({ from: holder, to: f.at.treasury, data });
  const approved: Sent = {
    from: holder,
    to: f.at.agrs,
    data: encodeCall('agrs', 'approve', [f.at.treasury, 10n * AGRS]),
  };
  const fund = treasury(encodeCall('treasury', 'fund', [holder, 5n * AGRS]));
  return [
    { name: 'treasury.fund, a new account', before: [approved], call: fund },
    {
      name: 'treasury.withdraw',
      before: [approved, fund],
      call: treasury(encodeCall('treasury', 'withdraw', [2n * AGRS])),
    },
  ];
}

/** What a claim locks, and how it ends without an execution. */
function claimOperations(f: Fixture): Operation[] {
  const draft = baseDraft(f);
  const second = { ...draft, operatorId: (f.operators[1] as KeyedOperator).id };
  const paid = { ...draft, entry: f.entries.paid };
  const claim = claimCall(f, draft);
  const made = claimOf(f, draft, f.time);
  const late = made.deadline + 1n;
  const transfer = (to: Hex): Sent => ({
    from: holderOf(f),
    to: f.at.agrs,
    data: encodeCall('agrs', 'transfer', [to, AGRS]),
  });
  // Who holds tokens gets more for 17 100 gas less than who holds none.
  const known = [transfer(RELAYER), transfer(f.at.council)];
  const settler: Sent = { ...settleCall(f, made), at: late };
  const freeze = {
    from: first(f.roles.members).address,
    to: f.at.registry,
    data: encodeCall('registry', 'freeze', []),
  };
  return [
    { name: CLAIM, before: [], call: claim },
    { name: 'gate.claim with a fee', before: fundEscrowCalls(f, paid.entry), call: claimCall(f, paid) },
    { name: SETTLEMENT, before: [claim, ...known], call: settler },
    { name: 'gate.settle: missed, nobody who gets a share holds AGRS', before: [claim], call: settler },
    { name: 'gate.settle: excused', before: [claim, freeze], call: settler },
    {
      name: 'gate.takeOver: missed',
      before: [claim, ...known],
      call: { ...takeOverCall(f, second, [draft.operatorId], made), at: late },
    },
    {
      name: 'gate.claim, of a nonce that was missed',
      before: [claim, settler],
      call: claimCall(f, second, [draft.operatorId]),
    },
    {
      name: 'gate.fundEscrow',
      before: fundEscrowCalls(f, paid.entry).slice(0, 1),
      call: fundEscrowCalls(f, paid.entry)[1] as Sent,
    },
    {
      name: 'gate.withdrawEscrow',
      before: fundEscrowCalls(f, paid.entry),
      call: {
        from: f.entries.paid.account,
        to: f.at.gate,
        data: encodeCall('gate', 'withdrawEscrow', [f.at.treasury, AGRS]),
      },
    },
  ];
}

function courtOperations(f: Fixture): Operation[] {
  const { id, owner, signer } = first(f.operators);
  const attestation = nextAttestation(f);
  const evidence = attestationEvidence(f, attestation, { ...attestation, stateHash: word('another state') }, [
    signer,
    signer,
  ]);
  const opened = openCall(f, evidence, RELAYER);
  const revealAt = f.time + BigInt(parameters.revealDelay) + 10n;
  const revealed = { ...revealCall(f, evidence, RELAYER), at: revealAt };
  const offence = offenceOf(f, evidence, id);
  const paidAt = revealAt + BigInt(parameters.proveWindow);
  const court = (from: Hex, data: Hex, at?: bigint): Sent => ({
    from,
    to: f.at.court,
    data,
    ...(at === undefined ? {} : { at }),
  });

  const draft = baseDraft(f);
  const executed = executeCall(f, honest(f, draft));
  const scope = scopeId({ chainId: f.chainId, contract: f.at.gate }, draft.entry.adapter, draft.entry.account);
  const nonce = nonceOf(draft.stateEpoch, draft.slot);
  const bonded = supply(f, RELAYER, f.at.court, 10n * parameters.accuserBond);
  const accuse = court(RELAYER, encodeCall('court', 'accuse', [scope, nonce, id, 0n, word('reason')]));
  const rebut = court(owner.address, encodeCall('court', 'rebut', [scope, nonce, word('answer')]));
  const [one, two] = f.roles.members as readonly [KeyedAccount, KeyedAccount];
  const votes = ({ address }: KeyedAccount, guilty: boolean) =>
    court(address, encodeCall('court', 'vote', [scope, nonce, guilty]));
  const open = [executed, ...bonded, accuse];
  const over = f.time + BigInt(parameters.disputeWindow + parameters.rulingWindow) + 100n;
  return [
    { name: 'court.open', before: [], call: opened },
    { name: 'court.revealAttestations: the first, which slashes and ejects', before: [opened], call: revealed },
    {
      name: 'court.payReward',
      before: [opened, revealed],
      call: court(RELAYER, encodeCall('court', 'payReward', [offence]), paidAt),
    },
    { name: 'court.accuse', before: [executed, ...bonded], call: accuse },
    { name: 'court.rebut', before: open, call: rebut },
    { name: 'court.vote, one of two', before: [...open, rebut], call: votes(one, true) },
    { name: 'court.vote, reaching "guilty"', before: [...open, rebut, votes(one, true)], call: votes(two, true) },
    {
      name: 'court.vote, reaching "not guilty"',
      before: [...open, rebut, votes(one, false)],
      call: votes(two, false),
    },
    {
      name: 'court.closeCase, without a majority',
      before: open,
      call: court(RELAYER, encodeCall('court', 'closeCase', [scope, nonce]), over),
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
    { name: 'council.heartbeat', before: [], call: council(one, encodeCall('council', 'heartbeat', [])) },
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
  const paidDraft = { ...draft, entry: f.entries.paid };
  const paid = execute(paidDraft, await proofOf(paidDraft));
  const funded = [...fundEscrowCalls(f, f.entries.paid), ...fundAccountCalls(f, f.entries.paid)];
  // What was sent before took a second each.
  const claimed = claimOf(f, draft, f.time + BigInt(warm.length));
  const { scope, nonce } = derive(paidDraft, factsOf(f, paidDraft), f.target).context;
  const collect: Sent = {
    from: RELAYER,
    to: f.at.gate,
    data: encodeCall('gate', 'collectFee', [scope, nonce, draft.operatorId, FEE]),
    at: f.time + BigInt(parameters.finalityDelay) + 100n,
  };
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
    { name: 'gate.execute: a payment with a fee', before: [...warm, ...funded], call: paid },
    { name: 'gate.collectFee', before: [...funded, paid], call: collect },
    {
      name: 'gate.executeClaimed: a payment',
      before: [...warm, claimCall(f, draft)],
      call: executeClaimedCall(f, { ...honest(f, draft), proof }, claimed),
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
