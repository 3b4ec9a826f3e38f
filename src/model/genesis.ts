/**
 * The state right after deployment, before any transaction.
 * @module
 */
import { List, Map } from 'immutable';
import type { Hex } from '../codec/hash.ts';
import { emptyLog } from '../merkle/mmr.ts';
import type { Deployment, ParameterSet, State } from './state.ts';

export interface Genesis {
  readonly deployment: Deployment;
  readonly parameters: ParameterSet;
  /** strictly increasing, lower case */
  readonly members: readonly Hex[];
  /** receives the whole supply */
  readonly holder: Hex;
  /** base units of AGRS */
  readonly supply: bigint;
  /** block.timestamp of the council's deployment, seconds */
  readonly time: bigint;
}

export function genesis({ deployment, parameters, members, holder, supply, time }: Genesis): State {
  return {
    deployment,
    agrs: { supply, balances: Map([[holder, supply]]), allowances: Map(), permits: Map() },
    parameters: { version: 0, set: parameters },
    council: {
      members: List(members),
      presence: Map(members.map((member) => [member, { lastSeen: time, noticeAt: 0n }])),
      version: 1n,
      genesisSealed: false,
      tiers: Map(),
      proposals: Map(),
    },
    disruptions: { marks: Map() },
    registry: {
      epoch: 0n,
      advancedAt: 0n,
      frozenUntil: 0n,
      roots: Map(),
      advancedAts: Map(),
      applied: Map(),
      staged: List(),
      lastFreeze: Map(),
    },
    operators: { admissionOpen: false, operators: Map(), keys: Map() },
    staking: { stakes: Map(), exits: Map() },
    oracle: { sources: Map(), acceptedAts: Map() },
    router: { routes: Map() },
    gate: { records: Map(), escrows: Map(), log: emptyLog },
    treasury: { funds: Map() },
    court: { openings: Map(), offences: Map(), cases: Map(), lastAudits: Map() },
  };
}
