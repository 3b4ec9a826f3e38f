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
}

export function genesis({ deployment, parameters, members, holder, supply }: Genesis): State {
  return {
    deployment,
    agrs: { supply, balances: Map([[holder, supply]]), allowances: Map() },
    parameters: { version: 0, set: parameters },
    council: { members: List(members), version: 1n, genesisSealed: false, tiers: Map(), proposals: Map() },
    registry: {
      epoch: 0n,
      advancedAt: 0n,
      frozenUntil: 0n,
      roots: Map(),
      applied: Map(),
      staged: List(),
      lastFreeze: Map(),
    },
    operators: { admissionOpen: false, operators: Map(), keys: Map() },
    staking: { selfBonds: Map(), exitLedgers: Map(), exitCounts: Map(), exits: Map() },
    oracle: { sources: Map() },
    router: { routes: Map() },
    gate: { records: Map(), log: emptyLog },
    treasury: { funds: Map() },
  };
}
