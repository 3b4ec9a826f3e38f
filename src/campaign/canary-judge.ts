/**
 * Judges canaries by one trace of the campaign at a time: which of them show a difference, at which call, and of which
 * kind.
 * @module
 */
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { generated } from '../mirror/campaign.ts';
import { type Codec, encodeError, encodeEvent, encodeReturns } from '../mirror/codec.ts';
import { compareCall } from '../mirror/compare.ts';
import type { ModelRecord } from '../mirror/model.ts';
import { rngOf } from '../mirror/random.ts';
import type { DivergenceKind, EvmCall, EvmResult, Outcome, System } from '../mirror/types.ts';
import type { State } from '../model/index.ts';
import { firstDifference, groupsOf, killsOf, MAX_GROUP } from '../mutation/judge.ts';
import type { Site } from '../mutation/sites.ts';
import { type Canary, canaries, faultOf } from './canaries.ts';
import { faultySystem } from './faulty-model.ts';
import { MutatedProtocol, mutantsOf, overlaps } from './mutants.ts';
import { TRACE_LENGTH } from './run.ts';
import { sameValue } from './same-value.ts';
import { type Ready, ready } from './system.ts';

/** A difference between what a canary does and what is right. */
export interface Difference {
  /** index of the call in its trace */
  readonly at: number;
  readonly kind: DivergenceKind;
}

export interface Catch extends Difference {
  /** of the canary */
  readonly name: string;
}

export interface Verdict {
  /** number of the trace */
  readonly index: number;
  /** that the trace has */
  readonly calls: number;
  readonly catches: readonly Catch[];
}

/** A trace as the fault-free model answers it: what contracts without a mutant must answer, too. */
export interface Flight {
  readonly records: readonly ModelRecord[];
  /** after each call */
  readonly states: readonly State[];
  readonly codec: Codec;
  readonly calls: readonly EvmCall[];
  readonly expected: readonly EvmResult[];
}

/** Traces, from the first on, on which many canaries differ: more than a smoke run. */
const EARLY = 4;
/** A group of suspects has about one among them that differs. */
const SUSPECTS = 4;

export class Judge {
  readonly #running: Ready;
  readonly #protocol: MutatedProtocol;
  readonly #sites: readonly Site[];
  readonly #seed: string;
  readonly #root: string;
  readonly #models = new Map<string, System<State>>();

  private constructor(running: Ready, protocol: MutatedProtocol, sites: readonly Site[], root: string, seed: string) {
    this.#running = running;
    this.#protocol = protocol;
    this.#sites = sites;
    this.#root = root;
    this.#seed = seed;
  }

  /** Starts a chain with the mutants on it. @param root folder of the project, whose mutants were built before */
  static async open(root: string, seed: string): Promise<Judge> {
    const { sites, built } = mutantsOf(root, () => {});
    const running = await ready();
    try {
      const protocol = await MutatedProtocol.on(running, built, sites.length, seed);
      return new Judge(running, protocol, sites, root, seed);
    } catch (error) {
      await running.stop();
      throw error;
    }
  }

  /**
   * @param alive names of the canaries to judge
   * @throws Error when a canary names no fault and no mutant, when the fault's line is gone, or when a canary differs
   * on a trace on which the contracts without a mutant differ from the model
   */
  async judge(index: number, alive: readonly string[]): Promise<Verdict> {
    const flock = canaries.filter(({ name }) => alive.includes(name));
    const flight = flightOf(this.#running, this.#seed, index);
    const mutants = new Map(flock.flatMap((canary) => ('mutant' in canary ? [[this.#numberOf(canary), canary]] : [])));
    const judged = this.#contracts(index, flight, [...mutants.keys()]);
    judged.catch(() => {}); // whoever awaits it sees the error; until then it must not count as unhandled
    const catches: Catch[] = [];
    for (const canary of flock) {
      if (!('fault' in canary)) continue;
      // Lets requests go out and answers in, so that the EVM works while the models do.
      await new Promise((resolve) => setImmediate(resolve));
      const found = difference(await this.#modelOf(canary), this.#running.system, this.#running.backend, flight);
      if (found) catches.push({ name: canary.name, ...found });
    }
    for (const [number, found] of await judged) catches.push({ name: mutants.get(number)!.name, ...found });
    if (catches.length > 0) await this.#requireRight(index, flight);
    return { index, calls: flight.calls.length, catches };
  }

  stop(): Promise<void> {
    return this.#running.stop();
  }

  #numberOf({ name, mutant }: Canary & { readonly mutant: string }): number {
    const number = this.#sites.findIndex(({ id }) => id === mutant) + 1;
    if (number === 0) throw new Error(`canary "${name}": the contracts have no mutant "${mutant}"`);
    return number;
  }

  async #modelOf(canary: Canary & { readonly fault: string }): Promise<System<State>> {
    const folder = path.join(this.#root, 'build', 'canaries');
    const system =
      this.#models.get(canary.name) ?? (await faultySystem(faultOf(canary), this.#running, this.#root, folder));
    this.#models.set(canary.name, system);
    return system;
  }

  /** The mutants that differ alone. Groups are through at once with a trace on which they answer like the model. */
  async #contracts(index: number, flight: Flight, mutants: readonly number[]): Promise<Map<number, Difference>> {
    const conflict = (a: number, b: number): boolean => overlaps(this.#sites[a - 1]!, this.#sites[b - 1]!);
    const size = index < EARLY ? SUSPECTS : MAX_GROUP;
    const groups = groupsOf(mutants, conflict, rngOf(`${this.#seed} groups`, index), size);
    const suspects: number[] = [];
    for (const group of groups) {
      const results = await this.#protocol.run(flight.calls, group);
      if (firstDifference(flight.expected, results) !== undefined) suspects.push(...group);
    }
    const found = new Map<number, Difference>();
    if (suspects.length === 0) return found;
    const { records, codec, calls, expected } = flight;
    const run = (some: readonly EvmCall[], chosen: readonly number[]) => this.#protocol.run(some, chosen);
    const rng = rngOf(`${this.#seed} suspects`, index);
    for (const [number, at] of await killsOf(run, calls, expected, suspects, conflict, rng, SUSPECTS)) {
      const results = await run(calls.slice(0, at + 1), [number]);
      const differs = compareCall(codec, records[at]!, results[at]!, this.#running.backend.gasPerCall);
      if (differs) found.set(number, { at, kind: differs.kind });
    }
    return found;
  }

  async #requireRight(index: number, { records, codec, calls }: Flight): Promise<void> {
    const results = await this.#protocol.run(calls, []);
    for (const [i, record] of records.entries()) {
      const differs = compareCall(codec, record, results[i]!, this.#running.backend.gasPerCall);
      if (differs) throw new Error(`canaries: without a mutant, trace ${index}: ${JSON.stringify(differs)}`);
    }
  }
}

/** Draws a trace. Throws if the model does. */
export function flightOf({ system, backend, generate, teardown }: Ready, seed: string, index: number): Flight {
  const states: State[] = [];
  const watched: System<State> = {
    ...system,
    properties: [], // campaigns check the laws on the same traces
    apply(state, call, env) {
      const applied = system.apply(state, call, env);
      states.push(applied.state);
      return applied;
    },
  };
  const options = { system: watched, backend, generate, teardown, length: TRACE_LENGTH, seed };
  const { records, codec, divergence } = generated(options, index);
  if (divergence) throw new Error(`canaries: the model fails in trace ${index}: ${divergence.model}`);
  const expected = records.map((record) => answerOf(codec, record));
  return { records, states, codec, calls: records.map(({ evm }) => evm), expected };
}

/** What an EVM answers that agrees with the model. */
function answerOf(codec: Codec, { fn, outcome, look }: ModelRecord): EvmResult {
  const lens = look && { ok: true, data: look.answer };
  if (outcome.status === 'refused') {
    return { ok: false, data: encodeError(codec, outcome.error, outcome.args), logs: [], gasUsed: 0n, lens };
  }
  const logs = outcome.events.map((event) => encodeEvent(codec, event));
  return { ok: true, data: encodeReturns(fn, outcome.returns), logs, gasUsed: 0n, lens };
}

/** The first call on which a model disagrees with what is right, or breaks a law. */
export function difference(
  system: System<State>,
  right: System<State>,
  { chainId, gasPerCall }: Pick<Ready['backend'], 'chainId' | 'gasPerCall'>,
  { records, states, codec, expected }: Flight,
): Difference | undefined {
  let state = system.initial;
  for (const [at, record] of records.entries()) {
    const { call, evm } = record;
    const env = { time: evm.time, block: evm.block, chainId };
    const before = state;
    const truth = { before: at === 0 ? right.initial : states[at - 1]!, after: states[at]! };
    try {
      const { outcome, state: after } = system.apply(before, call, env);
      const kind = isDeepStrictEqual(outcome, record.outcome) ? undefined : kindOf(outcome, record, expected[at]!);
      if (kind) return { at, kind };
      if (outcome.status === 'refused') {
        if (after !== before) return { at, kind: 'immutability' };
        continue;
      }
      const alike = sameValue(after, truth.after);
      // Alike, they may still show it in different ways; what else the fault changes shows from where they part.
      state = alike ? truth.after : after;
      if (alike && record.look && system.look(after, env)?.answer !== record.look.answer) return { at, kind: 'state' };
      if (alike && before === truth.before) continue;
      const law = system.properties?.find(({ check }) => check(after, { kind: 'call', call }, before) !== undefined);
      if (law) return { at, kind: 'property' };
      if (alike) continue;
      // States that differ may show the same.
      if (system.look(after, env)?.answer !== right.look(truth.after, env)?.answer) return { at, kind: 'state' };
    } catch {
      return { at, kind: 'status' }; // the campaign takes a model that throws for one that disagrees
    }
  }
  return undefined;

  /** The encoding decides: a number and a bigint are alike. */
  function kindOf(outcome: Outcome, record: ModelRecord, answer: EvmResult): DivergenceKind | undefined {
    return compareCall(codec, { ...record, outcome, look: undefined }, answer, gasPerCall)?.kind;
  }
}
