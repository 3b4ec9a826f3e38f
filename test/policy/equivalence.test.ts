import { expect } from 'chai';
import fc from 'fast-check';
import {
  canonicalPolicy,
  compilePolicy,
  evaluatePolicy,
  evaluateProgram,
  parsePolicy,
  select,
  sourceHash,
} from '../../src/policy/index.ts';
import { arbitraryCase, arbitraryPolicyForm, print, programOf } from './arbitraries.ts';
import { DECISION_GOALS, Goals, reachDecision } from './goals.ts';

const SEED = 20_241;

describe('A document and its program', function () {
  this.timeout(120_000);

  it('allow the same candidates, and every goal of the campaign is met', () => {
    const goals = new Goals(DECISION_GOALS);
    let compiled = 0;
    const property = fc.property(arbitraryCase, ({ policy, state, candidates }) => {
      const program = programOf(policy);
      if (program === undefined) return;
      compiled++;
      for (const candidate of candidates) {
        expect(evaluateProgram(program, state, candidate)).to.equal(evaluatePolicy(policy, state, candidate).allowed);
      }
      const selection = select(policy, state, candidates);
      expect(select(program, state, candidates).chosen).to.equal(selection.chosen);
      reachDecision(goals, program, state, candidates, selection.chosen);
    });
    fc.assert(property, { numRuns: 4_000, seed: SEED });
    expect(compiled).to.be.greaterThan(2_000);
    goals.check(40);
  });

  it('do not depend on the order of keys', () => {
    const property = fc.property(arbitraryPolicyForm, (form) => {
      const [policy, reversed] = [parsePolicy(print(form)), parsePolicy(print(form, true))];
      expect(reversed).to.deep.equal(policy);
      expect(programOf(reversed)).to.deep.equal(programOf(policy));
    });
    fc.assert(property, { numRuns: 300, seed: SEED });
  });

  it('survive the canonical form, which is a fixed point', () => {
    const property = fc.property(arbitraryPolicyForm, (form) => {
      const policy = parsePolicy(print(form));
      const canonical = canonicalPolicy(policy);
      const again = parsePolicy(canonical);
      expect(again).to.deep.equal(policy);
      expect(canonicalPolicy(again)).to.equal(canonical);
      expect(sourceHash(again)).to.equal(sourceHash(policy));
    });
    fc.assert(property, { numRuns: 500, seed: SEED });
  });

  it('give a reason with every denial: a failed comparison or a missing value', () => {
    const property = fc.property(arbitraryCase, ({ policy, state, candidates }) => {
      for (const { reason } of select(policy, state, candidates).denied) {
        expect(reason.failed.length + reason.missing.length, JSON.stringify(reason)).to.be.greaterThan(0);
        expect(reason.path).to.match(/^\/(?:rules\/\d+|actions)$/);
        if (reason.result === 'unknown') expect(reason.missing).not.to.deep.equal([]);
      }
    });
    fc.assert(property, { numRuns: 1_000, seed: SEED });
  });

  it('are compiled to the same program every time', () => {
    const property = fc.property(arbitraryCase, ({ policy }) => {
      const program = programOf(policy);
      if (program !== undefined) expect(compilePolicy(policy)).to.deep.equal(program);
    });
    fc.assert(property, { numRuns: 200, seed: SEED });
  });
});
