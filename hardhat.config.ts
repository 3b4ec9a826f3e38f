import { createRequire } from 'node:module';
import hardhatViem from '@nomicfoundation/hardhat-viem';
import { defineConfig } from 'hardhat/config';

const resolveFromHere = createRequire(import.meta.url).resolve;

/** @param runs how often the optimiser assumes that a contract is called: more is faster code, and more of it */
function compiler(runs: number) {
  return {
    version: '0.8.37',
    // The compiler comes from the npm package: with a path, Hardhat has nothing to download.
    path: resolveFromHere('solc/soljson.js'),
    settings: {
      optimizer: { enabled: true, runs },
      // Contracts with many locals don't fit the legacy code generator's stack.
      viaIR: true,
      // Both Hardhat's engine and anvil run a later fork, and so do the public chains: the code needs nothing newer.
      evmVersion: 'prague',
      // No hash of the sources' metadata in the bytecode: it depends on the code alone, so deployments can be compared.
      metadata: { bytecodeHash: 'none', appendCBOR: false },
    },
  };
}

export default defineConfig({
  plugins: [hardhatViem],
  solidity: {
    compilers: [compiler(10_000)],
    // The lens is only ever read, and it is the largest contract: it is compiled for size.
    overrides: { 'contracts/lens/Lens.sol': compiler(1) },
  },
  networks: {
    localhost: { type: 'http', chainType: 'l1', url: 'http://127.0.0.1:8545' },
  },
});
