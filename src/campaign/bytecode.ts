/**
 * Creation code of the compiled contracts, by the names of the address book.
 * @module
 */
import { readFileSync } from 'node:fs';
import type { Hex } from '../codec/hash.ts';

const PATHS = {
  agrs: 'token/Agrs',
  parameters: 'council/Parameters',
  council: 'council/Council',
  registry: 'registry/PolicyRegistry',
  operators: 'operators/Operators',
  staking: 'staking/Staking',
  oracle: 'oracle/StateOracle',
  router: 'receipts/ReceiptRouter',
  gate: 'gate/ExecutionGate',
  treasury: 'adapters/Treasury',
  lens: 'lens/Lens',
  recordedVerifier: 'receipts/RecordedVerifier',
  mockSilentVerifier: 'mocks/MockSilentVerifier',
} as const;

export function bytecodeOf(name: keyof typeof PATHS): Hex {
  const contract = PATHS[name].split('/')[1];
  const file = new URL(`../../artifacts/contracts/${PATHS[name]}.sol/${contract}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).bytecode;
}
