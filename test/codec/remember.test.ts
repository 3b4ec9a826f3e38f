/** Results that are looked up the second time. */
import { expect } from 'chai';
import { Memo } from '../../src/codec/remember.ts';

describe('A memo', () => {
  it('computes once for the same arguments, and anew for others', () => {
    const memo = new Memo<string>(10);
    let computed = 0;
    const square = (name: string, base: bigint) => memo.of(name, [base], () => `${++computed}: ${name} ${base * base}`);
    expect(square('a', 2n)).to.equal('1: a 4');
    expect(square('a', 2n)).to.equal('1: a 4');
    expect(square('a', 3n)).to.equal('2: a 9');
    expect(square('b', 2n)).to.equal('3: b 4');
    expect(square('a', 2n)).to.equal('1: a 4');
  });

  it('takes what others computed, the first time', () => {
    const memo = new Memo<number>(10);
    memo.set('a', [], 1);
    memo.set('a', [], 2);
    expect(memo.get('a', [])).to.equal(1);
    expect([...memo]).to.deep.equal([['a', [], 1]]);
  });

  it('never holds more than its limit, nor many results of one name, which it would look through one by one', () => {
    const memo = new Memo<number>(100);
    for (let i = 0; i < 1_000; i++) {
      memo.set(i % 2 === 0 ? 'one' : `${i}`, [i], i);
      const all = [...memo];
      expect(all.length).to.be.at.most(100);
      expect(all.filter(([name]) => name === 'one').length).to.be.at.most(16);
      expect(memo.get(i % 2 === 0 ? 'one' : `${i}`, [i])).to.equal(i);
    }
  });
});
