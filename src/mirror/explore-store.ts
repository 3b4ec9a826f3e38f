/**
 * What the explorer keeps of states and steps: flat arrays of numbers, a few dozen bytes for each.
 * @module
 */
import { hash } from 'node:crypto';
import { MirrorError } from './types.ts';

type Numbers = Uint8Array | Uint16Array | Uint32Array;

const FIRST_CAPACITY = 1 << 10;

/** A list of unsigned integers of fixed width that grows. */
export class NumberList<T extends Numbers> {
  #items: T;
  readonly #make: (length: number) => T;
  length = 0;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.#items = make(FIRST_CAPACITY);
  }

  push(value: number): void {
    if (this.length === this.#items.length) {
      const larger = this.#make(2 * this.length);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.length++] = value;
  }

  at(index: number): number {
    return this.#items[index] as number;
  }

  set(index: number, value: number): void {
    this.#items[index] = value;
  }
}

export const bytes = (): NumberList<Uint8Array> => new NumberList((length) => new Uint8Array(length));
export const shorts = (): NumberList<Uint16Array> => new NumberList((length) => new Uint16Array(length));
export const words = (): NumberList<Uint32Array> => new NumberList((length) => new Uint32Array(length));

const FINGERPRINT_WORDS = 4;
const FILLED_AT_MOST = 0.6;

/**
 * Keys by number, in the order in which they came, of which only 128 bits of SHA-256 are kept: for n keys the chance
 * that any two are confused is below n² / 2^129.
 */
export class KeySet {
  readonly #prints = words();
  /** open addressing: number + 1, or zero */
  #table = new Uint32Array(FIRST_CAPACITY);

  get size(): number {
    return this.#prints.length / FINGERPRINT_WORDS;
  }

  /** The number of the key; a new key gets the next one. */
  add(key: Uint8Array | string): number {
    const print = printOf(key);
    const place = this.#placeOf(print);
    const known = this.#table[place] as number;
    if (known !== 0) return known - 1;
    const number = this.size;
    for (const word of print) this.#prints.push(word);
    this.#table[place] = number + 1;
    if (this.size > FILLED_AT_MOST * this.#table.length) this.#grow();
    return number;
  }

  /** The number of the key, if it was added. */
  find(key: Uint8Array | string): number | undefined {
    const known = this.#table[this.#placeOf(printOf(key))] as number;
    return known === 0 ? undefined : known - 1;
  }

  #placeOf(print: readonly number[]): number {
    const mask = this.#table.length - 1;
    let place = (print[0] as number) & mask;
    for (;;) {
      const known = this.#table[place] as number;
      if (known === 0 || this.#matches(known - 1, print)) return place;
      place = (place + 1) & mask;
    }
  }

  #matches(number: number, print: readonly number[]): boolean {
    const first = number * FINGERPRINT_WORDS;
    return print.every((word, i) => this.#prints.at(first + i) === word);
  }

  #grow(): void {
    const count = this.size;
    this.#table = new Uint32Array(2 * this.#table.length);
    const mask = this.#table.length - 1;
    for (let number = 0; number < count; number++) {
      let place = this.#prints.at(number * FINGERPRINT_WORDS) & mask;
      while (this.#table[place] !== 0) place = (place + 1) & mask;
      this.#table[place] = number + 1;
    }
  }
}

function printOf(key: Uint8Array | string): readonly number[] {
  const digest = hash('sha256', key, 'buffer');
  return [0, 4, 8, 12].map((at) => digest.readUInt32LE(at));
}

/** A step without its action. */
export function stepText(target: number, cost: number): string {
  return `to state ${target} in ${cost}`;
}

/** Longest time that one step may take, and most actions of one state. */
const MAX_SHORT = 2 ** 16 - 1;

function requireShort(what: string, value: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_SHORT) return;
  throw new MirrorError(`exploration: ${what}: expected a whole number from 0 to ${MAX_SHORT}, got ${value}`);
}

/**
 * The states that were reached and the steps between them. States are numbered in the order of their discovery, and
 * the steps from a state stand one after the other.
 */
export class Graph {
  readonly #firstEdges = words();
  readonly #targets = words();
  readonly #costs = shorts();
  readonly #actions = shorts();
  readonly #marks = bytes();
  readonly #parents = words();
  readonly #goals = bytes();

  /** States that were discovered. */
  get nodes(): number {
    return this.#parents.length;
  }

  /** States whose steps are known: the first so many. */
  get expanded(): number {
    return this.#firstEdges.length;
  }

  get edges(): number {
    return this.#targets.length;
  }

  /**
   * @param parent the state from which it was reached first; of the initial state itself
   * @param goals bits: the goals that hold in it
   */
  addNode(parent: number, goals: number): void {
    this.#parents.push(parent);
    this.#goals.push(goals);
  }

  /** Steps that are added from now on lead out of the next state. */
  beginNode(): void {
    this.#firstEdges.push(this.#targets.length);
  }

  /**
   * @param action its index among the actions of the state
   * @param marks bits: the goals to whose actions it belongs
   * @throws MirrorError when a number is out of range
   */
  addEdge(target: number, cost: number, action: number, marks: number): void {
    requireShort('the cost of an action', cost);
    requireShort('the number of actions of one state', action);
    this.#targets.push(target);
    this.#costs.push(cost);
    this.#actions.push(action);
    this.#marks.push(marks);
  }

  firstEdge(node: number): number {
    return this.#firstEdges.at(node);
  }

  /** One after the last edge of the node. */
  endEdge(node: number): number {
    return node + 1 < this.expanded ? this.#firstEdges.at(node + 1) : this.edges;
  }

  targetOf(edge: number): number {
    return this.#targets.at(edge);
  }

  costOf(edge: number): number {
    return this.#costs.at(edge);
  }

  actionOf(edge: number): number {
    return this.#actions.at(edge);
  }

  isMarked(edge: number, goal: number): boolean {
    return (this.#marks.at(edge) & (1 << goal)) !== 0;
  }

  holds(node: number, goal: number): boolean {
    return (this.#goals.at(node) & (1 << goal)) !== 0;
  }

  /** The goals that hold in the state, as bits. */
  goalsOf(node: number): number {
    return this.#goals.at(node);
  }

  /** The steps from a state, as texts. */
  stepsOf(node: number): Set<string> {
    const steps = new Set<string>();
    for (let edge = this.firstEdge(node); edge < this.endEdge(node); edge++) {
      steps.add(stepText(this.targetOf(edge), this.costOf(edge)));
    }
    return steps;
  }

  /** The states on the shortest way from the initial one, both included. */
  wayTo(node: number): number[] {
    const way = [node];
    for (let at = node; at !== 0; ) {
      at = this.#parents.at(at);
      way.push(at);
    }
    return way.reverse();
  }
}
