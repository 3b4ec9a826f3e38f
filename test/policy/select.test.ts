import { expect } from 'chai';
import {
  type Candidate,
  canonicalCandidateSet,
  canonicalState,
  compilePolicy,
  evaluatePolicy,
  evaluateProgram,
  type PolicyDocument,
  PolicyValueError,
  type Program,
  parsePolicy,
  parseProposals,
  parseState,
  type StateVector,
  select,
} from '../../src/policy/index.ts';
import { type Form, print } from './arbitraries.ts';
import { CANDIDATE, changed, expectRefusal, PROPOSALS, STATE, withRules } from './samples.ts';

function policyOf(...rules: Form[]): PolicyDocument {
  return parsePolicy(withRules(...rules));
}

const policy = policyOf({ '<=': ['pay.amount', 'balance'] });
const state = parseState(print(STATE), policy);
const vote = policy.actions.find(({ name }) => name === 'vote')?.id as number;

function candidate(change: Partial<Candidate> = {}): Candidate {
  const [first] = parseProposals(print(PROPOSALS), policy);
  return { ...(first?.candidate as Candidate), ...change };
}

function amount(value: bigint | undefined, change: Partial<Candidate> = {}): Candidate {
  return candidate({ parameters: [value, undefined, undefined], ...change });
}

describe('State and proposals', () => {
  it('are mapped to the order of names, whatever the order of the document', () => {
    expect(state).to.deep.equal({ fields: [10n, 20n, undefined], salt: 1n });
    expect(parseState(print(STATE, true), policy)).to.deep.equal(state);
  });

  it('have a canonical state that reads back', () => {
    expect(canonicalState(state, policy)).to.equal(
      '{"fields":{"balance":10,"limit":20},"salt":1,"version":"mprd-state/1"}',
    );
    expect(parseState(canonicalState(state, policy), policy)).to.deep.equal(state);
  });

  it('keep parameters in the order of the action and leave out what is not given', () => {
    const parameters = { fee: 2 };
    const [proposal] = parseProposals(
      print(changed(PROPOSALS, { candidates: [{ ...CANDIDATE, parameters }] })),
      policy,
    );
    expect(proposal?.candidate.parameters).to.deep.equal([undefined, 2n, undefined]);
  });

  it('resolve the name of an address and hash the payload', () => {
    const candidates = [{ ...CANDIDATE, payload: '0x', note: 'n' }];
    const [proposal] = parseProposals(print(changed(PROPOSALS, { candidates })), policy);
    expect(proposal?.candidate.addressee).to.equal(0x90f79bf6eb2c4f870365e785982e1f101e93b906n);
    // keccak-256 of nothing: c5d2…a470, without its last byte
    expect(proposal?.candidate.payloadHash.toString(16)).to.equal(
      'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a4',
    );
    expect(proposal?.note).to.equal('n');
  });

  it('bring candidates into canonical order and remember their places', () => {
    const candidates = [
      [1, 0],
      [9, 3],
      [9, 2],
    ].map(([score, sequence]) => ({ ...CANDIDATE, score, sequence }));
    const proposals = parseProposals(print(changed(PROPOSALS, { candidates })), policy);
    expect(proposals.map(({ position }) => position)).to.deep.equal([2, 1, 0]);
  });
});

describe('canonicalCandidateSet', () => {
  it('sorts by falling score, then by rising sequence number', () => {
    const set = canonicalCandidateSet([
      candidate({ score: 1n }),
      candidate({ sequence: 8 }),
      candidate({ sequence: 7 }),
    ]);
    expect(set.map(({ score, sequence }) => [score, sequence])).to.deep.equal([
      [5n, 7],
      [5n, 8],
      [1n, 0],
    ]);
  });

  it('refuses a pair of score and sequence that stands twice, an empty set and a set of nine', () => {
    expectRefusal(() => canonicalCandidateSet([candidate(), candidate()]), 'duplicate-candidate', '/candidates/1');
    expectRefusal(() => canonicalCandidateSet([]), 'empty', '/candidates');
    const nine = Array.from({ length: 9 }, (_, sequence) => candidate({ sequence }));
    expectRefusal(() => canonicalCandidateSet(nine), 'too-many', '/candidates');
  });

  it('refuses values outside their ranges with their place', () => {
    const wrong: [Partial<Candidate>, string][] = [
      [{ score: 2n ** 63n }, 'score'],
      [{ sequence: 2 ** 32 }, 'sequence'],
      [{ sequence: 0.5 }, 'sequence'],
      [{ schema: 0 }, 'schema'],
      [{ addressee: 2n ** 160n }, 'addressee'],
      [{ parameters: [0n, 0n, -(2n ** 63n) - 1n] }, 'parameters/2'],
      [{ payloadHash: 2n ** 248n }, 'payloadHash'],
    ];
    for (const [change, place] of wrong) {
      expect(() => canonicalCandidateSet([candidate(change)])).to.throw(PolicyValueError, `/candidates/0/${place}`);
    }
  });
});

describe('The selector', () => {
  it('chooses the first allowed candidate and says why the better ones are denied', () => {
    const set = [
      amount(11n, { score: 9n }),
      amount(undefined, { score: 8n }),
      amount(10n, { score: 7n }),
      amount(1n, { score: 6n }),
    ];
    const { chosen, denied } = select(policy, state, set);
    expect(chosen).to.equal(2);
    const text = 'pay.amount <= balance';
    expect(denied.map(({ reason }) => reason)).to.deep.equal([
      {
        path: '/rules/0',
        text,
        result: 'false',
        missing: [],
        failed: [{ path: '/rules/0', text, values: { 'pay.amount': '11', balance: '10' } }],
      },
      {
        path: '/rules/0',
        text,
        result: 'unknown',
        failed: [],
        missing: [{ path: '/rules/0', name: 'pay.amount', cause: 'absent' }],
      },
    ]);
  });

  it('chooses the same by the program, whose reasons name slots', () => {
    const set = [amount(11n, { score: 9n }), amount(undefined, { score: 8n }), amount(10n, { score: 7n })];
    const { chosen, denied } = select(compilePolicy(policy), state, set);
    expect(chosen).to.equal(2);
    expect(denied[0]?.reason.failed).to.deep.equal([
      {
        path: '/orderPredicates/0',
        text: 'parameter 0 <= 0 + field 0',
        values: { 'parameter 0': '11', 'field 0': '10' },
      },
    ]);
    expect(denied[1]?.reason.missing).to.deep.equal([
      { path: '/orderPredicates/0', name: 'parameter 0', cause: 'absent' },
    ]);
  });

  it('denies all with a reason for each', () => {
    const set = [amount(11n, { score: 9n }), amount(12n, { score: 8n })];
    const { chosen, denied } = select(policy, state, set);
    expect(chosen).to.equal(undefined);
    expect(denied.map(({ index }) => index)).to.deep.equal([0, 1]);
  });

  it('denies an action that the policy does not permit', () => {
    for (const rules of [policy, compilePolicy(policy)]) {
      const [denial] = select(rules, state, [candidate({ schema: 1 })]).denied;
      expect(denial?.reason.failed[0]?.values).to.deep.equal({ action: '1' });
    }
  });

  it('says that a parameter belongs to another action', () => {
    const [denial] = select(policy, state, [
      candidate({ schema: vote, parameters: [1n, undefined, undefined] }),
    ]).denied;
    expect(denial?.reason.missing).to.deep.equal([{ path: '/rules/0', name: 'pay.amount', cause: 'other-action' }]);
  });

  it('refuses candidates that are not in canonical order', () => {
    const set = [candidate({ score: 1n }), candidate({ score: 2n })];
    expectRefusal(() => select(policy, state, set), 'not-in-order', '/candidates/0');
  });
});

describe('The deciding rule of a denial', () => {
  const deny = (...rules: Form[]) => {
    const verdict = evaluatePolicy(policyOf(...rules), state, candidate());
    return verdict.allowed ? undefined : verdict.reason;
  };

  it('is the first false one, even behind an unknown one', () => {
    expect(deny({ '<': ['risk', 1] }, { '<': ['balance', 1] })?.path).to.equal('/rules/1');
    expect(deny({ '<': ['balance', 100] }, { '<': ['risk', 1] })?.path).to.equal('/rules/1');
  });

  it('carries its note', () => {
    expect(deny({ '<': ['balance', 1], note: 'why' })?.note).to.equal('why');
  });

  it('names under not what should have been false', () => {
    const reason = deny({ not: { any: [{ '<': ['balance', 1] }, { '<': ['balance', 11] }] } });
    expect(reason?.failed.map(({ path }) => path)).to.deep.equal(['/rules/0/not/any/1']);
  });

  it('is a denyIf whose member is unknown, with what is missing', () => {
    const reason = deny({ denyIf: { '>': ['risk', 500] } });
    expect(reason).to.deep.include({ path: '/rules/0', text: 'deny if risk > 500', result: 'false' });
    expect(reason?.missing).to.deep.equal([{ path: '/rules/0/denyIf', name: 'risk', cause: 'absent' }]);
  });

  it('names both failed and missing members of a threshold', () => {
    const reason = deny({
      threshold: { k: 2, of: [{ '<': ['balance', 1] }, { '<': ['risk', 1] }, { '>': ['limit', 1] }] },
    });
    expect(reason?.result).to.equal('unknown');
    expect(reason?.failed.map(({ path }) => path)).to.deep.equal(['/rules/0/threshold/of/0']);
    expect(reason?.missing.map(({ path }) => path)).to.deep.equal(['/rules/0/threshold/of/1']);
  });

  it('never wraps a sum around', () => {
    const huge: StateVector = { fields: [2n ** 63n - 1n, undefined, undefined], salt: 0n };
    const document = policyOf({ '>': [{ '+': ['balance', 1] }, 'balance'] });
    expect(evaluatePolicy(document, huge, candidate()).allowed).to.equal(true);
    expect(evaluateProgram(compilePolicy(document), huge, candidate())).to.equal(true);
  });
});

describe('Ready-made values', () => {
  const program = compilePolicy(policy);
  const gate = { threshold: 1, state: [], order: [0], equality: [], gates: [] };

  it('are refused when a program names a slot that is not there or breaks the shape', () => {
    const wrong: [Partial<Program>, string][] = [
      [{ gates: [] }, '/gates'],
      [{ gates: [{ ...gate, order: [1] }] }, '/gates/0/order/0'],
      [{ gates: [{ ...gate, order: [0, 0] }] }, '/gates/0/order/1'],
      [{ gates: [{ ...gate, gates: [0] }] }, '/gates/0/gates/0'],
      [{ gates: [{ ...gate, threshold: 2 }] }, '/gates/0/threshold'],
      [{ gates: [{ ...gate, threshold: 0 }] }, '/gates/0/threshold'],
      [{ gates: Array.from({ length: 9 }, () => gate) }, '/gates'],
      [{ schemas: [] }, '/schemas'],
      [{ schemas: [0] }, '/schemas/0'],
      [{ schemas: [2, 2] }, '/schemas/1'],
      [{ stateSchema: 2n ** 248n }, '/stateSchema'],
      [{ statePredicates: [{ field: 16, relation: 'lt', constant: 0n }] }, '/statePredicates/0/field'],
      [{ statePredicates: [{ field: 0, relation: 'lt', constant: 0n, other: -1 }] }, '/statePredicates/0/other'],
      [{ orderPredicates: [{ parameter: 3, relation: 'lt', constant: 0n }] }, '/orderPredicates/0/parameter'],
      [{ orderPredicates: [{ parameter: 0, relation: 'lt', constant: 2n ** 63n }] }, '/orderPredicates/0/constant'],
      [
        { equalityPredicates: [{ subject: 'schema', relation: 'eq', constant: 2n ** 32n }] },
        '/equalityPredicates/0/constant',
      ],
      [
        { equalityPredicates: [{ subject: 'addressee', relation: 'eq', constant: -1n }] },
        '/equalityPredicates/0/constant',
      ],
      [{ equalityPredicates: [{ subject: 2, relation: 'eq', constant: 2n ** 63n }] }, '/equalityPredicates/0/constant'],
    ];
    for (const [change, path] of wrong) {
      const run = (): boolean => evaluateProgram({ ...program, ...change }, state, candidate());
      expect(run, path).to.throw(PolicyValueError, new RegExp(`^${path}: .+; expected .+`));
    }
  });

  it('are refused when the state has a field out of range, 17 fields or a salt that is no field element', () => {
    const run = (change: Partial<StateVector>) => () => evaluatePolicy(policy, { ...state, ...change }, candidate());
    expect(run({ fields: [2n ** 63n] })).to.throw(PolicyValueError, '/fields/0');
    expect(run({ fields: Array.from({ length: 17 }, () => 0n) })).to.throw(PolicyValueError, '/fields');
    expect(run({ salt: -1n })).to.throw(PolicyValueError, '/salt');
  });
});
