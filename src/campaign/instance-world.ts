/**
 * The small instance that is explored completely: who is in it, its windows, and the state in which it begins.
 * @module
 */
import { Map as ImmutableMap, Set as ImmutableSet } from 'immutable';
import type { ContractName } from '../abi/system.ts';
import { type Hex, ZERO_HASH } from '../codec/hash.ts';
import { type Entry, operatorId, scopeId, sourceId } from '../codec/ids.ts';
import { signable } from '../codec/typed-data.ts';
import type { Call } from '../mirror/types.ts';
import {
  applyCall,
  type Directory,
  type Env,
  genesis,
  type ParameterSet,
  refused,
  type State,
} from '../model/index.ts';
import { callOf } from './context.ts';
import { RECORDED_SELECTOR, recordedVerdict } from './recorded.ts';
import { placed } from './system.ts';
import {
  type Actor,
  CHAIN_ID,
  catalogue,
  delegators,
  members,
  outsiders,
  owners,
  payees,
  principal,
  quickSign,
  signers,
  sourceNames,
} from './world.ts';

/**
 * Seconds between two moments at which anything happens. Every window ends between two such moments, so that nothing
 * depends on what happens between them.
 */
export const TICK = 20;
export const START = 1_700_000_000n;

/** Amounts, base units. */
export const BOND = 200n;
export const DELEGATION = 100n;
export const FEE = 3n;
/** What one action pays: a millionth of an AGRS, the unit of actions. */
export const PAYMENT = 10n ** 12n;
const CLAIM_BOND = 10n;
export const ACCUSER_BOND = 10n;

/** A legal set whose windows are as short as its inequalities let them be, in whole ticks less a second. */
export const instanceParameters: ParameterSet = {
  minSelfBond: 16n * CLAIM_BOND,
  maxValidity: TICK,
  finalityDelay: TICK - 1,
  registryGrace: TICK,
  attestationGrace: TICK,
  claimBond: CLAIM_BOND,
  unbondingPeriod: 3 * TICK - 1,
  missPeriod: TICK - 1,
  jailTerm: TICK - 1,
  challengerBps: 2_500,
  burnBps: 2_500,
  missLimit: 1,
  delegationRatio: 1,
  accuserBond: ACCUSER_BOND,
  lookBack: 1,
  disputeWindow: TICK,
  rulingWindow: TICK - 1,
  revealDelay: 2,
  proveWindow: 2 * TICK - 1,
  auditBps: 1_000,
  silencePeriod: 5 * TICK,
  noticePeriod: TICK,
  elevatedDelay: TICK,
  criticalDelay: 5 * TICK,
  proposalGrace: 2 * TICK,
  epochMinInterval: TICK,
  freezeDuration: TICK - 1,
  freezeCooldown: 2 * TICK,
  freezeExtension: TICK,
  blockInterval: 1,
  proofTime: 1,
};

/** Seconds a claim lasts; the longest that rules let end before the next tick. */
export const CLAIM_TTL = TICK - 1;

/** A hundred and thirty-six years: in no trace of the instance a state becomes stale. */
const NEVER_STALE = 2 ** 32 - 1;

const at = (list: readonly Actor[], index: number): Actor => list[index] as Actor;

const { directory, recorded } = placed(at(outsiders, 0).address);
export const place = (contract: ContractName & keyof Directory) => ({
  chainId: CHAIN_ID,
  contract: directory[contract],
});

/** One of the two operators. Nothing but their names tells them apart. */
export interface Player {
  readonly name: string;
  readonly id: Hex;
  readonly owner: Hex;
  /** its keys, in the order of their use */
  readonly keys: readonly [Actor, Actor];
}

function player(index: number): Player {
  const owner = at(owners, index).address;
  const keys = [at(signers, 2 * index), at(signers, 2 * index + 1)] as const;
  const id = operatorId(place('operators'), owner, keys[0].address);
  return { name: `operator ${'AB'[index]}`, id, owner, keys };
}

export const players = [player(0), player(1)] as const;
export const delegator = at(delegators, 0).address;
export const accuser = at(payees, 1).address;
/** Makes the calls that anyone may make. What it is paid is no part of the instance, nor is what a payee gets. */
export const keeper = at(outsiders, 0).address;
export const payee = at(payees, 0).address;
export const jury = members.map(({ address }) => address);
export const account = principal.address;
export const council = directory.council;
export { directory };

/** Three operators without stake that attest the state. */
const attesters = [2, 3, 4].map((index) => {
  const owner = at(owners, index);
  const signer = at(signers, index + 5);
  return { owner, signer, id: operatorId(place('operators'), owner.address, signer.address) };
});
const attesterIds = attesters.map(({ id }) => id).sort();
export const SOURCE = sourceId(place('oracle'), sourceNames[0] as Hex);
export const SCOPE = scopeId(place('gate'), directory.treasury, account);

/** The entry under which the instance's nonces are executed. */
export function entryWith(slots: number): Entry {
  const [base] = catalogue(directory, [SOURCE], attesterIds) as readonly [Entry, ...Entry[]];
  const open = { operators: [], proposerMode: 0, proposers: [], coSigners: [] } as const;
  return { ...base, ...open, quotaPerState: BigInt(slots), claimTtl: BigInt(CLAIM_TTL), execFee: FEE };
}

export function envOf(sender: Hex, time: bigint): Env {
  return {
    sender,
    time,
    chainId: CHAIN_ID,
    receipts: (_verifier, seal, imageId, digest) => recordedVerdict(seal, imageId, digest),
  };
}

/** Shows that whoever registers a key has it. */
export function possession(owner: Hex, signer: Actor): Hex {
  const domain = { chainId: CHAIN_ID, verifyingContract: directory.operators };
  return quickSign(signable('SignerPossession', { owner, signer: signer.address }, domain), signer);
}

/** The attestation of the only state, by two of the three attesters. */
export const attestation: Call = (() => {
  const message = {
    sourceId: SOURCE,
    configVersion: 1,
    stateEpoch: 1n,
    prevHash: ZERO_HASH,
    stateHash: `0x${'1'.padStart(64, '0')}`,
    fieldsHash: ZERO_HASH,
    createdAt: START,
  } as const;
  const signed = signable('StateAttestation', message, {
    chainId: CHAIN_ID,
    verifyingContract: directory.oracle,
  });
  const able = attesters.map(({ signer }) => signer).sort((a, b) => (a.address < b.address ? -1 : 1));
  const signatures = able.slice(0, 2).map((signer) => quickSign(signed, signer));
  return callOf('oracle', 'attest', keeper, [message, signatures]);
})();

const UNLIMITED = 2n ** 256n - 1n;

/** What happened before the instance begins: everybody has its tokens, and the attesters are known. */
function prologue(slots: number): Call[] {
  const wealth: readonly (readonly [Hex, bigint])[] = [
    ...players.map(({ owner }) => [owner, BOND] as const),
    [delegator, DELEGATION],
    [accuser, ACCUSER_BOND],
  ];
  const spenders = [directory.staking, directory.treasury, directory.gate, directory.court];
  return [
    ...wealth.map(([to, amount]) => callOf('agrs', 'transfer', account, [to, amount])),
    ...[...players.map(({ owner }) => owner), accuser, account].flatMap((owner) =>
      spenders.map((spender) => callOf('agrs', 'approve', owner, [spender, UNLIMITED])),
    ),
    ...attesters.map(({ owner, signer }) =>
      callOf('operators', 'register', owner.address, [
        signer.address,
        owner.address,
        ZERO_HASH,
        possession(owner.address, signer),
      ]),
    ),
    ...attesterIds.map((id) => callOf('operators', 'admit', council, [id])),
    callOf('oracle', 'configureSource', council, [sourceNames[0] as Hex, attesterIds, 2, NEVER_STALE, 0, true]),
    callOf('registry', 'stageEntry', council, [entryWith(slots)]),
  ];
}

/** The token in which the delegator has to approve the staking contract itself. */
export const approval: Call = callOf('agrs', 'approve', delegator, [directory.staking, UNLIMITED]);

/**
 * The state in which the instance begins.
 * @throws Error when a call of the prologue is refused
 */
export function begin(slots: number): State {
  const supply = 2n * BOND + DELEGATION + ACCUSER_BOND + PAYMENT + BigInt(slots) * FEE;
  let state = genesis({
    deployment: {
      directory,
      otherCode: ImmutableSet(),
      verifiers: ImmutableMap([
        [recorded, { selector: RECORDED_SELECTOR, imageId: ZERO_HASH, development: true }] as const,
      ]),
      maxEntries: 1n,
      elevatedFrom: 2n ** 62n,
      criticalFrom: 2n ** 62n,
    },
    parameters: instanceParameters,
    members: jury,
    holder: account,
    supply,
    time: START - BigInt(TICK),
  });
  for (const call of prologue(slots)) {
    // A tick earlier, so that the registry's least interval has passed.
    const env = envOf(call.sender, START - BigInt(TICK));
    const step = applyCall(state, call.contract as ContractName, call.function, call.args, env);
    if (refused(step)) throw new Error(`instance: the prologue's ${call.function} is refused: ${step.error}`);
    state = step.state;
  }
  return state;
}

/** The council's address of the recorded verifier, which it adds while the instance runs. */
export const verifier = recorded;
