/**
 * The mirrored contracts by the names that the model, the address book and traces use.
 * @module
 */

import {
  agrsAbi,
  councilAbi,
  courtAbi,
  disruptionsAbi,
  executionGateAbi,
  iReceiptVerifierAbi,
  operatorsAbi,
  parametersAbi,
  policyRegistryAbi,
  receiptRouterAbi,
  stakingAbi,
  stateOracleAbi,
  treasuryAbi,
} from './generated/index.ts';
import type { EventOf, RefusalOf } from './types.ts';

export const systemAbis = {
  agrs: agrsAbi,
  parameters: parametersAbi,
  council: councilAbi,
  disruptions: disruptionsAbi,
  registry: policyRegistryAbi,
  operators: operatorsAbi,
  staking: stakingAbi,
  oracle: stateOracleAbi,
  router: receiptRouterAbi,
  gate: executionGateAbi,
  treasury: treasuryAbi,
  court: courtAbi,
} as const;

export type SystemAbis = typeof systemAbis;
export type ContractName = keyof SystemAbis;

/**
 * Errors that every receipt verifier shares (IReceiptVerifier). Verifiers have no state, so nothing of them is
 * mirrored.
 */
export const verifierAbi = iReceiptVerifierAbi;

/** Every error of every contract: errors of a callee bubble up. */
export type Refusal = { [N in ContractName]: RefusalOf<SystemAbis[N]> }[ContractName] | RefusalOf<typeof verifierAbi>;

/** Every event of every contract. */
export type SystemEvent = { [N in ContractName]: EventOf<N, SystemAbis[N]> }[ContractName];
