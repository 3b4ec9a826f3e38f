/**
 * The model's side of a trace: applies steps one by one, checks the laws, and keeps for each call what the EVM must
 * show.
 * @module
 */
import { type Codec, codecOf, encodeCall, type FunctionEntry, functionOf, show } from './codec.ts';
import {
  type Backend,
  type Call,
  type Divergence,
  type DivergenceKind,
  type Env,
  type EvmCall,
  type Hex,
  MAX_STEPS,
  MAX_TEXT,
  MirrorError,
  type Outcome,
  type Step,
  type System,
} from './types.ts';

/** A call as the model answered it. */
export interface ModelRecord {
  /** index into the trace's steps */
  readonly step: number;
  readonly call: Call;
  readonly fn: FunctionEntry;
  readonly outcome: Outcome;
  /** the lens function and what it must return after the call */
  readonly look: { readonly fn: FunctionEntry; readonly answer: Hex } | undefined;
  readonly evm: EvmCall;
  readonly goals: readonly string[];
}

/** Where the chain's clock and block numbers start, and when they move. */
export type Clock = Pick<Backend, 'chainId' | 'firstBlock' | 'blockPerCall'> & { readonly startTime: bigint };

const MAX_TIME = 2n ** 64n - 1n;

/** After how many calls the state is looked at: all of them, for whoever wants to know which one is at fault. */
export const EVERY_CALL = 1;

/**
 * The same in a campaign, in accepted calls: a look costs ten calls, and what differs once mostly goes on to differ.
 * A refusal is undone by the EVM itself and isn't looked at; the end of a trace is always. Status, errors, returned
 * values and events are compared after every call all the same. A trace that differs is run again with `EVERY_CALL`,
 * which finds the one at fault.
 */
export const SELDOM = 64;

export class ModelRun<S> {
  readonly steps: Step[] = [];
  readonly records: ModelRecord[] = [];
  readonly codec: Codec;
  /** the live state */
  state: S;
  /** block.timestamp of the next call */
  time: bigint;
  /** what the model alone did wrong in the last step; no step is taken after that */
  divergence: Divergence | undefined;
  readonly #system: System<S>;
  readonly #clock: Clock;
  readonly #lookEvery: number;
  /** accepted calls since the state was looked at */
  #unseen = 0;

  /** @param lookEvery `EVERY_CALL`, or the number of accepted calls after which the state is looked at */
  constructor(system: System<S>, clock: Clock, lookEvery = EVERY_CALL) {
    this.#system = system;
    this.#clock = clock;
    this.#lookEvery = lookEvery;
    this.codec = codecOf(system.contracts);
    this.state = system.initial;
    this.time = clock.startTime;
  }

  /**
   * Takes one step.
   * @returns false if the trace ends here because the model broke a law
   * @throws MirrorError if the step is not a step of this system (unknown function, arguments that don't fit, time ≤ 0)
   */
  push(step: Step): boolean {
    if (this.divergence) throw new MirrorError('the trace has ended: the model broke a law in its last step');
    const index = this.steps.length;
    if (index >= MAX_STEPS) throw new MirrorError(`steps[${index}]: a trace has at most ${MAX_STEPS} steps`);
    if (step.kind === 'time') {
      if (step.seconds < 1n || this.time + step.seconds > MAX_TIME) {
        throw new MirrorError(
          `steps[${index}].seconds: expected at least 1 and a clock below 2^64, got ${step.seconds}`,
        );
      }
      this.time += step.seconds;
      this.steps.push(step);
      return true;
    }
    this.#call(step, index);
    return this.divergence === undefined;
  }

  /** The environment of a call made now. */
  get env(): Env {
    const { firstBlock, blockPerCall, chainId } = this.#clock;
    const last = this.records.at(-1)?.evm;
    if (!last) return { time: this.time, block: firstBlock, chainId };
    return { time: this.time, block: blockPerCall || last.time !== this.time ? last.block + 1n : last.block, chainId };
  }

  #call(step: Step & { kind: 'call' }, index: number): void {
    const { call } = step;
    const fn = functionOf(this.codec, call);
    const env = this.env;
    const before = this.state;
    const data = this.#encode(fn, call.args, index);
    this.steps.push(step);
    try {
      const last = this.records.at(-1);
      const always = this.#always;
      const seen = last || !always ? undefined : this.#system.look(before, env)?.answer;
      const { outcome, state } = this.#system.apply(before, call, env);
      this.state = state;
      const goals = this.#system.goals?.reached(before, call, outcome, state) ?? [];
      const evm = { from: call.sender, to: fn.address, data, time: env.time, block: env.block };
      const look = this.#lookAfter(outcome, env, index);
      this.records.push({ step: index, call, fn, outcome, goals, ...withLook(evm, look) });
      const same = outcome.status === 'refused' && (!always || this.#looksAsBefore(last, seen));
      this.#check(step, index, fn.key, outcome, before, same);
    } catch (error) {
      this.#threw(error, index, fn.key);
    }
  }

  /** A model that throws is wrong; a system that can't be run is somebody's mistake. */
  #threw(error: unknown, index: number, key: string): void {
    if (error instanceof MirrorError) throw error;
    const model = `threw ${show(error instanceof Error ? error.message : error)}`;
    this.divergence = divergenceOf('status', index, key, { path: key, model, evm: 'not compared' }, 'threw');
  }

  /** Looks at the state after the last call, if that wasn't done: a trace ends with nothing unseen. */
  close(): void {
    const last = this.records.at(-1);
    if (!last || this.divergence || this.#always) return;
    const { time, block } = last.evm;
    try {
      const look = this.#look({ time, block, chainId: this.#clock.chainId }, last.step);
      this.records[this.records.length - 1] = { ...last, ...withLook(last.evm, look) };
    } catch (error) {
      this.#threw(error, last.step, last.fn.key);
    }
  }

  get #always(): boolean {
    return this.#lookEvery === EVERY_CALL;
  }

  #lookAfter(outcome: Outcome, env: Env, index: number): EncodedLook | undefined {
    if (this.#always) return this.#look(env, index);
    if (outcome.status === 'refused' || ++this.#unseen < this.#lookEvery) return undefined;
    this.#unseen = 0;
    return this.#look(env, index);
  }

  #look(env: Env, index: number): EncodedLook | undefined {
    const look = this.#system.look(this.state, env);
    if (!look) return undefined;
    const { query, answer } = look;
    const fn = functionOf(this.codec, query);
    if (!fn.view) throw new MirrorError(`${fn.key}: the lens must be a view, else looking would change the state`);
    return { fn, answer, data: this.#encode(fn, query.args, index) };
  }

  #encode(fn: FunctionEntry, args: Call['args'], index: number): Hex {
    try {
      return encodeCall(fn, args);
    } catch (error) {
      throw new MirrorError(
        `steps[${index}]: ${fn.key} can't take ${show(args)}: ${(error as Error).message.split('\n')[0]}`,
      );
    }
  }

  /**
   * Whether the state looks as it did before the call that was just made: as after the last call, at that call's time.
   * @param first the snapshot before the first call of the trace
   */
  #looksAsBefore(last: ModelRecord | undefined, first: Hex | undefined): boolean {
    const now = this.records.at(-1);
    if (!last) return now?.look?.answer === first;
    const { time, block } = last.evm;
    if (now?.evm.time === time && now.evm.block === block) return now.look?.answer === last.look?.answer;
    const then = { time, block, chainId: this.#clock.chainId };
    return this.#system.look(this.state, then)?.answer === last.look?.answer;
  }

  #check(step: Step, index: number, key: string, outcome: Outcome, before: S, same: boolean): void {
    if (outcome.status === 'refused') {
      // A model that edits its state in place returns the same object: only the snapshot shows it.
      const edited = this.state === before && !same;
      if (this.state !== before || edited) {
        const model = edited ? 'the same object with other contents' : 'another object';
        this.divergence = divergenceOf('immutability', index, key, {
          path: 'state',
          model,
          evm: 'unchanged by the refusal',
        });
        return;
      }
    }
    for (const property of this.#system.properties ?? []) {
      const wrong = property.check(this.state, step, before);
      if (wrong !== undefined) {
        this.divergence = divergenceOf('property', index, key, {
          path: property.id,
          model: show(wrong),
          evm: 'not compared',
        });
        return;
      }
    }
  }
}

interface EncodedLook {
  readonly fn: FunctionEntry;
  readonly answer: Hex;
  readonly data: Hex;
}

function withLook(evm: Omit<EvmCall, 'look'>, look: EncodedLook | undefined): Pick<ModelRecord, 'evm' | 'look'> {
  if (!look) return { evm: { ...evm, look: undefined }, look: undefined };
  const { fn, answer, data } = look;
  return { evm: { ...evm, look: { to: fn.address, data } }, look: { fn, answer } };
}

/** @param detail what else must stay the same while the trace is shrunk, such as the names of the errors */
export function divergenceOf(
  kind: DivergenceKind,
  step: number,
  key: string,
  found: { path: string; model: string; evm: string },
  detail = '',
): Divergence {
  const place = found.path.replace(/\[\d+\]/g, '[]');
  const signature = [kind, key, place, detail].filter((part) => part !== '').join(' | ');
  return { kind, step, path: cut(found.path), model: cut(found.model), evm: cut(found.evm), signature: cut(signature) };
}

const cut = (text: string): string => (text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`);
