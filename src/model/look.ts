/**
 * What the lens is asked: everything the state holds, or the part of it that a call can have changed.
 * @module
 */
import type { Map } from 'immutable';
import type { Hex } from '../codec/hash.ts';
import { changes } from './changes.ts';
import type { LensQuery } from './snapshot.ts';
import { exitKey } from './staking.ts';
import { ExitKind, type ExitName, type Ledger, type Stake, type State } from './state.ts';

/** What isn't an object of the state: whose balances, whose allowances to whom, and which tiers to look at. */
export interface Watch {
  readonly accounts: readonly Hex[];
  readonly spenders: readonly Hex[];
  readonly tiers: readonly { readonly target: Hex; readonly selector: Hex }[];
  readonly signers: readonly Hex[];
  readonly selectors: readonly Hex[];
}

/** Names every object that the state holds, and those it held before (closed exits must show as closed). */
export function lensQuery(state: State, { accounts, spenders, tiers, signers, selectors }: Watch): LensQuery {
  return {
    council: true,
    parameters: true,
    registry: true,
    log: true,
    accounts,
    allowances: accounts.flatMap((owner) => spenders.map((spender) => ({ owner, spender }))),
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

/**
 * Names what differs between two states, what hangs on it, and what a call names (whatever a contract changes there
 * without the model shows at once; elsewhere, when all is looked at).
 * @param named addresses and hashes in the call's arguments, and its sender
 */
export function touchedQuery(state: State, watch: Watch, before: State, named: ReadonlySet<string>): LensQuery {
  const { council, registry, operators, court, gate } = state;
  const seated = council.members === before.council.members && council.version === before.council.version;
  const accounts = new Set<string>([
    ...named,
    ...changed(before.agrs.balances, state.agrs.balances),
    ...changed(before.agrs.permits, state.agrs.permits),
    ...changed(before.treasury.funds, state.treasury.funds),
    ...changed(before.council.presence, council.presence),
    ...changed(before.registry.lastFreeze, registry.lastFreeze),
  ]);
  const ids = new Set<Hex>([
    ...changed(before.operators.operators, operators.operators),
    ...changed(before.staking.stakes, state.staking.stakes),
    ...changed(before.court.lastAudits, court.lastAudits),
    ...known(operators.operators, named),
  ]);
  const rotated = new Set(changed(before.operators.keys, operators.keys));
  return {
    council: before.council !== council,
    parameters: before.parameters !== state.parameters,
    registry: before.registry !== registry,
    log: before.gate.log !== gate.log,
    accounts: watch.accounts.filter((account) => !seated || accounts.has(account)),
    allowances: changed(before.agrs.allowances, state.agrs.allowances).map(allowanceOf),
    tiers: before.council === council ? [] : watch.tiers,
    signers: watch.signers.filter(
      (signer) => named.has(signer) || rotated.has(signer) || ids.has(operators.keys.get(signer)?.operatorId as Hex),
    ),
    selectors: before.router === state.router ? [] : watch.selectors,
    proposals: seated
      ? union(changed(before.council.proposals, council.proposals), known(council.proposals, named))
      : [...council.proposals.keys()],
    keys: union(changedKeys(before, state), known(registry.applied, named)),
    operators: [...ids],
    delegations: touchedDelegations(before, state, ids),
    exits: touchedExits(before, state, ids),
    sources: union(changed(before.oracle.sources, state.oracle.sources), known(state.oracle.sources, named)),
    nonces: changed(before.gate.records, gate.records).flatMap((scope) =>
      changed(before.gate.records.get(scope), gate.records.get(scope)).map((nonce) => ({ scope, nonce })),
    ),
    scopes: union(changed(before.gate.escrows, gate.escrows), known(gate.escrows, named)),
    commitments: union(changed(before.court.openings, court.openings), known(court.openings, named)),
    offences: union(changed(before.court.offences, court.offences), known(court.offences, named)),
    cases: changed(before.court.cases, court.cases).flatMap((key) => {
      const found = court.cases.get(key) ?? before.court.cases.get(key);
      return found ? [{ scope: found.scope, nonce: found.nonce }] : [];
    }),
    subjects: changed(before.disruptions.marks, state.disruptions.marks),
  };
}

/** Keys whose values differ. */
function changed<K extends string | bigint, V>(before: Map<K, V> | undefined, after: Map<K, V> | undefined): K[] {
  const keys: K[] = [];
  changes(before, after, (key) => keys.push(key));
  return keys;
}

const known = <V>(map: Map<Hex, V>, named: ReadonlySet<string>): Hex[] =>
  [...named].filter((name): name is Hex => map.has(name as Hex));

const union = <T>(...lists: readonly (readonly T[])[]): T[] => [...new Set(lists.flat())];

/** The allowances' keys are two addresses, each of 42 characters. */
function allowanceOf(key: string): { owner: Hex; spender: Hex } {
  return { owner: key.slice(0, 42) as Hex, spender: key.slice(42) as Hex };
}

function changedKeys(before: State, { registry }: State): Hex[] {
  const staged = before.registry.staged === registry.staged ? [] : [before.registry.staged, registry.staged];
  return [
    ...changed(before.registry.applied, registry.applied),
    ...staged.flatMap((list) => list.toArray().map(({ key }) => key)),
  ];
}

/** A share's value hangs on its ledger: when that moved, everybody's delegation is looked at. */
function touchedDelegations(before: State, { staking }: State, ids: ReadonlySet<Hex>): LensQuery['delegations'] {
  return [...ids].flatMap((operatorId) => {
    const [was, is] = [before.staking.stakes.get(operatorId), staking.stakes.get(operatorId)];
    if (was === is || !is) return [];
    const accounts = was?.pool === is.pool ? changed(was?.delegations, is.delegations) : [...is.delegations.keys()];
    return accounts.map((account) => ({ operatorId, account }));
  });
}

function touchedExits(before: State, { staking }: State, ids: ReadonlySet<Hex>): ExitName[] {
  const moved = (operatorId: Hex, ledgerOf: (stake: Stake) => Ledger): boolean => {
    const [was, is] = [before.staking.stakes.get(operatorId), staking.stakes.get(operatorId)];
    return was !== is && (was && ledgerOf(was)) !== (is && ledgerOf(is));
  };
  const owners = new Set([...ids].filter((id) => moved(id, ({ ownerExits }) => ownerExits)));
  const delegators = new Set([...ids].filter((id) => moved(id, ({ delegatorExits }) => delegatorExits)));
  const names = new globalThis.Map<string, ExitName>();
  for (const key of changed(before.staking.exits, staking.exits)) {
    const exit = staking.exits.get(key) ?? before.staking.exits.get(key);
    if (exit) names.set(key, nameOf(exit));
  }
  if (owners.size + delegators.size > 0) {
    for (const [key, exit] of staking.exits) {
      if ((exit.kind === ExitKind.Owner ? owners : delegators).has(exit.operatorId)) names.set(key, nameOf(exit));
    }
  }
  return [...names.values()];
}

const nameOf = ({ kind, operatorId, account, index }: ExitName): ExitName => ({ kind, operatorId, account, index });

/** Open exits, and the last few that each account began: closed ones must show as closed. */
function exitNames(state: State, accounts: readonly Hex[]): ExitName[] {
  const LOOK_BACK = 2;
  const open = [...state.staking.exits.values()].map(nameOf);
  const begun = [...state.staking.stakes].flatMap(([operatorId, { exits, delegations }]) => [
    ...accounts
      .filter((account) => state.operators.operators.get(operatorId)?.owner === account)
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
