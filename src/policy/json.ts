/**
 * A strict reader of JSON that keeps what JSON.parse loses: duplicate keys, the digits of large integers, and where
 * each value stands. Everything else about a document is checked value by value with the functions below.
 * @module
 */
import { createScanner, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { utf8 } from '../codec/hash.ts';
import { type DocumentErrorCode, PolicyDocumentError } from './errors.ts';
import { LIMITS } from './limits.ts';

/** A value and where it stands. */
export interface Json {
  readonly node: Node;
  /** JSON pointer */
  readonly path: string;
  readonly source: string;
}

/** Refuses the value with a complaint: what is wrong with it, what should stand there, what to do. */
export function refuse(
  at: { readonly path: string },
  code: DocumentErrorCode,
  problem: string,
  expected: string,
  remedy: string,
): never {
  throw new PolicyDocumentError({ code, path: at.path, problem, expected, remedy });
}

/** The pointer to a member of the value at `path`. */
export function below(path: string, key: string | number): string {
  return `${path}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

const TOP = { path: '' };

/**
 * The document's top value.
 *
 * @throws PolicyDocumentError too-large, not-utf8, too-deep, comment, syntax
 */
export function readJson(document: string | Uint8Array): Json {
  const source = decode(document);
  checkTokens(source);
  const errors: ParseError[] = [];
  const node = parseTree(source, errors, { disallowComments: true });
  const error = errors[0];
  if (error !== undefined) syntaxError(source, error.offset, printParseErrorCode(error.error));
  if (node === undefined) syntaxError(source, 0, 'no value');
  return { node, path: '', source };
}

function decode(document: string | Uint8Array): string {
  // A UTF-16 unit takes at least one byte in UTF-8, so that the cheap test bounds the exact one.
  const short = document.length <= LIMITS.documentBytes;
  const bytes = typeof document === 'string' && short ? utf8(document) : document;
  if (bytes.length > LIMITS.documentBytes) {
    const limit = `at most ${LIMITS.documentBytes} bytes`;
    refuse(TOP, 'too-large', `it has more than ${LIMITS.documentBytes} bytes`, limit, 'Shorten or split it');
  }
  if (typeof document === 'string') return document;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(document);
  } catch {
    return refuse(TOP, 'not-utf8', 'bytes that are not UTF-8', 'UTF-8 text', 'Save the file as UTF-8');
  }
}

function syntaxError(source: string, offset: number, what: string): never {
  const before = source.slice(0, offset);
  const at = `line ${before.split('\n').length}, column ${offset - before.lastIndexOf('\n')}`;
  return refuse(
    TOP,
    'syntax',
    `${what} at ${at}`,
    'plain JSON',
    'Look there for a comma too many, a quote or bracket missing',
  );
}

/** Kinds of token, as the scanner numbers them. */
const TOKEN = {
  openBrace: 1,
  closeBrace: 2,
  openBracket: 3,
  closeBracket: 4,
  lineComment: 12,
  blockComment: 13,
  end: 17,
};

/**
 * Refuses comments and hostile nesting on the tokens, before the parser, which recurses. Brackets that don't match are
 * refused here too: the parser would skip some of them and descend further than their count tells.
 */
function checkTokens(source: string): void {
  const scanner = createScanner(source);
  const closers: number[] = [];
  for (let token: number = scanner.scan(); token !== TOKEN.end; token = scanner.scan()) {
    if (token === TOKEN.openBrace) closers.push(TOKEN.closeBrace);
    if (token === TOKEN.openBracket) closers.push(TOKEN.closeBracket);
    if (token === TOKEN.closeBrace || token === TOKEN.closeBracket) {
      if (closers.pop() !== token) syntaxError(source, scanner.getTokenOffset(), 'a bracket that closes nothing');
    }
    if (token === TOKEN.lineComment || token === TOKEN.blockComment) {
      refuse(TOP, 'comment', 'it has a comment', 'plain JSON', 'Put the words into a "note" or "description"');
    }
    if (closers.length > LIMITS.jsonDepth) {
      const limit = `at most ${LIMITS.jsonDepth} levels of brackets`;
      refuse(TOP, 'too-deep', 'brackets are nested too deep', limit, 'Flatten the document');
    }
  }
}

/** An object's members in the order of the document. Refuses keys that stand twice. */
export function members(json: Json, expected: string): [string, Json][] {
  if (json.node.type !== 'object') wrongType(json, expected);
  const seen = new Set<string>();
  return (json.node.children ?? []).map((property) => {
    const [key, value] = property.children as [Node, Node];
    const name = key.value as string;
    const path = below(json.path, name);
    if (seen.has(name)) {
      refuse({ path }, 'duplicate-key', `the key ${quote(name)} stands twice`, 'each key once', 'Remove one of them');
    }
    seen.add(name);
    return [name, { node: value, path, source: json.source }];
  });
}

/** An object with fixed keys; `required` ones must be there. */
export function record<R extends string, O extends string = never>(
  json: Json,
  required: readonly R[],
  optional: readonly O[] = [],
): Record<R, Json> & Partial<Record<O, Json>> {
  const keys: readonly string[] = [...required, ...optional];
  const found = new Map(members(json, `an object with ${keys.map(quote).join(', ')}`));
  for (const [key, value] of found) {
    if (!keys.includes(key)) {
      const known = `only ${keys.map(quote).join(', ')}`;
      refuse(value, 'unknown-field', `the key ${quote(key)} is not known here`, known, 'Correct or remove it');
    }
  }
  for (const key of required) {
    if (!found.has(key)) {
      refuse(json, 'missing-field', `${quote(key)} is missing`, `the key ${quote(key)}`, 'Add it');
    }
  }
  return Object.fromEntries(found) as Record<R, Json> & Partial<Record<O, Json>>;
}

/** An array of `least` to `most` elements. */
export function list(json: Json, least: number, most: number, what: string): Json[] {
  if (json.node.type !== 'array') wrongType(json, `a list of ${what}`);
  const nodes = json.node.children ?? [];
  limitCount(json, nodes.length, least, most, what);
  return nodes.map((node, index) => ({ node, path: below(json.path, index), source: json.source }));
}

export function limitCount(json: Json, count: number, least: number, most: number, what: string): void {
  const range = least === 0 ? `at most ${most} ${what}` : `${least} to ${most} ${what}`;
  if (count < least) refuse(json, 'empty', `there are no ${what}`, range, `Add ${what}`);
  if (count > most) refuse(json, 'too-many', `${count} ${what}`, range, 'Remove or merge some');
}

/**
 * First and last code points of what can't be seen: controls, invisible and direction-changing characters, fillers,
 * private use. Spelled out instead of Unicode's properties, whose members differ from one engine to the next.
 */
const UNPRINTABLE: readonly (readonly [number, number])[] = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  // surrogates: only halves of pairs are left when a text is taken apart by code points
  [0xd800, 0xf8ff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0xfffe, 0xffff],
  [0xe0000, 0x10ffff],
];

function isPrintable(text: string): boolean {
  return [...text].every((character) => {
    const code = character.codePointAt(0) as number;
    return !UNPRINTABLE.some(([first, last]) => code >= first && code <= last);
  });
}

/** Printable text in normalisation form C, 1 to `most` characters (UTF-16 units). */
export function text(json: Json, most: number, what: string): string {
  const value: unknown = json.node.value;
  if (json.node.type !== 'string' || typeof value !== 'string') wrongType(json, `text: ${what}`);
  checkText(json, value, most, what);
  return value;
}

/** The same for a text that stands as a key. */
export function checkText(at: { readonly path: string }, value: string, most: number, what: string): void {
  const range = `1 to ${most} characters`;
  if (value.length === 0) refuse(at, 'empty', `${what} is empty`, range, 'Write something or leave the key out');
  if (value.length > most) refuse(at, 'too-long', `${what} has ${value.length} characters`, range, 'Shorten it');
  if (!isPrintable(value)) {
    refuse(
      at,
      'not-printable',
      `${what} has a character that can't be seen`,
      'printable text on one line',
      'Retype it',
    );
  }
  if (value.normalize('NFC') !== value) {
    refuse(at, 'not-nfc', `${what} has letters split into parts`, 'Unicode normalisation form C', 'Retype the accents');
  }
}

const DECIMAL = /^(?:0|-?[1-9][0-9]*)$/;

/** An integer from `low` to `high`: a JSON integer of any size, or the same digits as a string. */
export function integer(json: Json, low: bigint, high: bigint, what: string): bigint {
  const { node, source } = json;
  if (node.type !== 'number' && node.type !== 'string') wrongType(json, `${what}: an integer`);
  const digits = node.type === 'number' ? source.slice(node.offset, node.offset + node.length) : (node.value as string);
  if (!DECIMAL.test(digits)) {
    const form = 'an integer without fraction, exponent, leading zeros or minus zero';
    refuse(json, 'not-integer', `${quote(digits)} is no integer`, form, 'Choose a smaller unit instead of a fraction');
  }
  // Digits beyond the range's own length are refused unread: converting them takes quadratic time.
  const value = digits.length <= 100 ? BigInt(digits) : undefined;
  if (value === undefined || value < low || value > high) {
    const shown = value === undefined ? `a number of ${digits.length} digits` : digits;
    refuse(
      json,
      'out-of-range',
      `${what} is ${shown}`,
      `${low} to ${high}`,
      'Choose a value in range or a larger unit',
    );
  }
  return value;
}

export function boolean(json: Json, what: string): boolean {
  if (json.node.type !== 'boolean') wrongType(json, `${what}: true or false`);
  return json.node.value as boolean;
}

export function wrongType(json: Json, expected: string): never {
  const article = json.node.type === 'object' || json.node.type === 'array' ? 'an' : 'a';
  const found = json.node.type === 'null' ? 'null' : `${article} ${json.node.type}`;
  return refuse(json, 'wrong-type', `${found} stands here`, expected, 'Change the value; what is unknown is left out');
}

/** A piece of the document in quotes, cut when long, for messages. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 77)}...` : value);
}
