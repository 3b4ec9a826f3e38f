/**
 * Structs that are hashed with the project's own encoder, against viem's.
 *
 * @module
 */
import type { Abi } from 'abitype';
import { expect } from 'chai';
import { type AbiParameter, encodeAbiParameters, keccak256 as viemKeccak } from 'viem';
import { systemAbis } from '../../src/abi/system.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { type Claim, claimCommitment, type Entry, entryHash, lowerHalf } from '../../src/codec/ids.ts';
import { tag } from '../../src/codec/tags.ts';
import { hashStruct, hashWords } from '../../src/codec/words.ts';

const word = (digit: string): Hex => `0x${digit.repeat(64)}`;
const address = (digit: string): Hex => `0x${digit.repeat(40)}`;

/** First parameter of a function, from the contract's ABI. */
function parameterOf(contract: 'registry' | 'gate', name: string): AbiParameter {
  const found = (systemAbis[contract] as Abi).find((item) => item.type === 'function' && item.name === name);
  return (found as { readonly inputs: readonly AbiParameter[] }).inputs[0] as AbiParameter;
}

const entry: Entry = {
  policyHash: word('1'),
  imageId: word('2'),
  sourceHash: word('3'),
  stateSource: word('4'),
  stateSchema: word('5'),
  adapter: address('a'),
  account: address('b'),
  operators: [word('6'), word('7')],
  proposerMode: 1,
  proposers: [address('c')],
  tier: 2,
  coSigners: [],
  quotaPerState: 3n,
  claimTtl: 600n,
  resourceCap: 2n ** 64n - 1n,
  execFee: 2n ** 128n - 1n,
};

describe('A hashed struct', () => {
  it('is encoded as Solidity does it: words in place, lists behind them', () => {
    const parameter = {
      type: 'tuple',
      components: [
        { name: 'a', type: 'uint8' },
        { name: 'b', type: 'address[]' },
        { name: 'c', type: 'int64' },
        { name: 'd', type: 'bytes32[]' },
        { name: 'e', type: 'bool' },
      ],
    };
    for (const [b, d] of [
      [[], []],
      [[address('a'), address('b')], [word('c')]],
      [[], [word('d'), word('e'), word('f')]],
    ] as const) {
      const encoded = encodeAbiParameters([parameter], [{ a: 7, b, c: -2n, d, e: true }]);
      // Without the word that leads to the struct.
      expect(hashStruct([], [7, b, -2n, d, true])).to.equal(viemKeccak(`0x${encoded.slice(66)}`));
    }
  });

  it('gives a registry entry the hash of its ABI encoding behind tag and place', () => {
    const registry = { chainId: 31_337n, contract: address('d') };
    const types = [
      { type: 'bytes32' },
      { type: 'uint256' },
      { type: 'address' },
      parameterOf('registry', 'stageEntry'),
    ];
    const expected = viemKeccak(
      encodeAbiParameters(types, [tag('entry'), registry.chainId, registry.contract, entry] as readonly unknown[]),
    );
    expect(entryHash(registry, entry)).to.equal(expected);
    expect(entryHash(registry, { ...entry, coSigners: [address('e')] })).not.to.equal(expected);
  });

  it('gives a claim the commitment to its ABI encoding', () => {
    const claim: Claim = {
      scope: word('1'),
      nonce: 2n ** 64n + 3n,
      entryHash: word('2'),
      operatorId: word('3'),
      stateSource: word('4'),
      stateHash: word('5'),
      attestationHash: word('6'),
      claimedAt: 7n,
      deadline: 8n,
      bond: 9n,
      factorAtLock: 2n ** 96n - 1n,
      generation: 11,
      fee: 12n,
      missedHash: word('0'),
    };
    const encoded = encodeAbiParameters([parameterOf('gate', 'settle')], [claim] as never);
    expect(claimCommitment(claim)).to.equal(lowerHalf(hashWords([tag('claim'), viemKeccak(encoded)])));
  });
});
