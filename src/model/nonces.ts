/**
 * What the gate keeps of a nonce. Mirrors contracts/gate/Nonces.sol.
 * @module
 */
import { Map } from 'immutable';
import type { Hex } from '../codec/hash.ts';
import { valueIn } from './changes.ts';
import type { ExecutionRecord, NonceRecord, State } from './state.ts';
import type { Refusal } from './step.ts';

const NO_RECORDS = Map<bigint, NonceRecord>();

const recordsOf = (state: State, scope: Hex): Map<bigint, NonceRecord> =>
  valueIn(state.gate.records, scope) ?? NO_RECORDS;

export function recordOf(state: State, scope: Hex, nonce: bigint): NonceRecord | undefined {
  return valueIn(recordsOf(state, scope), nonce);
}

/** Without a record the nonce is as if nothing had ever happened to it. */
export function withRecord(state: State, scope: Hex, nonce: bigint, record: NonceRecord | undefined): State {
  const { records } = state.gate;
  const before = recordsOf(state, scope);
  const after = record ? before.set(nonce, record) : before.remove(nonce);
  return { ...state, gate: { ...state.gate, records: records.set(scope, after) } };
}

/** The record of what this operator executed for this fee. */
export function executedBy(
  state: State,
  scope: Hex,
  nonce: bigint,
  operatorId: Hex,
  fee: bigint,
): ExecutionRecord | Refusal {
  const record = recordOf(state, scope, nonce);
  const known = record?.kind === 'executed' && record.operatorId === operatorId && record.fee === fee;
  return known ? record : { error: 'ExecutionUnknown', args: [scope, nonce] };
}
