/**
 * The slots of a program while it is compiled: equal entries share one, and what doesn't fit is counted.
 * @module
 */
import { type Overflow, PolicyCompileError, type SlotKind } from './errors.ts';
import {
  type EqualityPredicate,
  type Gate,
  type OrderPredicate,
  type Program,
  SHAPE,
  type StatePredicate,
} from './program.ts';

/** A slot as an input of a gate. */
export interface Input {
  readonly kind: 'state' | 'order' | 'equality' | 'gates';
  readonly index: number;
}

const SLOT_OF: Readonly<Record<Input['kind'], SlotKind>> = {
  state: 'statePredicates',
  order: 'orderPredicates',
  equality: 'equalityPredicates',
  gates: 'gates',
};

const NAME_OF: Readonly<Record<SlotKind, string>> = {
  statePredicates: 'state predicates (a state field against constants or another field)',
  orderPredicates: 'order predicates (a parameter by <, <=, >, >=, or by == and != against a state field)',
  equalityPredicates: 'equality predicates (action, addressee, or a parameter by == and != against a constant)',
  gates: 'gates (an all, any or threshold that is nested in another kind)',
};

type Entry = StatePredicate | OrderPredicate | EqualityPredicate | Gate;

export class Slots {
  readonly #entries: Record<Input['kind'], Entry[]> = { state: [], order: [], equality: [], gates: [] };
  readonly #paths: Record<Input['kind'], string[]> = { state: [], order: [], equality: [], gates: [] };
  readonly #known = new Map<string, Input>();

  /** The slot of a predicate: the one that has it already, or the next. */
  predicate(kind: 'state' | 'order' | 'equality', predicate: Entry, path: string): Input {
    return this.#intern(kind, predicate, path);
  }

  /** The slot of "k of these inputs". */
  gate(k: number, inputs: readonly Input[], path: string): Input {
    // In "all" and "any" an input that stands twice says nothing new; in between it counts twice.
    if (k === 1 || k === inputs.length) {
      const distinct = [...new Map(inputs.map((input) => [keyOf(input), input])).values()];
      const [only] = distinct;
      if (distinct.length === 1 && only !== undefined) return only;
      return this.#intern('gates', gateOf(k === 1 ? 1 : distinct.length, distinct), path);
    }
    return this.#intern('gates', gateOf(k, this.#separate(inputs, path)), path);
  }

  /** Makes the last gate the verdict. A policy that comes to one literal gets a gate around it. */
  verdict(input: Input, path: string): void {
    if (input.kind !== 'gates') this.#intern('gates', gateOf(1, [input]), path);
  }

  /** @throws PolicyCompileError overflow */
  take(): Pick<Program, 'statePredicates' | 'orderPredicates' | 'equalityPredicates' | 'gates'> {
    this.#checkOverflow();
    return {
      statePredicates: this.#entries.state as StatePredicate[],
      orderPredicates: this.#entries.order as OrderPredicate[],
      equalityPredicates: this.#entries.equality as EqualityPredicate[],
      gates: this.#entries.gates as Gate[],
    };
  }

  #intern(kind: Input['kind'], entry: Entry, path: string): Input {
    const key = `${kind} ${Object.entries(entry)
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join(' ')}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const input = { kind, index: this.#entries[kind].length };
    this.#entries[kind].push(entry);
    this.#paths[kind].push(path);
    this.#known.set(key, input);
    return input;
  }

  /** A gate sees a slot once, so that a repeated input goes through a gate of its own, which repeats its value. */
  #separate(inputs: readonly Input[], path: string): Input[] {
    const used = new Set<string>();
    return inputs.map((input) => {
      let separate = input;
      while (used.has(keyOf(separate))) separate = this.#intern('gates', gateOf(1, [separate]), path);
      used.add(keyOf(separate));
      return separate;
    });
  }

  #checkOverflow(): void {
    const overflows = (['state', 'order', 'equality', 'gates'] as const).flatMap((kind): Overflow[] => {
      const slot = SLOT_OF[kind];
      const [needed, available] = [this.#entries[kind].length, SHAPE[slot]];
      return needed > available ? [{ slot, needed, available, path: this.#paths[kind][available] as string }] : [];
    });
    const [first] = overflows;
    if (first === undefined) return;
    const problem = overflows.map(({ slot, needed }) => `the policy needs ${needed} ${NAME_OF[slot]}`).join('; ');
    const expected = overflows.map(({ slot, available }) => `at most ${available} ${slot}`).join(' and ');
    const remedy = 'Merge or drop comparisons, let the state carry a derived field, or split the policy';
    throw new PolicyCompileError({ code: 'overflow', path: first.path, problem, expected, remedy }, overflows);
  }
}

function keyOf({ kind, index }: Input): string {
  return `${kind} ${index}`;
}

function gateOf(threshold: number, inputs: readonly Input[]): Gate {
  const of = (kind: Input['kind']): number[] =>
    inputs
      .filter((input) => input.kind === kind)
      .map(({ index }) => index)
      .sort((a, b) => a - b);
  return { threshold, state: of('state'), order: of('order'), equality: of('equality'), gates: of('gates') };
}
