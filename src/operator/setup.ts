/**
 * A devnet from nothing: the system, its operators, its funds, and the example's policy in force.
 * @module
 */
import { type DevnetRoles, devnetRoles, type KeyedAccount } from '../chain/accounts.ts';
import type { AddressBook } from '../chain/address-book.ts';
import { type DeploymentConfig, devnetConfig } from '../chain/config.ts';
import type { Chain } from '../chain/connection.ts';
import { deploySystem } from '../chain/deploy.ts';
import type { Hex } from '../codec/hash.ts';
import type { Entry } from '../codec/ids.ts';
import { encodeWords } from '../codec/words.ts';
import { policyHash } from '../policy/commitments.ts';
import { sourceHash, stateSchemaHash } from '../policy/index.ts';
import { devnetAccounts, type PolicyCommitment, populate } from './devnet.ts';
import type { Example } from './example.ts';

export interface Devnet {
  readonly book: AddressBook;
  readonly roles: DevnetRoles;
  /** the registry entry under which the example's policy decides */
  readonly entry: Entry;
}

export function commitmentOf({ policy, program }: Pick<Example, 'policy' | 'program'>): PolicyCommitment {
  return {
    policyHash: encodeWords([policyHash(program)]),
    sourceHash: sourceHash(policy),
    stateSchema: encodeWords([stateSchemaHash(policy)]),
  };
}

export interface DevnetOptions {
  readonly onProgress?: (step: string) => void;
  /** takes recorded verdicts instead of proofs, under this image id: for tests of high volume */
  readonly recorded?: Hex;
}

/**
 * Deploys the devnet's configuration with the development accounts and seals it.
 *
 * @throws ChainError development-only on a chain that isn't local
 */
export async function deployDevnet(chain: Chain, example: Example, options: DevnetOptions = {}): Promise<Devnet> {
  const { onProgress = () => {}, recorded } = options;
  const roles = devnetRoles();
  const deployer = roles.deployer[0] as KeyedAccount;
  const defaults = devnetConfig(
    roles.members.map(({ address }) => address),
    deployer.address,
  );
  const config: DeploymentConfig =
    recorded === undefined ? defaults : { ...defaults, decisionVerifier: 'none', recordedVerifier: true };
  let entry: Entry | undefined;
  const book = await deploySystem(chain, config, {
    deployer,
    members: roles.members,
    accounts: (contracts) => devnetAccounts(roles, contracts),
    onProgress,
    beforeSeal: async ({ contracts, verifiers }) => {
      const imageId = recorded ?? verifiers.decision?.imageId;
      if (imageId === undefined) throw new Error('setup: the devnet has one verifier or the other');
      const { minSelfBond } = config.parameters;
      entry = await populate({ chain, contracts }, roles, minSelfBond, commitmentOf(example), imageId, onProgress);
    },
  });
  if (entry === undefined) throw new Error('setup: every deployment runs its last step before it is sealed');
  return { book, roles, entry };
}
