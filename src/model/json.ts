/**
 * The state as JSON and back, without loss. Integers are decimal strings, bytes and addresses lower-case hex; maps are
 * objects, sets are sorted lists, and what is undefined is left out. The form of a state names each of its fields, so
 * that a field without a form does not compile.
 * @module
 */
import { List, Map, Set } from 'immutable';
import type { ContractName } from '../abi/system.ts';
import { systemAbis } from '../abi/system.ts';
import type { Hex } from '../codec/hash.ts';
import { appendLeaf, emptyLog, type Mmr } from '../merkle/mmr.ts';
import type {
  AgrsState,
  Attested,
  Case,
  Claim,
  Claimed,
  CouncilState,
  CourtState,
  Delegation,
  Deployment,
  Directory,
  DisruptionsState,
  Escrow,
  Exit,
  GateState,
  Ledger,
  NonceRecord,
  Offence,
  Opening,
  Operator,
  OperatorsState,
  OracleState,
  ParameterSet,
  ParametersState,
  Presence,
  Proposal,
  RegistryState,
  RouterState,
  Source,
  Stake,
  StakingState,
  State,
  TreasuryState,
  VerifierInfo,
} from './state.ts';

/** JSON as states are written: no null and no number. */
export type Json = string | boolean | readonly Json[] | { readonly [key: string]: Json };

/** What values of a form are made of, for whoever walks through states. */
export type Shape =
  | { readonly kind: 'plain' }
  | { readonly kind: 'record'; readonly fields: Readonly<Record<string, Shape>> }
  | { readonly kind: 'map'; readonly values: Shape }
  /** what `toList` makes a list of; that of a set is in order */
  | { readonly kind: 'list'; readonly items: Shape; readonly toList: (value: never) => List<unknown> };

/** How values of one type are written and read. */
interface Form<T> {
  readonly shape: Shape;
  write(value: T): Json;
  /** @param at where the value stands, for the message */
  read(json: Json | undefined, at: string): T;
}

/** @throws Error naming the place and what was expected there */
export function stateFromJson(json: Json): State {
  return state.read(json, 'state');
}

export function stateToJson(value: State): Json {
  return state.write(value);
}

function wrong(at: string, expected: string, got: Json | undefined): Error {
  const text = got === undefined ? 'nothing' : JSON.stringify(got);
  return new Error(`${at}: expected ${expected}, got ${text.length > 80 ? `${text.slice(0, 80)}…` : text}`);
}

/*//////////////////////////////////////////////////////// PLAIN VALUES */

const plain: Shape = { kind: 'plain' };
const DECIMAL = /^(0|[1-9]\d{0,77})$/;

const amount: Form<bigint> = {
  shape: plain,
  write: String,
  read(json, at) {
    if (typeof json !== 'string' || !DECIMAL.test(json)) throw wrong(at, 'a natural number as a decimal string', json);
    return BigInt(json);
  },
};

const count: Form<number> = {
  shape: plain,
  write: String,
  read(json, at) {
    const value = Number(amount.read(json, at));
    if (!Number.isSafeInteger(value)) throw wrong(at, 'a number below 2^53', json);
    return value;
  },
};

const flag: Form<boolean> = {
  shape: plain,
  write: (value) => value,
  read(json, at) {
    if (typeof json !== 'boolean') throw wrong(at, 'true or false', json);
    return json;
  },
};

const text: Form<string> = {
  shape: plain,
  write: (value) => value,
  read(json, at) {
    if (typeof json !== 'string') throw wrong(at, 'a string', json);
    return json;
  },
};

const hex: Form<Hex> = {
  shape: plain,
  write: (value) => value,
  read(json, at) {
    if (typeof json !== 'string' || !/^0x([0-9a-f]{2})*$/.test(json)) throw wrong(at, 'lower-case hex', json);
    return json as Hex;
  },
};

/*/////////////////////////////////////////////////////////// COMPOSITES */

function objectAt(json: Json | undefined, at: string): { readonly [key: string]: Json } {
  if (typeof json !== 'object' || Array.isArray(json)) throw wrong(at, 'an object', json);
  return json as { readonly [key: string]: Json };
}

function listAt(json: Json | undefined, at: string): readonly Json[] {
  if (!Array.isArray(json)) throw wrong(at, 'a list', json);
  return json as readonly Json[];
}

/** A record with exactly these fields; one whose form is optional may be missing. */
function record<T extends object>(fields: { readonly [K in keyof T]-?: Form<T[K]> }): Form<T> {
  const forms = Object.entries(fields) as [string, Form<unknown>][];
  return {
    shape: { kind: 'record', fields: shapesOf(fields) },
    write(value) {
      const written = forms.map(([key, form]) => [key, (value as Record<string, unknown>)[key], form] as const);
      return Object.fromEntries(
        written.filter(([, field]) => field !== undefined).map(([key, field, form]) => [key, form.write(field)]),
      );
    },
    read(json, at) {
      const object = objectAt(json, at);
      const stray = Object.keys(object).find((key) => !Object.hasOwn(fields, key));
      if (stray !== undefined) throw new Error(`${at}.${stray}: is not a known field here`);
      return Object.fromEntries(forms.map(([key, form]) => [key, form.read(object[key], `${at}.${key}`)])) as T;
    },
  };
}

const shapesOf = (fields: object): Record<string, Shape> =>
  Object.fromEntries(Object.entries(fields).map(([key, { shape }]) => [key, shape]));

/** A field that may be missing; `record` leaves it out then. */
function optional<T>(form: Form<T>): Form<T | undefined> {
  return {
    shape: form.shape,
    write: (value) => form.write(value as T),
    read: (json, at) => (json === undefined ? undefined : form.read(json, at)),
  };
}

function mapOf<K, V>(keys: Form<K>, values: Form<V>): Form<Map<K, V>> {
  return {
    shape: { kind: 'map', values: values.shape },
    write: (map) =>
      Object.fromEntries([...map].map(([key, value]) => [keys.write(key) as string, values.write(value)])),
    read(json, at) {
      const members = Object.entries(objectAt(json, at));
      return Map(members.map(([key, value]) => [keys.read(key, `key of ${at}`), values.read(value, `${at}.${key}`)]));
    },
  };
}

function arrayOf<T>(form: Form<T>): Form<readonly T[]> {
  return {
    shape: { kind: 'list', items: form.shape, toList: (list: readonly T[]) => List(list) },
    write: (list) => list.map(form.write),
    read: (json, at) => listAt(json, at).map((item, i) => form.read(item, `${at}[${i}]`)),
  };
}

function listOf<T>(form: Form<T>): Form<List<T>> {
  const array = arrayOf(form);
  return {
    shape: { kind: 'list', items: form.shape, toList: (list: List<T>) => list },
    write: (list) => array.write(list.toArray()),
    read: (json, at) => List(array.read(json, at)),
  };
}

function setOf<T extends string>(form: Form<T>): Form<Set<T>> {
  const array = arrayOf(form);
  const toArray = (set: Set<T>): readonly T[] => [...set].sort();
  return {
    shape: { kind: 'list', items: form.shape, toList: (set: Set<T>) => List(toArray(set)) },
    write: (set) => array.write(toArray(set)),
    read: (json, at) => Set(array.read(json, at)),
  };
}

/** A struct as a call of this contract takes it. */
function structOf<T>(contract: ContractName, call: string, index: number): Form<T> {
  const inputs = systemAbis[contract].flatMap((item) =>
    item.type === 'function' && item.name === call ? [item.inputs[index]] : [],
  );
  const { components } = inputs[0] as { readonly components: readonly { readonly name: string; type: string }[] };
  const forms = components.map(({ name, type }) => [name, plainOf(type)]);
  return record(Object.fromEntries(forms)) as unknown as Form<T>;
}

/** viem's convention: integers up to 48 bits are numbers. */
function plainOf(type: string): Form<never> {
  const bits = /^uint(\d+)$/.exec(type)?.[1];
  const form = bits === undefined ? hex : Number(bits) <= 48 ? count : amount;
  return form as unknown as Form<never>;
}

/** Writes a value once: states share what a call leaves alone, and nobody changes them. */
function once<T extends object>(form: Form<T>): Form<T> {
  const known = new WeakMap<T, Json>();
  return {
    shape: form.shape,
    read: form.read,
    write(value) {
      const json = known.get(value) ?? form.write(value);
      known.set(value, json);
      return json;
    },
  };
}

/*/////////////////////////////////////////////////////////// THE STATE */

const directory: Form<Directory> = record({
  agrs: hex,
  parameters: hex,
  council: hex,
  disruptions: hex,
  registry: hex,
  operators: hex,
  staking: hex,
  oracle: hex,
  router: hex,
  gate: hex,
  treasury: hex,
  court: hex,
});

const verifier: Form<VerifierInfo> = record({ selector: hex, imageId: hex, development: flag });

const deployment: Form<Deployment> = record({
  directory,
  otherCode: setOf(hex),
  verifiers: mapOf(hex, verifier),
  maxEntries: amount,
  elevatedFrom: amount,
  criticalFrom: amount,
});

const agrs: Form<AgrsState> = record({
  supply: amount,
  balances: mapOf(hex, amount),
  allowances: mapOf(text, amount),
  permits: mapOf(hex, amount),
});

const parameters: Form<ParametersState> = record({
  version: count,
  set: structOf<ParameterSet>('parameters', 'setParameters', 1),
});

const proposal: Form<Proposal> = record({
  proposer: hex,
  tier: count,
  status: count,
  approvals: setOf(hex),
  objections: setOf(hex),
  eta: amount,
  until: amount,
  version: amount,
  seats: listOf(hex),
});

const presence: Form<Presence> = record({ lastSeen: amount, noticeAt: amount });

const council: Form<CouncilState> = record({
  members: listOf(hex),
  presence: mapOf(hex, presence),
  version: amount,
  genesisSealed: flag,
  tiers: mapOf(text, count),
  proposals: mapOf(hex, proposal),
});

const disruptions: Form<DisruptionsState> = record({ marks: mapOf(hex, listOf(amount)) });

const registry: Form<RegistryState> = record({
  epoch: amount,
  advancedAt: amount,
  frozenUntil: amount,
  roots: mapOf(amount, hex),
  advancedAts: mapOf(amount, amount),
  applied: mapOf(hex, record({ entryHash: hex, since: amount })),
  staged: listOf(record({ key: hex, entryHash: optional(hex) })),
  lastFreeze: mapOf(hex, amount),
});

const operator: Form<Operator> = record({
  status: count,
  owner: hex,
  signer: hex,
  payout: hex,
  metadataHash: hex,
  jailedUntil: amount,
  misses: count,
  missesSince: amount,
  proposedOwner: hex,
  ownerOpensAt: amount,
});

const operators: Form<OperatorsState> = record({
  admissionOpen: flag,
  operators: mapOf(hex, operator),
  keys: mapOf(hex, record({ operatorId: hex, rotatedAt: amount })),
});

const ledger: Form<Ledger> = record({ total: amount, factor: amount, generation: count });
const claimed: { readonly [K in keyof Claimed]: Form<Claimed[K]> } = { shares: amount, generation: count };
const delegation: Form<Delegation> = record({ ...claimed, exits: count });
const exit: Form<Exit> = record({
  ...claimed,
  kind: count,
  operatorId: hex,
  account: hex,
  index: count,
  opensAt: amount,
});

const stake: Form<Stake> = record({
  selfBond: ledger,
  ownerExits: ledger,
  pool: ledger,
  delegatorExits: ledger,
  exits: count,
  locks: count,
  lastExitOpensAt: amount,
  delegations: mapOf(hex, delegation),
});

const staking: Form<StakingState> = record({ stakes: mapOf(hex, stake), exits: mapOf(text, exit) });

const attested: Form<Attested> = record({
  hash: hex,
  stateHash: hex,
  stateEpoch: amount,
  createdAt: amount,
  acceptedAt: amount,
  expiresAt: amount,
});

const source: Form<Source> = record({
  configVersion: count,
  generation: count,
  maxStaleness: count,
  maxFutureSkew: count,
  threshold: count,
  attesters: setOf(hex),
  latest: optional(attested),
  previous: optional(attested),
});

const oracle: Form<OracleState> = record({ sources: mapOf(hex, source), acceptedAts: mapOf(hex, amount) });

const router: Form<RouterState> = record({ routes: mapOf(hex, record({ verifier: hex, status: count })) });

type RecordOf<K extends NonceRecord['kind']> = Omit<Extract<NonceRecord, { kind: K }>, 'kind'>;

const fieldsOf = (shape: Shape): Readonly<Record<string, Shape>> => (shape.kind === 'record' ? shape.fields : {});

const nonceRecords: { readonly [K in NonceRecord['kind']]: Form<RecordOf<K>> } = {
  executed: record<RecordOf<'executed'>>({
    executedAt: amount,
    finalityDelay: count,
    logIndex: amount,
    succeeded: flag,
    operatorId: hex,
    fee: amount,
    feeOwed: flag,
  }),
  claimed: record<RecordOf<'claimed'>>({ claim: structOf<Claim>('gate', 'settle', 0), missed: arrayOf(hex) }),
  missed: record<RecordOf<'missed'>>({ missed: arrayOf(hex) }),
};

const nonceRecord: Form<NonceRecord> = {
  // Fields of the same name have the same form in each kind.
  shape: {
    kind: 'record',
    fields: Object.assign({ kind: plain }, ...Object.values(nonceRecords).map(({ shape }) => fieldsOf(shape))),
  },
  write({ kind, ...fields }) {
    const form = nonceRecords[kind] as Form<object>;
    return { kind, ...(form.write(fields) as { readonly [key: string]: Json }) };
  },
  read(json, at) {
    const { kind, ...fields } = objectAt(json, at);
    if (kind !== 'executed' && kind !== 'claimed' && kind !== 'missed') {
      throw wrong(`${at}.kind`, 'executed, claimed or missed', kind);
    }
    return { kind, ...nonceRecords[kind].read(fields, at) } as NonceRecord;
  },
};

const escrow: Form<Escrow> = record({ available: amount, owed: amount });

/** By its leaves: everything else of a log follows from them. */
const log: Form<Mmr> = {
  shape: { kind: 'list', items: plain, toList: ({ leaves }: Mmr) => leaves },
  write: ({ leaves }) => leaves.toArray(),
  read: (json, at) =>
    listAt(json, at).reduce((mmr, leaf, i) => appendLeaf(mmr, hex.read(leaf, `${at}[${i}]`)), emptyLog),
};

const gate: Form<GateState> = record({
  records: mapOf(hex, mapOf(amount, nonceRecord)),
  escrows: mapOf(hex, escrow),
  log,
});

const opening: Form<Opening> = record({ sequence: amount, from: amount, until: amount, used: flag });
const offence: Form<Offence> = record({ challenger: hex, sequence: amount, rewardOpensAt: amount, reward: amount });
const courtCase: Form<Case> = record({
  scope: hex,
  nonce: amount,
  status: count,
  operatorId: hex,
  accuser: hex,
  bond: amount,
  rebutted: flag,
  voteFrom: amount,
  voteUntil: amount,
  acquittals: count,
  version: amount,
  guilty: count,
  notGuilty: count,
  voted: setOf(text),
});

const court: Form<CourtState> = record({
  openings: mapOf(hex, opening),
  offences: mapOf(hex, offence),
  cases: mapOf(text, courtCase),
  lastAudits: mapOf(hex, amount),
});

const treasury: Form<TreasuryState> = record({ funds: mapOf(hex, amount) });

const state: Form<State> = record({
  deployment: once(deployment),
  agrs: once(agrs),
  parameters: once(parameters),
  council: once(council),
  disruptions: once(disruptions),
  registry: once(registry),
  operators: once(operators),
  staking: once(staking),
  oracle: once(oracle),
  router: once(router),
  gate: once(gate),
  treasury: once(treasury),
  court: once(court),
});

export const stateShape: Shape = state.shape;
