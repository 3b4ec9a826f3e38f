/**
 * The small instance's states: the model's state with a clock, what of it can make a difference from now on, and the
 * next moment at which time alone makes one.
 *
 * Left out of the key, because no call of the instance can depend on it any more:
 * - the clock itself: every time in the state counts from now, and what is past is past;
 * - the log, events' counters, names of exits, the registry's roots and the attestation's content: of these there is
 *   one in every state of the same phase, or they only name things;
 * - balances of payees, of the keeper, of the council and the supply: nobody of the instance spends from them;
 * - marks of disruptions, but for whether they excuse an open claim, or one of this very second;
 * - what guards only nonces that are used up: freezes, the verifier, jail, the price of a self-bond without a lock;
 * - who executed what can be neither accused nor judged any more: fees are paid by anyone to a payee;
 * - which members voted: they vote in their order, and only their numbers count;
 * - which operator is which: both orders are tried, the lesser key counts; likewise for slots.
 * The explorer checks all this by exploring some of the states that the key merges.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { nonceOf } from '../codec/ids.ts';
import { excuseOf } from '../model/claims.ts';
import { caseKey } from '../model/court.ts';
import { disruptedWithin, EVERYBODY } from '../model/disruptions.ts';
import { escrowOf } from '../model/fees.ts';
import type { State } from '../model/index.ts';
import { ONE } from '../model/ledger.ts';
import { recordOf } from '../model/nonces.ts';
import { NOBODY } from '../model/operators.ts';
import { delegationOf, stakeOf } from '../model/staking.ts';
import { type Case, CaseStatus, type ExecutionRecord, ExitKind, type Ledger, OperatorStatus } from '../model/state.ts';
import { evidenceAgainst } from './instance-evidence.ts';
import {
  ACCUSER_BOND,
  account,
  accuser,
  delegator,
  directory,
  type Player,
  players,
  SCOPE,
  SOURCE,
  TICK,
} from './instance-world.ts';
import { RECORDED_SELECTOR } from './recorded.ts';

/** A state of the instance. */
export class Situation {
  readonly model: State;
  /** block.timestamp of the next call, seconds */
  readonly time: bigint;
  readonly slots: number;
  /** seconds to the next moment at which the state is another without any call; undefined: it never will be */
  #wait: bigint | undefined | null = null;

  constructor(model: State, time: bigint, slots: number) {
    this.model = model;
    this.time = time;
    this.slots = slots;
  }

  get wait(): bigint | undefined {
    if (this.#wait === null) this.key();
    return this.#wait as bigint | undefined;
  }

  /** The least key of the two orders of the operators. */
  key(): Uint8Array {
    const reader = new Reader(this);
    const key = reader.key();
    this.#wait = reader.wait;
    return key;
  }
}

/** Nonces of the only state's slots. */
export function noncesOf(slots: number): readonly bigint[] {
  const known = nonces[slots] ?? Array.from({ length: slots }, (_, slot) => nonceOf(1n, BigInt(slot)));
  nonces[slots] = known;
  return known;
}

const nonces: (readonly bigint[])[] = [];

/** Whether some nonce can still be executed. */
export function isOpen({ model, slots }: Situation): boolean {
  return noncesOf(slots).some((nonce) => recordOf(model, SCOPE, nonce)?.kind !== 'executed');
}

/** Whether an execution may be accused now. */
export function isAccusable({ model, time }: Situation, { executedAt }: ExecutionRecord): boolean {
  return time <= executedAt + BigInt(model.parameters.set.lookBack);
}

export function caseOf({ model }: Situation, nonce: bigint): Case | undefined {
  return model.court.cases.get(caseKey(SCOPE, nonce));
}

/** Whether a guilty verdict may come, now or after what may still happen. */
export function isTriable(at: Situation): boolean {
  return noncesOf(at.slots).some((nonce) => {
    const record = recordOf(at.model, SCOPE, nonce);
    if (record?.kind !== 'executed' || isAccusable(at, record)) return true;
    return caseOf(at, nonce)?.status === CaseStatus.Open;
  });
}

/** Numbers for amounts, prices and shares that are too large for one; the same value always has the same. */
const numbered = new Map<bigint | string, number>();

function numberOf(value: bigint | string): number {
  const known = numbered.get(value);
  if (known !== undefined) return known;
  numbered.set(value, numbered.size);
  return numbered.size - 1;
}

const TICKS = BigInt(TICK);

class Reader {
  readonly #at: Situation;
  readonly #model: State;
  readonly #open: boolean;
  readonly #triable: boolean;
  #next: bigint | undefined;

  constructor(at: Situation) {
    this.#at = at;
    this.#model = at.model;
    this.#open = isOpen(at);
    this.#triable = isTriable(at);
  }

  /** Seconds to the first tick at or after the next moment that the key depends on. */
  get wait(): bigint | undefined {
    if (this.#next === undefined) return undefined;
    const seconds = this.#next - this.#at.time;
    return ((seconds + TICKS - 1n) / TICKS) * TICKS;
  }

  key(): Uint8Array {
    const [a, b] = players;
    const [blockA, blockB] = [this.#player(a), this.#player(b)];
    const head = this.#head();
    const order = compare(blockA, blockB);
    const forwards = (): number[] => [...head, ...blockA, ...blockB, ...this.#slots([a, b])];
    const backwards = (): number[] => [...head, ...blockB, ...blockA, ...this.#slots([b, a])];
    if (order < 0) return packed(forwards());
    if (order > 0) return packed(backwards());
    const [one, other] = [forwards(), backwards()];
    return packed(compare(one, other) <= 0 ? one : other);
  }

  /** Seconds until a moment; zero when it has come. */
  #left(moment: bigint): number {
    const { time } = this.#at;
    if (moment <= time) return 0;
    if (this.#next === undefined || moment < this.#next) this.#next = moment;
    return Number(moment - time);
  }

  #balance(of: Hex): number {
    return numberOf(this.#model.agrs.balances.get(of, 0n));
  }

  #head(): number[] {
    const { registry, oracle, router, treasury, agrs, court, disruptions } = this.#model;
    const phase = [
      Number(registry.epoch),
      registry.staged.size,
      oracle.sources.get(SOURCE)?.latest ? 1 : 0,
      agrs.allowances.get(delegator + directory.staking, 0n) === 0n ? 0 : 1,
      court.openings.size,
    ];
    const guards = this.#open
      ? [
          router.routes.get(RECORDED_SELECTOR)?.status ?? 0,
          this.#left(registry.frozenUntil + 1n),
          disruptions.marks.has(EVERYBODY) ? 1 : 0,
          // What halts everybody excuses whoever claims later in that same second too.
          disruptedWithin(this.#model, EVERYBODY, this.#at.time, this.#at.time) ? this.#left(this.#at.time + 1n) : 0,
          this.#balance(account),
        ]
      : [];
    const escrow = escrowOf(this.#model, SCOPE);
    return [
      ...phase,
      guards.length,
      ...guards,
      Number(escrow.available),
      Number(escrow.owed),
      numberOf(treasury.funds.get(account, 0n)),
      this.#balance(delegator),
      this.#triable ? this.#balance(accuser) : 0,
    ];
  }

  /** All of an operator that doesn't name the other. */
  #player(player: Player): number[] {
    const { operators, court, parameters } = this.#model;
    const { id, owner, keys } = player;
    const operator = operators.operators.get(id) ?? NOBODY;
    const pending = operator.status === OperatorStatus.Pending;
    const gone = operator.status === OperatorStatus.Ejected;
    const lastAudit = court.lastAudits.get(id);
    const audited = lastAudit !== undefined && this.#triable;
    return [
      operator.status,
      // From the admission on, all that is signed is signed with the key of that time.
      pending && operator.signer === keys[1].address ? 1 : 0,
      pending ? this.#left(operator.ownerOpensAt) : 0,
      pending && operator.ownerOpensAt > 0n ? 1 : 0,
      this.#open && !gone ? this.#left(operator.jailedUntil + 1n) : 0,
      // Nobody bonds for an ejected operator.
      gone ? 0 : this.#balance(owner),
      audited ? this.#left(lastAudit + BigInt(parameters.set.unbondingPeriod) + 1n) : 0,
      ...this.#stake(player),
      ...this.#evidence(player),
    ];
  }

  #stake({ id }: Player): number[] {
    const { selfBond, ownerExits, pool, delegatorExits } = stakeOf(this.#model, id);
    const { shares } = delegationOf(this.#model, id, delegator);
    return [
      Number(selfBond.total),
      ...ledgerOf(pool, shares > 0n),
      numberOf(shares),
      ...this.#exits(id, ExitKind.Owner, ownerExits),
      ...this.#exits(id, ExitKind.Delegator, delegatorExits),
    ];
  }

  /** Exits from a ledger, by when they open and what they are. */
  #exits(id: Hex, kind: number, ledger: Ledger): number[] {
    const exits: number[][] = [];
    let live = false;
    for (const exit of this.#model.staking.exits.values()) {
      if (exit.operatorId !== id || exit.kind !== kind) continue;
      const counts = exit.generation === ledger.generation;
      if (counts && exit.shares > 0n) live = true;
      exits.push([this.#left(exit.opensAt), counts ? numberOf(exit.shares) : -1]);
    }
    return [exits.length, ...exits.sort(compare).flat(), ...ledgerOf(ledger, live)];
  }

  /** What was opened against an operator, and what it brought. */
  #evidence(player: Player): number[] {
    const { openings, offences } = this.#model.court;
    const { commitment, offenceId } = evidenceAgainst(player, this.#model);
    const opening = openings.get(commitment);
    const offence = offences.get(offenceId);
    if (offence) return offence.reward === 0n ? [3] : [2, this.#left(offence.rewardOpensAt), Number(offence.reward)];
    if (!opening || this.#at.time > opening.until) return [0];
    return [1, this.#left(opening.from), this.#left(opening.until + 1n)];
  }

  #slots(order: readonly Player[]): number[] {
    const position = (id: Hex): number => order.findIndex((player) => player.id === id);
    return noncesOf(this.#at.slots)
      .map((nonce) => this.#slot(nonce, position))
      .sort(compare)
      .flat();
  }

  #slot(nonce: bigint, position: (id: Hex) => number): number[] {
    const record = recordOf(this.#model, SCOPE, nonce);
    switch (record?.kind) {
      case undefined:
        return [0];
      case 'missed':
        return [1, record.missed.length, ...record.missed.map(position)];
      case 'claimed': {
        const { claim, missed } = record;
        const { selfBond } = stakeOf(this.#model, claim.operatorId);
        const kept = claim.generation === selfBond.generation;
        return [
          2,
          position(claim.operatorId),
          this.#left(claim.deadline + 1n),
          Number(claim.bond),
          kept ? numberOf(`${selfBond.factor}/${claim.factorAtLock}`) : -1,
          excuseOf(this.#model, claim),
          missed.length,
          ...missed.map(position),
        ];
      }
      case 'executed':
        return this.#executed(nonce, record, position);
    }
  }

  #executed(nonce: bigint, record: ExecutionRecord, position: (id: Hex) => number): number[] {
    const found = caseOf(this.#at, nonce);
    const running = found?.status === CaseStatus.Open ? found : undefined;
    const accusable = isAccusable(this.#at, record);
    const fee = record.feeOwed ? [1, this.#left(record.executedAt + BigInt(record.finalityDelay) + 1n)] : [0, 0];
    const trial = running
      ? [
          this.#left(running.voteFrom),
          this.#left(running.voteUntil + 1n),
          running.guilty,
          running.notGuilty,
          Number(running.bond),
        ]
      : [];
    const future = accusable
      ? [
          this.#left(record.executedAt + BigInt(this.#model.parameters.set.lookBack) + 1n),
          found?.acquittals ?? 0,
          found?.status === CaseStatus.Guilty ? 1 : 0,
        ]
      : [];
    const accused = running || accusable ? position(record.operatorId) : -1;
    return [3, ...fee, accused, trial.length, ...trial, future.length, ...future];
  }
}

/** Total and price; the price of a ledger without value or claims is of no account: the next claim begins anew. */
function ledgerOf({ total, factor }: Ledger, live: boolean): number[] {
  return [Number(total), numberOf(total === 0n && !live ? ONE : factor)];
}

/** Lexicographic. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function packed(numbers: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(numbers).buffer);
}

/** Whether the accuser has what an accusation of this execution costs now. */
export function canAccuse(at: Situation, nonce: bigint): boolean {
  const price = ACCUSER_BOND << BigInt(caseOf(at, nonce)?.acquittals ?? 0);
  return at.model.agrs.balances.get(accuser, 0n) >= price;
}
