/**
 * What the state doesn't keep and people ask for: how claims ended and why, and which adapters there are.
 * @module
 */
import { formatTime, shortHex } from '../chain/format.ts';
import type { Told } from '../chain/replay/index.ts';
import type { Hex } from '../codec/hash.ts';
import { Excuse } from '../model/claims.ts';
import { EVERYBODY } from '../model/disruptions.ts';
import type { State } from '../model/index.ts';
import type { Claim } from '../model/state.ts';

/** Claims whose end is remembered, besides those that were asked for. */
const REMEMBERED = 20;

/** How a claim ended. */
export interface EndedClaim {
  readonly claim: Claim;
  /** when it was executed or settled, seconds */
  readonly at: bigint;
  readonly end:
    | { readonly kind: 'executed'; readonly succeeded: boolean; readonly logIndex: bigint }
    | { readonly kind: 'settled'; readonly excuse: number };
}

/** Takes in the events, in order. */
export class Chronicle {
  /** the latest ones, in the order of their ends */
  readonly ended: EndedClaim[] = [];
  /** the latest ones that were asked for */
  readonly asked: EndedClaim[] = [];
  /** adapters of all entries that were ever staged */
  readonly adapters = new Set<Hex>();
  /** what halted everybody, by its time */
  readonly #halts = new Map<bigint, string>();
  readonly #open = new Map<string, Claim>();
  readonly #isAsked: (claim: Claim) => boolean;

  constructor(isAsked: (claim: Pick<Claim, 'scope' | 'nonce'>) => boolean = () => false) {
    this.#isAsked = isAsked;
  }

  add({ event, time }: Told): void {
    switch (event.event) {
      case 'Claimed':
        this.#open.set(nameOf(event.args.claim), event.args.claim);
        break;
      case 'Executed': {
        const { succeeded, logIndex } = event.args;
        this.#end(event.args, time, { kind: 'executed', succeeded, logIndex });
        break;
      }
      case 'ClaimSettled':
        this.#end(event.args, time, { kind: 'settled', excuse: event.args.excuse });
        break;
      case 'EntryStaged':
        this.adapters.add(event.args.entry.adapter);
        break;
      case 'Frozen':
        this.#halts.set(time, `member ${shortHex(event.args.member)} froze the registry`);
        break;
      case 'VerifierStopped':
        this.#halts.set(time, `the council stopped verifier ${event.args.selector}`);
        break;
      case 'VerifierRemoved':
        this.#halts.set(time, `the council removed verifier ${event.args.selector}`);
        break;
    }
  }

  #end(nonce: Pick<Claim, 'scope' | 'nonce'>, at: bigint, end: EndedClaim['end']): void {
    const claim = this.#open.get(nameOf(nonce));
    if (claim === undefined) return; // executed without a claim
    this.#open.delete(nameOf(nonce));
    keep(this.ended, { claim, at, end });
    if (this.#isAsked(claim)) keep(this.asked, { claim, at, end });
  }

  /** Which disruption excuses the claim, and when it was; undefined when none does. */
  disruption(state: State, claim: Claim, excuse: number): { readonly what: string; readonly at: bigint } | undefined {
    const subject = [undefined, EVERYBODY, claim.entryHash, claim.stateSource][excuse];
    if (subject === undefined) return undefined;
    const within = (time: bigint): boolean => time >= claim.claimedAt && time <= claim.deadline;
    const at = state.disruptions.marks.get(subject)?.find(within);
    if (at === undefined) return undefined;
    const what = {
      [Excuse.Halt]: this.#halts.get(at) ?? 'everything was halted',
      [Excuse.EntryChanged]: 'a new epoch changed or removed its entry',
      [Excuse.SourceReset]: `the council reset its source ${shortHex(claim.stateSource)}`,
    }[excuse];
    return { what: what ?? 'a disruption', at };
  }

  /** Why a claim that lapsed is a miss or not, in a sentence. */
  reason(state: State, claim: Claim, excuse: number): string {
    if (excuse === Excuse.None) return `not executed until ${formatTime(claim.deadline)}, and nothing disrupted it`;
    const found = this.disruption(state, claim, excuse);
    return found === undefined ? 'a disruption' : `${found.what} at ${formatTime(found.at)}`;
  }
}

function nameOf({ scope, nonce }: Pick<Claim, 'scope' | 'nonce'>): string {
  return `${scope}${nonce}`;
}

function keep(list: EndedClaim[], ended: EndedClaim): void {
  list.push(ended);
  if (list.length > REMEMBERED) list.shift();
}
