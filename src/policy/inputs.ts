/**
 * State and proposal documents: what a policy is judged on.
 * @module
 */
import { FIELD_MODULUS } from '../codec/field.ts';
import { type Hex, keccak256, truncate248 } from '../codec/hash.ts';
import { address, looksLikeAddress } from './address.ts';
import { canonicalJson } from './canonical.ts';
import type { ActionSchema, PolicyDocument } from './document.ts';
import {
  boolean,
  integer,
  type Json,
  limitCount,
  list,
  members,
  quote,
  readJson,
  record,
  refuse,
  text,
  wrongType,
} from './json.ts';
import { INT64_MAX, INT64_MIN, LIMITS, UINT32_MAX } from './limits.ts';
import { checkVersion } from './parse.ts';
import { type Candidate, SHAPE, type StateVector } from './program.ts';
import { assertRanked, assertStateVector, rankDistinct } from './values.ts';

export const STATE_VERSION = 'mprd-state/1';
export const PROPOSALS_VERSION = 'mprd-proposals/1';

/**
 * Reads a state document: the fields that are known, by the names of the policy. A field that isn't there is unknown.
 *
 * @returns the fields in the policy's order (that of their names), and the salt
 * @throws PolicyDocumentError
 */
export function parseState(document: string | Uint8Array, policy: PolicyDocument): StateVector {
  const { version, description, fields, salt } = record(
    readJson(document),
    ['version', 'fields', 'salt'],
    ['description'],
  );
  checkVersion(version, STATE_VERSION);
  if (description !== undefined) text(description, LIMITS.prose, 'the description');
  const known = members(fields, 'an object with the fields that are known');
  limitCount(fields, known.length, 0, SHAPE.stateFields, 'fields');
  const values = new Map<string, bigint>();
  for (const [name, value] of known) {
    if (!policy.state.some((field) => field.name === name)) unresolved(value, name, "a field of the policy's state");
    values.set(name, integer(value, INT64_MIN, INT64_MAX, 'the field'));
  }
  return {
    fields: policy.state.map(({ name }) => values.get(name)),
    salt: integer(salt, 0n, FIELD_MODULUS - 1n, 'the salt'),
  };
}

/** The canonical text of a state, by the names of the policy. `parseState` reads it back. */
export function canonicalState(state: StateVector, policy: PolicyDocument): string {
  assertStateVector(state);
  const fields = Object.fromEntries(policy.state.map(({ name }, index) => [name, state.fields[index]]));
  return canonicalJson({ version: STATE_VERSION, fields, salt: state.salt });
}

/** A candidate as it was proposed. */
export interface Proposal {
  readonly candidate: Candidate;
  /** what the action carries besides its words */
  readonly payload: Hex;
  /** its place in the document, from 0 */
  readonly position: number;
  readonly note?: string;
}

/**
 * Reads a proposal document: 1 to 8 candidates in canonical order, strictly falling (score, -sequence), whatever the
 * document's order. A pair (score, sequence) that stands twice is refused; so is a wrong order in a document that
 * says `"ordered": true`.
 *
 * @throws PolicyDocumentError
 */
export function parseProposals(document: string | Uint8Array, policy: PolicyDocument): Proposal[] {
  const optional = ['description', 'ordered'] as const;
  const top = record(readJson(document), ['version', 'candidates'], optional);
  checkVersion(top.version, PROPOSALS_VERSION);
  if (top.description !== undefined) text(top.description, LIMITS.prose, 'the description');
  const ordered = top.ordered !== undefined && boolean(top.ordered, 'whether the candidates are in order');
  const proposals = list(top.candidates, 1, SHAPE.candidates, 'candidates').map((json, position) =>
    parseProposal(json, position, policy),
  );
  const candidates = proposals.map(({ candidate }) => candidate);
  if (ordered) assertRanked(candidates);
  const ranked = rankDistinct(candidates);
  return proposals.sort((a, b) => ranked.indexOf(a.candidate) - ranked.indexOf(b.candidate));
}

function parseProposal(json: Json, position: number, policy: PolicyDocument): Proposal {
  const required = ['score', 'sequence', 'action', 'addressee', 'parameters'] as const;
  const entry = record(json, required, ['payload', 'note']);
  const name = text(entry.action, LIMITS.name, 'the action');
  const action = policy.actions.find((schema) => schema.name === name);
  if (action === undefined) unresolved(entry.action, name, 'an action of the policy');
  const payload = entry.payload === undefined ? '0x' : bytes(entry.payload);
  const candidate: Candidate = {
    score: integer(entry.score, INT64_MIN, INT64_MAX, 'the score'),
    sequence: Number(integer(entry.sequence, 0n, UINT32_MAX, 'the sequence number')),
    schema: action.id,
    addressee: parseAddressee(entry.addressee, policy),
    parameters: parseParameters(entry.parameters, action),
    payloadHash: truncate248(keccak256(payload)),
  };
  const note = entry.note === undefined ? {} : { note: text(entry.note, LIMITS.prose, 'the note') };
  return { candidate, payload, position, ...note };
}

/** An address, or the name of a constant that is one. */
function parseAddressee(json: Json, policy: PolicyDocument): bigint {
  if (json.node.type !== 'string') wrongType(json, 'an address or the name of a constant with the unit "address"');
  const word = json.node.value as string;
  if (looksLikeAddress(word)) return address(json);
  const name = text(json, LIMITS.name, 'the addressee');
  const constant = policy.constants.find((entry) => entry.name === name && entry.unit === 'address');
  return constant?.value ?? unresolved(json, name, 'an address, or a constant of the policy with the unit "address"');
}

function parseParameters(json: Json, action: ActionSchema): Candidate['parameters'] {
  const values = new Map<string, bigint>();
  const known = members(json, 'an object with the parameters that are given');
  for (const [name, value] of known) {
    if (!action.parameters.some((parameter) => parameter.name === name)) {
      unresolved(value, name, `a parameter of ${action.name}`);
    }
    values.set(name, integer(value, INT64_MIN, INT64_MAX, 'the parameter'));
  }
  const [p0, p1, p2] = action.parameters.map(({ name }) => values.get(name));
  return [p0, p1, p2];
}

function bytes(json: Json): Hex {
  if (json.node.type !== 'string') wrongType(json, 'bytes: text of 0x and pairs of hexadecimal digits');
  const value = json.node.value as string;
  if (!/^0x(?:[0-9a-f]{2})*$/.test(value)) {
    const form = '0x and pairs of lower-case hexadecimal digits';
    refuse(json, 'bad-bytes', `${quote(value)} isn't bytes`, form, 'Encode the payload as hex');
  }
  if (value.length > 2 + 2 * LIMITS.payloadBytes) {
    const limit = `at most ${LIMITS.payloadBytes} bytes`;
    refuse(json, 'too-long', `a payload of ${(value.length - 2) / 2} bytes`, limit, 'Carry its hash instead');
  }
  return value as Hex;
}

function unresolved(json: Json, name: string, expected: string): never {
  return refuse(
    json,
    'unresolved-name',
    `the policy has nothing called ${quote(name)} here`,
    expected,
    'Correct the name',
  );
}
