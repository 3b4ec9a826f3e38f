import { expect } from 'chai';
import {
  COMPILE_ERRORS,
  type CompileErrorCode,
  compilePolicy,
  evaluateProgram,
  INT64_MIN,
  type Overflow,
  PolicyCompileError,
  type Program,
  parsePolicy,
  SHAPE,
} from '../../src/policy/index.ts';
import { type Form, print } from './arbitraries.ts';
import { changed, POLICY, withRules } from './samples.ts';

function compile(...rules: Form[]): Program {
  return compilePolicy(parsePolicy(withRules(...rules)));
}

/** The sample with `pay` as its only action. */
function compileSingle(...rules: Form[]): Program {
  return compilePolicy(parsePolicy(print(changed(POLICY, { rules, actions: { pay: POLICY.actions.pay } }))));
}

function failure(run: () => unknown): PolicyCompileError {
  try {
    run();
  } catch (error) {
    if (error instanceof PolicyCompileError) return error;
    throw error;
  }
  throw new Error('it compiled');
}

const tested = new Set<CompileErrorCode>();

function expectFailure(rules: readonly Form[], code: CompileErrorCode, path: string): PolicyCompileError {
  const error = failure(() => compile(...rules));
  tested.add(code);
  expect({ code: error.code, path: error.path }, error.message).to.deep.equal({ code, path });
  expect(error.message).to.match(/^\/rules.*: .+; expected .+\. .+\.$/);
  return error;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const [balance, limit, risk] = [0, 1, 2];
const payId = parsePolicy(withRules({ '<': ['risk', 1] })).actions[0]?.id as number;

describe('The compiler', () => {
  it('puts one literal into one gate', () => {
    const program = compileSingle({ '<': ['risk', 500] });
    expect(program.statePredicates).to.deep.equal([{ field: risk, relation: 'lt', constant: 500n }]);
    expect(program.gates).to.deep.equal([{ threshold: 1, state: [0], order: [], equality: [], gates: [] }]);
  });

  it('pushes negation into the relations', () => {
    const program = compileSingle({ not: { all: [{ '<': ['risk', 5] }, { not: { '==': ['balance', 1] } }] } });
    expect(program.statePredicates.map(({ relation }) => relation)).to.deep.equal(['ge', 'eq']);
    expect(program.gates).to.deep.equal([{ threshold: 1, state: [0, 1], order: [], equality: [], gates: [] }]);
  });

  it('turns the negation of 2 of 3 into 2 of 3 negations, and that of 1 of 3 into all of them', () => {
    const of: Form[] = [{ '<': ['risk', 5] }, { '<': ['balance', 1] }, { '<': ['limit', 1] }];
    const thresholds = [1, 2, 3].map((k) => compileSingle({ not: { threshold: { k, of } } }).gates.at(-1)?.threshold);
    expect(thresholds).to.deep.equal([3, 2, 1]);
  });

  it('gives equal comparisons one slot, however they are written', () => {
    const program = compileSingle(
      { '<': ['balance', 'limit'] },
      { '>': ['limit', 'balance'] },
      { not: { '>=': ['balance', 'limit'] } },
      { '<': [{ '+': [5, 'balance'] }, { '+': ['limit', 5] }] },
      { '<': [{ '-': ['balance', 5] }, { '-': ['limit', 5] }] },
    );
    expect(program.statePredicates).to.deep.equal([{ field: balance, relation: 'lt', constant: 0n, other: limit }]);
  });

  it('gives equal gates one slot', () => {
    const any: Form = { any: [{ '<': ['risk', 5] }, { '<': ['balance', 1] }] };
    const two: Form = { threshold: { k: 2, of: [any, { '<': ['limit', 1] }, { '>': ['limit', 5] }] } };
    expect(compileSingle(two, any).gates).to.have.length(3);
  });

  it('counts a member twice that stands twice in a threshold', () => {
    const [a, b]: Form[] = [{ '<': ['risk', 5] }, { '<': ['balance', 1] }];
    const program = compileSingle({ threshold: { k: 2, of: [a as Form, a as Form, b as Form] } });
    const run = (riskScore: bigint, balanceValue: bigint): boolean =>
      evaluateProgram(
        program,
        { fields: [balanceValue, 0n, riskScore], salt: 0n },
        {
          score: 0n,
          sequence: 0,
          schema: payId,
          addressee: 1n,
          parameters: [undefined, undefined, undefined],
          payloadHash: 0n,
        },
      );
    expect([run(1n, 9n), run(9n, 0n), run(1n, 0n)]).to.deep.equal([true, false, true]);
  });

  it('merges nested conjunctions and disjunctions into one gate', () => {
    const leaf = (constant: number): Form => ({ '<': ['risk', constant] });
    const program = compileSingle(
      { all: [leaf(1), { all: [leaf(2), { not: { any: [leaf(3), leaf(4)] } }] }] },
      leaf(5),
    );
    expect(program.gates).to.deep.equal([{ threshold: 5, state: [0, 1, 2, 3, 4], order: [], equality: [], gates: [] }]);
  });

  it('lowers == and != of a parameter against a field to two order predicates', () => {
    const sum: Form = { '+': ['balance', 3] };
    expect(compileSingle({ '==': ['pay.amount', sum] }).orderPredicates).to.deep.equal([
      { parameter: 0, relation: 'le', constant: 3n, field: balance },
      { parameter: 0, relation: 'ge', constant: 3n, field: balance },
    ]);
    const { orderPredicates, gates } = compileSingle({ not: { '==': [sum, 'pay.amount'] } });
    expect(orderPredicates.map(({ relation }) => relation)).to.deep.equal(['lt', 'gt']);
    expect(gates.map(({ threshold }) => threshold)).to.deep.equal([1]);
  });

  it('lists the permitted actions by rising id', () => {
    const { schemas } = compile({ '<': ['risk', 500] });
    expect(schemas).to.have.length(2);
    expect(schemas).to.deep.equal([...schemas].sort((a, b) => a - b));
  });

  it('moves a constant to the range it fits', () => {
    const program = compileSingle({ '<=': ['limit', { '+': [INT64_MIN, 'balance'] }] });
    expect(program.statePredicates).to.deep.equal([
      { field: limit, relation: 'le', constant: INT64_MIN, other: balance },
    ]);
  });
});

describe('The guard of a parameter', () => {
  const guard = { subject: 'schema', relation: 'eq', constant: BigInt(payId) };

  it('asks for the action, in both polarities', () => {
    for (const rule of [{ '<': ['pay.amount', 5] }, { denyIf: { '<': ['pay.amount', 5] } }] as Form[]) {
      const program = compile(rule);
      expect(program.equalityPredicates).to.deep.equal([guard]);
      expect(program.gates).to.deep.equal([{ threshold: 2, state: [], order: [0], equality: [0], gates: [] }]);
    }
  });

  it('is not needed when the policy permits one action only', () => {
    expect(compileSingle({ '<': ['pay.amount', 5] }).equalityPredicates).to.deep.equal([]);
  });

  it('is left out where the action is asked for already', () => {
    const program = compile({
      all: [{ '==': ['action', 'pay'] }, { any: [{ '<': ['pay.amount', 5] }, { '<': ['risk', 5] }] }],
    });
    expect(program.gates).to.have.length(2);
    expect(program.equalityPredicates).to.deep.equal([guard]);
  });

  it('is left out where every other action is allowed anyway', () => {
    const program = compile({ any: [{ '!=': ['action', 'pay'] }, { '<': ['pay.amount', 5] }] });
    expect(program.equalityPredicates).to.deep.equal([{ ...guard, relation: 'ne' }]);
    expect(program.gates).to.deep.equal([{ threshold: 1, state: [], order: [0], equality: [0], gates: [] }]);
  });

  it('stands once before an expression that is about one action', () => {
    const program = compile({ any: [{ '<': ['pay.amount', 5] }, { '>': ['pay.fee', 7] }] });
    expect(program.gates).to.deep.equal([
      { threshold: 1, state: [], order: [0, 1], equality: [], gates: [] },
      { threshold: 2, state: [], order: [], equality: [0], gates: [0] },
    ]);
  });
});

describe('A policy that does not fit', () => {
  function expectOverflow(rules: readonly Form[], overflow: Overflow): void {
    const error = expectFailure(rules, 'overflow', overflow.path);
    expect(error.overflows[0]).to.deep.equal(overflow);
    expect(error.message)
      .to.include(`needs ${overflow.needed}`)
      .and.to.include(`at most ${overflow.available} ${overflow.slot}`);
  }

  const leaf = (constant: number): Form => ({ '<': ['risk', constant] });

  it('fits with every slot of every kind in use', () => {
    const program = compile(
      { '==': ['action', 'pay'] },
      ...range(SHAPE.statePredicates).map(leaf),
      ...range(SHAPE.orderPredicates).map((n): Form => ({ '<': ['pay.amount', n] })),
      ...range(SHAPE.equalityPredicates - 1).map((n): Form => ({ '!=': ['pay.amount', n] })),
      ...range(SHAPE.gates - 1).map((n): Form => ({ any: [leaf(n), leaf(n + 1)] })),
    );
    const { statePredicates, orderPredicates, equalityPredicates, gates } = program;
    const used = [statePredicates, orderPredicates, equalityPredicates, gates].map(({ length }) => length);
    expect(used).to.deep.equal([SHAPE.statePredicates, SHAPE.orderPredicates, SHAPE.equalityPredicates, SHAPE.gates]);
  });

  it('names state predicates with the number needed and the first place without one', () => {
    expectOverflow(range(10).map(leaf), { slot: 'statePredicates', needed: 10, available: 8, path: '/rules/8' });
  });

  it('names order predicates', () => {
    const rules = range(7).map((n): Form => ({ '<': ['pay.amount', n] }));
    expectOverflow(rules, { slot: 'orderPredicates', needed: 7, available: 6, path: '/rules/6' });
  });

  it('names equality predicates', () => {
    const rules = range(7).map((n): Form => ({ '!=': ['addressee', `0x${String(n).padStart(40, '0')}`] }));
    expectOverflow([{ all: rules }], { slot: 'equalityPredicates', needed: 7, available: 6, path: '/rules/0/all/6' });
  });

  it('names gates', () => {
    const pair = (n: number): Form => ({ any: [leaf(n % 7), leaf((n % 7) + 1 + Math.floor(n / 7))] });
    const rules = range(6)
      .map(pair)
      .concat({ any: [leaf(0), leaf(7)] }, { any: [leaf(0), leaf(6)] });
    expectOverflow(rules, { slot: 'gates', needed: 9, available: 8, path: '/rules' });
  });

  it('names all kinds that overflow', () => {
    const rules = [...range(9).map(leaf), ...range(8).map((n): Form => ({ '<': ['pay.amount', n] }))];
    const error = failure(() => compileSingle(...rules));
    expect(error.overflows.map(({ slot }) => slot)).to.deep.equal(['statePredicates', 'orderPredicates']);
  });
});

describe('A comparison that has no program', () => {
  it('is refused when it compares constants', () => {
    const pairs: Form[] = [
      [1, 2],
      ['most', 2],
      ['home', 'home'],
      ['home', `0x${'0'.repeat(40)}`],
      ['pay', 'vote'],
    ];
    for (const operands of pairs)
      expectFailure([{ any: [{ '==': operands }] }], 'constant-comparison', '/rules/0/any/0');
  });

  it('is refused when it compares the addressee or the action with itself', () => {
    expectFailure([{ '!=': ['addressee', 'addressee'] }], 'constant-comparison', '/rules/0');
    expectFailure([{ '!=': ['action', 'action'] }], 'constant-comparison', '/rules/0');
  });

  it('is refused when it compares two parameters', () => {
    expectFailure([{ denyIf: { '<': ['pay.amount', 'pay.fee'] } }], 'unsupported-comparison', '/rules/0/denyIf');
  });

  it('is refused when the difference of its constants leaves 64 bits', () => {
    expectFailure([{ '<': [{ '+': ['balance', 1] }, INT64_MIN] }], 'constant-range', '/rules/0');
    expectFailure([{ '<': ['pay.amount', { '-': ['balance', INT64_MIN] }] }], 'constant-range', '/rules/0');
    expectFailure(
      [{ '<': [{ '+': ['balance', 2] }, { '+': ['limit', INT64_MIN + 1n] }] }],
      'constant-range',
      '/rules/0',
    );
  });

  it('is among the reasons that have a test each', () => {
    expect([...tested].sort()).to.deep.equal(Object.keys(COMPILE_ERRORS).sort());
  });
});
