/** A valid call of every function, in the scene of scene.ts; of those that only another contract may call, any call. */
import type { Hex } from '../../src/codec/hash.ts';
import { offenceId } from '../../src/codec/ids.ts';
import { signDigest } from '../../src/codec/signature.ts';
import { TOKEN_NAME, typedDigest } from '../../src/codec/typed-data.ts';
import { hashWords } from '../../src/codec/words.ts';
import type { State } from '../../src/model/index.ts';
import { recordOf } from '../../src/model/nonces.ts';
import { type Claim, ExitKind } from '../../src/model/state.ts';
import { PAY_SCHEMA } from '../../src/model/treasury.ts';
import {
  AGRS,
  actor,
  CHAIN,
  directory,
  hash,
  holder,
  members,
  parameterSet,
  possession,
  ZERO_HASH,
} from '../model/fixture.ts';
import {
  accuse,
  attest,
  attesters,
  claimOf,
  contradiction,
  culprit,
  type Example,
  entry,
  example,
  execution,
  giver,
  idOf,
  KEY,
  NEW,
  NEXT,
  NOW,
  nextOwner,
  nonceAt,
  OPEN,
  OTHER_VERIFIER,
  other,
  pending,
  READY,
  SALT,
  SCOPE,
  SELECTOR,
  STAGED_KEY,
  slot,
  subject,
  twoHeads,
} from './scene.ts';

const [first, second, third, fourth, fifth] = members as readonly [Hex, Hex, Hex, Hex, Hex];
const { id, owner } = subject;

/** A permit by the one who can sign them: deadline, v, r, s. */
function permit(spender: Hex, value: bigint): readonly [bigint, number, Hex, Hex] {
  const message = { owner: giver.address, spender, value, nonce: 0n, deadline: NOW };
  const domain = { chainId: CHAIN, verifyingContract: directory.agrs, name: TOKEN_NAME };
  const signature = signDigest(typedDigest('Permit', message, domain), giver.key).slice(2);
  const [r, s, v] = [signature.slice(0, 64), signature.slice(64, 128), signature.slice(128)];
  return [NOW, Number.parseInt(v, 16), `0x${r}`, `0x${s}`];
}

function ofToken(): Example[] {
  return [
    example('agrs', 'transfer', [first, 1n], holder),
    example('agrs', 'approve', [first, 1n], holder),
    example('agrs', 'transferFrom', [holder, first, 1n], fifth),
    example('agrs', 'burn', [1n], holder),
    example('agrs', 'burnFrom', [holder, 1n], fifth),
    example('agrs', 'permit', [giver.address, first, 1n, ...permit(first, 1n)], holder),
  ];
}

function ofCouncil(state: State): Example[] {
  return [
    example('parameters', 'setParameters', [0, parameterSet]),
    example('council', 'propose', NEW, second),
    example('council', 'approve', [idOf(state, OPEN)], second),
    example('council', 'withdrawApproval', [idOf(state, OPEN)], first),
    example('council', 'object', [idOf(state, OPEN)], second),
    example('council', 'execute', READY, holder),
    example('council', 'sealGenesis', [], first),
    example('council', 'heartbeat', [], first),
    example('council', 'putOnNotice', [fourth], first),
    example('council', 'removeSilent', [fifth], holder),
    example('council', 'setMembers', [[first, second, third]]),
    example('council', 'setTiers', [[]]),
  ];
}

function ofRegistry(): Example[] {
  return [
    example('disruptions', 'mark', [ZERO_HASH], holder),
    example('registry', 'stageEntry', [{ ...entry, quotaPerState: 2n }]),
    example('registry', 'stageRemoval', [KEY]),
    example('registry', 'unstage', [STAGED_KEY]),
    example('registry', 'advanceEpoch', []),
    example('registry', 'freeze', [], fourth),
    example('registry', 'moveFreeze', [NOW + 50n]),
    example('registry', 'endFreeze', []),
  ];
}

function ofOperators(): Example[] {
  const newKey = actor('scene key');
  return [
    example('operators', 'register', [newKey.address, holder, ZERO_HASH, possession(holder, newKey)], holder),
    example('operators', 'admit', [pending.id]),
    example('operators', 'openAdmission', []),
    example('operators', 'rotateSigner', [id, newKey.address, possession(owner, newKey)], owner),
    example('operators', 'setPayout', [id, holder], owner),
    example('operators', 'setMetadata', [id, hash('metadata')], owner),
    example('operators', 'proposeOwner', [id, holder], owner),
    example('operators', 'acceptOwner', [id], nextOwner),
    example('operators', 'countMiss', [id], holder),
    example('operators', 'eject', [id], holder),
  ];
}

function ofStaking(): Example[] {
  const allowed = permit(directory.staking, 1n);
  const split = { rewardBps: 0, burnBps: 0, rewardTo: holder };
  return [
    example('staking', 'bond', [id, 1n], owner),
    example('staking', 'bondWithPermit', [id, 1n, ...allowed], giver.address),
    example('staking', 'requestExit', [id, 1n], owner),
    example('staking', 'cancelExit', [id, 0], owner),
    example('staking', 'delegate', [id, 1n], holder),
    example('staking', 'delegateWithPermit', [id, 1n, ...allowed], giver.address),
    example('staking', 'undelegate', [id, AGRS], holder),
    example('staking', 'claimExit', [ExitKind.Owner, id, owner, 0], holder),
    example('staking', 'lock', [id, 1n, 1n], holder),
    example('staking', 'release', [id, 1n, 1n, 0, 0], holder),
    example('staking', 'forfeit', [id, 1n, split], holder),
    example('staking', 'slash', [id, 1n, 1n, split], holder),
  ];
}

function ofOracleAndRouter(): Example[] {
  return [
    example('oracle', 'configureSource', [hash('source'), attesters, 2, 300, 5, true]),
    attest(NEXT),
    example('router', 'addVerifier', [OTHER_VERIFIER]),
    example('router', 'stopVerifier', [SELECTOR]),
    example('router', 'resumeVerifier', [SELECTOR]),
    example('router', 'removeVerifier', [SELECTOR]),
  ];
}

/** The open claim on a slot. */
export function claimIn(state: State, one: bigint): Claim {
  const record = recordOf(state, SCOPE, nonceAt(one));
  if (record?.kind !== 'claimed') throw new Error(`nobody claims slot ${one}`);
  return record.claim;
}

function ofGate(state: State): Example[] {
  const claim = (one: bigint) => claimIn(state, one);
  const missed = [other.id, ZERO_HASH, ZERO_HASH] as const;
  const takeOver = [entry, 1n, slot.lapsedOfOther, id, missed, claim(slot.lapsedOfOther)] as const;
  return [
    example('gate', 'execute', [execution(state, slot.free, NOW)], holder),
    example('gate', 'executeClaimed', [execution(state, slot.held, NOW), claim(slot.held)], holder),
    claimOf(slot.free, subject),
    example('gate', 'renewParameters', [], holder),
    example('gate', 'takeOver', takeOver, subject.signer.address),
    example('gate', 'settle', [claim(slot.lapsed)], holder),
    example('gate', 'fundEscrow', [SCOPE, 1n], holder),
    example('gate', 'withdrawEscrow', [entry.adapter, 1n], entry.account),
    example('gate', 'collectFee', [SCOPE, nonceAt(slot.executed), id, entry.execFee], holder),
  ];
}

function ofTreasury(): Example[] {
  const words = { schema: PAY_SCHEMA, addressee: holder, p0: 1n, p1: 0n, p2: 0n, presence: 1 };
  return [
    example('treasury', 'fund', [first, 1n], holder),
    example('treasury', 'withdraw', [1n], entry.account),
    example('treasury', 'perform', [entry.account, words, '0x'], holder),
  ];
}

function ofCourt(): Example[] {
  const [{ sourceId, configVersion, stateEpoch, prevHash }] = contradiction(culprit);
  const punished = hashWords([sourceId, configVersion, stateEpoch, prevHash]);
  const offence = offenceId({ chainId: CHAIN, contract: directory.court }, 'StateAttestation', culprit.id, punished);
  return [
    example('court', 'open', [hash('commitment')], holder),
    example('court', 'revealAttestations', [...contradiction(subject), SALT], holder),
    example('court', 'revealHeads', [...twoHeads(), SALT], holder),
    example('court', 'payReward', [offence], holder),
    accuse(slot.executed),
    example('court', 'rebut', [SCOPE, nonceAt(slot.accused), hash('answer')], owner),
    example('court', 'vote', [SCOPE, nonceAt(slot.voting), true], first),
    example('court', 'closeCase', [SCOPE, nonceAt(slot.overdue)], holder),
  ];
}

/** By `contract.function`. */
export function examples(state: State): ReadonlyMap<string, Example> {
  const list = [
    ...ofToken(),
    ...ofCouncil(state),
    ...ofRegistry(),
    ...ofOperators(),
    ...ofStaking(),
    ...ofOracleAndRouter(),
    ...ofGate(state),
    ...ofTreasury(),
    ...ofCourt(),
  ];
  return new Map(list.map((one) => [`${one.contract}.${one.call}`, one]));
}
