/**
 * The compiled contracts that a deployment consists of.
 * @module
 */
import { type Abi, encodeDeployData } from 'viem';
import { bytecode } from '../abi/generated/bytecode.ts';
import { abis } from '../abi/generated/index.ts';
import type { Hex } from '../codec/hash.ts';
import { ChainError } from './failure.ts';

/** The Solidity name of each contract of a deployment, as the generated modules spell it. */
const GENERATED = {
  agrs: 'agrs',
  parameters: 'parameters',
  council: 'council',
  disruptions: 'disruptions',
  registry: 'policyRegistry',
  operators: 'operators',
  staking: 'staking',
  oracle: 'stateOracle',
  router: 'receiptRouter',
  gate: 'executionGate',
  treasury: 'treasury',
  court: 'court',
  lens: 'lens',
  decisionVerifier: 'decisionVerifier',
  recordedVerifier: 'recordedVerifier',
} as const;

export type DeployedName = keyof typeof GENERATED;

/** The contract's name in its source. */
export function solidityName(name: DeployedName): string {
  const generated = GENERATED[name];
  return generated[0]!.toUpperCase() + generated.slice(1);
}

export interface Artifact {
  readonly abi: Abi;
  readonly bytecode: Hex;
}

/** @throws ChainError not-compiled */
export function artifactOf(name: DeployedName): Artifact {
  const generated = GENERATED[name];
  const abi = (abis as Readonly<Record<string, Abi | undefined>>)[generated];
  const code = (bytecode as Readonly<Record<string, Hex | undefined>>)[generated];
  if (abi === undefined || code === undefined) {
    const remedy = 'Run `npm run circuits:build` and `npm run compile`, or `npm start`, which does both.';
    throw new ChainError('not-compiled', `the compiled contract ${generated} is missing. ${remedy}`);
  }
  return { abi, bytecode: code };
}

/** Creation code with the encoded constructor arguments behind it. */
export function creationCode({ abi, bytecode: code }: Artifact, args: readonly unknown[]): Hex {
  return encodeDeployData({ abi, bytecode: code, args: [...args] });
}
