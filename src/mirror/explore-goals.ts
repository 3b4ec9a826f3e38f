/**
 * Liveness on a graph that is known completely: from where a goal can be reached, and where it must be.
 * @module
 */
import type { Graph } from './explore-store.ts';

/** What is wrong with a state, and the way on from it that shows it. */
export interface Failure {
  readonly node: number;
  readonly what: string;
  /** states that follow: to a state that is left no more, around a loop, or as late as possible */
  readonly onward: readonly number[];
}

export interface Verdict {
  /** the longest that any state needs; undefined when some state needs for ever */
  readonly worst: number | undefined;
  readonly failure: Failure | undefined;
}

const NEVER = 0xffffffff;

/** From every state the goal can be reached within the bound, by the marked steps alone. */
export function judgePossible(graph: Graph, goal: number, within: number): Verdict {
  const distances = distancesTo(graph, goal);
  let worst = 0;
  let failure: Failure | undefined;
  for (let node = 0; node < graph.nodes; node++) {
    const distance = distances[node] as number;
    if (distance > worst) worst = distance;
    if (failure || distance <= within) continue;
    const what = distance === NEVER ? 'no way leads to it' : `the fastest way takes ${distance}, allowed are ${within}`;
    failure = { node, what, onward: [] };
  }
  return { worst: worst === NEVER ? undefined : worst, failure };
}

/** Least cost from each state to one in which the goal holds, over marked steps. */
function distancesTo(graph: Graph, goal: number): Uint32Array {
  const { sources, edges, first } = reversed(graph, goal);
  const distances = new Uint32Array(graph.nodes).fill(NEVER);
  const buckets = new Map<number, number[]>();
  const put = (node: number, distance: number): void => {
    if (distance >= (distances[node] as number)) return;
    distances[node] = distance;
    const bucket = buckets.get(distance);
    if (bucket) bucket.push(node);
    else buckets.set(distance, [node]);
  };
  for (let node = 0; node < graph.nodes; node++) if (graph.holds(node, goal)) put(node, 0);
  while (buckets.size > 0) {
    // Costs are windows of a protocol: there are few different sums of them.
    const distance = Math.min(...buckets.keys());
    const bucket = buckets.get(distance) as number[];
    for (let i = 0; i < bucket.length; i++) {
      const node = bucket[i] as number;
      if (distances[node] !== distance) continue;
      for (let at = first[node] as number; at < (first[node + 1] as number); at++) {
        put(sources[at] as number, distance + graph.costOf(edges[at] as number));
      }
    }
    buckets.delete(distance);
  }
  return distances;
}

/** The marked steps by their targets. */
function reversed(graph: Graph, goal: number) {
  const first = new Uint32Array(graph.nodes + 1);
  for (let edge = 0; edge < graph.edges; edge++) {
    if (graph.isMarked(edge, goal)) (first[graph.targetOf(edge) + 1] as number) += 1;
  }
  for (let node = 0; node < graph.nodes; node++) (first[node + 1] as number) += first[node] as number;
  const count = first[graph.nodes] as number;
  const [sources, edges] = [new Uint32Array(count), new Uint32Array(count)];
  const next = first.slice();
  for (let node = 0; node < graph.expanded; node++) {
    for (let edge = graph.firstEdge(node); edge < graph.endEdge(node); edge++) {
      if (!graph.isMarked(edge, goal)) continue;
      const target = graph.targetOf(edge);
      const at = next[target] as number;
      next[target] = at + 1;
      sources[at] = node;
      edges[at] = edge;
    }
  }
  return { sources, edges, first };
}

/**
 * From every state the goal is reached within the bound whatever happens, as long as marked steps are fair: time does
 * not pass where one of them can be taken, and nothing is put off for ever without time passing.
 */
export function judgeInevitable(graph: Graph, goal: number, within: number): Verdict {
  return new Inevitability(graph, goal).judge(within);
}

/**
 * Tarjan's strongly connected components over the states in which the goal does not hold, and over the steps that
 * fairness leaves. Components come out after those that they lead to, so each is judged as it comes out.
 */
class Inevitability {
  readonly #graph: Graph;
  readonly #goal: number;
  readonly #order: Uint32Array;
  readonly #low: Uint32Array;
  readonly #component: Uint32Array;
  /** most that a state needs */
  readonly #needs: Uint32Array;
  readonly #stack: number[] = [];
  #visited = 0;
  #components = 0;
  /** the first state, in the order of discovery, of a component that is never left, or in which time passes for ever */
  #trap: number | undefined;

  constructor(graph: Graph, goal: number) {
    this.#graph = graph;
    this.#goal = goal;
    const { nodes } = graph;
    this.#order = new Uint32Array(nodes);
    this.#low = new Uint32Array(nodes);
    this.#component = new Uint32Array(nodes);
    this.#needs = new Uint32Array(nodes);
  }

  judge(within: number): Verdict {
    const graph = this.#graph;
    for (let node = 0; node < graph.nodes; node++) {
      if (this.#order[node] === 0 && !graph.holds(node, this.#goal)) this.#visit(node);
    }
    if (this.#trap !== undefined) return { worst: undefined, failure: this.#trapped(this.#trap) };
    const worst = this.#needs.reduce((most, need) => Math.max(most, need), 0);
    const late = this.#needs.findIndex((need) => need > within);
    if (late === -1) return { worst, failure: undefined };
    const what = `it can take ${this.#needs[late]}, allowed are ${within}`;
    return { worst, failure: { node: late, what, onward: this.#slowestFrom(late) } };
  }

  /** Whether fairness lets this step be taken. */
  #isFair(node: number, edge: number): boolean {
    return this.#graph.costOf(edge) === 0 || !this.#isUrgent(node);
  }

  #isUrgent(node: number): boolean {
    const graph = this.#graph;
    for (let edge = graph.firstEdge(node); edge < graph.endEdge(node); edge++) {
      if (graph.costOf(edge) === 0 && graph.isMarked(edge, this.#goal)) return true;
    }
    return false;
  }

  /** Depth first, with a stack of its own: ways are longer than the call stack. */
  #visit(root: number): void {
    const graph = this.#graph;
    const nodes: number[] = [];
    const edges: number[] = [];
    const enter = (node: number): void => {
      this.#visited += 1;
      this.#order[node] = this.#visited;
      this.#low[node] = this.#visited;
      this.#stack.push(node);
      nodes.push(node);
      edges.push(graph.firstEdge(node));
    };
    enter(root);
    while (nodes.length > 0) {
      const node = nodes.at(-1) as number;
      const edge = edges.at(-1) as number;
      if (edge < graph.endEdge(node)) {
        edges[edges.length - 1] = edge + 1;
        const target = graph.targetOf(edge);
        if (graph.holds(target, this.#goal) || !this.#isFair(node, edge)) continue;
        if (this.#order[target] === 0) enter(target);
        else if (this.#component[target] === 0) this.#lower(node, this.#order[target] as number);
        continue;
      }
      nodes.pop();
      edges.pop();
      const above = nodes.at(-1);
      if (above !== undefined) this.#lower(above, this.#low[node] as number);
      if (this.#low[node] === this.#order[node]) this.#close(node);
    }
  }

  #lower(node: number, order: number): void {
    if (order < (this.#low[node] as number)) this.#low[node] = order;
  }

  /** Takes the component of this root off the stack and judges it. */
  #close(root: number): void {
    const graph = this.#graph;
    this.#components += 1;
    const members: number[] = [];
    for (let node = -1; node !== root; ) {
      node = this.#stack.pop() as number;
      this.#component[node] = this.#components;
      members.push(node);
    }
    let needs = 0;
    let left = false;
    let endless = false;
    for (const node of members) {
      for (let edge = graph.firstEdge(node); edge < graph.endEdge(node); edge++) {
        if (!this.#isFair(node, edge)) continue;
        const target = graph.targetOf(edge);
        const cost = graph.costOf(edge);
        const inside = this.#component[target] === this.#components;
        if (inside && cost > 0) endless = true;
        if (inside) continue;
        left = true;
        const after = graph.holds(target, this.#goal) ? 0 : (this.#needs[target] as number);
        needs = Math.max(needs, after === NEVER ? NEVER : cost + after);
      }
    }
    const trap = endless || !left;
    if (trap) this.#trap = members.reduce((least, node) => Math.min(least, node), this.#trap ?? NEVER);
    for (const node of members) this.#needs[node] = trap ? NEVER : needs;
  }

  #trapped(node: number): Failure {
    const loop = this.#loopFrom(node);
    if (loop.length === 0) return { node, what: 'nothing leads on to it', onward: [] };
    return { node, what: 'it can be put off for ever, as the last steps do', onward: loop };
  }

  /** A way within the component of this state along which time passes, back to where it begins; empty: there is none. */
  #loopFrom(start: number): number[] {
    const before = this.#reach(start);
    for (const node of before.keys()) {
      for (const { target, cost } of this.#insideSteps(node)) {
        if (cost === 0) continue;
        const back = chain(this.#reach(target), node);
        return [...chain(before, node).slice(1), ...back];
      }
    }
    return [];
  }

  /** The states of the component by breadth from this one, each with the one before it. */
  #reach(start: number): Map<number, number> {
    const before = new Map([[start, start]]);
    for (const node of before.keys()) {
      for (const { target } of this.#insideSteps(node)) if (!before.has(target)) before.set(target, node);
    }
    return before;
  }

  #insideSteps(node: number): { readonly target: number; readonly cost: number }[] {
    const graph = this.#graph;
    const steps: { readonly target: number; readonly cost: number }[] = [];
    for (let edge = graph.firstEdge(node); edge < graph.endEdge(node); edge++) {
      const target = graph.targetOf(edge);
      if (!this.#isFair(node, edge) || this.#component[target] !== this.#component[node]) continue;
      steps.push({ target, cost: graph.costOf(edge) });
    }
    return steps;
  }

  /** The way on which the goal comes last. */
  #slowestFrom(start: number): number[] {
    const way: number[] = [];
    for (let node = start; !this.#graph.holds(node, this.#goal); node = way.at(-1) as number) {
      way.push(...this.#slowestExit(node));
    }
    return way;
  }

  /** The shortest way out of the component of this state that leads to where it needs the most. */
  #slowestExit(start: number): number[] {
    const graph = this.#graph;
    const before = this.#reach(start);
    for (const node of before.keys()) {
      for (let edge = graph.firstEdge(node); edge < graph.endEdge(node); edge++) {
        const target = graph.targetOf(edge);
        if (before.has(target) || !this.#isFair(node, edge)) continue;
        const after = graph.holds(target, this.#goal) ? 0 : (this.#needs[target] as number);
        if (after + graph.costOf(edge) === this.#needs[start]) return [...chain(before, node).slice(1), target];
      }
    }
    throw new Error('explorer: what a component needs comes from a step that leaves it');
  }
}

/** The way to a state, both ends included. */
function chain(before: ReadonlyMap<number, number>, end: number): number[] {
  const way = [end];
  for (let node = end; before.get(node) !== node; ) {
    node = before.get(node) as number;
    way.push(node);
  }
  return way.reverse();
}
