/**
 * `mprd payouts`: what an address is owed, when, and which call collects it.
 * @module
 */
import { getAddress, isAddress } from 'viem';
import type { ContractName, Refusal, SystemAbis } from '../abi/system.ts';
import type { Inputs, WriteName } from '../abi/types.ts';
import { encodeCall } from '../chain/connection.ts';
import { formatAgrs, formatDuration, formatTime, shortHex } from '../chain/format.ts';
import { explain } from '../chain/refusal.ts';
import type { Hex } from '../codec/hash.ts';
import { scopeId } from '../codec/ids.ts';
import { escrowOf } from '../model/fees.ts';
import { applyCall, refused } from '../model/index.ts';
import { valueOf } from '../model/ledger.ts';
import { delegationOf, exitValue, stakeOf } from '../model/staking.ts';
import { CaseStatus, ExitKind } from '../model/state.ts';
import { Chronicle } from './chronicle.ts';
import { nonceName, whenFrom } from './names.ts';
import { COMMON_HELP, type Io, parseOptions, UsageError } from './options.ts';
import { type Reading, read } from './reading.ts';
import { table, toJson } from './table.ts';

export const help = `Shows everything that a deployment holds for an address: exits, stake, fees of its operators, rewards,
case bonds, escrows, treasury funds; from when on each can be had, and the call that collects it. The calls are tried on
the rebuilt state, so that what is shown as collectable is.

  mprd payouts ADDRESS [--rpc URL] [OPTIONS]

${COMMON_HELP}

Example, with the devnet of \`npm start\` in another terminal (the owner of its first operator):

  mprd payouts 0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f

With --json each line has "to" and "data": the transaction that any wallet can send.`;

export async function run(args: readonly string[], io: Io): Promise<number> {
  const options = parseOptions(args);
  const address = addressIn(options.positionals);
  const chronicle = new Chronicle();
  const reading = await read(options, chronicle, io);
  const payouts = payoutsOf(reading, address, [...chronicle.adapters]);
  if (options.json) io.out(toJson(payouts));
  else for (const line of payoutLines(reading, payouts)) io.out(line);
  return 0;
}

/** @throws UsageError */
function addressIn(positionals: readonly string[]): Hex {
  const [address, ...more] = positionals;
  if (address === undefined || more.length > 0) {
    throw new UsageError(`expected one address, got ${address === undefined ? 'none' : positionals.join(' ')}.`);
  }
  if (!/^0x[0-9a-fA-F]{40}$/.test(address)) {
    throw new UsageError(`"${address}" is not an address: expected 0x and 40 hexadecimal digits.`);
  }
  if (address !== address.toLowerCase() && !isAddress(address)) {
    const expected = getAddress(address.toLowerCase() as Hex);
    throw new UsageError(
      `the capitals of ${address} are its checksum, and it is wrong: expected ${expected}, or lower case.`,
    );
  }
  return address.toLowerCase() as Hex;
}

/*----------------------------------------------------------------------------------------------------------- facts */

/** What a contract holds for the address. */
interface Holding {
  readonly what: string;
  /** base units */
  readonly amount: bigint;
  /** first second at which the call is accepted, as things stand */
  readonly dueAt: bigint;
  /** seconds from the call until the amount can be claimed; 0: the call pays it */
  readonly delay?: number;
  /** what else has to be known */
  readonly note?: string;
  readonly contract: ContractName;
  readonly function: string;
  readonly args: readonly unknown[];
}

/** A holding whose call is typed by the contract's ABI. */
function holding<C extends ContractName, F extends WriteName<SystemAbis[C]> & string>(
  facts: Pick<Holding, 'what' | 'amount' | 'dueAt' | 'delay' | 'note'>,
  contract: C,
  name: F,
  args: Inputs<SystemAbis[C], F>,
): Holding {
  return { ...facts, contract, function: name, args: args as readonly unknown[] };
}

type Payouts = ReturnType<typeof payoutsOf>;

function payoutsOf(reading: Reading, address: Hex, adapters: readonly Hex[]) {
  const { state, now, chain, block } = reading;
  const holdings = [
    ...exits(reading, address),
    ...stakes(reading, address),
    ...fees(reading, address),
    ...rewards(reading, address),
    ...caseBonds(reading, address),
    ...funds(reading, address, adapters),
  ];
  return {
    chainId: chain.chainId,
    block,
    time: now,
    address,
    balance: state.agrs.balances.get(address, 0n),
    payouts: holdings.map((one) => collected(reading, address, one)),
  };
}

/** The holding with what its call would do: now if it is due, else when it will be. */
function collected({ state, now, book }: Reading, sender: Hex, one: Holding) {
  const { what, amount, dueAt, delay = 0, note, contract, function: name, args } = one;
  const time = dueAt > now ? dueAt : now;
  // No receipt is verified by any of these calls.
  const env = { sender, time, chainId: BigInt(book.chainId), receipts: () => undefined };
  const step = applyCall(state, contract, name, args, env);
  const refusal: Refusal | undefined = refused(step) ? step : undefined;
  const call = encodeCall(book.contracts, contract, name as never, args as never);
  return {
    what,
    amount,
    dueAt,
    due: dueAt <= now && refusal === undefined,
    delay,
    note: refusal === undefined ? (note ?? null) : `refused: ${refusal.error}: ${explain(refusal)}`,
    call: `${contract}.${name}(${args.map(String).join(', ')})`,
    to: call.to,
    data: call.data,
  };
}

function exits({ state }: Reading, address: Hex): Holding[] {
  return [...state.staking.exits.values()]
    .filter(({ account }) => account === address)
    .map((exit) => {
      const { kind, operatorId, account, index, opensAt } = exit;
      const whose = kind === ExitKind.Owner ? 'self-bond of' : 'delegation to';
      const facts = {
        what: `exit ${index}, ${whose} ${shortHex(operatorId)}`,
        amount: exitValue(state, exit),
        dueAt: opensAt,
        note: 'slashable until claimed',
      };
      return holding(facts, 'staking', 'claimExit', [kind, operatorId, account, index]);
    });
}

function stakes({ state, now }: Reading, address: Hex): Holding[] {
  // Claimable later than a whole unbonding period after the call.
  const delay = state.parameters.set.unbondingPeriod + 1;
  const note = 'the call begins an exit';
  const owned = [...state.operators.operators].filter(([, { owner }]) => owner === address);
  const bonds = owned.flatMap(([id]) => {
    const amount = stakeOf(state, id).selfBond.total;
    if (amount === 0n) return [];
    const facts = { what: `self-bond of ${shortHex(id)}`, amount, dueAt: now, delay, note };
    return [holding(facts, 'staking', 'requestExit', [id, amount])];
  });
  const delegations = [...state.staking.stakes.keys()].flatMap((id) => {
    const { shares, generation } = delegationOf(state, id, address);
    if (shares === 0n) return [];
    const amount = valueOf(stakeOf(state, id).pool, { shares, generation });
    const facts = { what: `delegation to ${shortHex(id)}`, amount, dueAt: now, delay, note };
    return [holding(facts, 'staking', 'undelegate', [id, shares])];
  });
  return [...bonds, ...delegations];
}

function fees({ state }: Reading, address: Hex): Holding[] {
  const mine = new Set([...state.operators.operators].flatMap(([id, { payout }]) => (payout === address ? [id] : [])));
  return [...state.gate.records].flatMap(([scope, nonces]) =>
    [...nonces].flatMap(([nonce, record]) => {
      if (record.kind !== 'executed' || !record.feeOwed || !mine.has(record.operatorId)) return [];
      const { operatorId, fee, executedAt, finalityDelay } = record;
      const facts = {
        what: `fee of ${nonceName({ scope, nonce })}, executed by ${shortHex(operatorId)}`,
        amount: fee,
        dueAt: executedAt + BigInt(finalityDelay) + 1n,
        note: 'goes to whatever payout address the operator has then',
      };
      return [holding(facts, 'gate', 'collectFee', [scope, nonce, operatorId, fee])];
    }),
  );
}

function rewards({ state }: Reading, address: Hex): Holding[] {
  return [...state.court.offences].flatMap(([id, { challenger, reward, rewardOpensAt }]) => {
    if (challenger !== address || reward === 0n) return [];
    const facts = {
      what: `reward for offence ${shortHex(id)}`,
      amount: reward,
      dueAt: rewardOpensAt,
      note: 'until then, whoever opened the same earlier may take it over',
    };
    return [holding(facts, 'court', 'payReward', [id])];
  });
}

function caseBonds({ state }: Reading, address: Hex): Holding[] {
  return [...state.court.cases.values()].flatMap(({ scope, nonce, status, accuser, bond, voteUntil }) => {
    if (status !== CaseStatus.Open || accuser !== address) return [];
    const facts = {
      what: `bond of the case about ${nonceName({ scope, nonce })}`,
      amount: bond,
      dueAt: voteUntil + 1n,
      note: 'whole after a guilty verdict; a tenth is burned when nobody rules; lost after an acquittal',
    };
    return [holding(facts, 'court', 'closeCase', [scope, nonce])];
  });
}

function funds({ state, now, book }: Reading, address: Hex, adapters: readonly Hex[]): Holding[] {
  const gate = { chainId: BigInt(book.chainId), contract: book.contracts.gate };
  const escrows = [...new Set([book.contracts.treasury, ...adapters])].flatMap((adapter) => {
    const { available } = escrowOf(state, scopeId(gate, adapter, address));
    const facts = { what: `escrow for fees of adapter ${shortHex(adapter)}`, amount: available, dueAt: now };
    return available === 0n ? [] : [holding(facts, 'gate', 'withdrawEscrow', [adapter, available])];
  });
  const held = state.treasury.funds.get(address, 0n);
  const facts = { what: 'funds in the treasury', amount: held, dueAt: now };
  return held === 0n ? escrows : [...escrows, holding(facts, 'treasury', 'withdraw', [held])];
}

/*----------------------------------------------------------------------------------------------------------- lines */

function payoutLines({ chain, now }: Reading, { address, balance, block, payouts }: Payouts): string[] {
  const when = ({ due, dueAt, delay }: Payouts['payouts'][number]): string => {
    if (!due) return dueAt <= now ? 'not now' : whenFrom(now, dueAt);
    return delay === 0 ? 'now' : `${formatDuration(delay)} after the call`;
  };
  const rows = payouts.map((one, i) => [String(i + 1), one.what, formatAgrs(one.amount), when(one), one.note ?? '']);
  const calls = payouts.map(({ call, to }, i) => `  ${i + 1}  ${call}\n     to ${to}`);
  return [
    `chain ${chain.chainId} at ${chain.name}, block ${block}, ${formatTime(now)}`,
    `${address} has ${formatAgrs(balance)}`,
    ...table('Held for it', ['', 'what', 'amount', 'collectable', ''], rows),
    ...(calls.length === 0 ? [] : ['', 'The calls that collect them; --json has their data for a wallet', ...calls]),
  ];
}
