/**
 * Shrinks the values of a failing trace: arguments by their ABI types, senders, and the seconds of time steps. Each
 * change makes the trace simpler by a fixed order, so this ends; and values are drawn from what occurs in the trace, so
 * the result doesn't depend on where the trace came from.
 *
 * The order: integers by their distance from 0; addresses by the zero address, then as numbers; bytes and arrays by
 * length; false before true.
 * @module
 */
import type { AbiParameter } from 'abitype';
import { type Codec, componentsOf, elementOf, functionOf, named } from './codec.ts';
import type { Search, Steps } from './search.ts';
import type { Hex, Step } from './types.ts';

/** A place in a step, from the step itself on. */
type Path = readonly (string | number)[];
interface Slot {
  readonly step: number;
  readonly path: Path;
  readonly param: AbiParameter;
}

/** Addresses that take part in exchanges: the lowest ones of the trace. */
const MAX_ADDRESSES = 8;
/** Earlier values of the same type that one word is replaced by, at most. */
const MAX_TWINS = 4;
/** Small integers that are tried before halving, for what does not grow evenly. */
const SMALL = [0n, 1n, 2n];

const ADDRESS: AbiParameter = { type: 'address' };
const SECONDS: AbiParameter = { type: 'uint64' };
const SENDER_PATH: Path = ['call', 'sender'];
const SECONDS_PATH: Path = ['seconds'];

/**
 * One round over all values.
 * @param origin the trace as it was first: says which addresses there are
 * @returns whether anything became simpler
 */
export async function shrinkValues(search: Search, codec: Codec, origin: Steps): Promise<boolean> {
  const before = search.best;
  const round = new Round(search, codec, origin);
  await round.addresses();
  await round.equalValues();
  for (let i = 0; i < search.best.length; i++) await round.step(i);
  return search.best !== before;
}

class Round {
  readonly #search: Search;
  readonly #codec: Codec;
  /** all addresses, in ascending order */
  readonly #people: readonly string[];
  /** those that send: a contract that is only mentioned must not become a sender */
  readonly #senders: ReadonlySet<string>;

  constructor(search: Search, codec: Codec, origin: Steps) {
    this.#search = search;
    this.#codec = codec;
    const found = leavesOf(codec, origin).filter(({ param }) => param.type === 'address');
    const all = found.map((slot) => lower(get(origin, slot)));
    this.#people = [...new Set(all)].filter((address) => !isZero(address)).sort();
    this.#senders = new Set(origin.flatMap((step) => (step.kind === 'call' ? [lower(step.call.sender)] : [])));
  }

  /*////////////////////////////////////////////////// SEVERAL PLACES AT ONCE */

  /** One address for another in all places; then two exchanged from some step on, for calls that need different ones. */
  async addresses(): Promise<void> {
    const merges = this.#people
      .toReversed()
      .flatMap((from) => this.#below(from, this.#senders.has(from)).map((to) => ({ from, to })));
    await this.#search.sweep(merges, (best, { from, to }) => this.#rename(best, 0, (a) => (a === from ? to : a)));
    const swaps = merges.filter(({ from, to }) => this.#senders.has(from) === this.#senders.has(to));
    for (let step = 0; step < this.#search.best.length; step++) {
      await this.#search.sweep(swaps, (best, { from, to }) => {
        const addresses = leavesOf(this.#codec, best.slice(0, step + 1))
          .filter((slot) => slot.step === step && slot.param.type === 'address')
          .map((slot) => lower(get(best, slot)));
        // Simpler only if the lower one comes first afterwards.
        if (addresses.find((each) => each === from || each === to) !== from) return undefined;
        return this.#rename(best, step, (each) => (each === from ? to : each === to ? from : each));
      });
    }
  }

  /** The lowest addresses that may stand for this one. */
  #below(address: string, asSender: boolean): string[] {
    const lowest = this.#people.filter((other) => !asSender || this.#senders.has(other)).slice(0, MAX_ADDRESSES);
    return lowest.filter((other) => other < address);
  }

  #rename(best: Steps, from: number, rename: (address: string) => string): Steps | undefined {
    const slots = leavesOf(this.#codec, best).filter(({ step, param }) => step >= from && param.type === 'address');
    const changed = slots.filter((slot) => rename(lower(get(best, slot))) !== lower(get(best, slot)));
    if (changed.length === 0) return undefined;
    return changed.reduce((steps, slot) => set(steps, slot, rename(lower(get(best, slot)))), best);
  }

  /** Values that must be equal, such as an identifier and what refers to it, can only shrink together. */
  async equalValues(): Promise<void> {
    for (const [kind, value] of this.#repeated()) {
      const places = (best: Steps): Slot[] =>
        leavesOf(this.#codec, best).filter((slot) => kindOf(slot.param) === kind && textOf(get(best, slot)) === value);
      const slots = places(this.#search.best);
      // What shrank to zero with others may have left one place, which is then nothing special.
      if (slots.length < 2) continue;
      const first = slots.find(({ path }) => path === SECONDS_PATH) ?? slots[0]!;
      await this.#leaf(get(this.#search.best, first), first, (next) => {
        const { best } = this.#search;
        const present = slots.filter((slot) => slot.step < best.length);
        return this.#search.accept(
          present.reduce((steps, slot) => set(steps, slot, typedAs(get(steps, slot), next)), best),
        );
      });
    }
  }

  /** Integers and words that occur more than once, as kind and value. */
  #repeated(): [string, string][] {
    const { best } = this.#search;
    const counts = new Map<string, { pair: [string, string]; count: number }>();
    for (const slot of leavesOf(this.#codec, best)) {
      const kind = kindOf(slot.param);
      if (kind !== 'integer' && !/^bytes\d+$/.test(kind)) continue;
      const pair: [string, string] = [kind, textOf(get(best, slot))];
      const key = pair.join(' ');
      counts.set(key, { pair, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    return [...counts.values()].filter(({ count }) => count > 1).map(({ pair }) => pair);
  }

  /*//////////////////////////////////////////////////////////// ONE PLACE */

  async step(index: number): Promise<void> {
    const step = this.#search.best[index];
    if (!step) return;
    if (step.kind === 'time') return this.#value({ step: index, path: SECONDS_PATH, param: SECONDS });
    const { inputs } = functionOf(this.#codec, step.call);
    const args = inputs.map((param, i): Slot => ({ step: index, path: ['call', 'args', i], param }));
    await this.#value({ step: index, path: SENDER_PATH, param: ADDRESS });
    // All at once, as a rule nothing hangs on most of them.
    const { best } = this.#search;
    if (
      await this.#accept(
        best,
        args.reduce((steps, slot) => set(steps, slot, zero(get(best, slot))), best),
      )
    )
      return;
    for (const slot of args) await this.#value(slot);
  }

  async #value(slot: Slot): Promise<void> {
    const { best } = this.#search;
    if (slot.step >= best.length) return;
    const value = get(best, slot);
    const put = async (next: unknown): Promise<boolean> =>
      slot.step < this.#search.best.length && this.#accept(this.#search.best, set(this.#search.best, slot, next));
    const array = elementOf(slot.param);
    if (!array && slot.param.type !== 'tuple') return this.#leaf(value, slot, put);
    if (await put(zero(value))) return;
    if (!array) {
      for (const part of partsOf(slot)) await this.#value(part);
      return;
    }
    if (array.length === undefined) await shorten(value as readonly unknown[], put);
    if (slot.step >= this.#search.best.length) return;
    const { length } = get(this.#search.best, slot) as readonly unknown[];
    for (let i = 0; i < length; i++) {
      await this.#value({ step: slot.step, path: [...slot.path, i], param: array.element });
    }
  }

  /** Shrinks one value of an elementary type; `put` tries it in all its places. */
  async #leaf(value: unknown, slot: Slot, put: (next: unknown) => Promise<boolean>): Promise<void> {
    const { type } = slot.param;
    if (typeof value === 'bigint' || typeof value === 'number') {
      const least = slot.path === SECONDS_PATH ? 1n : 0n;
      return shrinkInteger(BigInt(value), least, (next) => put(typedAs(value, next)));
    }
    if (typeof value === 'boolean') return void (value && (await put(false)));
    if (type === 'address') return this.#address(lower(value), slot, put);
    if (type === 'string') return shorten([...(value as string)], (rest) => put(rest.join('')));
    if (type === 'bytes') {
      const bytes = (value as Hex).slice(2).match(/../g) ?? [];
      await shorten(bytes, (rest) => put(`0x${rest.join('')}`));
      const left = slot.step < this.#search.best.length ? get(this.#search.best, slot) : '0x';
      return void (isZero(left) || (await put(zero(left))));
    }
    if (isZero(value) || (await put(zero(value)))) return;
    for (const twin of this.#twins(value, slot)) if (await put(twin)) return;
  }

  async #address(value: string, slot: Slot, put: (next: unknown) => Promise<boolean>): Promise<void> {
    if (isZero(value)) return;
    // No account has the zero address, so nobody could send from it.
    if (slot.path !== SENDER_PATH && (await put(zero(value)))) return;
    for (const other of this.#below(value, slot.path === SENDER_PATH)) if (await put(other)) return;
  }

  /** Values of the same type that occur earlier than this one first does. */
  #twins(value: unknown, slot: Slot): readonly unknown[] {
    const { best } = this.#search;
    const found = new Map<string, unknown>();
    for (const other of leavesOf(this.#codec, best)) {
      if (other.param.type !== slot.param.type) continue;
      const each = get(best, other);
      if (textOf(each) === textOf(value)) break;
      if (found.size < MAX_TWINS && !isZero(each)) found.set(textOf(each), each);
    }
    return [...found.values()];
  }

  /** A candidate that is no change would count as one. */
  async #accept(best: Steps, candidate: Steps): Promise<boolean> {
    return textOf(best) !== textOf(candidate) && this.#search.accept(candidate);
  }
}

/**
 * Towards `least`: small constants; then, if a half or one less does too, the boundary by bisection, first of the
 * number of bits and then of the value: a boundary of 100 below 10^18 takes a dozen candidates.
 */
async function shrinkInteger(value: bigint, least: bigint, put: (next: bigint) => Promise<boolean>): Promise<void> {
  const size = value < 0n ? -value : value;
  for (const small of SMALL) if (small >= least && small < size && (await put(small))) return;
  if (value < 0n && (await put(size))) return shrinkInteger(size, least, put);
  const trial = async (distance: bigint): Promise<boolean> => put(value < 0n ? -distance : distance);
  let refused = SMALL.at(-1)!;
  let best = size;
  for (const next of [size >> 1n, size - 1n]) {
    if (next <= refused) continue;
    if (await trial(next)) {
      best = next;
      break;
    }
    refused = next;
  }
  if (best === size) return;
  let [low, high] = [bitLength(refused), bitLength(best)];
  while (high - low > 1) {
    const bits = (low + high) >> 1;
    const power = 1n << BigInt(bits - 1);
    if (await trial(power)) [best, high] = [power, bits];
    else [refused, low] = [power, bits];
  }
  while (best - refused > 1n) {
    const middle = (best + refused) >> 1n;
    if (await trial(middle)) best = middle;
    else refused = middle;
  }
}

const bitLength = (value: bigint): number => value.toString(2).length;

/** Nothing at all, then without chunks from the back, of ever smaller size. */
async function shorten<T>(value: readonly T[], put: (next: readonly T[]) => Promise<boolean>): Promise<void> {
  if (value.length === 0 || (await put([]))) return;
  let best = value;
  for (let size = best.length >> 1; size >= 1; size >>= 1) {
    for (let end = best.length; end > 0; end = Math.min(end - size, best.length)) {
      const rest = [...best.slice(0, Math.max(0, end - size)), ...best.slice(end)];
      if (await put(rest)) best = rest;
    }
  }
}

/*//////////////////////////////////////////////////////////////// PLACES */

/** All elementary values of the trace in order, each call's sender before its arguments. */
function leavesOf(codec: Codec, steps: Steps): Slot[] {
  const leaves: Slot[] = [];
  const visit = (slot: Slot, value: unknown): void => {
    const array = elementOf(slot.param);
    if (array) {
      for (const [i, item] of (value as unknown[]).entries()) {
        visit({ ...slot, path: [...slot.path, i], param: array.element }, item);
      }
    } else if (slot.param.type === 'tuple') {
      for (const part of partsOf(slot)) visit(part, (value as Record<string | number, unknown>)[part.path.at(-1)!]);
    } else leaves.push(slot);
  };
  for (const [index, step] of steps.entries()) {
    if (step.kind === 'time') {
      leaves.push({ step: index, path: SECONDS_PATH, param: SECONDS });
      continue;
    }
    leaves.push({ step: index, path: SENDER_PATH, param: ADDRESS });
    const { inputs } = functionOf(codec, step.call);
    for (const [i, param] of inputs.entries()) {
      visit({ step: index, path: ['call', 'args', i], param }, step.call.args[i]);
    }
  }
  return leaves;
}

/** The members of a struct. */
function partsOf({ step, path, param }: Slot): Slot[] {
  const components = componentsOf(param);
  const byName = named(components);
  return components.map((part, i) => ({ step, path: [...path, byName ? part.name! : i], param: part }));
}

const get = (steps: Steps, { step, path }: Slot): unknown =>
  path.reduce<unknown>((node, key) => (node as Record<string | number, unknown>)[key], steps[step]);

const set = (steps: Steps, { step, path }: Slot, value: unknown): Steps =>
  steps.with(step, replaced(steps[step], path, value) as Step);

function replaced(node: unknown, path: Path, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(node)) return node.with(key as number, replaced(node[key as number], rest, value));
  const record = node as Record<string, unknown>;
  return { ...record, [key]: replaced(record[key], rest, value) };
}

/*//////////////////////////////////////////////////////////////// VALUES */

const lower = (value: unknown): string => String(value).toLowerCase();
const isZero = (value: unknown): boolean => typeof value === 'string' && /^0x0*$/.test(value);
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'bigint' || typeof each === 'number' ? String(each) : each,
  );

/** Integers of all widths are one kind: an identifier may be stored narrower than it is passed. */
const kindOf = ({ type }: AbiParameter): string => (/^u?int/.test(type) ? 'integer' : type);

/** Integers up to 48 bits are numbers, larger ones bigints. */
const typedAs = (old: unknown, next: unknown): unknown =>
  typeof old === 'number' ? Number(next) : typeof old === 'bigint' ? BigInt(next as bigint) : next;

/** The value with all that it holds set to zero, in the shape it has. */
function zero(value: unknown): unknown {
  if (typeof value === 'bigint') return 0n;
  if (typeof value === 'number') return 0;
  if (typeof value === 'boolean') return false;
  if (typeof value === 'string') return value.startsWith('0x') ? `0x${'0'.repeat(value.length - 2)}` : value;
  if (Array.isArray(value)) return value.map(zero);
  return Object.fromEntries(Object.entries(value as object).map(([key, each]) => [key, zero(each)]));
}
