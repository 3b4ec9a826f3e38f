/**
 * Conformance vectors: short sequences of calls with what each must come to, for implementations that are not ours. The
 * files and what to do with them are described in docs/vectors.md.
 * @module
 */
import { getContractAddress } from 'viem';
import { CREATION_ORDER } from '../chain/deploy.ts';
import type { Hex } from '../codec/hash.ts';
import { generated } from '../mirror/campaign.ts';
import { type Codec, codecOf, fault, fromJson, functionOf, recordOf, toJson } from '../mirror/codec.ts';
import { minimise } from '../mirror/minimise.ts';
import type { ModelRun } from '../mirror/model.ts';
import { Coverage } from '../mirror/report.ts';
import { type Call, MirrorError, type Outcome, type Step, type System } from '../mirror/types.ts';
import type { State } from '../model/index.ts';
import { type Json, stateFromJson, stateToJson } from '../model/json.ts';
import { type Canonical, canonicalJson } from '../policy/canonical.ts';
import { excused } from './goals.ts';
import { type Patch, patchBetween } from './patch.ts';
import { prologue } from './prologue.ts';
import { TRACE_LENGTH } from './run.ts';
import { generators, PROLOGUE_TIME, placed, protocolOn } from './system.ts';
import { CHAIN_ID } from './world.ts';

export const VECTORS_FORMAT = 'mprd-vectors/1';
/** Folder of the committed files. */
export const VECTORS_FOLDER = 'vectors';
/** The file whose calls lead from the deployment to the state at which all other files begin. */
export const PROLOGUE_FILE = 'prologue';

/** The search draws so many traces, and more as long as something that can occur hasn't. */
const SEED = '1';
const LEAST_TRACES = 300;
const MOST_TRACES = 1_200;

/** One call as a file has it. */
export interface VectorCall {
  /** `contract.function` */
  readonly call: string;
  /** lower case */
  readonly sender: Hex;
  /** block.timestamp, seconds */
  readonly time: string;
  readonly args: readonly Json[];
  readonly outcome: Json;
  /** of the state before the call; missing when the call is refused */
  readonly post?: Patch;
}

export interface VectorCase {
  /** what it was chosen for: the last call shows it */
  readonly name: string;
  /** all that its calls show */
  readonly covers: readonly string[];
  /** the trace that it was cut out of */
  readonly origin: { readonly seed: string; readonly trace: string };
  readonly calls: readonly VectorCall[];
}

export interface VectorFile {
  readonly format: typeof VECTORS_FORMAT;
  readonly chainId: string;
  readonly pre: Json;
  readonly cases: readonly VectorCase[];
}

/** A case before it is written. */
export interface Found extends Pick<VectorCase, 'name' | 'origin'> {
  /** from the system's start time on */
  readonly steps: readonly Step[];
  /** situations that it shows, when they are known already: who signed a call can't be told from the call alone */
  readonly situations?: readonly string[];
}

/*////////////////////////////////////////////////////////////// SYSTEM */

/** The deployer of every fresh anvil: its first account, whose key everybody knows. */
const DEPLOYER: Hex = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
/** Seconds between the chain's first block and the prologue. */
const DEPLOYMENT_TIME = 1_000n;

export interface Stage {
  /** right after deployment */
  readonly deployed: System<State>;
  readonly prologue: readonly Step[];
  /** after the prologue */
  readonly begun: System<State>;
  readonly draw: (seed: string, trace: number) => ModelRun<State>;
}

/**
 * The protocol as a campaign finds it on a fresh chain, at the same addresses and times, on the model alone.
 * @param standIns as for `ready`: whoever implements the protocol has none
 */
export function stage(standIns = false): Stage {
  const { directory, contracts, recorded } = placed(DEPLOYER, standIns);
  // The contracts in order, then the recorded verifier, then the silent one; a block each, a second apart.
  const silent = getContractAddress({ from: DEPLOYER, nonce: BigInt(CREATION_ORDER.length + 1) }).toLowerCase() as Hex;
  const councilTime = PROLOGUE_TIME - DEPLOYMENT_TIME + BigInt(CREATION_ORDER.indexOf('council') + 1);
  const { base, first, systemAt } = protocolOn(
    { directory, contracts, verifiers: [recorded, silent], councilTime },
    new Set(),
  );
  let { initial: state, startTime: time } = first;
  const steps: Step[] = [];
  for (const step of prologue(base, PROLOGUE_TIME)) {
    if (step.kind !== 'call') throw new MirrorError('vectors: the prologue takes no time');
    const { outcome, state: next } = first.apply(state, step.call, { time, block: 0n, chainId: CHAIN_ID });
    if (outcome.status === 'refused') throw new MirrorError(`vectors: the prologue's ${step.call.function} is refused`);
    steps.push(step, { kind: 'time', seconds: 1n });
    [state, time] = [next, time + 1n];
  }
  // Nobody looks at the lens or the laws here; test/model and test/diff do.
  const begun = { ...systemAt(state, time + 10n), properties: [], snapshot: (): Hex => '0x' };
  const backend = { chainId: CHAIN_ID, firstBlock: 1n, blockPerCall: false };
  return {
    deployed: first,
    prologue: steps,
    begun,
    draw: (seed, trace) =>
      generated({ system: begun, backend, ...generators(base), length: TRACE_LENGTH, seed }, trace),
  };
}

interface Applied {
  readonly call: Call;
  readonly time: bigint;
  readonly outcome: Outcome;
  readonly before: State;
  readonly after: State;
}

/** Applies steps one by one, from the system's state and time on. */
function* applied(system: System<State>, steps: readonly Step[]): Generator<Applied> {
  let { initial: state, startTime: time } = system;
  for (const step of steps) {
    if (step.kind === 'time') {
      time += step.seconds;
      continue;
    }
    const before = state;
    const { outcome, state: after } = system.apply(before, step.call, { time, block: 0n, chainId: CHAIN_ID });
    yield { call: step.call, time, outcome, before, after };
    state = after;
  }
}

/*///////////////////////////////////////////////////////////// TARGETS */

/** What a call shows: its acceptance or its refusal, its events, and situations. */
function shownBy(call: Call, outcome: Outcome, goals: readonly string[]): string[] {
  const key = `${call.contract}.${call.function}`;
  if (outcome.status === 'refused') return [`${key}: ${outcome.error}`];
  return [key, ...outcome.events.map(({ contract, event }) => `event ${contract}.${event}`), ...goals];
}

function shown(system: System<State>, { call, outcome, before, after }: Applied): string[] {
  return shownBy(call, outcome, system.goals?.reached(before, call, outcome, after) ?? []);
}

/** What only the relayer shows that a campaign sets beside the protocol. */
const BESIDE: ReadonlySet<string> = new Set(['relayer.execute', 'GasTooLow']);

/** What no case covers, although it can occur: functions, errors, events, situations. */
export function uncovered(system: System<State>, covered: Iterable<string>): string[] {
  const { functions, errors, events, goals } = new Coverage(system);
  const names = new Set([...covered].flatMap((name) => [name, name.replace(/^\S+: /, 'error ')]));
  const missing = (known: ReadonlyMap<string, unknown>, prefix: string): string[] =>
    [...known.keys()].filter(
      (name) => !Object.hasOwn(excused, name) && !BESIDE.has(name) && !names.has(`${prefix}${name}`),
    );
  return [
    ...missing(functions, ''),
    ...missing(errors, 'error '),
    ...missing(events, 'event '),
    ...missing(goals, ''),
  ].sort();
}

/*////////////////////////////////////////////////////////////// SEARCH */

/** Where a target is reached, after how many accepted calls. */
interface Occurrence {
  readonly run: ModelRun<State>;
  readonly trace: number;
  /** index of the step */
  readonly step: number;
  readonly accepted: number;
}

/**
 * Draws the traces of a campaign, notes for everything that a call can show where it takes the fewest calls, cuts these
 * places out, and drops what they don't need. The shortest come first, so that long ones are only taken for what
 * nothing shorter shows.
 */
export async function search({ begun, draw }: Stage, onProgress: (done: string) => void = () => {}): Promise<Found[]> {
  const best = new Map<string, Occurrence>();
  for (let trace = 0; trace < MOST_TRACES; trace++) {
    if (trace >= LEAST_TRACES && uncovered(begun, best.keys()).length === 0) break;
    note(best, draw(SEED, trace), trace);
    onProgress(`${trace + 1} traces drawn, at least ${LEAST_TRACES} needed; ${best.size} different things shown`);
  }
  const order = [...best].sort(([a, x], [b, y]) => x.accepted - y.accepted || (a < b ? -1 : 1));
  const covered = new Set<string>();
  const found: Found[] = [];
  for (const [name, at] of order) {
    if (covered.has(name)) continue;
    const steps = await cutOut(begun, at, name);
    found.push({ name, origin: { seed: SEED, trace: String(at.trace) }, steps });
    for (const one of applied(begun, steps)) for (const target of shown(begun, one)) covered.add(target);
    onProgress(`${covered.size} of ${order.length} things covered by ${found.length} cases`);
  }
  return found;
}

/** The same case, searched anew in the trace that it names. */
export async function cutAgain({ begun, draw }: Stage, { name, origin }: VectorCase): Promise<VectorCase> {
  const best = new Map<string, Occurrence>();
  note(best, draw(origin.seed, Number(origin.trace)), Number(origin.trace));
  const at = best.get(name);
  if (!at) throw new MirrorError(`vectors: trace ${origin.trace} of the seed ${origin.seed} has no "${name}"`);
  return caseOf(begun, { name, origin, steps: await cutOut(begun, at, name) });
}

function note(best: Map<string, Occurrence>, run: ModelRun<State>, trace: number): void {
  let accepted = 0;
  for (const { step, call, outcome, goals } of run.records) {
    for (const target of shownBy(call, outcome, goals)) {
      if (accepted < (best.get(target)?.accepted ?? Number.POSITIVE_INFINITY)) {
        best.set(target, { run, trace, step, accepted });
      }
    }
    if (outcome.status === 'ok') accepted++;
  }
}

/** The steps that lead to an occurrence, as few as possible, all accepted but perhaps the last. */
async function cutOut(system: System<State>, { run, step: last }: Occurrence, name: string): Promise<readonly Step[]> {
  const refused = new Set(run.records.filter(({ outcome }) => outcome.status === 'refused').map(({ step }) => step));
  // A refusal changes nothing, so that nothing after it depends on it.
  const leading = run.steps.slice(0, last + 1).filter((_step, i) => i === last || !refused.has(i));
  const { steps } = await minimise(leading, async (candidate) => {
    const final = candidate.at(-1);
    if (final?.kind !== 'call') return undefined;
    for (const one of applied(system, candidate)) {
      if (one.call === final.call) return shown(system, one).includes(name) ? candidate : undefined;
      if (one.outcome.status === 'refused') return undefined;
    }
    return undefined;
  });
  return steps;
}

/*/////////////////////////////////////////////////////////////// FILES */

/** The same cases once more, from the file's own state and calls. */
export function written(system: System<State>, { pre, cases }: VectorFile): VectorFile {
  const codec = codecOf(system.contracts);
  const own = { ...system, initial: stateFromJson(pre) };
  return fileOf(
    own,
    cases.map(({ name, origin, covers, calls }) => {
      const situations = covers.filter((target) => (own.goals?.names ?? []).includes(target));
      return { name, origin, situations, steps: stepsOf(codec, calls, own.startTime) };
    }),
  );
}

/** The files by name: one for the prologue, one for each contract whose call ends a case. */
export function filesOf({ deployed, prologue: steps, begun }: Stage, cases: readonly Found[]): Map<string, VectorFile> {
  const whole = { name: PROLOGUE_FILE, origin: { seed: PROLOGUE_FILE, trace: '0' }, steps };
  const files = new Map([[PROLOGUE_FILE, fileOf(deployed, [whole])]]);
  const contracts = new Set(cases.map(contractOf));
  for (const contract of [...contracts].sort()) {
    const own = cases.filter((found) => contractOf(found) === contract);
    files.set(contract, fileOf(begun, own));
  }
  return files;
}

function contractOf({ steps }: Found): string {
  const last = steps.at(-1);
  if (last?.kind !== 'call') throw new MirrorError('vectors: a case ends with a call');
  return last.call.contract;
}

function fileOf(system: System<State>, cases: readonly Found[]): VectorFile {
  const sorted = [...cases].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    format: VECTORS_FORMAT,
    chainId: String(CHAIN_ID),
    pre: stateToJson(system.initial),
    cases: sorted.map((found) => caseOf(system, found)),
  };
}

function caseOf(system: System<State>, { name, origin, steps, situations }: Found): VectorCase {
  const codec = codecOf(system.contracts);
  const calls: VectorCall[] = [];
  const covers = new Set(situations);
  for (const one of applied(system, steps)) {
    const targets = situations ? shownBy(one.call, one.outcome, []) : shown(system, one);
    for (const target of targets) covers.add(target);
    calls.push(vectorCall(codec, one));
  }
  return { name, origin, covers: [...covers].sort(), calls };
}

function vectorCall(codec: Codec, { call, time, outcome, before, after }: Applied): VectorCall {
  const fn = functionOf(codec, call);
  const written = {
    call: fn.key,
    sender: call.sender,
    time: String(time),
    args: fn.inputs.map((input, i) => toJson(input, call.args[i]) as Json),
    outcome: outcomeToJson(codec, fn.key, outcome),
  };
  if (outcome.status === 'refused') return written;
  return { ...written, post: patchBetween(stateToJson(before), stateToJson(after)) };
}

export function outcomeToJson(codec: Codec, key: string, outcome: Outcome): Json {
  if (outcome.status === 'refused') {
    const inputs = codec.errors.get(outcome.error)?.inputs ?? [];
    const args = inputs.map((input, i) => toJson(input, outcome.args[i]) as Json);
    return { status: 'refused', error: outcome.error, args };
  }
  const outputs = codec.functions.get(key)?.outputs ?? [];
  const returns = outputs.length === 1 ? [outcome.returns] : ((outcome.returns ?? []) as unknown[]);
  const events = outcome.events.map(({ contract, event, args }) => {
    const inputs = codec.events.get(`${contract}.${event}`)?.inputs ?? [];
    const named = inputs.map((input, i) => [input.name, toJson(input, args[input.name || String(i)]) as Json]);
    return { contract, event, args: Object.fromEntries(named) as Json };
  });
  return { status: 'ok', returns: outputs.map((output, i) => toJson(output, returns[i]) as Json), events };
}

/** A file's text: sorted keys, one line per call. */
export function formatVectors({ format, chainId, pre, cases }: VectorFile): string {
  const blocks = cases.map(({ name, covers, origin, calls }) => {
    const lines = calls.map((call) => `  ${textOf(call)}`).join(',\n');
    return `{"calls":[\n${lines}\n],"covers":${textOf(covers)},"name":${textOf(name)},"origin":${textOf(origin)}}`;
  });
  const head = `"chainId":${textOf(chainId)},\n"format":${textOf(format)}`;
  return `{"cases":[\n${blocks.join(',\n')}\n],\n${head},\n"pre":${textOf(pre)}}\n`;
}

const textOf = (value: object | string | boolean): string => canonicalJson(value as Canonical);

/** The steps of a case. @throws MirrorError naming the call and what is wrong with it */
export function stepsOf(codec: Codec, calls: readonly VectorCall[], startTime: bigint): Step[] {
  const steps: Step[] = [];
  let now = startTime;
  for (const [i, vector] of calls.entries()) {
    const fn = codec.functions.get(vector.call);
    if (!fn) throw fault(`calls[${i}].call`, 'a function of the system, as contract.function', vector.call);
    const time = fromJson({ type: 'uint64' }, vector.time, `calls[${i}].time`) as bigint;
    if (time < now) throw fault(`calls[${i}].time`, `at least ${now}`, vector.time);
    if (time > now) steps.push({ kind: 'time', seconds: time - now });
    now = time;
    const [contract, name] = fn.key.split('.') as [string, string];
    const args = fn.inputs.map((input, k) => fromJson(input, vector.args[k], `calls[${i}].args[${k}]`));
    const sender = fromJson({ type: 'address' }, vector.sender, `calls[${i}].sender`) as Hex;
    steps.push({ kind: 'call', call: { contract, function: name, args, sender } });
  }
  return steps;
}

const MAX_CHARACTERS = 4 * 2 ** 20;

/** @throws MirrorError with the path of what is wrong; arguments and states are read when they are used */
export function parseVectors(text: string): VectorFile {
  if (text.length > MAX_CHARACTERS) throw new MirrorError(`expected at most ${MAX_CHARACTERS} characters`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new MirrorError(`not JSON: ${(cause as Error).message}`, { cause });
  }
  const root = recordOf(json, ['format', 'chainId', 'pre', 'cases'], [], '');
  if (root['format'] !== VECTORS_FORMAT) throw fault('format', `"${VECTORS_FORMAT}"`, root['format']);
  if (!Array.isArray(root['cases'])) throw fault('cases', 'a list', root['cases']);
  for (const [i, item] of root['cases'].entries()) {
    const { calls } = recordOf(item, ['name', 'covers', 'origin', 'calls'], [], `cases[${i}]`);
    if (!Array.isArray(calls)) throw fault(`cases[${i}].calls`, 'a list', calls);
    for (const [k, call] of calls.entries()) {
      const at = `cases[${i}].calls[${k}]`;
      const { args } = recordOf(call, ['call', 'sender', 'time', 'args', 'outcome'], ['post'], at);
      if (!Array.isArray(args)) throw fault(`${at}.args`, 'a list', args);
    }
  }
  return root as unknown as VectorFile;
}
