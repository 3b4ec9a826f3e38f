/**
 * What `npm run compile` makes of compiled contracts, and what it refuses.
 *
 * @module
 */
import { expect } from 'chai';
import {
  type AbiEntry,
  type CompiledContract,
  CompileError,
  camelName,
  checkContracts,
  generate,
  RUNTIME_SIZE_LIMIT,
} from '../../scripts/compile.ts';

const entry = (type: string, name: string): AbiEntry => ({ type, name, inputs: [] });

function contract(changes: Partial<CompiledContract> = {}): CompiledContract {
  return {
    name: 'Bell',
    source: 'contracts/bell/Bell.sol',
    abi: [entry('function', 'ring')],
    bytecode: '0x6001',
    runtimeSize: 2,
    unlinked: [],
    isMock: false,
    ...changes,
  };
}

describe('The generated ABIs', () => {
  it('are named after their contracts, leading abbreviations in lower case as a whole', () => {
    expect(['Agrs', 'PolicyRegistry', 'MPRDGate', 'IBell', 'DAO'].map(camelName)).to.deep.equal([
      'agrs',
      'policyRegistry',
      'mprdGate',
      'iBell',
      'dao',
    ]);
  });

  it('are the same bytes whatever the order of the contracts', () => {
    const [a, b] = [contract(), contract({ name: 'Agrs', source: 'contracts/token/Agrs.sol' })];
    expect([...generate([a, b])]).to.deep.equal([...generate([b, a])]);
  });

  it('keep mocks apart from the product, and give bytecode to what can be deployed only', () => {
    const files = generate([
      contract(),
      contract({ name: 'MockBell', isMock: true, bytecode: '0x6002' }),
      contract({ name: 'IBell', bytecode: '0x' }),
    ]);
    const index = files.get('src/abi/generated/index.ts');
    expect(index).to.contain('export const abis = {\n  bell: bellAbi,\n} as const;');
    expect(index).to.contain('export const mockAbis = {\n  mockBell: mockBellAbi,\n} as const;');
    expect(files.get('src/abi/generated/iBell.ts')).to.contain('export const iBellAbi = [');
    const bytecode = files.get('src/abi/generated/bytecode.ts');
    expect(bytecode).to.contain("  bell: '0x6001',\n  mockBell: '0x6002',\n");
    expect(bytecode).not.to.contain('iBell');
  });
});

describe('A contract is refused', () => {
  const refusal = (...contracts: CompiledContract[]): string => {
    try {
      checkContracts(contracts);
    } catch (error) {
      if (error instanceof CompileError) return error.message;
      throw error;
    }
    return '';
  };

  it('when it overloads a function, an event or an error, but not when these share a name', () => {
    for (const type of ['function', 'event', 'error']) {
      const abi = [entry(type, 'ring'), entry('function', 'other'), entry(type, 'ring')];
      expect(refusal(contract({ abi }))).to.equal(
        `contracts/bell/Bell.sol: Bell has more than one ${type} ring. ` +
          "The model's types can't tell them apart: rename one.",
      );
      expect(refusal(contract({ abi, isMock: true }))).to.equal('');
    }
    const abi = [entry('function', 'ring'), entry('event', 'ring'), entry('error', 'ring')];
    expect(refusal(contract({ abi }))).to.equal('');
  });

  it('when its code is one byte over the limit', () => {
    expect(refusal(contract({ runtimeSize: RUNTIME_SIZE_LIMIT }))).to.equal('');
    expect(refusal(contract({ runtimeSize: RUNTIME_SIZE_LIMIT + 1 }))).to.match(
      /22001 bytes of code, 1 over the limit/,
    );
  });

  it('when another one has its name', () => {
    expect(refusal(contract(), contract({ source: 'contracts/other/Bell.sol' }))).to.match(
      /^contracts\/other\/Bell\.sol/,
    );
  });

  it('when it needs a library that would have to be deployed first', () => {
    expect(refusal(contract({ unlinked: ['contracts/lib/Far.sol:Far'] }))).to.match(/Far\.sol:Far. Make its functions/);
  });
});
