/**
 * Takes systems and properties from files that researchers write, and says what is wrong with what they export.
 * @module
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Subject } from './campaign.ts';
import { type NodeChoice, onNode } from './node.ts';
import { MirrorError, type Property } from './types.ts';

/**
 * Starts the system that a module exports: `export default async function system() { … }`, as `deploySystem` makes it.
 * Whoever calls ends it with `stop`.
 * @param on the node that it is to run on
 * @throws MirrorError naming the file and what was expected of it
 */
export async function loadSystem(file: string, on: NodeChoice = { backend: 'simulate' }): Promise<Subject<unknown>> {
  const make = await defaultOf(file, 'a function that starts a system');
  if (typeof make !== 'function') {
    throw new MirrorError(
      `${file}: expected \`export default\` of a function that starts a system, got ${kindOf(make)}`,
    );
  }
  let made: unknown;
  try {
    made = await onNode(on, async () => (make as () => unknown)());
  } catch (error) {
    throw new MirrorError(`${file}: the system doesn't start: ${reasonOf(error)}`, { cause: error });
  }
  const wrong = faultOfSystem(made) ?? faultOfNode(made as Subject<unknown>, on);
  if (wrong === undefined) return made as Subject<unknown>;
  const { stop } = (made ?? {}) as { readonly stop?: unknown };
  if (typeof stop === 'function') await stop.call(made);
  throw new MirrorError(`${file}: what the default export gives has ${wrong}`);
}

/** Most properties of one file. */
const MAX_PROPERTIES = 1_000;

/**
 * The laws that a module exports: `export default` of one `{ id, check(state, step, before) }`, or of a list of them.
 * @throws MirrorError naming the file and what was expected of it
 */
export async function loadProperties<S>(file: string): Promise<readonly Property<S>[]> {
  const exported = await defaultOf(file, 'a property or a list of properties');
  const list: readonly unknown[] = Array.isArray(exported) ? exported : [exported];
  if (list.length === 0 || list.length > MAX_PROPERTIES) {
    throw new MirrorError(`${file}: expected 1 to ${MAX_PROPERTIES} properties, got ${list.length}`);
  }
  const ids = new Set<string>();
  for (const [i, item] of list.entries()) {
    const at = Array.isArray(exported) ? `property ${i}` : 'the property';
    const { id, check } = fieldsOf(item);
    if (typeof id !== 'string' || id === '') throw expected(file, at, 'id', 'a text that names the law', id);
    if (ids.has(id)) throw new MirrorError(`${file}: two properties have the id "${id}"`);
    ids.add(id);
    if (typeof check !== 'function') {
      throw expected(file, `${at} "${id}"`, 'check', 'a function of (state, step, before)', check);
    }
  }
  return list.map((item) => checked(file, item as Property<S>));
}

/** A property of somebody else may throw or answer anything: both are mistakes of the property, not of a contract. */
function checked<S>(file: string, { id, check }: Property<S>): Property<S> {
  return {
    id,
    check(...now) {
      let answer: unknown;
      try {
        answer = check(...now);
      } catch (error) {
        throw new MirrorError(`${file}: the property "${id}" throws: ${reasonOf(error)}`, { cause: error });
      }
      if (answer === undefined || typeof answer === 'string') return answer;
      throw new MirrorError(
        `${file}: the property "${id}" answers ${kindOf(answer)}; expected a text that says what is wrong, or undefined`,
      );
    },
  };
}

async function defaultOf(file: string, what: string): Promise<unknown> {
  const absolute = path.resolve(file);
  const found = await stat(absolute).catch(() => undefined);
  if (!found?.isFile()) throw new MirrorError(`${file}: there is no such file; expected a module that exports ${what}`);
  if (!/\.(ts|mts|js|mjs)$/.test(absolute)) {
    throw new MirrorError(`${file}: expected a TypeScript or JavaScript module (.ts, .mts, .js, .mjs)`);
  }
  let module: Readonly<Record<string, unknown>>;
  try {
    module = (await import(pathToFileURL(absolute).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new MirrorError(`${file}: can't be imported: ${reasonOf(error)}`, { cause: error });
  }
  if ('default' in module) return module['default'];
  const names = Object.keys(module);
  const others = names.length === 0 ? 'nothing' : names.join(', ');
  throw new MirrorError(`${file}: expected \`export default\` of ${what}; it exports ${others}`);
}

/** A system that starts a chain by itself, instead of `deploySystem` or `startNode`, doesn't hear of another one. */
function faultOfNode({ backend }: Subject<unknown>, { backend: wanted }: NodeChoice): string | undefined {
  if (wanted === 'simulate' || backend.name !== 'simulate') return undefined;
  return `a chain of its own: \`deploySystem\` and \`startNode\` start the one that is asked for (${wanted})`;
}

/** What is missing in a system, or has the wrong type. */
function faultOfSystem(made: unknown): string | undefined {
  const ready = fieldsOf(made);
  if (typeof made !== 'object' || made === null) return `no system: it is ${kindOf(made)}`;
  const [system, backend] = [fieldsOf(ready['system']), fieldsOf(ready['backend'])];
  const wanted: readonly (readonly [string, unknown, string])[] = [
    ['system.contracts', system['contracts'], 'object'],
    ['system.startTime', system['startTime'], 'bigint'],
    ['system.apply', system['apply'], 'function'],
    ['system.look', system['look'], 'function'],
    ['backend.run', backend['run'], 'function'],
    ['generate', ready['generate'], 'function'],
    ['bytecodeHash', ready['bytecodeHash'], 'string'],
    ['stop', ready['stop'], 'function'],
  ];
  const wrong = wanted.find(([, value, type]) => typeof value !== type || value === null);
  if (wrong)
    return `no ${wrong[0]} of type ${wrong[2]} but ${kindOf(wrong[1])}; \`deploySystem\` gives all that is needed`;
  return ready['teardown'] === undefined || typeof ready['teardown'] === 'function'
    ? undefined
    : `a teardown that is ${kindOf(ready['teardown'])} instead of a function`;
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

const expected = (file: string, at: string, field: string, what: string, got: unknown): MirrorError =>
  new MirrorError(`${file}: ${at} needs \`${field}\`, ${what}; got ${kindOf(got)}`);

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return value instanceof Promise ? 'a promise' : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}

/** The first line of what was thrown, which may be anything. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.split('\n')[0] as string;
}
