import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type DocumentErrorCode,
  PolicyDocumentError,
  parsePolicy,
  parseProposals,
  parseState,
} from '../../src/policy/index.ts';
import { arbitraryPolicyForm, type Form, print } from './arbitraries.ts';
import { CANDIDATE, POLICY, PROPOSALS, STATE } from './samples.ts';

const ROOT = new URL('../../', import.meta.url);

function load(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

function schema(name: string): ValidateFunction {
  return new Ajv2020({ strict: true, allowUnionTypes: true }).compile(
    JSON.parse(load(`docs/schemas/${name}.schema.json`)) as object,
  );
}

const valid = { policy: schema('policy'), state: schema('state'), proposals: schema('proposals') };
const sample = parsePolicy(print(POLICY));

/** What only the parser can see: digits, names, units, checksums, invisible characters, ranks. */
const BEYOND_SCHEMAS: readonly DocumentErrorCode[] = [
  'unresolved-name',
  'unit-mismatch',
  'name-clash',
  'bad-comparison',
  'bad-threshold',
  'duplicate-candidate',
  'not-in-order',
  'not-integer',
  'out-of-range',
  'bad-address',
  'not-nfc',
  'not-printable',
  'duplicate-key',
  'schema-id',
  'too-deep',
];

function refusal(parse: (text: string) => unknown, form: Form): DocumentErrorCode | undefined {
  try {
    parse(print(form));
    return undefined;
  } catch (error) {
    if (error instanceof PolicyDocumentError) return error.code;
    throw error;
  }
}

/** The paths of all values of a form. */
function places(form: Form, path: readonly string[] = []): (readonly string[])[] {
  if (typeof form !== 'object') return [path];
  return [path, ...Object.entries(form).flatMap(([key, member]) => places(member as Form, [...path, key]))];
}

/** The form with one value replaced or, without a replacement, removed. */
function edited(
  form: Form,
  [key, ...rest]: readonly string[],
  change: (value: Form) => Form | undefined,
): Form | undefined {
  if (key === undefined || typeof form !== 'object') return change(form);
  const entries = Object.entries(form).map(([name, member]): [string, Form | undefined] =>
    name === key ? [name, edited(member as Form, rest, change)] : [name, member as Form],
  );
  const kept = entries.filter((entry): entry is [string, Form] => entry[1] !== undefined);
  return Array.isArray(form) ? kept.map(([, member]) => member) : Object.fromEntries(kept);
}

const EDITS: readonly ((value: Form) => Form | undefined)[] = [
  () => undefined,
  () => true,
  () => 'a b',
  () => '',
  () => 'x'.repeat(1_001),
  () => [],
  () => ({}),
  () => Array.from({ length: 65 }, () => ({ '<': ['risk', 1] })),
  (value) => (typeof value === 'object' && !Array.isArray(value) ? { ...value, surprise: 1 } : undefined),
  (value) => (Array.isArray(value) ? [...value, ...value, ...value] : [value]),
];

const RICH: Form = {
  ...POLICY,
  rules: [
    { '<=': ['pay.amount', { '-': ['balance', 'most'] }], note: 'n' },
    { any: [{ not: { '==': ['addressee', 'home'] } }, { all: [{ '<': ['risk', '5'] }] }] },
    { denyIf: { threshold: { k: 1, of: [{ '!=': ['action', 'pay'] }, { '>': ['limit', { '+': [1, 'balance'] }] }] } } },
  ],
};

describe('The schemas', function () {
  this.timeout(120_000);

  it('accept the treasury example, as the parser does', () => {
    const policy = parsePolicy(load('examples/treasury/policy.json'));
    parseState(load('examples/treasury/state.json'), policy);
    parseProposals(load('examples/treasury/proposals.json'), policy);
    for (const [name, validate] of Object.entries(valid)) {
      expect(validate(JSON.parse(load(`examples/treasury/${name}.json`))), JSON.stringify(validate.errors)).to.equal(
        true,
      );
    }
  });

  it('accept every random policy that the parser accepts', () => {
    const property = fc.property(arbitraryPolicyForm, (form) => {
      expect(valid.policy(JSON.parse(print(form))), JSON.stringify(valid.policy.errors)).to.equal(true);
    });
    fc.assert(property, { numRuns: 300, seed: 5 });
  });

  const documents: readonly [keyof typeof valid, Form, (text: string) => unknown][] = [
    ['policy', RICH, parsePolicy],
    ['state', { ...STATE, description: 'd' }, (text) => parseState(text, sample)],
    [
      'proposals',
      { ...PROPOSALS, ordered: true, candidates: [{ ...CANDIDATE, payload: '0x12', note: 'n' }] },
      (text) => parseProposals(text, sample),
    ],
  ];
  for (const [name, form, parse] of documents) {
    it(`agree with the parser on every structural edit of a ${name} document`, () => {
      let refused = 0;
      let accepted = 0;
      for (const place of places(form)) {
        for (const edit of EDITS) {
          const changed = edited(form, place, edit);
          if (changed === undefined) continue;
          const code = refusal(parse, changed);
          if (code !== undefined && BEYOND_SCHEMAS.includes(code)) continue;
          const agreed = valid[name](JSON.parse(print(changed)));
          expect(agreed, `${place.join('/')}: parser says ${code}: ${print(changed)}`).to.equal(code === undefined);
          if (agreed) accepted++;
          else refused++;
        }
      }
      expect(refused).to.be.greaterThan(30);
      expect(accepted).to.be.greaterThan(0);
    });
  }
});
