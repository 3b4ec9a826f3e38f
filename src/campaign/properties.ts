/**
 * Laws of the protocol, checked on the model after each step; docs/PROPERTIES.md has them in prose.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import type { Property } from '../mirror/types.ts';
import type { State } from '../model/index.ts';
import { MAX_ENTRIES, SUPPLY } from './world.ts';

const sum = (values: Iterable<bigint>): bigint => [...values].reduce((total, value) => total + value, 0n);
const balanceOf = (state: State, account: Hex): bigint => state.agrs.balances.get(account, 0n);

export const properties: readonly Property<State>[] = [
  {
    id: 'AGRS-1', // supply = sum of balances, and nothing mints
    check(state, _step, before) {
      const total = sum(state.agrs.balances.values());
      if (total !== state.agrs.supply) return `balances sum to ${total}, the supply is ${state.agrs.supply}`;
      if (state.agrs.supply > before.agrs.supply || state.agrs.supply > SUPPLY) return 'the supply grew';
      return undefined;
    },
  },
  {
    id: 'STAKE-1', // custody >= ledgers
    check(state) {
      const ledgers = [...state.staking.selfBonds.values(), ...state.staking.exitLedgers.values()];
      const owed = sum(ledgers.map(({ total }) => total));
      const held = balanceOf(state, state.deployment.directory.staking);
      return held < owed ? `staking holds ${held} and owes ${owed}` : undefined;
    },
  },
  {
    id: 'STAKE-2', // the claims on an exit ledger never exceed it
    check(state) {
      for (const [id, ledger] of state.staking.exitLedgers) {
        const mine = [...state.staking.exits.values()].filter(
          (exit) => exit.operatorId === id && exit.generation === ledger.generation,
        );
        const claims = sum(mine.map((exit) => (exit.amount * ledger.factor) / exit.factorAtStart));
        if (claims > ledger.total) return `exits of ${id} claim ${claims} of ${ledger.total}`;
      }
      return undefined;
    },
  },
  {
    id: 'TREASURY-1', // custody >= funds
    check(state) {
      const owed = sum(state.treasury.funds.values());
      const held = balanceOf(state, state.deployment.directory.treasury);
      return held < owed ? `the treasury holds ${held} and owes ${owed}` : undefined;
    },
  },
  {
    id: 'GATE-1', // an executed nonce stays executed, unchanged
    check(state, _step, before) {
      for (const [scope, records] of before.gate.records) {
        const now = state.gate.records.get(scope);
        if (now === records) continue;
        for (const [nonce, record] of records) {
          if (now?.get(nonce) !== record) return `nonce ${nonce} of scope ${scope} changed`;
        }
      }
      return undefined;
    },
  },
  {
    id: 'GATE-2', // one log leaf per execution, in order
    check(state) {
      const executions = [...state.gate.records.values()].flatMap((records) => [...records.values()]);
      if (BigInt(executions.length) !== BigInt(state.gate.log.size)) {
        return `${executions.length} executions and ${state.gate.log.size} leaves`;
      }
      const indices = new Set(executions.map(({ logIndex }) => logIndex));
      return indices.size === executions.length ? undefined : 'two executions share a leaf';
    },
  },
  {
    id: 'REGISTRY-1', // epochs move by one, and roots of the past never change
    check(state, _step, before) {
      if (state.registry.epoch !== before.registry.epoch && state.registry.epoch !== before.registry.epoch + 1n) {
        return `epoch moved from ${before.registry.epoch} to ${state.registry.epoch}`;
      }
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
      for (const [signer, key] of before.operators.keys) {
        if (state.operators.keys.get(signer)?.operatorId !== key.operatorId) return `key ${signer} changed hands`;
      }
      return undefined;
    },
  },
];
