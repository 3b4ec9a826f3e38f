import type { Abi } from 'abitype';
import { expect } from 'chai';
import { decodeErrorResult, toEventSelector, toFunctionSelector } from 'viem';
import { type ContractName, systemAbis, verifierAbi } from '../../src/abi/system.ts';
import { decodeCall, encodeCall, encodeError, selectorOf } from '../../src/codec/abi.ts';
import type { Hex } from '../../src/codec/hash.ts';

const account = '0xabcdefabcdefabcdefabcdefabcdefabcdefabcd' as Hex;
const contracts = Object.entries(systemAbis) as [ContractName, Abi][];

describe('calldata', () => {
  it('decodes to what was encoded, addresses in lower case wherever they stand', () => {
    const data = encodeCall('agrs', 'transfer', [account, 5n]);
    expect(decodeCall('agrs', data)).to.deep.equal({ functionName: 'transfer', args: [account, 5n] });
    const members = encodeCall('council', 'setMembers', [[account]]);
    expect(decodeCall('council', members)?.args).to.deep.equal([[account]]);
    const rules = [{ target: account, selector: '0xa9059cbb' as Hex, tier: 2 }];
    expect(decodeCall('council', encodeCall('council', 'setTiers', [rules]))?.args).to.deep.equal([rules]);
  });

  it('of a function without arguments has none', () => {
    const data = encodeCall('operators', 'openAdmission', []);
    expect(decodeCall('operators', data)).to.deep.equal({ functionName: 'openAdmission', args: [] });
  });

  it('that no state-changing function takes decodes to nothing', () => {
    const balanceOf = `${toFunctionSelector('balanceOf(address)')}${account.slice(2).padStart(64, '0')}` as Hex;
    const cut = encodeCall('agrs', 'transfer', [account, 5n]).slice(0, -2) as Hex;
    for (const data of ['0x', '0x00', '0xdeadbeef', balanceOf, cut] as const) {
      expect(decodeCall('agrs', data), data).to.equal(undefined);
    }
  });

  it('begins with the selector of its function', () => {
    expect(selectorOf('agrs', 'transfer')).to.equal('0xa9059cbb');
    expect(() => selectorOf('agrs', 'balanceOf')).to.throw('agrs has no state-changing function balanceOf');
  });
});

describe('the errors of all contracts', () => {
  const errors = [...contracts.flatMap(([, abi]) => [...abi]), ...(verifierAbi as Abi)].filter(
    (item) => item.type === 'error',
  );

  it('mean the same under the same name', () => {
    const types = new Map<string, string>();
    for (const { name, inputs } of errors) {
      const shape = inputs.map(({ type, name: input }) => `${type} ${input}`).join(',');
      expect(types.get(name) ?? shape, name).to.equal(shape);
      types.set(name, shape);
    }
  });

  it('are encoded as the contracts revert with them', () => {
    const refusal = { error: 'NotOwner', args: [account, account] } as const;
    const data = encodeError(refusal);
    expect(data.slice(0, 10)).to.equal(toFunctionSelector('NotOwner(address,address)'));
    expect(decodeErrorResult({ abi: systemAbis.operators, data }).errorName).to.equal('NotOwner');
    expect(encodeError({ error: 'AmountZero', args: [] })).to.equal(toFunctionSelector('AmountZero()'));
  });
});

describe('the interfaces of all contracts', () => {
  it('have no overloads, which the types would mix up', () => {
    for (const [contract, abi] of contracts) {
      for (const kind of ['function', 'event', 'error'] as const) {
        const names = abi.filter((item) => item.type === kind).map((item) => (item as { name: string }).name);
        expect(new Set(names).size, `${contract} ${kind}s`).to.equal(names.length);
      }
    }
  });

  it('have no two events with the same topic and different fields', () => {
    const topics = new Map<string, string>();
    for (const item of contracts.flatMap(([, abi]) => [...abi])) {
      if (item.type !== 'event') continue;
      const shape = item.inputs.map(({ type, name, indexed }) => `${type} ${name} ${indexed}`).join(',');
      const topic = toEventSelector(item);
      expect(topics.get(topic) ?? shape, item.name).to.equal(shape);
      topics.set(topic, shape);
    }
  });
});
