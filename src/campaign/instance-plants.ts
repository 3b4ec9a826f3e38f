/**
 * Faults planted in the machine of a small instance, each a condition around the model's calls: they show that the
 * explorer finds what it is for, by the shortest way.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { nonceOf } from '../codec/ids.ts';
import type { State } from '../model/index.ts';
import { recordOf } from '../model/nonces.ts';
import { refused } from '../model/step.ts';
import { type Machine, machine } from './instance.ts';
import { FEE, SCOPE } from './instance-world.ts';

export interface Plant {
  /** what is wrong with the machine */
  readonly fault: string;
  readonly machine: Machine;
}

/** The only nonce of an instance with one slot. */
const NONCE = nonceOf(1n, 0n);

const doubleFee: Machine = (state, call, env) => {
  const step = machine(state, call, env);
  if (call.function !== 'settle' || refused(step)) return step;
  const { gate } = step.state;
  const escrow = gate.escrows.get(SCOPE);
  const escrows = escrow ? gate.escrows.set(SCOPE, { ...escrow, owed: escrow.owed + FEE }) : gate.escrows;
  return { ...step, state: { ...step.state, gate: { ...gate, escrows } } };
};

const keptExit: Machine = (state, call, env) => {
  const operatorId = call.args[1] as Hex;
  const record = recordOf(state, SCOPE, NONCE);
  const barred = record?.kind === 'missed' && record.missed.includes(operatorId);
  if (call.function === 'claimExit' && barred) return { error: 'OperatorEjected', args: [operatorId] };
  return machine(state, call, env);
};

const lostNonce: Machine = (state, call, env) => {
  const taken = ['claim', 'takeOver', 'execute', 'executeClaimed'].includes(call.function);
  if (taken && isMissed(state, env.time)) return { error: 'MissedTooOften', args: [SCOPE, NONCE] };
  return machine(state, call, env);
};

function isMissed(state: State, time: bigint): boolean {
  const record = recordOf(state, SCOPE, NONCE);
  return record?.kind === 'missed' || (record?.kind === 'claimed' && time > record.claim.deadline);
}

export const plants = {
  safety: { fault: 'settling a claim leaves its fee set aside as well', machine: doubleFee },
  'stuck-funds': { fault: 'whoever missed a nonce is not paid out before somebody executes it', machine: keptExit },
  liveness: { fault: 'a nonce that was missed once is never executed nor claimed again', machine: lostNonce },
} as const satisfies Readonly<Record<string, Plant>>;

export type PlantName = keyof typeof plants;
