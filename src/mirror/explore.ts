/**
 * Explores all states of a finite system, breadth first: laws on every step, liveness on the complete graph, and a
 * shortest trace for whatever is wrong. It knows nothing of the system but what `Explorable` says.
 * @module
 */
import { type Failure, judgeInevitable, judgePossible } from './explore-goals.ts';
import { Graph, KeySet, stepText } from './explore-store.ts';
import { MirrorError } from './types.ts';

/** A finite system: states that are values, and actions that lead from one to the next. */
export interface Explorable<S, A> {
  readonly initial: S;
  /** What may be tried in a state, always in the same order. */
  actions(state: S): readonly A[];
  /** The next state; undefined when the action is refused. Never changes `state`. */
  apply(state: S, action: A): S | undefined;
  /** States with the same key are merged: whatever can follow one can follow the other. */
  key(state: S): Uint8Array | string;
  /** What transitions are counted by. */
  label(action: A): string;
  /** Time that the action takes, in whole units of the system; default none. */
  cost?(action: A): number;
  /** Broken laws of this step. */
  check?(state: S, action: A, before: S): readonly Broken[];
  readonly goals?: readonly Goal<S, A>[];
}

export interface Broken {
  readonly law: string;
  readonly what: string;
}

/**
 * Something good that has to come from every reachable state, within a bound in units of time:
 * - possible: there is a way to it by the actions `by` alone, each of them taken by whom it serves;
 * - inevitable: every way leads to it, provided that time doesn't pass while an action of `by` can be taken.
 */
export interface Goal<S, A> {
  readonly name: string;
  readonly kind: 'possible' | 'inevitable';
  readonly within: number;
  holds(state: S): boolean;
  by(action: A): boolean;
}

export interface ExploreProgress {
  readonly depth: number;
  readonly states: number;
  readonly transitions: number;
  /** states that were found and not looked at yet */
  readonly frontier: number;
  /** bytes */
  readonly memory: number;
}

export interface ExploreOptions {
  /** stops when there are more states than this; default 10 000 000 */
  readonly maxStates?: number;
  /** stops when the process holds more bytes than this; default 3 GiB */
  readonly maxMemory?: number;
  /** Bytes that the process holds; default its resident set. */
  readonly memory?: () => number;
  /** one in so many merged states is explored too, and compared with the one that stands for it; 0: none; default 64 */
  readonly recheck?: number;
  /** Called now and then: after every thousand states, and after each level. */
  readonly onProgress?: (progress: ExploreProgress) => void;
}

export interface Violation<A> {
  /** safety: a law fails; possible, inevitable: a goal does; merge: the key merges states that differ */
  readonly kind: 'safety' | 'possible' | 'inevitable' | 'merge';
  readonly property: string;
  readonly what: string;
  /** shortest way from the initial state to where it shows */
  readonly trace: readonly A[];
  /** for liveness: how it goes on from there */
  readonly onward: readonly A[];
}

export interface Exploration<A> {
  readonly states: number;
  readonly transitions: number;
  /** actions that were tried and refused */
  readonly refused: number;
  /** steps to the states that are farthest from the initial one */
  readonly depth: number;
  /** whether every reachable state was explored; else `stopped` says why not */
  readonly complete: boolean;
  readonly stopped: string | undefined;
  /** transitions by label, in alphabetical order */
  readonly perLabel: ReadonlyMap<string, number>;
  readonly violations: readonly Violation<A>[];
  /** the longest that any state needs to reach each goal, in units of time; empty unless complete */
  readonly worst: ReadonlyMap<string, number>;
  /** merged states that were explored for comparison */
  readonly rechecked: number;
  /** bytes */
  readonly peakMemory: number;
}

const DEFAULT_STATES = 10_000_000;
const DEFAULT_MEMORY = 3 * 2 ** 30;
const DEFAULT_RECHECK = 64;
/** Goals are bits of a byte. */
const MAX_GOALS = 8;
const PROGRESS_EVERY = 1_000;
/** Merged states that wait for the state that stands for them. */
const MAX_WAITING = 500;

/**
 * Explores until no new state is found or a limit is reached.
 * @throws MirrorError when the options or the system make no sense
 */
export function explore<S, A>(system: Explorable<S, A>, options: ExploreOptions = {}): Exploration<A> {
  return new Explorer(system, options).run();
}

class Explorer<S, A> {
  readonly #system: Explorable<S, A>;
  readonly #options: Required<Omit<ExploreOptions, 'onProgress'>>;
  readonly #onProgress: ExploreOptions['onProgress'];
  readonly #keys = new KeySet();
  readonly #graph = new Graph();
  readonly #perLabel = new Map<string, number>();
  readonly #violations: Violation<A>[] = [];
  readonly #broken = new Set<string>();
  /** merged states by the number of the state that stands for them, until that one is explored */
  readonly #waiting = new Map<number, S>();
  #level: S[] = [];
  #next: S[] = [];
  #depth = 0;
  #transitions = 0;
  #refused = 0;
  #merged = 0;
  #rechecked = 0;
  #peak = 0;
  #stopped: string | undefined;

  constructor(system: Explorable<S, A>, { onProgress, ...options }: ExploreOptions) {
    this.#system = system;
    this.#options = {
      maxStates: options.maxStates ?? DEFAULT_STATES,
      maxMemory: options.maxMemory ?? DEFAULT_MEMORY,
      memory: options.memory ?? (() => process.memoryUsage.rss()),
      recheck: options.recheck ?? DEFAULT_RECHECK,
    };
    this.#onProgress = onProgress;
    for (const name of ['maxStates', 'maxMemory'] as const) {
      const value = this.#options[name];
      if (!(value >= 1)) throw new MirrorError(`exploration: ${name}: expected at least 1, got ${value}`);
    }
    const goals = system.goals?.length ?? 0;
    if (goals > MAX_GOALS) throw new MirrorError(`exploration: expected at most ${MAX_GOALS} goals, got ${goals}`);
  }

  run(): Exploration<A> {
    const { initial } = this.#system;
    this.#keys.add(this.#system.key(initial));
    this.#graph.addNode(0, this.#goalsOf(initial));
    this.#level = [initial];
    while (this.#level.length > 0 && this.#stopped === undefined) {
      this.#exploreLevel();
      if (this.#stopped !== undefined || this.#next.length === 0) break;
      [this.#level, this.#next] = [this.#next, []];
      this.#depth += 1;
      this.#tell(this.#level.length);
    }
    // What the frontier held is free for the judges.
    [this.#level, this.#next] = [[], []];
    this.#waiting.clear();
    const worst = this.#stopped === undefined ? this.#judge() : new Map<string, number>();
    return {
      states: this.#graph.nodes,
      transitions: this.#transitions,
      refused: this.#refused,
      depth: this.#depth,
      complete: this.#stopped === undefined,
      stopped: this.#stopped,
      perLabel: new Map([...this.#perLabel].sort(([a], [b]) => (a < b ? -1 : 1))),
      violations: this.#violations,
      worst,
      rechecked: this.#rechecked,
      peakMemory: this.#peak,
    };
  }

  #exploreLevel(): void {
    for (let i = 0; i < this.#level.length; i++) {
      const node = this.#graph.expanded;
      this.#expand(this.#level[i] as S, node);
      // Explored: only its number and its steps are needed from now on.
      this.#level[i] = undefined as S;
      if (node % PROGRESS_EVERY !== 0) continue;
      const left = this.#level.length - i - 1;
      this.#tell(left + this.#next.length);
      this.#stopped = this.#limit(left + this.#next.length);
      if (this.#stopped !== undefined) return;
    }
    this.#stopped = this.#next.length === 0 ? undefined : this.#limit(this.#next.length);
  }

  #expand(state: S, node: number): void {
    const system = this.#system;
    const graph = this.#graph;
    graph.beginNode();
    for (const [index, action] of system.actions(state).entries()) {
      const after = system.apply(state, action);
      if (after === undefined) {
        this.#refused += 1;
        continue;
      }
      const label = system.label(action);
      this.#transitions += 1;
      this.#perLabel.set(label, (this.#perLabel.get(label) ?? 0) + 1);
      for (const broken of system.check?.(after, action, state) ?? []) this.#breaks(broken, node, action);
      const target = this.#keys.add(system.key(after));
      graph.addEdge(target, system.cost?.(action) ?? 0, index, this.#marksOf(action));
      if (target === graph.nodes) {
        graph.addNode(node, this.#goalsOf(after));
        this.#next.push(after);
      } else this.#mayCompare(target, after);
    }
    const merged = this.#waiting.get(node);
    if (merged === undefined) return;
    this.#waiting.delete(node);
    this.#compare(node, merged);
  }

  #breaks({ law, what }: Broken, node: number, action: A): void {
    if (this.#broken.has(law)) return;
    this.#broken.add(law);
    const trace = [...this.#walk(this.#graph.wayTo(node)), action];
    this.#violations.push({ kind: 'safety', property: law, what, trace, onward: [] });
  }

  /*-------------------------------------------------------------------------------------------------------- merges */

  #mayCompare(target: number, state: S): void {
    const { recheck } = this.#options;
    this.#merged += 1;
    if (recheck === 0 || this.#merged % recheck !== 0) return;
    // The steps of the state that is being explored are not all known yet, either.
    if (target < this.#graph.expanded - 1) this.#compare(target, state);
    else if (this.#waiting.size < MAX_WAITING && !this.#waiting.has(target)) this.#waiting.set(target, state);
  }

  /** A merged state must lead where the state leads that stands for it, in the same time, and to the same goals. */
  #compare(node: number, merged: S): void {
    this.#rechecked += 1;
    const [here, there] = [this.#graph.stepsOf(node), this.#stepsOf(merged)];
    const missing = [...here].find((step) => !there.has(step)) ?? [...there].find((step) => !here.has(step));
    const same = this.#graph.goalsOf(node) === this.#goalsOf(merged);
    if ((missing === undefined && same) || this.#broken.has('merge')) return;
    this.#broken.add('merge');
    const what =
      missing === undefined
        ? 'states with the same key differ in the goals that hold in them'
        : `of two states with the same key only one leads ${missing}`;
    const trace = this.#walk(this.#graph.wayTo(node));
    this.#violations.push({ kind: 'merge', property: 'merge', what, trace, onward: [] });
  }

  #stepsOf(state: S): Set<string> {
    const system = this.#system;
    const steps = new Set<string>();
    for (const action of system.actions(state)) {
      const after = system.apply(state, action);
      if (after === undefined) continue;
      const target = this.#keys.find(system.key(after));
      steps.add(
        target === undefined
          ? `by "${system.label(action)}" to a new state`
          : stepText(target, system.cost?.(action) ?? 0),
      );
    }
    return steps;
  }

  /*--------------------------------------------------------------------------------------------------------- goals */

  #goalsOf(state: S): number {
    return (this.#system.goals ?? []).reduce((bits, { holds }, i) => bits | (holds(state) ? 1 << i : 0), 0);
  }

  #marksOf(action: A): number {
    return (this.#system.goals ?? []).reduce((bits, { by }, i) => bits | (by(action) ? 1 << i : 0), 0);
  }

  #judge(): Map<string, number> {
    const worst = new Map<string, number>();
    for (const [index, { name, kind, within }] of (this.#system.goals ?? []).entries()) {
      const judged = (kind === 'possible' ? judgePossible : judgeInevitable)(this.#graph, index, within);
      if (judged.worst !== undefined) worst.set(name, judged.worst);
      if (judged.failure) this.#violations.push(this.#failed(kind, name, judged.failure));
      this.#tell(0);
    }
    return worst;
  }

  #failed(kind: 'possible' | 'inevitable', property: string, { node, what, onward }: Failure): Violation<A> {
    const way = this.#graph.wayTo(node);
    const actions = this.#walk([...way, ...onward]);
    return { kind, property, what, trace: actions.slice(0, way.length - 1), onward: actions.slice(way.length - 1) };
  }

  /** Actions that lead along these states, from the initial one on. */
  #walk(way: readonly number[]): readonly A[] {
    const system = this.#system;
    let state = system.initial;
    const actions: A[] = [];
    for (const node of way.slice(1)) {
      const step = system.actions(state).find((action) => {
        const after = system.apply(state, action);
        if (after === undefined || this.#keys.find(system.key(after)) !== node) return false;
        state = after;
        return true;
      });
      if (step === undefined) {
        throw new MirrorError(
          'exploration: a state has other successors than before: actions, apply and key must be pure',
        );
      }
      actions.push(step);
    }
    return actions;
  }

  /*-------------------------------------------------------------------------------------------------------- limits */

  #limit(frontier: number): string | undefined {
    const { maxStates, maxMemory } = this.#options;
    const rest = `${frontier} states were not explored`;
    if (this.#graph.nodes > maxStates) return `the limit of ${maxStates} states is reached: ${rest}`;
    const megabytes = Math.floor(maxMemory / 2 ** 20);
    if (this.#peak > maxMemory) return `the limit of ${megabytes} MB of memory is reached: ${rest}`;
    return undefined;
  }

  #tell(frontier: number): void {
    const memory = this.#options.memory();
    this.#peak = Math.max(this.#peak, memory);
    this.#onProgress?.({
      depth: this.#depth,
      states: this.#graph.nodes,
      transitions: this.#transitions,
      frontier,
      memory,
    });
  }
}
