/**
 * What the lens is asked: everything the state holds.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { operatorOf } from './operators.ts';
import type { LensQuery } from './snapshot.ts';
import { exitKey } from './staking.ts';
import { ExitKind, type ExitName, type State } from './state.ts';

/** What isn't an object of the state: whose balances, and which tiers to look at. */
export interface Watch {
  readonly accounts: readonly Hex[];
  readonly tiers: readonly { readonly target: Hex; readonly selector: Hex }[];
  readonly signers: readonly Hex[];
  readonly selectors: readonly Hex[];
}

/** Names every object that the state holds, and those it held before (closed exits must show as closed). */
export function lensQuery(state: State, { accounts, tiers, signers, selectors }: Watch): LensQuery {
  return {
    council: true,
    parameters: true,
    registry: true,
    log: true,
    accounts,
    allowances: [...state.agrs.allowances.keys()].map(allowanceName),
    tiers,
    signers,
    selectors,
    proposals: [...state.council.proposals.keys()],
    keys: [...new Set([...state.registry.applied.keys(), ...state.registry.staged.map(({ key }) => key)])],
    operators: [...state.operators.operators.keys()],
    delegations: [...state.staking.stakes].flatMap(([operatorId, { delegations }]) =>
      [...delegations.keys()].map((account) => ({ operatorId, account })),
    ),
    exits: exitNames(state, accounts),
    sources: [...state.oracle.sources.keys()],
    nonces: [...state.gate.records].flatMap(([scope, records]) =>
      [...records.keys()].map((nonce) => ({ scope, nonce })),
    ),
    scopes: [...new Set([...state.gate.records.keys(), ...state.gate.escrows.keys()])],
    commitments: [...state.court.openings.keys()],
    offences: [...state.court.offences.keys()],
    cases: [...state.court.cases.values()].map(({ scope, nonce }) => ({ scope, nonce })),
    subjects: [...state.disruptions.marks.keys()],
  };
}

/** From a key of the map: the two addresses, one behind the other. */
const allowanceName = (pair: string) => ({ owner: pair.slice(0, 42) as Hex, spender: pair.slice(42) as Hex });

const nameOf = ({ kind, operatorId, account, index }: ExitName): ExitName => ({ kind, operatorId, account, index });

/** Open exits, and the last few that each account began: closed ones must show as closed. */
function exitNames(state: State, accounts: readonly Hex[]): ExitName[] {
  const LOOK_BACK = 2;
  const open = [...state.staking.exits.values()].map(nameOf);
  const begun = [...state.staking.stakes].flatMap(([operatorId, { exits, delegations }]) => [
    ...accounts
      .filter((account) => operatorOf(state, operatorId)?.owner === account)
      .flatMap((account) => recent(exits, { kind: ExitKind.Owner, operatorId, account })),
    ...[...delegations].flatMap(([account, mine]) =>
      recent(mine.exits, { kind: ExitKind.Delegator, operatorId, account }),
    ),
  ]);
  function recent(count: number, name: Omit<ExitName, 'index'>): ExitName[] {
    const first = Math.max(0, count - LOOK_BACK);
    return Array.from({ length: count - first }, (_, i) => ({ ...name, index: first + i }));
  }
  const all = new globalThis.Map([...open, ...begun].map((name) => [exitKey(name), name]));
  return [...all.values()];
}
