import { expect } from 'chai';
import fc from 'fast-check';
import { FIELD_MODULUS } from '../../src/codec/field.ts';
import { poseidon } from '../../src/codec/poseidon.ts';
import { poseidonTag } from '../../src/codec/tags.ts';
import {
  candidateSetHash,
  packProgram,
  policyHash,
  SELECTOR_CHUNK,
  SELECTOR_CHUNKS,
  stateHash,
} from '../../src/policy/commitments.ts';
import type { Candidate, Program } from '../../src/policy/program.ts';
import { arbitraryCandidates, arbitraryProgram, arbitraryState } from './support/arbitraries.ts';
import { SAMPLE } from './support/samples.ts';

describe('Poseidon', () => {
  it("gives circomlib's published values", () => {
    expect(poseidon([1n, 2n])).to.equal(0x115cc0f5e7d690413df64c6b9662e9cf2a3617f2743245519e19607a4417189an);
    expect(poseidon([1n])).to.equal(0x29176100eaa962bdc1fe6c654d6a3c130e96a4d1168b33848b897dc502820133n);
  });

  it('takes 1 to 16 field elements and reduces nothing', () => {
    for (let arity = 1; arity <= 16; arity++) expect(poseidon(Array(arity).fill(FIELD_MODULUS - 1n))).to.be.a('bigint');
    expect(() => poseidon([])).to.throw(RangeError, 'got 0');
    expect(() => poseidon(Array(17).fill(0n))).to.throw(RangeError, 'got 17');
    expect(() => poseidon([0n, FIELD_MODULUS])).to.throw(RangeError, 'input 1');
    expect(() => poseidon([-1n])).to.throw(RangeError, 'input 0');
  });
});

describe('Commitments', () => {
  it('lay a program out as docs/circuits.md says', () => {
    const { program } = SAMPLE;
    const { selectors } = packProgram(program);
    expect(selectors)
      .to.have.length(712)
      .and.to.have.length.at.most(SELECTOR_CHUNK * SELECTOR_CHUNKS);
    const ones = selectors.flatMap((bit, k) => (bit === 1n ? [k] : []));
    expect(ones).to.deep.equal([
      0,
      35, // state 0: field 0, ge
      304,
      307,
      324, // order 0: parameter 0, field 0, le
      327,
      348, // order 1: parameter 0, gt
      443,
      448, // equality 0: addressee, ne
      680,
      688,
      689,
      694,
      707,
      708, // gate 7: state 0, order 0 and 1, equality 0; threshold 4, written as 3
    ]);
    const chunk = (i: number): bigint =>
      ones.filter((k) => Math.floor(k / 240) === i).reduce((sum, k) => sum + (1n << BigInt(k % 240)), 0n);
    const offset = 2n ** 63n;
    const inner = poseidon([
      poseidonTag('policy'),
      5n,
      1n,
      2n,
      0n,
      0n,
      offset + 10n,
      0n,
      0n,
      0n,
      0n,
      0n,
      0n,
      0n,
      chunk(0),
      chunk(1),
    ]);
    const outer = [inner, offset - 10n, offset, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, chunk(2)];
    expect(policyHash(program)).to.equal(poseidon(outer));
  });

  it('lay a state out as docs/circuits.md says', () => {
    const fields = [-(2n ** 63n), undefined, 1n, ...Array(12).fill(undefined), 2n ** 63n - 1n];
    const offset = 2n ** 63n;
    const expected = poseidon([
      poseidonTag('state'),
      9n,
      (offset + 1n) * 2n ** 128n,
      0n,
      0n,
      0n,
      0n,
      2n ** 64n - 1n + 2n ** 64n * (1n + 4n + 2n ** 15n),
      3n,
    ]);
    expect(stateHash({ fields, salt: 3n }, 9n)).to.equal(expected);
  });

  it('lay a candidate set out as docs/circuits.md says', () => {
    const set: Candidate[] = [
      {
        score: -1n,
        sequence: 6,
        schema: 2,
        addressee: 8n,
        parameters: [undefined, 5n, undefined],
        payloadHash: 4n,
      },
    ];
    const offset = 2n ** 63n;
    const tag = poseidonTag('candidate') % 2n ** 128n;
    const meta = offset - 1n + 6n * 2n ** 64n + 2n * 2n ** 96n + 2n ** 99n + tag * 2n ** 100n;
    const used = poseidon([meta, 2n, 8n, 0n, offset + 5n, 0n, 4n]);
    const unused = poseidon(Array(7).fill(0n));
    expect(candidateSetHash(set)).to.equal(poseidon([poseidonTag('candidate-set'), used, ...Array(7).fill(unused)]));
  });

  it('differ whenever what they commit to differs', () => {
    const text = (value: unknown): string =>
      JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v === undefined ? '?' : v));
    const injective = <T>(values: fc.Arbitrary<T>, hash: (value: T) => bigint, normal: (value: T) => unknown): void => {
      const property = fc.property(values, values, (a, b) => {
        expect(hash(a) === hash(b)).to.equal(text(normal(a)) === text(normal(b)));
      });
      fc.assert(property, { numRuns: 150, seed: 7 });
    };
    injective(arbitraryProgram, policyHash, (program) => program);
    injective(
      arbitraryState,
      (state) => stateHash(state, 1n),
      ({ fields, salt }) => [Array.from({ length: 16 }, (_, i) => fields[i]), salt],
    );
    injective(arbitraryCandidates, candidateSetHash, (candidates) => candidates);
  });

  it('of a program change with each of its parts', () => {
    const { program } = SAMPLE;
    const [state, order, equality, gate] = [
      program.statePredicates[0],
      program.orderPredicates[0],
      program.equalityPredicates[0],
      program.gates[0],
    ];
    if (!state || !order || !equality || !gate) throw new Error('the sample has one of each');
    const changes: Partial<Program>[] = [
      { stateSchema: 6n },
      { schemas: [1, 3] },
      { schemas: [1] },
      { statePredicates: [{ ...state, constant: 11n }] },
      { statePredicates: [{ ...state, relation: 'gt' }] },
      { statePredicates: [{ ...state, field: 1 }] },
      { statePredicates: [{ ...state, other: 0 }] },
      { orderPredicates: [order, { ...order, parameter: 1 }] },
      { orderPredicates: [order, { ...order, relation: 'lt' }] },
      { equalityPredicates: [{ ...equality, subject: 'schema' }] },
      { equalityPredicates: [{ ...equality, relation: 'eq' }] },
      { equalityPredicates: [{ ...equality, constant: 1n }] },
      { gates: [{ ...gate, threshold: 3 }] },
      { gates: [{ ...gate, order: [0], threshold: 2 }] },
      { gates: [gate, { ...gate, gates: [0] }] },
    ];
    const hashes = changes.map((change) => policyHash({ ...program, ...change }));
    expect(new Set([policyHash(program), ...hashes]).size).to.equal(changes.length + 1);
  });
});
