/**
 * An honest operator, scripted: what it signs and when it claims, so that whatever others do it is never punished. The
 * tests set it among hostile calls and reorganisations; with one of its habits left out it is punished.
 */
import { type Hex, ZERO_HASH } from '../../src/codec/hash.ts';
import { type Claim, type Entry, nonceOf } from '../../src/codec/ids.ts';
import { structHash } from '../../src/codec/typed-data.ts';
import { hashWords } from '../../src/codec/words.ts';
import { logRoot } from '../../src/merkle/mmr.ts';
import { type Head, HeadKind } from '../../src/model/court.ts';
import type { Execution } from '../../src/model/gate.ts';
import type { StateAttestation } from '../../src/model/oracle.ts';
import { shortestClaim } from '../../src/model/parameters.ts';
import { refused } from '../../src/model/step.ts';
import {
  type Chain,
  claimIn,
  execution,
  missedBy,
  nextAttestation,
  type Operator,
  SCOPE,
  signAttestation,
  signHead,
  sourceOf,
  tryClaim,
  tryFinish,
  tryTakeOver,
  wordOf,
} from './harness.ts';

/** What it signed that could ever be evidence. */
export type Signed =
  | { readonly kind: 'StateAttestation'; readonly message: StateAttestation; readonly signature: Hex }
  | { readonly kind: 'LogHead' | 'RegistryCheckpoint'; readonly message: Head; readonly signature: Hex };

/**
 * Lives as long as the key, whatever happens to the chain: refuses a second content for a place that it signed for. A
 * place is (kind, scope, height, parent).
 */
export class SignerGuard {
  readonly signed: Signed[] = [];
  refusals = 0;
  readonly #contents = new Map<Hex, Hex>();
  readonly #careful: boolean;

  /** @param careful false: a signer without memory */
  constructor(careful: boolean) {
    this.#careful = careful;
  }

  /** The signature; undefined when another content was signed for the place. */
  sign(place: Hex, content: Hex, make: () => Signed): Signed | undefined {
    const before = this.#contents.get(place) ?? content;
    if (this.#careful && before !== content) {
      this.refusals++;
      return undefined;
    }
    this.#contents.set(place, content);
    const signed = make();
    this.signed.push(signed);
    return signed;
  }
}

/** What an operator leaves out of the script. */
export interface Habits {
  readonly forgetsWhatItSigned?: boolean;
  readonly sleepsAfterClaiming?: boolean;
}

export class HonestOperator {
  readonly operator: Operator;
  readonly guard: SignerGuard;
  /** every decision that it signed: anyone may submit them */
  readonly decisions: (readonly [Execution, Claim])[] = [];
  finished = 0;
  claimed = 0;
  readonly #sleeps: boolean;
  readonly #entry: () => Entry;

  /** @param entry the entry under which it works, as the registry has it at that moment */
  constructor(operator: Operator, entry: () => Entry, habits: Habits = {}) {
    this.operator = operator;
    this.guard = new SignerGuard(habits.forgetsWhatItSigned !== true);
    this.#sleeps = habits.sleepsAfterClaiming === true;
    this.#entry = entry;
  }

  /** Its open claims, as the chain has them: after a reorganisation they may be others than it made. */
  held({ state }: Chain): Claim[] {
    const records = [...(state.gate.records.get(SCOPE)?.values() ?? [])];
    const claims = records.flatMap((record) => (record.kind === 'claimed' ? [record.claim] : []));
    return claims.filter(({ operatorId }) => operatorId === this.operator.id);
  }

  /** Finishes what it holds, then claims one nonce that it could execute at once. */
  act(chain: Chain): void {
    this.finish(chain);
    this.#claim(chain);
  }

  /** Executes what it holds, as far as nothing keeps it from doing so. */
  finish(chain: Chain): void {
    for (const claim of this.#sleeps ? [] : this.held(chain)) {
      if (chain.time > claim.deadline) continue;
      const wish = { entry: this.#entry(), claim };
      this.decisions.push([execution(chain, this.operator, wish), claim]);
      if (!refused(tryFinish(chain, this.operator, claim, wish))) this.finished++;
    }
  }

  #claim(chain: Chain): void {
    const stateEpoch = sourceOf(chain).latest?.stateEpoch;
    if (stateEpoch === undefined) return;
    for (let slot = 0n; slot < this.#entry().quotaPerState; slot++) {
      const rehearsal = chain.fork();
      const claim = this.#attempt(rehearsal, stateEpoch, slot);
      if (!claim) continue;
      const enough = claim.deadline >= chain.time + BigInt(shortestClaim(chain.state.parameters.set));
      if (!enough || refused(tryFinish(rehearsal, this.operator, claim, { entry: this.#entry() }))) continue;
      this.#attempt(chain, stateEpoch, slot);
      this.claimed++;
      return;
    }
  }

  /** Claims a free nonce, or takes a lapsed one over. */
  #attempt(chain: Chain, stateEpoch: bigint, slot: bigint): Claim | undefined {
    const record = chain.state.gate.records.get(SCOPE)?.get(nonceOf(stateEpoch, slot));
    const entry = this.#entry();
    if (record?.kind === 'claimed') {
      if (chain.time <= record.claim.deadline) return undefined;
      const step = tryTakeOver(chain, this.operator, record.claim, { entry });
      return refused(step) ? undefined : claimIn(step);
    }
    const [a = ZERO_HASH, b = ZERO_HASH, c = ZERO_HASH] = record?.kind === 'missed' ? record.missed : missedBy();
    const step = tryClaim(chain, this.operator, { entry, stateEpoch, slot, missed: [a, b, c] });
    return refused(step) ? undefined : claimIn(step);
  }

  /** The state that it sees, for the next state epoch for which it signed nothing else. */
  attestation(chain: Chain, seen: Hex): StateAttestation {
    const latest = sourceOf(chain).latest?.stateEpoch ?? 0n;
    for (let stateEpoch = latest + 1n; ; stateEpoch++) {
      const stateHash = wordOf(BigInt(seen) >> 8n);
      const message = nextAttestation(chain, { stateEpoch, stateHash, fieldsHash: seen });
      const { sourceId, configVersion, prevHash } = message;
      const place = hashWords([wordOf(1n), sourceId, configVersion, stateEpoch, prevHash]);
      const signature = signAttestation(message, this.operator.signer);
      const content = structHash('StateAttestation', message);
      if (this.guard.sign(place, content, () => ({ kind: 'StateAttestation', message, signature }))) return message;
    }
  }

  /** Heads of the log and the registry, as they are at the end of this block. */
  heads({ state }: Chain, blockHash: Hex): void {
    const operatorId = this.operator.id;
    const { epoch, roots } = state.registry;
    const log: Head = { operatorId, height: BigInt(state.gate.log.size), root: logRoot(state.gate.log), blockHash };
    const checkpoint: Head = { operatorId, height: epoch, root: roots.get(epoch, ZERO_HASH), blockHash };
    for (const [kind, message] of [
      ['LogHead', log],
      ['RegistryCheckpoint', checkpoint],
    ] as const) {
      const place = hashWords([wordOf(BigInt(HeadKind[kind]) + 2n), message.height, blockHash]);
      const signature = signHead(HeadKind[kind], message, this.operator.signer);
      this.guard.sign(place, message.root, () => ({ kind, message, signature }));
    }
  }
}
