import { expect } from 'chai';
import { type Abi, type AbiParameter, encodeErrorResult } from 'viem';
import { abis, mockAbis } from '../../src/abi/generated/index.ts';
import type { Refusal } from '../../src/abi/system.ts';
import { explanations } from '../../src/chain/explanations.ts';
import { decodeRefusal, explain } from '../../src/chain/refusal.ts';

/** Every error of every contract that is deployed, whatever its name. */
const errors = new Map(
  Object.values(abis as Readonly<Record<string, Abi>>).flatMap((abi) =>
    abi.filter((item) => item.type === 'error').map((item) => [item.name, item] as const),
  ),
);

/** A value of the type, not zero, so that a sentence that leaves it out can be told. */
function sample({ type }: AbiParameter): unknown {
  if (type === 'address') return `0x${'a1'.repeat(20)}`;
  if (type === 'bytes32') return `0x${'b2'.repeat(32)}`;
  if (type === 'bytes4') return '0xc3c3c3c3';
  if (type === 'string') return 'text';
  const bits = Number(/^uint(\d+)$/.exec(type)?.[1]);
  return bits <= 48 ? 2 : 1_700_000_000n;
}

describe('chain: refusals', () => {
  it('have an explanation for every custom error of the ABIs, and none for others', () => {
    const inMocks = Object.values(mockAbis as Readonly<Record<string, Abi>>)
      .flat()
      .map((item) => ('name' in item ? item.name : ''));
    const missing = [...errors.keys()].filter((name) => !Object.hasOwn(explanations, name) && !inMocks.includes(name));
    expect(missing).to.deep.equal([]);
    expect(Object.keys(explanations).filter((name) => !errors.has(name))).to.deep.equal([]);
  });

  it('are decoded from revert data and explained in whole sentences', () => {
    for (const [name, item] of errors) {
      const args = item.inputs.map(sample);
      const data = encodeErrorResult({ abi: [item], errorName: name, args } as Parameters<typeof encodeErrorResult>[0]);
      const refusal = decodeRefusal(data) as Refusal;
      expect(refusal, name).to.deep.include({ error: name });
      const sentence = explain(refusal);
      expect(sentence, name)
        .to.match(/^[A-Z0-9].{20,}[.]$/s)
        .and.not.match(/undefined|NaN|\[object/);
    }
  });

  it('are not made up for data that no contract of ours reverts with', () => {
    expect(decodeRefusal('0x')).to.equal(undefined);
    expect(decodeRefusal('0x12345678')).to.equal(undefined);
    // Error(string) and Panic(uint256) are Solidity's own.
    expect(decodeRefusal(`0x4e487b71${'11'.padStart(64, '0')}`)).to.equal(undefined);
  });
});
