import { expect } from 'chai';
import {
  DOCUMENT_ERRORS,
  type DocumentErrorCode,
  parsePolicy,
  parseProposals,
  parseState,
} from '../../src/policy/index.ts';
import { checkSchemaId } from '../../src/policy/parse.ts';
import { type Form, print } from './arbitraries.ts';
import { CANDIDATE, changed, expectRefusal, POLICY, PROPOSALS, STATE, withRules } from './samples.ts';

type Refusal = readonly [title: string, document: string | Uint8Array, code: DocumentErrorCode, path: string];

const tested = new Set<DocumentErrorCode>();

function refuses(parse: (document: string | Uint8Array) => unknown, refusals: readonly Refusal[]): void {
  for (const [title, document, code, path] of refusals) {
    tested.add(code);
    it(`refuses ${title}: ${code}`, () => expectRefusal(() => parse(document), code, path));
  }
}

const policy = (change: object): string => print(changed(POLICY, change));
const base = print(POLICY);
const sample = parsePolicy(base);
const nested = (levels: number): Form => {
  let form: Form = { '<': ['risk', 500] };
  for (let level = 1; level < levels; level++) form = { not: form };
  return form;
};
const many = (count: number, prefix: string, value: Form): Form =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, value]));

describe('A text that is no strict JSON', () => {
  refuses(parsePolicy, [
    ['more than 64 KiB', `${base}${' '.repeat(65_536)}`, 'too-large', ''],
    ['more than 64 KiB in bytes though not in characters', `"${'é'.repeat(40_000)}"`, 'too-large', ''],
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'not-utf8', ''],
    ['an empty text', '', 'syntax', ''],
    ['a byte order mark', `\ufeff${base}`, 'syntax', ''],
    ['a trailing comma in an object', base.replace(/\}$/, ',}'), 'syntax', ''],
    ['a trailing comma in a list', base.replace(/\] \}$/, ',] }'), 'syntax', ''],
    ['something after the document', `${base} {}`, 'syntax', ''],
    ['brackets that do not match', '[},[},[}', 'syntax', ''],
    ['an unterminated text', '{ "version', 'syntax', ''],
    [
      'a number with a leading zero',
      withRules().replace('"rules": []', '"rules": [{ "<": ["risk", 0500] }]'),
      'syntax',
      '',
    ],
    ['a comment on a line', base.replace('{', '{ // here\n'), 'comment', ''],
    ['a comment in a block', base.replace('{', '{ /* here */'), 'comment', ''],
    ['hostile nesting without overflowing the stack', '['.repeat(60_000), 'too-deep', ''],
    ['a list in place of the document', '[]', 'wrong-type', ''],
  ]);

  it('says line and column of what is wrong', () => {
    expect(() => parsePolicy('{\n  "a": 1,\n}')).to.throw(/line 3, column 1/);
  });

  it('refuses a file of exactly 64 KiB only for its content', () => {
    const padded = `${base}${' '.repeat(65_536 - base.length)}`;
    expect(parsePolicy(padded)).to.deep.equal(sample);
  });
});

describe('The head of a policy', () => {
  refuses(parsePolicy, [
    ['an unknown key', policy({ comment: 'x' }), 'unknown-field', '/comment'],
    ['a key that needs escapes in its pointer', policy({ 'a/b~c': 1 }), 'unknown-field', '/a~1b~0c'],
    ['a missing key', base.replace('"name": "sample",', ''), 'missing-field', ''],
    [
      'a key that stands twice',
      base.replace('"name": "sample",', '"name": "sample", "name": "other",'),
      'duplicate-key',
      '/name',
    ],
    ['another version', policy({ version: 'mprd-policy/2' }), 'unsupported-version', '/version'],
    ['another kind of document', policy({ version: 'mprd-state/1' }), 'unsupported-version', '/version'],
    ['a version that is a number', policy({ version: 1 }), 'wrong-type', '/version'],
    ['an empty name', policy({ name: '' }), 'empty', '/name'],
    ['a name with a space', policy({ name: 'my policy' }), 'bad-name', '/name'],
    ['a name of 65 characters', policy({ name: 'n'.repeat(65) }), 'too-long', '/name'],
    ['a name with a split accent', policy({ name: 'e\u0301' }), 'not-nfc', '/name'],
    ['a name that looks Latin but is Cyrillic', policy({ name: '\u0440olicy' }), 'bad-name', '/name'],
    ['a description with a split accent', policy({ description: 'cafe\u0301' }), 'not-nfc', '/description'],
    ['a description with a line break', policy({ description: 'a\nb' }), 'not-printable', '/description'],
    [
      'a description that changes the direction of writing',
      policy({ description: 'a\u202eb' }),
      'not-printable',
      '/description',
    ],
    ['half of a surrogate pair', base.replace('A sample.', '\\ud800'), 'not-printable', '/description'],
    ['a description of 1001 characters', policy({ description: 'd'.repeat(1_001) }), 'too-long', '/description'],
  ]);

  it('accepts an accent that is one character', () => {
    expect(parsePolicy(policy({ description: 'café' })).description).to.equal('café');
  });
});

describe('The declarations of a policy', () => {
  const pay = POLICY.actions.pay;
  const clash = { addressee: 'x', parameters: [] };
  refuses(parsePolicy, [
    ['a state without fields', policy({ state: {} }), 'empty', '/state'],
    ['17 state fields', policy({ state: many(17, 'f', { unit: 'coins' }) }), 'too-many', '/state'],
    ['a state field without unit', policy({ state: { risk: {} } }), 'missing-field', '/state/risk'],
    ['a state field that is just a unit', policy({ state: { risk: 'bps' } }), 'wrong-type', '/state/risk'],
    [
      'a state field that is called like the addressee',
      policy({ state: { addressee: { unit: 'bps' } } }),
      'name-clash',
      '/state/addressee',
    ],
    ['a field name that starts with a digit', policy({ state: { '1st': { unit: 'bps' } } }), 'bad-name', '/state/1st'],
    ['a field name with a dot', policy({ state: { 'a.b': { unit: 'bps' } } }), 'bad-name', '/state/a.b'],
    [
      'an invisible character in a field name',
      policy({ state: { 'a\u200b': { unit: 'bps' } } }),
      'not-printable',
      '/state/a\u200b',
    ],
    ['addresses in the state', policy({ state: { risk: { unit: 'address' } } }), 'bad-unit', '/state/risk/unit'],
    ['a unit of 33 characters', policy({ state: { risk: { unit: 'u'.repeat(33) } } }), 'too-long', '/state/risk/unit'],
    ['a policy without actions', policy({ actions: {} }), 'empty', '/actions'],
    ['five actions', policy({ actions: many(5, 'a', pay) }), 'too-many', '/actions'],
    [
      'an action with four parameters',
      policy({ actions: { pay: { ...pay, parameters: ['a', 'b', 'c', 'd'].map((name) => ({ name, unit: 'u' })) } } }),
      'too-many',
      '/actions/pay/parameters',
    ],
    ['an action name that ends in a dot', policy({ actions: { 'pay.': pay } }), 'bad-name', '/actions/pay.'],
    ['an action without addressee', policy({ actions: { pay: { parameters: [] } } }), 'missing-field', '/actions/pay'],
    [
      'two parameters of one name',
      policy({ actions: { pay: { ...pay, parameters: [pay.parameters[0], pay.parameters[0]] } } }),
      'name-clash',
      '/actions/pay/parameters/1',
    ],
    [
      'an action that is called like a parameter',
      policy({ actions: { pay, 'pay.amount': clash } }),
      'name-clash',
      '/actions/pay.amount',
    ],
    [
      'two actions with one id',
      policy({ actions: { a129529: { addressee: 'x', parameters: [] }, a147437: { addressee: 'x', parameters: [] } } }),
      'schema-id',
      '/actions/a147437',
    ],
    ['65 constants', policy({ constants: many(65, 'c', { unit: 'coins', value: 1 }) }), 'too-many', '/constants'],
    [
      'a constant that is called like a field',
      policy({ constants: { risk: { unit: 'bps', value: 1 } } }),
      'name-clash',
      '/constants/risk',
    ],
    ['a constant without value', policy({ constants: { c: { unit: 'bps' } } }), 'missing-field', '/constants/c'],
    [
      'a constant of 2^63',
      policy({ constants: { c: { unit: 'bps', value: 2n ** 63n } } }),
      'out-of-range',
      '/constants/c/value',
    ],
    [
      'a constant below -2^63',
      policy({ constants: { c: { unit: 'bps', value: String(-(2n ** 63n) - 1n) } } }),
      'out-of-range',
      '/constants/c/value',
    ],
    [
      'a number of thousands of digits',
      policy({ constants: { c: { unit: 'bps', value: '1'.repeat(50_000) } } }),
      'out-of-range',
      '/constants/c/value',
    ],
    ['a fraction', policy({ constants: { c: { unit: 'bps', value: 1.5 } } }), 'not-integer', '/constants/c/value'],
    ['a whole number written with a fraction', base.replace('100', '1.0'), 'not-integer', '/constants/most/value'],
    ['an exponent', base.replace('100', '1e2'), 'not-integer', '/constants/most/value'],
    ['minus zero', base.replace('100', '-0'), 'not-integer', '/constants/most/value'],
    [
      'leading zeros in a text',
      policy({ constants: { c: { unit: 'bps', value: '007' } } }),
      'not-integer',
      '/constants/c/value',
    ],
    [
      'hexadecimal numbers',
      policy({ constants: { c: { unit: 'bps', value: '0x10' } } }),
      'not-integer',
      '/constants/c/value',
    ],
    ['null', base.replace('100', 'null'), 'wrong-type', '/constants/most/value'],
    [
      'a truncated address',
      policy({ constants: { home: { unit: 'address', value: '0x90F79b' } } }),
      'bad-address',
      '/constants/home/value',
    ],
    [
      'an address with one letter of the wrong case',
      base.replace('0x90F79bf6', '0x90f79bf6'),
      'bad-address',
      '/constants/home/value',
    ],
    [
      'an address that is a number',
      policy({ constants: { home: { unit: 'address', value: 5 } } }),
      'wrong-type',
      '/constants/home/value',
    ],
  ]);

  it('refuses a schema id of 0, which is no id: schema-id', () => {
    expectRefusal(() => checkSchemaId({ path: '/actions/pay' }, 0, 'pay', new Map()), 'schema-id', '/actions/pay');
  });

  it('keeps every digit of the extremes, as numbers and as texts', () => {
    const [low, high] = [-(2n ** 63n), 2n ** 63n - 1n];
    const { constants } = parsePolicy(
      policy({ constants: { a: { unit: 'u', value: low }, b: { unit: 'u', value: String(high) } } }),
    );
    expect(constants.map(({ value }) => value)).to.deep.equal([low, high]);
  });
});

describe('The rules of a policy', () => {
  const good: Form = { '<': ['risk', 500] };
  refuses(parsePolicy, [
    ['no rules', withRules(), 'empty', '/rules'],
    ['65 rules', withRules(...Array.from({ length: 65 }, () => good)), 'too-many', '/rules'],
    ['an empty all', withRules({ all: [] }), 'empty', '/rules/0/all'],
    ['an empty any', withRules(good, { any: [] }), 'empty', '/rules/1/any'],
    ['an empty threshold', withRules({ threshold: { k: 1, of: [] } }), 'empty', '/rules/0/threshold/of'],
    ['an expression that is a text', withRules('risk < 500'), 'wrong-type', '/rules/0'],
    ['an all that is an object', withRules({ all: { a: good } }), 'wrong-type', '/rules/0/all'],
    ['an expression without operator', withRules({ note: 'nothing' }), 'bad-operator', '/rules/0'],
    ['two operators in one expression', withRules({ '<': ['risk', 1], '>': ['risk', 0] }), 'bad-operator', '/rules/0'],
    ['an unknown operator', withRules({ '=': ['risk', 1] }), 'bad-operator', '/rules/0/='],
    [
      'an operator that every object has',
      withRules({ constructor: ['risk', 1] }),
      'bad-operator',
      '/rules/0/constructor',
    ],
    ['an empty note', withRules({ ...good, note: '' }), 'empty', '/rules/0/note'],
    ['k = 0', withRules({ threshold: { k: 0, of: [good] } }), 'bad-threshold', '/rules/0/threshold/k'],
    [
      'k above the number of members',
      withRules({ threshold: { k: 2, of: [good] } }),
      'bad-threshold',
      '/rules/0/threshold/k',
    ],
    ['a threshold without k', withRules({ threshold: { of: [good] } }), 'missing-field', '/rules/0/threshold'],
    ['denyIf in any', withRules({ any: [good, { denyIf: good }] }), 'nested-deny-if', '/rules/0/any/1/denyIf'],
    ['denyIf in all', withRules({ all: [{ denyIf: good }] }), 'nested-deny-if', '/rules/0/all/0/denyIf'],
    ['denyIf in not', withRules({ not: { denyIf: good } }), 'nested-deny-if', '/rules/0/not/denyIf'],
    [
      'denyIf in threshold',
      withRules({ threshold: { k: 1, of: [{ denyIf: good }] } }),
      'nested-deny-if',
      '/rules/0/threshold/of/0/denyIf',
    ],
    ['denyIf in denyIf', withRules({ denyIf: { denyIf: good } }), 'nested-deny-if', '/rules/0/denyIf/denyIf'],
    ['17 levels of expressions', withRules(nested(17)), 'too-deep', `/rules/0${'/not'.repeat(16)}`],
    ['16 levels below denyIf', withRules({ denyIf: nested(16) }), 'too-deep', `/rules/0/denyIf${'/not'.repeat(15)}`],
  ]);

  it('takes 16 levels of expressions', () => {
    expect(parsePolicy(withRules(nested(16))).rules).to.have.length(1);
  });
});

describe('The comparisons of a policy', () => {
  const lone = (operator: string, ...operands: Form[]): string => withRules({ [operator]: operands });
  refuses(parsePolicy, [
    ['one operand', lone('<', 'risk'), 'bad-comparison', '/rules/0/<'],
    ['three operands', lone('<', 1, 'risk', 3), 'bad-comparison', '/rules/0/<'],
    ['a name that nothing has', lone('<', 'risque', 3), 'unresolved-name', '/rules/0/</0'],
    ['a parameter without its action', lone('<', 'amount', 3), 'unresolved-name', '/rules/0/</0'],
    ['a parameter of another action', lone('<', 'vote.amount', 3), 'unresolved-name', '/rules/0/</0'],
    ['a name that every object has', lone('<', 'toString', 3), 'unresolved-name', '/rules/0/</0'],
    ['an operand that is true', lone('==', 'risk', true), 'wrong-type', '/rules/0/==/1'],
    ['a fraction as operand', lone('<', 'risk', 0.5), 'not-integer', '/rules/0/</1'],
    ['an operand beyond 64 bits', lone('<', 'risk', 2n ** 63n), 'out-of-range', '/rules/0/</1'],
    ['fields of different units', lone('<', 'risk', 'balance'), 'unit-mismatch', '/rules/0/<'],
    ['a parameter and a field of different units', lone('<', 'vote.weight', 'limit'), 'unit-mismatch', '/rules/0/<'],
    ['a field and a constant of different units', lone('<', 'risk', 'most'), 'unit-mismatch', '/rules/0/<'],
    ['a sum of different units', lone('<', 'balance', { '+': ['most', 'risk'] }), 'unit-mismatch', '/rules/0/</1/+'],
    ['the addressee and a number', lone('==', 'addressee', 5), 'unit-mismatch', '/rules/0/=='],
    ['the addressee and a field', lone('==', 'addressee', 'risk'), 'unit-mismatch', '/rules/0/=='],
    ['the action and a number', lone('==', 'action', 5), 'unit-mismatch', '/rules/0/=='],
    ['an order of addresses', lone('<', 'addressee', 'home'), 'bad-comparison', '/rules/0/<'],
    ['an order of actions', lone('>=', 'action', 'pay'), 'bad-comparison', '/rules/0/>='],
    [
      'a wrong checksum in an operand',
      lone('==', 'addressee', '0x90f79bf6EB2c4f870365E785982E1f101E93b906'),
      'bad-address',
      '/rules/0/==/1',
    ],
    ['a sum of two fields', lone('<', 'balance', { '+': ['limit', 'limit'] }), 'bad-comparison', '/rules/0/</1/+'],
    ['a sum of two constants', lone('<', 'balance', { '+': ['most', 1] }), 'bad-comparison', '/rules/0/</1/+'],
    ['a sum with a parameter', lone('<', 'balance', { '+': ['pay.amount', 1] }), 'bad-comparison', '/rules/0/</1/+'],
    ['a constant minus a field', lone('<', 'balance', { '-': ['most', 'limit'] }), 'bad-comparison', '/rules/0/</1/-'],
    ['a sum of three', lone('<', 'balance', { '+': ['limit', 1, 2] }), 'bad-comparison', '/rules/0/</1/+'],
    ['a product', lone('<', 'balance', { '*': ['limit', 2] }), 'bad-operator', '/rules/0/</1'],
    ['an empty sum', lone('<', 'balance', {}), 'bad-operator', '/rules/0/</1'],
  ]);

  it('takes a sum in either order', () => {
    const one = parsePolicy(lone('<', 'balance', { '+': ['limit', 'most'] }));
    expect(one).to.deep.equal(parsePolicy(lone('<', 'balance', { '+': ['most', 'limit'] })));
  });
});

describe('A state document', () => {
  const state = (change: object): string => print(changed(STATE, change));
  refuses(
    (document) => parseState(document, sample),
    [
      ['a field that the policy lacks', state({ fields: { blance: 1 } }), 'unresolved-name', '/fields/blance'],
      ['null for an unknown value', print(STATE).replace('20', 'null'), 'wrong-type', '/fields/limit'],
      ['a fraction', state({ fields: { limit: 0.5 } }), 'not-integer', '/fields/limit'],
      ['a value beyond 64 bits', state({ fields: { limit: 2n ** 63n } }), 'out-of-range', '/fields/limit'],
      ['17 fields', state({ fields: many(17, 'f', 1) }), 'too-many', '/fields'],
      ['a field that stands twice', print(STATE).replace('"limit"', '"balance"'), 'duplicate-key', '/fields/balance'],
      ['a missing salt', print({ version: STATE.version, fields: {} }), 'missing-field', ''],
      ['a negative salt', state({ salt: -1 }), 'out-of-range', '/salt'],
      [
        'a salt that is no field element',
        state({ salt: 21888242871839275222246405745257275088548364400416034343698204186575808495617n }),
        'out-of-range',
        '/salt',
      ],
      ['another kind of document', state({ version: 'mprd-policy/1' }), 'unsupported-version', '/version'],
      ['an unknown key', state({ epoch: 1 }), 'unknown-field', '/epoch'],
      ['a comment', `${print(STATE)} // done`, 'comment', ''],
      [
        'an invisible character in the description',
        state({ description: 'a\u200bb' }),
        'not-printable',
        '/description',
      ],
    ],
  );
});

describe('A proposal document', () => {
  const proposals = (...candidates: object[]): string => print(changed(PROPOSALS, { candidates }));
  const one = (change: object): string => proposals({ ...CANDIDATE, ...change });
  const ranked = (ordered: boolean, ...ranks: [number, number][]): string =>
    print(
      changed(PROPOSALS, {
        ordered,
        candidates: ranks.map(([score, sequence]) => ({ ...CANDIDATE, score, sequence })),
      }),
    );
  refuses(
    (document) => parseProposals(document, sample),
    [
      ['no candidates', proposals(), 'empty', '/candidates'],
      [
        'nine candidates',
        proposals(...Array.from({ length: 9 }, (_, sequence) => ({ ...CANDIDATE, sequence }))),
        'too-many',
        '/candidates',
      ],
      ['an action that the policy lacks', one({ action: 'burn' }), 'unresolved-name', '/candidates/0/action'],
      [
        'an addressee that no constant names',
        one({ addressee: 'nobody' }),
        'unresolved-name',
        '/candidates/0/addressee',
      ],
      ['a number constant as addressee', one({ addressee: 'most' }), 'unresolved-name', '/candidates/0/addressee'],
      ['a truncated addressee', one({ addressee: '0x12' }), 'bad-address', '/candidates/0/addressee'],
      [
        'a parameter of another action',
        one({ parameters: { weight: 1 } }),
        'unresolved-name',
        '/candidates/0/parameters/weight',
      ],
      [
        'a parameter beyond 64 bits',
        one({ parameters: { amount: 2n ** 63n } }),
        'out-of-range',
        '/candidates/0/parameters/amount',
      ],
      ['a score with a fraction', one({ score: 0.9 }), 'not-integer', '/candidates/0/score'],
      ['a sequence number of 2^32', one({ sequence: 2n ** 32n }), 'out-of-range', '/candidates/0/sequence'],
      ['a negative sequence number', one({ sequence: -1 }), 'out-of-range', '/candidates/0/sequence'],
      ['a payload with half a byte', one({ payload: '0x123' }), 'bad-bytes', '/candidates/0/payload'],
      ['a payload that is a number', one({ payload: 12 }), 'wrong-type', '/candidates/0/payload'],
      ['a payload of 16 385 bytes', one({ payload: `0x${'00'.repeat(16_385)}` }), 'too-long', '/candidates/0/payload'],
      ['a candidate without score', proposals(CANDIDATE).replace('"score": 5,', ''), 'missing-field', '/candidates/0'],
      ['an unknown key', one({ reason: 'x' }), 'unknown-field', '/candidates/0/reason'],
      [
        'the same score and sequence twice',
        ranked(false, [5, 1], [6, 1], [5, 1]),
        'duplicate-candidate',
        '/candidates/2',
      ],
      [
        'a wrong order of scores in an ordered document',
        ranked(true, [7, 0], [5, 1], [6, 2]),
        'not-in-order',
        '/candidates/1',
      ],
      ['a wrong order of ties in an ordered document', ranked(true, [5, 1], [5, 0]), 'not-in-order', '/candidates/0'],
      ['an order that is a text', print(changed(PROPOSALS, { ordered: 'yes' })), 'wrong-type', '/ordered'],
    ],
  );
});

describe('The list of refusals', () => {
  it('has no code without a test', () => {
    expect([...tested].sort()).to.deep.equal(Object.keys(DOCUMENT_ERRORS).sort());
  });
});
