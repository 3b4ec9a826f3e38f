/**
 * Laws of the protocol, checked on the model after each step; docs/PROPERTIES.md has them in prose.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import type { Property, Step } from '../mirror/types.ts';
import type { State } from '../model/index.ts';
import { CaseStatus, ExitKind, type Ledger, OperatorStatus, type Stake } from '../model/state.ts';
import { claimsOf, executionsOf, remembersTwo } from './derived.ts';
import { MAX_ENTRIES, SUPPLY } from './world.ts';

const sum = (values: Iterable<bigint>): bigint => {
  let total = 0n;
  for (const value of values) total += value;
  return total;
};
const balanceOf = (state: State, account: Hex): bigint => state.agrs.balances.get(account, 0n);

const supplyOf = remembersTwo((balances: State['agrs']['balances']) => sum(balances.values()));
const stakeOf = ({ selfBond, ownerExits, pool, delegatorExits }: Stake): bigint =>
  selfBond.total + ownerExits.total + pool.total + delegatorExits.total;
const stakesOf = remembersTwo((stakes: State['staking']['stakes']) =>
  stakes.reduce((total, stake) => total + stakeOf(stake), 0n),
);
const bondsOf = remembersTwo((records: State['gate']['records']) => sum(claimsOf(records).map(({ bond }) => bond)));
const fundsOf = remembersTwo((funds: State['treasury']['funds']) => sum(funds.values()));
const escrowsOf = remembersTwo((escrows: State['gate']['escrows']) =>
  escrows.reduce((total, { available, owed }) => total + available + owed, 0n),
);
const auditBondsOf = remembersTwo((cases: State['court']['cases']) =>
  cases.reduce((total, { bond }) => total + bond, 0n),
);
const rewardsOf = remembersTwo((offences: State['court']['offences']) =>
  offences.reduce((total, { reward }) => total + reward, 0n),
);

/** What each contract that holds tokens owes. */
export const liabilities = {
  staking: ({ staking, gate }: State): bigint => stakesOf(staking.stakes) + bondsOf(gate.records),
  treasury: ({ treasury }: State): bigint => fundsOf(treasury.funds),
  gate: ({ gate }: State): bigint => escrowsOf(gate.escrows),
  court: ({ court }: State): bigint => auditBondsOf(court.cases) + rewardsOf(court.offences),
} as const;

type Custody = keyof typeof liabilities;

/** What a contract holds beyond what it owes. */
export function surplus(state: State, custody: Custody): bigint {
  return balanceOf(state, state.deployment.directory[custody]) - liabilities[custody](state);
}

/** Tokens that this step gave to the contract for nothing. */
function donation(state: State, step: Step, before: State, custody: Hex): bigint {
  if (step.kind !== 'call' || step.call.contract !== 'agrs' || state === before) return 0n;
  const { function: name, args } = step.call;
  if (name === 'transfer' && args[0] === custody) return args[1] as bigint;
  return name === 'transferFrom' && args[1] === custody && args[0] !== custody ? (args[2] as bigint) : 0n;
}

/** Custody = what is owed + what was given for nothing: nothing leaks, nothing is made up. */
function conservation(custody: Custody): Property<State>['check'] {
  return (state, step, before) => {
    if (state.agrs === before.agrs && state[custody] === before[custody] && state.gate === before.gate)
      return undefined;
    const expected = surplus(before, custody) + donation(state, step, before, state.deployment.directory[custody]);
    const found = surplus(state, custody);
    return found === expected ? undefined : `${custody} holds ${found} beyond what it owes, expected ${expected}`;
  };
}

const ONE = 10n ** 27n;

/** The ledgers of an operator that belong to claims, each with the shares that stand in its present generation. */
function claimLedgers(state: State, operatorId: Hex): readonly (readonly [Ledger, bigint])[] {
  const stake = state.staking.stakes.get(operatorId);
  if (!stake) return [];
  const exits = [...state.staking.exits.values()].filter((exit) => exit.operatorId === operatorId);
  const exiting = (kind: number, { generation }: Ledger): bigint =>
    sum(exits.filter((e) => e.kind === kind && e.generation === generation).map(({ shares }) => shares));
  const pooled = [...stake.delegations.values()].filter(({ generation }) => generation === stake.pool.generation);
  return [
    [stake.ownerExits, exiting(ExitKind.Owner, stake.ownerExits)],
    [stake.pool, sum(pooled.map(({ shares }) => shares))],
    [stake.delegatorExits, exiting(ExitKind.Delegator, stake.delegatorExits)],
  ];
}

export const properties: readonly Property<State>[] = [
  {
    id: 'AGRS-1', // supply = sum of balances, and nothing mints
    check(state, _step, before) {
      if (state.agrs === before.agrs) return undefined;
      const total = supplyOf(state.agrs.balances);
      if (total !== state.agrs.supply) return `balances sum to ${total}, the supply is ${state.agrs.supply}`;
      if (state.agrs.supply > before.agrs.supply || state.agrs.supply > SUPPLY) return 'the supply grew';
      return undefined;
    },
  },
  { id: 'STAKE-1', check: conservation('staking') },
  { id: 'TREASURY-1', check: conservation('treasury') },
  { id: 'FEE-1', check: conservation('gate') },
  { id: 'COURT-1', check: conservation('court') },
  {
    id: 'STAKE-2', // what claims are worth never exceeds their ledger, and what rounding leaves is bounded
    check(state, _step, before) {
      if (state.staking === before.staking) return undefined;
      for (const [id, stake] of state.staking.stakes) {
        if (before.staking.stakes.get(id) === stake) continue;
        const now = claimLedgers(state, id);
        const then = claimLedgers(before, id);
        for (const [i, [ledger, shares]] of now.entries()) {
          const rest = ledger.total * ONE - shares * ledger.factor;
          if (rest < 0n) return `claims on ledger ${i} of ${id} exceed it by ${-rest} 10^-27 units`;
          const [old, oldShares] = then[i] ?? [ledger, shares];
          const oldRest = old.total * ONE - oldShares * old.factor;
          // One unit when a claim is made or ends; one 10^-27 part per share when a slash rounds the price.
          const slashed = old.factor !== ledger.factor && old.generation === ledger.generation;
          const allowed = ONE + (slashed ? oldShares : 0n);
          if (rest > (old.generation === ledger.generation ? oldRest : 0n) + allowed) {
            return `rounding left ${rest - oldRest} 10^-27 units on ledger ${i} of ${id}`;
          }
        }
      }
      return undefined;
    },
  },
  {
    id: 'STAKE-4', // nobody but its account ends an exit early, and nobody moves its day
    check(state, step, before) {
      if (state.staking.exits === before.staking.exits || step.kind !== 'call') return undefined;
      for (const [key, exit] of before.staking.exits) {
        const now = state.staking.exits.get(key);
        if (now === exit) continue;
        if (now) return `exit ${key} changed`;
        const { function: name, sender } = step.call;
        const due = name === 'claimExit' || (name === 'cancelExit' && sender === exit.account);
        if (!due) return `exit ${key} ended by ${name} of ${sender}`;
      }
      return undefined;
    },
  },
  {
    id: 'STAKE-5', // a slash takes from what leaves as from what stays; delegators lose by slashes alone
    check(state, step, before) {
      if (state.staking === before.staking || step.kind !== 'call') return undefined;
      const { function: name } = step.call;
      const punishes = ['slash', 'revealAttestations', 'revealHeads', 'vote'].includes(name);
      for (const [id, stake] of state.staking.stakes) {
        const old = before.staking.stakes.get(id);
        if (!old || old === stake || punishes) continue;
        const ledgers = [
          [old.ownerExits, stake.ownerExits],
          [old.pool, stake.pool],
          [old.delegatorExits, stake.delegatorExits],
        ] as const;
        const worn = ledgers.some(
          ([was, is]) => is.factor < was.factor || (is.generation !== was.generation && was.total !== 0n),
        );
        if (worn) return `${name} lowered the price of a share of ${id}`;
      }
      return undefined;
    },
  },
  {
    id: 'STAKE-9', // an ejected operator has no stake of its own, so that nobody can bond for it
    check(state, _step, before) {
      if (state.staking.stakes === before.staking.stakes && state.operators === before.operators) return undefined;
      const found = [...state.operators.operators].find(
        ([id, { status }]) =>
          status === OperatorStatus.Ejected && (state.staking.stakes.get(id)?.selfBond.total ?? 0n) > 0n,
      );
      return found ? `ejected operator ${found[0]} has a self-bond` : undefined;
    },
  },
  {
    id: 'STAKE-10', // every lock is a claim, and an operator has few of them
    check(state, _step, before) {
      const [staking, records] = [state.staking.stakes, state.gate.records];
      if (staking === before.staking.stakes && records === before.gate.records) return undefined;
      const claims = claimsOf(records);
      for (const [id, { locks }] of staking) {
        const open = claims.filter(({ operatorId }) => operatorId === id).length;
        if (open !== locks || locks > 16) return `operator ${id} has ${locks} locks and ${open} open claims`;
      }
      return undefined;
    },
  },
  {
    id: 'CLAIM-1', // a claim ends by its claimant in time, or by a settlement after its deadline; never otherwise
    check(state, step, before) {
      if (state.gate.records === before.gate.records || step.kind !== 'call') return undefined;
      const now = new Set(claimsOf(state.gate.records));
      for (const claim of claimsOf(before.gate.records)) {
        if (now.has(claim)) continue;
        const { function: name } = step.call;
        const late = ['settle', 'takeOver', 'executeClaimed'].includes(name);
        if (!late) return `${name} ended the claim on nonce ${claim.nonce}`;
      }
      return undefined;
    },
  },
  {
    id: 'COURT-2', // an offence is punished once, and its reward is paid once
    check(state, _step, before) {
      if (state.court.offences === before.court.offences) return undefined;
      for (const [id, offence] of before.court.offences) {
        const now = state.court.offences.get(id);
        if (!now || now.reward > offence.reward || now.sequence > offence.sequence) return `offence ${id} was reopened`;
      }
      return undefined;
    },
  },
  {
    id: 'COURT-3', // a guilty verdict is for ever, and audits take from nobody twice in an unbonding period
    check(state, _step, before) {
      if (state.court === before.court) return undefined;
      for (const [key, old] of before.court.cases) {
        if (old.status === CaseStatus.Guilty && state.court.cases.get(key) !== old) return `case ${key} was reopened`;
      }
      for (const [id, at] of state.court.lastAudits) {
        const last = before.court.lastAudits.get(id);
        if (last === undefined || last === at) continue;
        if (at <= last + BigInt(state.parameters.set.unbondingPeriod)) return `operator ${id} was audited twice`;
      }
      return undefined;
    },
  },
  {
    id: 'GATE-1', // an executed nonce stays executed, unchanged
    check(state, _step, before) {
      if (state.gate.records === before.gate.records) return undefined;
      for (const [scope, records] of before.gate.records) {
        const now = state.gate.records.get(scope);
        if (now === records) continue;
        for (const [nonce, record] of records) {
          if (record.kind !== 'executed') continue;
          const later = now?.get(nonce);
          const paid = later?.kind === 'executed' && record.feeOwed && !later.feeOwed;
          const same = paid ? { ...later, feeOwed: true } : later;
          if (same !== record && !(paid && JSON.stringify(same, printable) === JSON.stringify(record, printable)))
            return `nonce ${nonce} of scope ${scope} changed`;
        }
      }
      return undefined;
    },
  },
  {
    id: 'GATE-2', // one log leaf per execution, in order
    check(state, _step, before) {
      if (state.gate === before.gate) return undefined;
      const executions = executionsOf(state.gate.records);
      if (BigInt(executions.length) !== BigInt(state.gate.log.size)) {
        return `${executions.length} executions and ${state.gate.log.size} leaves`;
      }
      const indices = new Set(executions.map(({ record }) => record.logIndex));
      return indices.size === executions.length ? undefined : 'two executions share a leaf';
    },
  },
  {
    id: 'REGISTRY-1', // epochs move by one, and roots of the past never change
    check(state, _step, before) {
      if (state.registry.epoch !== before.registry.epoch && state.registry.epoch !== before.registry.epoch + 1n) {
        return `epoch moved from ${before.registry.epoch} to ${state.registry.epoch}`;
      }
      if (state.registry.roots === before.registry.roots) return undefined;
      const changed = [...before.registry.roots].find(([epoch, root]) => state.registry.roots.get(epoch) !== root);
      return changed ? `the root of epoch ${changed[0]} changed` : undefined;
    },
  },
  {
    id: 'REGISTRY-2', // never more entries than the registry holds
    check: (state) =>
      state.registry.applied.size > MAX_ENTRIES ? `${state.registry.applied.size} entries are in force` : undefined,
  },
  {
    id: 'ORACLE-1', // state epochs grow within a generation
    check(state, _step, before) {
      if (state.oracle === before.oracle) return undefined;
      for (const [id, source] of state.oracle.sources) {
        const old = before.oracle.sources.get(id);
        if (!old?.latest || old.generation !== source.generation) continue;
        if (!source.latest || source.latest.stateEpoch < old.latest.stateEpoch) return `source ${id} went back`;
      }
      return undefined;
    },
  },
  {
    id: 'COUNCIL-1', // what was executed or cancelled stays so
    check(state, _step, before) {
      if (state.council.proposals === before.council.proposals) return undefined;
      for (const [id, proposal] of before.council.proposals) {
        const now = state.council.proposals.get(id);
        if (proposal.status > 1 && now?.status !== proposal.status) return `proposal ${id} changed after its end`;
      }
      return undefined;
    },
  },
  {
    id: 'OPERATOR-1', // a key belongs to one operator for ever
    check(state, _step, before) {
      if (state.operators.keys === before.operators.keys) return undefined;
      for (const [signer, key] of before.operators.keys) {
        if (state.operators.keys.get(signer)?.operatorId !== key.operatorId) return `key ${signer} changed hands`;
      }
      return undefined;
    },
  },
];

const printable = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/** Whether everything is closed and everybody has left: nothing is owed to anyone but what rounding leaves. */
export function isEmpty(state: State): boolean {
  const { staking, court, gate, treasury } = state;
  const shares = [...staking.stakes.values()].every(
    ({ selfBond, delegations, pool }) =>
      selfBond.total === 0n &&
      [...delegations.values()].every((mine) => mine.generation !== pool.generation || mine.shares === 0n),
  );
  return (
    shares &&
    staking.exits.isEmpty() &&
    claimsOf(gate.records).length === 0 &&
    [...gate.escrows.values()].every(({ available, owed }) => available === 0n && owed === 0n) &&
    [...treasury.funds.values()].every((funds) => funds === 0n) &&
    [...court.cases.values()].every(({ status }) => status !== CaseStatus.Open) &&
    [...court.offences.values()].every(({ reward }) => reward === 0n)
  );
}
