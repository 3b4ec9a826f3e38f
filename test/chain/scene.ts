/**
 * A play on any TauNet, from bonds to verdicts: everything that the state can hold happens once, and what must be
 * refused is tried. Each line has a name by which tests find what came of it.
 */
import type { ContractName, SystemAbis } from '../../src/abi/system.ts';
import type { Inputs, WriteName } from '../../src/abi/types.ts';
import {
  type Actor,
  AGRS,
  catalogue,
  delegators,
  members,
  outsiders,
  owners,
  payees,
  principal,
  proposers,
  signers,
  sourceNames,
} from '../../src/campaign/world.ts';
import { type KeyedAccount, keyedAccount } from '../../src/chain/accounts.ts';
import { type AnyOutcome, isRefusal, type TauNet } from '../../src/chain/tau-net.ts';
import { attestationEvidence } from '../../src/codec/evidence.ts';
import { type Hex, keccak256, utf8, ZERO_HASH } from '../../src/codec/hash.ts';
import { openingCommitment, operatorId, scopeId, sourceId } from '../../src/codec/ids.ts';
import { signDigest, ZERO_ADDRESS } from '../../src/codec/signature.ts';
import { structHash, typedDigest } from '../../src/codec/typed-data.ts';
import type { Execution } from '../../src/model/gate.ts';
import type { Directory } from '../../src/model/index.ts';
import type { StateAttestation } from '../../src/model/oracle.ts';
import type { Claim } from '../../src/model/state.ts';
import { PAY_SCHEMA } from '../../src/model/treasury.ts';
import { type Draft, execution } from '../contracts/execution.ts';

/** A net, and a way to choose when its next call is carried out. */
export interface Stage {
  readonly net: TauNet;
  /** seconds; later than every call before */
  readonly at: (time: bigint) => Promise<void>;
}

export interface Line {
  readonly name: string;
  readonly time: bigint;
  readonly outcome: AnyOutcome;
}

/** Lets the play's lines be said, one after the other, a second apart or whatever it waits. */
export class Play {
  readonly lines: Line[] = [];
  readonly stage: Stage;
  readonly directory: Directory;
  time: bigint;

  constructor(stage: Stage, directory: Directory, time: bigint) {
    this.stage = stage;
    this.directory = directory;
    this.time = time;
  }

  async say<C extends ContractName, F extends WriteName<SystemAbis[C]> & string>(
    sender: Hex,
    contract: C,
    name: F,
    args: Inputs<SystemAbis[C], F>,
    label: string = name,
  ): Promise<AnyOutcome> {
    this.time += 1n;
    await this.stage.at(this.time);
    const outcome: AnyOutcome = await this.stage.net.send({ contract, function: name, args, sender });
    this.lines.push({ name: label, time: this.time, outcome });
    return outcome;
  }

  /** The next line is said so many seconds after the last one. */
  wait(seconds: number): void {
    this.time += BigInt(seconds) - 1n;
  }

  waitUntil(time: bigint): void {
    this.time = time - 1n;
  }
}

const keyOf = ({ key }: Actor): KeyedAccount => keyedAccount(key);
const word = (n: bigint): Hex => `0x${n.toString(16).padStart(64, '0')}`;

interface Cast {
  readonly ids: readonly Hex[];
  readonly source: Hex;
  readonly entry: ReturnType<typeof catalogue>[number];
  readonly scope: Hex;
}

export function castOf(chainId: bigint, directory: Directory): Cast {
  const place = { chainId, contract: directory.operators };
  const ids = [0, 1, 2].map((i) => operatorId(place, (owners[i] as Actor).address, (signers[i] as Actor).address));
  const source = sourceId({ chainId, contract: directory.oracle }, sourceNames[0] as Hex);
  const [entry] = catalogue(directory, [source], [...ids].sort());
  if (entry === undefined) throw new Error('scene: the catalogue is empty');
  const scope = scopeId({ chainId, contract: directory.gate }, entry.adapter, entry.account);
  return { ids, source, entry, scope };
}

/** The whole play. */
export async function play(stage: Stage, directory: Directory, time: bigint): Promise<readonly Line[]> {
  const p = new Play(stage, directory, time);
  const cast = castOf(stage.net.chainId, directory);
  await fund(p);
  await enter(p, cast);
  await govern(p, cast);
  await attest(p, cast, 1n, ZERO_HASH);
  await delegateAndLeave(p, cast);
  const missedBy = await claimAndMiss(p, cast);
  await executeClaimed(p, cast, missedBy);
  await audit(p, cast);
  await equivocate(p, cast);
  await refusals(p, cast);
  return p.lines;
}

async function fund(p: Play): Promise<void> {
  const { staking, treasury, gate, court } = p.directory;
  const rich = [...owners.slice(0, 3), delegators[0] as Actor, outsiders[0] as Actor];
  for (const { address } of rich) await p.say(principal.address, 'agrs', 'transfer', [address, 5_000n * AGRS]);
  for (const { address } of [...rich, principal]) {
    for (const spender of [staking, treasury, gate, court]) {
      await p.say(address, 'agrs', 'approve', [spender, 3_000n * AGRS]);
    }
  }
  await p.say(principal.address, 'treasury', 'fund', [principal.address, 1_000n * AGRS]);
  const scope = castOf(p.stage.net.chainId, p.directory).scope;
  await p.say(outsiders[0]?.address as Hex, 'gate', 'fundEscrow', [scope, 10n * AGRS]);
}

async function enter(p: Play, { ids }: Cast): Promise<void> {
  const domain = { chainId: p.stage.net.chainId, verifyingContract: p.directory.operators };
  for (const [i, id] of ids.entries()) {
    const [owner, signer] = [owners[i] as Actor, signers[i] as Actor];
    const digest = typedDigest('SignerPossession', { owner: owner.address, signer: signer.address }, domain);
    const possession = signDigest(digest, signer.key);
    const metadata = keccak256(utf8(owner.name));
    await p.say(owner.address, 'operators', 'register', [signer.address, owner.address, metadata, possession]);
    await p.say(owner.address, 'staking', 'bond', [id, 1_000n * AGRS]);
    await p.say(p.directory.council, 'operators', 'admit', [id]);
  }
}

async function govern(p: Play, { ids, entry }: Cast): Promise<void> {
  const { council } = p.directory;
  await p.say(council, 'oracle', 'configureSource', [sourceNames[0] as Hex, [...ids].sort(), 2, 900, 5, true]);
  await p.say(council, 'registry', 'stageEntry', [entry]);
  await p.say(council, 'registry', 'advanceEpoch', []);
  const [member, second] = members as readonly [Actor, Actor];
  const proposed = [council, '0x12345678', 3, ZERO_HASH] as const;
  const done = await p.say(member.address, 'council', 'propose', proposed);
  if (isRefusal(done)) throw new Error(`scene: the proposal is refused: ${done.error}`);
  await p.say(second.address, 'council', 'approve', [done.returns[0] as Hex]);
  await p.say(member.address, 'council', 'object', [done.returns[0] as Hex]);
}

function attestation(
  p: Play,
  { source }: Cast,
  stateEpoch: bigint,
  prevHash: Hex,
  stateHash: bigint,
): StateAttestation {
  const createdAt = p.time;
  const fieldsHash = keccak256(utf8('fields'));
  return {
    sourceId: source,
    configVersion: 1,
    stateEpoch,
    prevHash,
    stateHash: word(stateHash),
    fieldsHash,
    createdAt,
  };
}

function signAttestation(p: Play, message: StateAttestation, signer: Actor): Hex {
  const domain = { chainId: p.stage.net.chainId, verifyingContract: p.directory.oracle };
  return signDigest(typedDigest('StateAttestation', message, domain), signer.key);
}

async function attest(p: Play, cast: Cast, stateEpoch: bigint, prevHash: Hex): Promise<Holding> {
  const message = attestation(p, cast, stateEpoch, prevHash, 1_000n + stateEpoch);
  const keys = signers.slice(0, 2);
  const signatures = keys.map((key) => signAttestation(p, message, key));
  await p.say(outsiders[0]?.address as Hex, 'oracle', 'attest', [message, signatures]);
  return { stateEpoch, stateHash: message.stateHash, attestationHash: structHash('StateAttestation', message) };
}

async function delegateAndLeave(p: Play, { ids }: Cast): Promise<void> {
  const [id] = ids as readonly [Hex];
  const [owner, delegator] = [owners[0]?.address as Hex, delegators[0]?.address as Hex];
  await p.say(delegator, 'staking', 'delegate', [id, 200n * AGRS]);
  await p.say(delegator, 'staking', 'delegate', [id, 16_000n * AGRS], 'delegate too much');
  await p.say(delegator, 'staking', 'undelegate', [id, 50n * AGRS]);
  await p.say(owner, 'staking', 'requestExit', [id, 100n * AGRS]);
  await p.say(owner, 'staking', 'requestExit', [id, 10n * AGRS]);
  await p.say(owner, 'staking', 'cancelExit', [id, 1]);
  await p.say(delegator, 'staking', 'claimExit', [1, id, delegator, 0], 'claim an exit early');
}

/** The second operator claims and misses; the third takes over and is excused by a freeze. */
async function claimAndMiss(p: Play, { ids, entry }: Cast): Promise<readonly [Hex, Hex, Hex]> {
  const [, missing, excused] = ids as readonly [Hex, Hex, Hex];
  const nobody = [ZERO_HASH, ZERO_HASH, ZERO_HASH] as const;
  const missed = [missing, ZERO_HASH, ZERO_HASH] as const;
  const watcher = outsiders[1]?.address as Hex;
  const first = claimIn(await p.say(signers[1]?.address as Hex, 'gate', 'claim', [entry, 1n, 1n, missing, nobody]));
  await p.say(watcher, 'gate', 'settle', [first], 'settle early');
  p.waitUntil(first.deadline + 1n);
  await p.say(watcher, 'gate', 'settle', [first], 'settle a miss');
  const again = [entry, 1n, 1n, excused, missed] as const;
  const second = claimIn(await p.say(signers[2]?.address as Hex, 'gate', 'claim', again, 'claim again'));
  await p.say(members[0]?.address as Hex, 'registry', 'freeze', []);
  p.waitUntil(second.deadline + 1n);
  await p.say(watcher, 'gate', 'settle', [second], 'settle an excuse');
  await p.say(p.directory.council, 'registry', 'endFreeze', []);
  return missed;
}

function claimIn(outcome: AnyOutcome): Claim {
  const told = isRefusal(outcome) ? [] : outcome.events;
  for (const event of told) if (event.event === 'Claimed') return event.args.claim;
  throw new Error('scene: nothing was claimed');
}

/** A payment of 7 AGRS by the first operator, signed and with a recorded verdict for a proof. */
async function payment(p: Play, cast: Cast, slot: bigint, held: Holding, validUntil: bigint): Promise<Execution> {
  const [operatorId] = cast.ids as readonly [Hex];
  const draft: Draft = {
    entry: cast.entry,
    policyEpoch: 1n,
    stateEpoch: held.stateEpoch,
    slot,
    operatorId,
    validUntil,
    submitter: ZERO_ADDRESS,
    candidateSetHash: keccak256(utf8('candidates')),
    words: { schema: PAY_SCHEMA, addressee: payees[0]?.address as Hex, p0: 7_000_000n, p1: 0n, p2: 0n, presence: 1 },
    payload: '0x',
  };
  const { registry, gate } = p.directory;
  const registryRoot = (await p.stage.net.state()).registry.roots.get(1n) as Hex;
  const { stateHash, attestationHash } = held;
  return execution(
    draft,
    { registryRoot, stateHash, attestationHash },
    { chainId: p.stage.net.chainId, gate, registry },
    { operator: keyOf(signers[0] as Actor), proposer: keyOf(proposers[0] as Actor), coSigners: [] },
  );
}

interface Holding {
  readonly stateEpoch: bigint;
  readonly stateHash: Hex;
  readonly attestationHash: Hex;
}

async function executeClaimed(p: Play, cast: Cast, missedBy: readonly [Hex, Hex, Hex]): Promise<void> {
  const { ids, entry, scope } = cast;
  const [id] = ids as readonly [Hex];
  const args = [entry, 1n, 1n, id, missedBy] as const;
  const claim = claimIn(await p.say(signers[0]?.address as Hex, 'gate', 'claim', args, 'claim a missed nonce'));
  const x = await payment(p, cast, 1n, { stateEpoch: 1n, ...claim }, claim.deadline);
  await p.say(outsiders[0]?.address as Hex, 'gate', 'executeClaimed', [x, claim]);
  await p.say(outsiders[0]?.address as Hex, 'gate', 'execute', [x], 'execute again');
  const fee = [scope, claim.nonce, id, entry.execFee] as const;
  await p.say(outsiders[0]?.address as Hex, 'gate', 'collectFee', fee, 'collect early');
  p.wait(60);
  await p.say(outsiders[0]?.address as Hex, 'gate', 'collectFee', fee);
}

async function audit(p: Play, { ids, entry, scope }: Cast): Promise<void> {
  const [id] = ids as readonly [Hex];
  const nonce = (1n << 64n) | 1n;
  const accuser = outsiders[0]?.address as Hex;
  await p.say(accuser, 'court', 'accuse', [scope, nonce, id, entry.execFee, keccak256(utf8('reason'))]);
  await p.say(owners[0]?.address as Hex, 'court', 'rebut', [scope, nonce, keccak256(utf8('answer'))]);
  for (const { address } of members.slice(0, 2)) await p.say(address, 'court', 'vote', [scope, nonce, true]);
}

/** The third operator signs two states of one epoch, and pays for it. */
async function equivocate(p: Play, cast: Cast): Promise<void> {
  const challenger = outsiders[0]?.address as Hex;
  const offence = await convict(p, cast, signers[2] as Actor);
  await p.say(challenger, 'court', 'payReward', [offence], 'reward early');
  p.wait(60);
  await p.say(challenger, 'court', 'payReward', [offence]);
}

/** Opens and reveals that the signer contradicts itself; the reward waits for earlier openers. */
async function convict(p: Play, cast: Cast, signer: Actor): Promise<Hex> {
  const { chainId } = p.stage.net;
  const challenger = outsiders[0]?.address as Hex;
  const [a, b] = [1n, 2n].map((stateHash) => attestation(p, cast, 9n, ZERO_HASH, stateHash)) as [
    StateAttestation,
    StateAttestation,
  ];
  const evidence = [a, b, signAttestation(p, a, signer), signAttestation(p, b, signer)] as const;
  const salt = keccak256(utf8('salt'));
  const place = { chainId, contract: p.directory.court };
  const commitment = openingCommitment(place, attestationEvidence(...evidence), challenger, salt);
  await p.say(challenger, 'court', 'open', [commitment]);
  await p.say(challenger, 'court', 'revealAttestations', [...evidence, salt], 'reveal early');
  p.wait(20);
  const convicted = await p.say(challenger, 'court', 'revealAttestations', [...evidence, salt]);
  if (isRefusal(convicted)) throw new Error(`scene: the evidence is refused: ${convicted.error}`);
  return convicted.returns[0] as Hex;
}

async function refusals(p: Play, { ids }: Cast): Promise<void> {
  const [id] = ids as readonly [Hex];
  const delegator = delegators[0]?.address as Hex;
  const outsider = outsiders[1]?.address as Hex;
  await p.say(outsider, 'agrs', 'transfer', [delegator, 10_000n * AGRS], 'transfer too much');
  await p.say(outsider, 'operators', 'admit', [id], 'admit as nobody');
  await p.say(outsider, 'staking', 'slash', [id, 1n, 1n, { rewardBps: 0, burnBps: 0, rewardTo: outsider }]);
  p.wait(300);
  await p.say(outsider, 'staking', 'claimExit', [1, id, delegator, 0]);
  await p.say(outsider, 'staking', 'claimExit', [1, id, delegator, 0], 'claim an exit twice');
}

/** A second act, after which something of every kind is still open: an exit, a claim, a fee, a case, a reward. */
export async function leaveOpen(stage: Stage, directory: Directory, time: bigint): Promise<void> {
  const p = new Play(stage, directory, time);
  const { chainId } = stage.net;
  const cast = castOf(chainId, directory);
  const [id] = cast.ids as readonly [Hex];
  const user = outsiders[0]?.address as Hex;
  const delegator = delegators[0]?.address as Hex;
  const { latest } = (await stage.net.state()).oracle.sources.get(cast.source) ?? {};
  const held = await attest(p, cast, 2n, latest?.hash as Hex);
  await p.say(delegator, 'staking', 'undelegate', [id, 20n * AGRS]);
  await p.say(user, 'gate', 'fundEscrow', [
    scopeId({ chainId, contract: directory.gate }, directory.treasury, user),
    5n * AGRS,
  ]);
  await p.say(user, 'treasury', 'fund', [user, 3n * AGRS]);
  await convict(p, cast, signers[1] as Actor);
  const x = await payment(p, cast, 0n, held, p.time + 60n);
  await p.say(user, 'gate', 'execute', [x]);
  const nonce = held.stateEpoch << 64n;
  await p.say(user, 'court', 'accuse', [cast.scope, nonce, id, cast.entry.execFee, ZERO_HASH]);
  const nobody = [ZERO_HASH, ZERO_HASH, ZERO_HASH] as const;
  await p.say(signers[0]?.address as Hex, 'gate', 'claim', [cast.entry, held.stateEpoch, 1n, id, nobody]);
  const refused = p.lines.filter(({ name, outcome }) => isRefusal(outcome) && !name.endsWith('early'));
  if (refused.length > 0) throw new Error(`scene: refused: ${refused.map(({ name }) => name).join(', ')}`);
}
