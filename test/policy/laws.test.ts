import { expect } from 'chai';
import fc from 'fast-check';
import { type Expression, evaluatePolicy, evaluateRule, type Rule, type Truth } from '../../src/policy/index.ts';
import { COMPLEMENT, CONVERSE, holds, not, threshold } from '../../src/policy/relations.ts';
import { arbitraryCase, type Case } from './arbitraries.ts';

const SETTINGS = { numRuns: 600, seed: 77 };

function expressionsOf(rules: readonly Rule[]): Expression[] {
  return rules.map((rule) => (rule.kind === 'denyIf' ? rule.member : rule));
}

function negated(member: Expression): Expression {
  return { kind: 'not', member };
}

/** Calls `law` with the truth under each candidate of every random case, and with the case's expressions. */
function forAll(law: (truth: (rule: Rule) => Truth, expressions: Expression[], sample: Case) => void): void {
  const property = fc.property(arbitraryCase, (sample) => {
    for (const candidate of sample.candidates) {
      law((rule) => evaluateRule(rule, sample.state, candidate), expressionsOf(sample.policy.rules), sample);
    }
  });
  fc.assert(property, SETTINGS);
}

describe('Three-valued logic', function () {
  this.timeout(120_000);

  it('has the truth tables of strong Kleene logic', () => {
    const values: Truth[] = [true, false, undefined];
    const table = (k: number): Truth[] => values.flatMap((a) => values.map((b) => threshold(k, [a, b])));
    const [T, F, U] = values;
    expect(table(2)).to.deep.equal([T, F, U, F, F, F, U, F, U]);
    expect(table(1)).to.deep.equal([T, T, T, T, F, U, T, U, U]);
    expect(values.map(not)).to.deep.equal([F, T, U]);
    expect(threshold(2, [T, U, F])).to.equal(U);
    expect(threshold(2, [T, U, T])).to.equal(T);
    expect(threshold(2, [F, U, F])).to.equal(F);
  });

  it('keeps an expression under double negation', () => {
    forAll((truth, expressions) => {
      for (const each of expressions) expect(truth(negated(negated(each)))).to.equal(truth(each));
    });
  });

  it('obeys the laws of De Morgan', () => {
    forAll((truth, members) => {
      const opposite = members.map(negated);
      expect(truth(negated({ kind: 'all', members }))).to.equal(truth({ kind: 'any', members: opposite }));
      expect(truth(negated({ kind: 'any', members }))).to.equal(truth({ kind: 'all', members: opposite }));
    });
  });

  it('negates "k of n" to "n-k+1 of n" of the negations', () => {
    forAll((truth, members) => {
      for (let k = 1; k <= members.length; k++) {
        const dual: Expression = { kind: 'threshold', k: members.length - k + 1, members: members.map(negated) };
        expect(truth(negated({ kind: 'threshold', k, members }))).to.equal(truth(dual));
      }
    });
  });

  it('makes all and any the two ends of threshold', () => {
    forAll((truth, members) => {
      expect(truth({ kind: 'threshold', k: members.length, members })).to.equal(truth({ kind: 'all', members }));
      expect(truth({ kind: 'threshold', k: 1, members })).to.equal(truth({ kind: 'any', members }));
    });
  });

  it('lets denyIf hold exactly when its member is known to be false', () => {
    const seen = new Set<Truth>();
    forAll((truth, expressions) => {
      for (const member of expressions) {
        seen.add(truth(member));
        expect(truth({ kind: 'denyIf', member })).to.equal(truth(member) === false);
      }
    });
    expect(seen.size).to.equal(3);
  });

  it('never takes back what it knew when an unknown value becomes known', () => {
    let learned = 0;
    const property = fc.property(
      arbitraryCase,
      fc.bigInt({ min: -2n, max: 2n }),
      ({ policy, state, candidates }, value) => {
        const fuller = { ...state, fields: state.fields.map((field) => field ?? value) };
        for (const candidate of candidates) {
          const count = policy.actions.find(({ id }) => id === candidate.schema)?.parameters.length ?? 0;
          const [p0, p1, p2] = candidate.parameters.map((p, index) => (index < count ? (p ?? value) : p));
          const known = { ...candidate, parameters: [p0, p1, p2] as const };
          for (const expression of expressionsOf(policy.rules)) {
            const before = evaluateRule(expression, state, candidate);
            const after = evaluateRule(expression, fuller, known);
            if (before !== undefined) expect(after).to.equal(before);
            else if (after !== undefined) learned++;
          }
          if (evaluatePolicy(policy, state, candidate).allowed)
            expect(evaluatePolicy(policy, fuller, known).allowed).to.equal(true);
        }
      },
    );
    fc.assert(property, SETTINGS);
    expect(learned).to.be.greaterThan(100);
  });

  it('complements and converses every relation', () => {
    for (const relation of ['lt', 'le', 'gt', 'ge', 'eq', 'ne'] as const) {
      for (const [a, b] of [
        [1n, 2n],
        [2n, 1n],
        [1n, 1n],
      ] as const) {
        expect(holds(COMPLEMENT[relation], a, b)).to.equal(!holds(relation, a, b));
        expect(holds(CONVERSE[relation], b, a)).to.equal(holds(relation, a, b));
      }
    }
  });
});
