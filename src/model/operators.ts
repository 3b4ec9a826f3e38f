/**
 * Operators: who they are, which key signs for them, and whether they may act. Mirrors
 * contracts/operators/Operators.sol.
 * @module
 */
import { type Hex, ZERO_HASH } from '../codec/hash.ts';
import { operatorId as idOfOperator } from '../codec/ids.ts';
import { ZERO_ADDRESS } from '../codec/signature.ts';
import { signable, signerOf } from '../codec/typed-data.ts';
import { valueIn } from './changes.ts';
import { notCouncil, notCourt, notGate } from './guards.ts';
import { type Operator, OperatorStatus, type OperatorsState, type State } from './state.ts';
import type { Env, Refusal, Transitions } from './step.ts';

export const operators: Transitions<'operators'> = {
  register(state, [signer, payout, metadataHash, possession], env) {
    if (payout === ZERO_ADDRESS) return { error: 'PayoutZero', args: [] };
    const owner = env.sender;
    const place = { chainId: env.chainId, contract: state.deployment.directory.operators };
    const operatorId = idOfOperator(place, owner, signer);
    const taken = takeKey(state, operatorId, signer, possession, env);
    if ('error' in taken) return taken;
    const status = state.operators.admissionOpen ? OperatorStatus.Admitted : OperatorStatus.Pending;
    const operator: Operator = {
      status,
      owner,
      signer,
      payout,
      metadataHash,
      jailedUntil: 0n,
      misses: 0,
      missesSince: 0n,
      proposedOwner: ZERO_ADDRESS,
      ownerOpensAt: 0n,
    };
    return {
      state: withOperator(taken, operatorId, operator),
      events: [
        {
          contract: 'operators',
          event: 'OperatorRegistered',
          args: { operatorId, owner, signer, payout, metadataHash, status },
        },
      ],
      returns: [operatorId],
    };
  },

  admit(state, [operatorId], env) {
    const denied = notCouncil(state, env);
    if (denied) return denied;
    const operator = operatorOf(state, operatorId);
    if (operator?.status !== OperatorStatus.Pending) return { error: 'OperatorNotPending', args: [operatorId] };
    return {
      state: withOperator(state, operatorId, { ...operator, status: OperatorStatus.Admitted }),
      events: [{ contract: 'operators', event: 'OperatorAdmitted', args: { operatorId } }],
      returns: [],
    };
  },

  openAdmission(state, _args, env) {
    const denied = notCouncil(state, env);
    if (denied) return denied;
    if (state.operators.admissionOpen) return { error: 'AdmissionOpenAlready', args: [] };
    return {
      state: { ...state, operators: { ...state.operators, admissionOpen: true } },
      events: [{ contract: 'operators', event: 'AdmissionOpened', args: {} }],
      returns: [],
    };
  },

  rotateSigner(state, [operatorId, signer, possession], env) {
    const operator = owned(state, operatorId, env);
    if ('error' in operator) return operator;
    const taken = takeKey(state, operatorId, signer, possession, env);
    if ('error' in taken) return taken;
    const former = operator.signer;
    const keys = taken.operators.keys.set(former, { operatorId, rotatedAt: env.time });
    return {
      state: withOperator({ ...taken, operators: { ...taken.operators, keys } }, operatorId, { ...operator, signer }),
      events: [{ contract: 'operators', event: 'SignerRotated', args: { operatorId, former, signer } }],
      returns: [],
    };
  },

  setPayout(state, [operatorId, payout], env) {
    const operator = owned(state, operatorId, env);
    if ('error' in operator) return operator;
    if (payout === ZERO_ADDRESS) return { error: 'PayoutZero', args: [] };
    return {
      state: withOperator(state, operatorId, { ...operator, payout }),
      events: [{ contract: 'operators', event: 'PayoutSet', args: { operatorId, payout } }],
      returns: [],
    };
  },

  setMetadata(state, [operatorId, metadataHash], env) {
    const operator = owned(state, operatorId, env);
    if ('error' in operator) return operator;
    return {
      state: withOperator(state, operatorId, { ...operator, metadataHash }),
      events: [{ contract: 'operators', event: 'MetadataSet', args: { operatorId, metadataHash } }],
      returns: [],
    };
  },

  proposeOwner(state, [operatorId, proposed], env) {
    const operator = owned(state, operatorId, env);
    if ('error' in operator) return operator;
    const opensAt = env.time + BigInt(state.parameters.set.unbondingPeriod) + 1n;
    return {
      state: withOperator(state, operatorId, { ...operator, proposedOwner: proposed, ownerOpensAt: opensAt }),
      events: [{ contract: 'operators', event: 'OwnerProposed', args: { operatorId, proposed, opensAt } }],
      returns: [],
    };
  },

  acceptOwner(state, [operatorId], env) {
    const operator = operatorOf(state, operatorId);
    if (!operator) return { error: 'OperatorUnknown', args: [operatorId] };
    const { proposedOwner } = operator;
    if (env.sender !== proposedOwner) return { error: 'NotProposedOwner', args: [env.sender, proposedOwner] };
    const opensAt = acceptableFrom(state, operatorId, operator);
    if (env.time < opensAt) return { error: 'OwnerChangeTooEarly', args: [opensAt, env.time] };
    const owner = env.sender;
    return {
      state: withOperator(state, operatorId, { ...operator, owner, proposedOwner: ZERO_ADDRESS, ownerOpensAt: 0n }),
      events: [{ contract: 'operators', event: 'OwnerChanged', args: { operatorId, owner } }],
      returns: [],
    };
  },

  countMiss(state, [operatorId], env) {
    const denied = notGate(state, env);
    if (denied) return denied;
    const { missPeriod, missLimit, jailTerm } = state.parameters.set;
    const operator = operatorOf(state, operatorId) ?? NOBODY;
    const anew = operator.misses === 0 || env.time > operator.missesSince + BigInt(missPeriod);
    const since = anew ? env.time : operator.missesSince;
    const counted = (anew ? 0 : operator.misses) + 1;
    const jailed = counted >= missLimit;
    const misses = jailed ? 0 : counted;
    const term = env.time + BigInt(jailTerm);
    // A term that runs is not cut short by a later, shorter one.
    const jailedUntil = jailed && term > operator.jailedUntil ? term : operator.jailedUntil;
    return {
      state: withOperator(state, operatorId, { ...operator, misses, missesSince: since, jailedUntil }),
      events: [{ contract: 'operators', event: 'MissCounted', args: { operatorId, misses, since, jailedUntil } }],
      returns: [],
    };
  },

  eject(state, [operatorId], env) {
    const denied = notCourt(state, env);
    if (denied) return denied;
    const operator = operatorOf(state, operatorId) ?? NOBODY;
    if (operator.status === OperatorStatus.Ejected) return { state, events: [], returns: [] };
    return {
      state: withOperator(state, operatorId, { ...operator, status: OperatorStatus.Ejected }),
      events: [{ contract: 'operators', event: 'Ejected', args: { operatorId } }],
      returns: [],
    };
  },
};

/**
 * First second at which the proposed owner may accept: the former one's exits stay slashable for what the operator
 * does, so it gets its last one before, and three blocks to claim it.
 */
export function acceptableFrom(state: State, operatorId: Hex, { ownerOpensAt }: Operator): bigint {
  const lastExit = valueIn(state.staking.stakes, operatorId)?.lastExitOpensAt ?? 0n;
  const afterExits = lastExit === 0n ? 0n : lastExit + 3n * BigInt(state.parameters.set.blockInterval);
  return afterExits > ownerOpensAt ? afterExits : ownerOpensAt;
}

/** What the contract holds under an id that nobody registered. */
export const NOBODY: Operator = {
  status: OperatorStatus.Unknown,
  owner: ZERO_ADDRESS,
  signer: ZERO_ADDRESS,
  payout: ZERO_ADDRESS,
  metadataHash: ZERO_HASH,
  jailedUntil: 0n,
  misses: 0,
  missesSince: 0n,
  proposedOwner: ZERO_ADDRESS,
  ownerOpensAt: 0n,
};

export function operatorOf(state: State, operatorId: Hex): Operator | undefined {
  return valueIn(state.operators.operators, operatorId);
}

/** The status, Unknown for an unknown operator. */
export function statusOf(state: State, operatorId: Hex): number {
  return operatorOf(state, operatorId)?.status ?? OperatorStatus.Unknown;
}

/** The current key of an operator that isn't ejected: enough to finish what was opened. */
export function requireNotEjected(state: State, operatorId: Hex): { readonly signer: Hex } | Refusal {
  const operator = operatorOf(state, operatorId);
  if (!operator) return { error: 'OperatorUnknown', args: [operatorId] };
  if (operator.status === OperatorStatus.Ejected) return { error: 'OperatorEjected', args: [operatorId] };
  return { signer: operator.signer };
}

/** The operator's current key, unless it may not open anything now. */
export function requireAdmitted(state: State, operatorId: Hex, env: Env): { readonly signer: Hex } | Refusal {
  const operator = operatorOf(state, operatorId);
  if (!operator) return { error: 'OperatorUnknown', args: [operatorId] };
  const { status, jailedUntil, signer } = operator;
  if (status !== OperatorStatus.Admitted) return { error: 'OperatorNotAdmitted', args: [operatorId, status] };
  if (env.time <= jailedUntil) return { error: 'OperatorJailed', args: [operatorId, jailedUntil] };
  return { signer };
}

/** The operator for which this key signs now; undefined for former keys, strangers and ejected operators. */
export function currentOperatorOf(state: State, signer: Hex): Hex | undefined {
  const key = state.operators.keys.get(signer);
  if (key?.rotatedAt !== 0n) return undefined;
  const status = operatorOf(state, key.operatorId)?.status;
  return status === OperatorStatus.Ejected ? undefined : key.operatorId;
}

/** The operator, if the caller is its owner. */
export function owned(state: State, operatorId: Hex, env: Env): Operator | Refusal {
  const operator = operatorOf(state, operatorId);
  if (!operator) return { error: 'OperatorUnknown', args: [operatorId] };
  if (env.sender !== operator.owner) return { error: 'NotOwner', args: [env.sender, operator.owner] };
  return operator;
}

/** Binds a key that never belonged to an operator, once its possession is shown. */
function takeKey(state: State, operatorId: Hex, signer: Hex, possession: Hex, env: Env): State | Refusal {
  if (state.operators.keys.has(signer)) return { error: 'SignerTaken', args: [signer] };
  const domain = { chainId: env.chainId, verifyingContract: state.deployment.directory.operators };
  const message = signable('SignerPossession', { owner: env.sender, signer }, domain);
  if (signer === ZERO_ADDRESS || signerOf(message, possession) !== signer) {
    return { error: 'PossessionInvalid', args: [signer] };
  }
  const keys = state.operators.keys.set(signer, { operatorId, rotatedAt: 0n });
  return { ...state, operators: { ...state.operators, keys } };
}

function withOperator(state: State, operatorId: Hex, operator: Operator): State {
  const operators: OperatorsState = {
    ...state.operators,
    operators: state.operators.operators.set(operatorId, operator),
  };
  return { ...state, operators };
}
