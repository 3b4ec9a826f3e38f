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
  readonly lens: FunctionEntry;
  readonly outcome: Outcome;
  /** what the lens must return after the call */
  readonly snapshot: Hex;
  readonly evm: EvmCall;
  readonly goals: readonly string[];
}

/** Where the chain's clock and block numbers start, and when they move. */
export type Clock = Pick<Backend, 'chainId' | 'firstBlock' | 'blockPerCall'> & { readonly startTime: bigint };

const MAX_TIME = 2n ** 64n - 1n;

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

  constructor(system: System<S>, clock: Clock) {
    this.#system = system;
    this.#clock = clock;
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
      const seen = last ? undefined : this.#system.snapshot(before, env);
      const { outcome, state } = this.#system.apply(before, call, env);
      this.state = state;
      const query = this.#system.snapshotQuery(state, env);
      const lens = functionOf(this.codec, query);
      if (!lens.view)
        throw new MirrorError(`${lens.key}: the lens must be a view, else looking would change the state`);
      const snapshot = this.#system.snapshot(state, env);
      const goals = this.#system.goals?.reached(before, call, outcome, state) ?? [];
      const lensData = this.#encode(lens, query.args, index);
      const evm = {
        from: call.sender,
        to: fn.address,
        data,
        lensTo: lens.address,
        lensData,
        time: env.time,
        block: env.block,
      };
      this.records.push({ step: index, call, fn, lens, outcome, snapshot, evm, goals });
      const same = outcome.status === 'refused' && this.#looksAsBefore(last, seen);
      this.#check(step, index, fn.key, outcome, before, same);
    } catch (error) {
      if (error instanceof MirrorError) throw error;
      this.divergence = divergenceOf(
        'status',
        index,
        fn.key,
        {
          path: fn.key,
          model: `threw ${show(error instanceof Error ? error.message : error)}`,
          evm: 'not compared',
        },
        'threw',
      );
    }
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
    if (!last) return now?.snapshot === first;
    const { time, block } = last.evm;
    if (now?.evm.time === time && now.evm.block === block) return now.snapshot === last.snapshot;
    return this.#system.snapshot(this.state, { time, block, chainId: this.#clock.chainId }) === last.snapshot;
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
