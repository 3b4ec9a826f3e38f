import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  type ActionSchema,
  actionSchemaText,
  COMPILE_ERRORS,
  compilePolicy,
  DOCUMENT_ERRORS,
  LIMITS,
  parsePolicy,
  parseProposals,
  parseState,
  SHAPE,
  schemaId,
  select,
  stateSchemaText,
} from '../../src/policy/index.ts';
import { not, type Truth, threshold } from '../../src/policy/relations.ts';
import { type Form, print } from './arbitraries.ts';

const MANUAL = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');

function blocks(kind: string): string[] {
  return [...MANUAL.matchAll(/^```json (\S+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === kind)
    .map(([, , text]) => text as string);
}

function block(kind: string): string {
  const [text, ...others] = blocks(kind);
  if (text === undefined || others.length > 0) throw new Error(`expected one block of kind ${kind}`);
  return text;
}

function rows(header: string): string[][] {
  const start = MANUAL.indexOf(header);
  const lines = MANUAL.slice(start).split('\n\n')[0]?.trim().split('\n').slice(2) ?? [];
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('docs/policy.md', () => {
  const policy = parsePolicy(block('policy'));

  it('shows only blocks of a kind that is executed here', () => {
    const kinds = [...MANUAL.matchAll(/^```(.+)$/gm)].map(([, kind]) => kind);
    const known = ['policy', 'rule', 'state', 'proposals', 'action', 'state-schema'].map((kind) => `json ${kind}`);
    expect(kinds.filter((kind) => !known.includes(kind as string))).to.deep.equal([]);
  });

  it('shows a policy that compiles', () => {
    expect(compilePolicy(policy).schemas).to.have.length(2);
  });

  it('shows rules that parse and compile in that policy', () => {
    const rules = blocks('rule');
    expect(rules).to.have.length(12);
    for (const rule of rules) {
      const form = { ...(JSON.parse(block('policy')) as { [key: string]: Form }), rules: [JSON.parse(rule) as Form] };
      expect(compilePolicy(parsePolicy(print(form))).gates, rule).not.to.deep.equal([]);
    }
  });

  it('shows every operator', () => {
    const text = [...blocks('rule'), block('policy')].join();
    for (const word of [
      '>',
      '<=',
      '<',
      '>=',
      '==',
      '!=',
      '+',
      '-',
      'all',
      'any',
      'not',
      'threshold',
      'denyIf',
      'note',
    ]) {
      expect(text, word).to.include(`"${word}":`);
    }
  });

  it('shows a state and proposals of which the second is chosen', () => {
    const state = parseState(block('state'), policy);
    const candidates = parseProposals(block('proposals'), policy).map(({ candidate }) => candidate);
    const { chosen, denied } = select(policy, state, candidates);
    expect(chosen).to.equal(1);
    expect(denied[0]?.reason.note).to.equal('A payment is small.');
  });

  it('has the truth table that is computed', () => {
    const read: Record<string, Truth> = { true: true, false: false, unknown: undefined };
    const write = (value: Truth): string => (value === undefined ? 'unknown' : String(value));
    const table = rows('| a | b |');
    expect(table).to.have.length(6);
    for (const [a, b, all, any, opposite] of table) {
      const pair = [read[a as string], read[b as string]];
      expect([all, any, opposite]).to.deep.equal([threshold(2, pair), threshold(1, pair), not(pair[0])].map(write));
    }
  });

  it('has the limits and slots that are enforced', () => {
    const slots = rows('| kind of slot').map(([kind, count]) => [kind, Number(count)]);
    const { statePredicates, orderPredicates, equalityPredicates, gates } = SHAPE;
    expect(Object.fromEntries(slots)).to.deep.equal({ statePredicates, orderPredicates, equalityPredicates, gates });
    const limits = rows('| what | at most').map(([, limit]) => limit);
    expect(limits).to.deep.equal([
      `${LIMITS.documentBytes / 1_024} KiB`,
      `${LIMITS.nesting}`,
      `${LIMITS.members} each`,
      `${SHAPE.stateFields}, ${SHAPE.schemas}, ${SHAPE.parameters}, ${LIMITS.constants}`,
      `${LIMITS.name}, ${LIMITS.unit}, 1 000`,
      `${SHAPE.candidates}`,
    ]);
  });

  it('lists every refusal with its meaning', () => {
    expect(Object.fromEntries(rows('| code |'))).to.deep.equal({ ...DOCUMENT_ERRORS, ...COMPILE_ERRORS });
  });

  it("shows the texts that are hashed, with the id of the treasury's action", () => {
    const action = JSON.parse(block('action')) as ActionSchema;
    expect(`${actionSchemaText(action)}\n`).to.equal(block('action'));
    expect(schemaId(action)).to.equal(0x3b73925a);
    const { fields } = JSON.parse(block('state-schema')) as { fields: Record<string, string> };
    const state = Object.entries(fields).map(([name, unit]) => ({ name, unit }));
    expect(`${stateSchemaText({ state })}\n`).to.equal(block('state-schema'));
  });
});
