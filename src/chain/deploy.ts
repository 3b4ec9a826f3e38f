/**
 * Deploys the whole system: the addresses are computed first, so that the contracts hold each other as immutables; then
 * the council decides on the genesis without delays; then genesis is sealed and everything is checked.
 * @module
 */
import { getContractAddress } from 'viem';
import { systemAbis } from '../abi/system.ts';
import { selectorOf } from '../codec/abi.ts';
import type { Hex } from '../codec/hash.ts';
import { isDevelopmentAccount, type KeyedAccount } from './accounts.ts';
import {
  type AccountLine,
  type AddressBook,
  type Addresses,
  CONTRACT_NAMES,
  type VerifierLine,
} from './address-book.ts';
import { artifactOf, creationCode, type DeployedName } from './artifacts.ts';
import type { DeploymentConfig } from './config.ts';
import { type Chain, create, encodeCall, send } from './connection.ts';
import { ChainError } from './failure.ts';
import { govern } from './governance.ts';
import { GENESIS_TIERS } from './tiers.ts';

export interface DeployOptions {
  readonly deployer: KeyedAccount;
  /** members whose keys are at hand: as many as a critical proposal needs */
  readonly members: readonly KeyedAccount[];
  /** whom to list in the address book */
  readonly accounts?: (contracts: Addresses) => readonly Omit<AccountLine, 'development'>[];
  /** what the council decides before delays begin; nothing of it can be done as quickly later */
  readonly beforeSeal?: (system: {
    readonly contracts: Addresses;
    readonly verifiers: AddressBook['verifiers'];
  }) => Promise<void>;
  readonly onProgress?: (step: string) => void;
}

/** The order of creation, and so each contract's nonce. Verifiers come last: a configuration may leave them out. */
export const CREATION_ORDER = CONTRACT_NAMES;

/**
 * Deploys, governs the genesis, seals it and verifies the result.
 *
 * @throws ChainError development-only, key-missing, not-compiled, not-deployed, bad-config
 * @throws CallRefused when a contract refuses its configuration
 */
export async function deploySystem(
  chain: Chain,
  config: DeploymentConfig,
  options: DeployOptions,
): Promise<AddressBook> {
  const { deployer, members, onProgress = () => {} } = options;
  requireSuitable(chain, config, deployer);
  requireMembers(config, members);
  const names: DeployedName[] = [...CREATION_ORDER];
  if (config.decisionVerifier === 'development') names.push('decisionVerifier');
  if (config.recordedVerifier) names.push('recordedVerifier');
  const first = await chain.reader.getTransactionCount({ address: deployer.address, blockTag: 'pending' });
  const at = predictAddresses(deployer.address, first, names);
  const contracts = Object.fromEntries(CREATION_ORDER.map((name) => [name, at[name]])) as Addresses;

  for (const [index, name] of names.entries()) {
    const artifact = artifactOf(name);
    const code = creationCode(artifact, constructorArguments(name, contracts, config));
    const receipt = await create(chain, deployer, first + index, code);
    if (receipt.status !== 'success' || receipt.contractAddress?.toLowerCase() !== at[name]) {
      throw new ChainError(
        'not-deployed',
        `${name} was not created at ${at[name]}: the deployer sent something else meanwhile. Deploy again.`,
      );
    }
    onProgress(name);
  }
  const verifiers = await readVerifiers(chain, at);
  await governGenesis(chain, contracts, verifiers, members);
  onProgress('genesis');
  await options.beforeSeal?.({ contracts, verifiers });
  await send(chain, members[0] as KeyedAccount, encodeCall(contracts, 'council', 'sealGenesis', []));
  onProgress('sealed');
  await verifySystem(chain, contracts, config);
  onProgress('verified');
  return {
    chainId: chain.chainId,
    block: await chain.reader.getBlockNumber(),
    contracts,
    verifiers,
    parameters: config.parameters,
    accounts: (options.accounts?.(contracts) ?? []).map((line) => ({
      ...line,
      development: isDevelopmentAccount(line.address),
    })),
  };
}

/** Development keys of any kind stay on local chains. */
function requireSuitable(chain: Chain, config: DeploymentConfig, deployer: KeyedAccount): void {
  if (chain.local) return;
  const refuse = (what: string, remedy: string): never => {
    throw new ChainError(
      'development-only',
      `${what}, and chain ${chain.chainId} is not local; expected chain 31337 or 1337 for these. ${remedy}`,
    );
  };
  if (config.decisionVerifier === 'development') {
    refuse(
      'proofs of the development keys can be forged by anyone',
      'Deploy without them and add a verifier with ceremony keys.',
    );
  }
  if (config.recordedVerifier) refuse('the recorded verifier proves nothing', 'Deploy without it.');
  for (const address of [deployer.address, config.tokenHolder, ...config.members]) {
    if (isDevelopmentAccount(address)) refuse(`everybody has the key of ${address}`, 'Use accounts of your own.');
  }
}

function requireMembers(config: DeploymentConfig, members: readonly KeyedAccount[]): void {
  if (config.members.length < 3) {
    throw new ChainError(
      'bad-config',
      `members: ${config.members.length} given, expected 3 to 32, so that one lost key never blocks.`,
    );
  }
  for (const { address } of members) {
    if (!config.members.includes(address)) {
      throw new ChainError(
        'bad-config',
        `members: ${address} is not in the configuration. Give keys of its members only.`,
      );
    }
  }
  if (members.length === 0)
    throw new ChainError('key-missing', 'no key of a council member is at hand. Give those that govern the genesis.');
}

/** Where each contract will be: it follows from the deployer and its transaction count. */
export function predictAddresses<N extends string>(
  deployer: Hex,
  firstNonce: number,
  names: readonly N[],
): Readonly<Record<N, Hex>> {
  const entries = names.map((name, index) => [
    name,
    getContractAddress({ from: deployer, nonce: BigInt(firstNonce + index) }).toLowerCase(),
  ]);
  return Object.fromEntries(entries);
}

/** What each contract's constructor takes. */
export function constructorArguments(
  name: DeployedName,
  contracts: Addresses,
  config: DeploymentConfig,
): readonly unknown[] {
  const directory = contracts;
  switch (name) {
    case 'agrs':
      return [config.tokenHolder, config.supply];
    case 'parameters':
      return [directory, config.parameters];
    case 'council':
      return [directory, config.members];
    case 'registry':
      return [directory, config.maxEntries];
    case 'treasury':
      return [directory, config.treasury.elevatedFrom, config.treasury.criticalFrom];
    case 'decisionVerifier':
    case 'recordedVerifier':
      return [];
    default:
      return [directory];
  }
}

async function readVerifiers(chain: Chain, at: Partial<Record<DeployedName, Hex>>): Promise<AddressBook['verifiers']> {
  const decision = await readVerifier(chain, 'decisionVerifier', at.decisionVerifier);
  const recorded = await readVerifier(chain, 'recordedVerifier', at.recordedVerifier);
  return { ...(decision && { decision }), ...(recorded && { recorded }) };
}

async function readVerifier(
  chain: Chain,
  name: DeployedName,
  address: Hex | undefined,
): Promise<VerifierLine | undefined> {
  if (address === undefined) return undefined;
  const { abi } = artifactOf(name);
  const read = (functionName: string) => chain.reader.readContract({ address, abi, functionName });
  return {
    address,
    selector: (await read('selector')) as Hex,
    imageId: (await read('imageId')) as Hex,
    development: (await read('isDevelopment')) as boolean,
  };
}

async function governGenesis(
  chain: Chain,
  contracts: Addresses,
  verifiers: AddressBook['verifiers'],
  members: readonly KeyedAccount[],
): Promise<void> {
  const rules = GENESIS_TIERS.map(({ contract, call, tier }) => ({
    target: contracts[contract],
    selector: selectorOf(contract, call),
    tier,
  }));
  await govern(chain, contracts.council, members, encodeCall(contracts, 'council', 'setTiers', [rules]));
  for (const verifier of Object.values(verifiers) as VerifierLine[]) {
    await govern(chain, contracts.council, members, encodeCall(contracts, 'router', 'addVerifier', [verifier.address]));
  }
}

/**
 * Compares the deployed contracts with what was configured: code everywhere, immutable addresses, the tiers, the seal.
 *
 * @throws ChainError not-deployed
 */
async function verifySystem(chain: Chain, contracts: Addresses, config: DeploymentConfig): Promise<void> {
  const directory: Readonly<Record<string, Hex>> = contracts;
  for (const name of CREATION_ORDER) {
    const address = contracts[name];
    if ((await chain.reader.getCode({ address })) === undefined) throw disagrees(name, 'code', 'none', 'some');
    const { abi } = artifactOf(name);
    for (const item of abi) {
      // The peers of a contract are its public immutables, named as in the directory.
      if (item.type !== 'function' || item.inputs.length > 0 || directory[item.name] === undefined) continue;
      const found = String(await chain.reader.readContract({ address, abi, functionName: item.name })).toLowerCase();
      if (found !== directory[item.name]) throw disagrees(name, item.name, found, directory[item.name] as Hex);
    }
  }
  const council = { address: contracts.council, abi: systemAbis.council } as const;
  for (const { contract, call, tier } of GENESIS_TIERS) {
    const args = [contracts[contract], selectorOf(contract, call)] as const;
    const found = await chain.reader.readContract({ ...council, functionName: 'minimumTier', args });
    if (found !== tier) throw disagrees(contract, `the tier of ${call}`, String(found), String(tier));
  }
  const members = await chain.reader.readContract({ ...council, functionName: 'members' });
  if (members.join().toLowerCase() !== config.members.join()) {
    throw disagrees('council', 'the members', members.join(), config.members.join());
  }
  if (!(await chain.reader.readContract({ ...council, functionName: 'genesisSealed' }))) {
    throw disagrees('council', 'the seal of genesis', 'none', 'one: an unsealed council decides without delays');
  }
}

function disagrees(contract: string, what: string, found: string, expected: string): ChainError {
  return new ChainError('not-deployed', `${contract}: ${what}: found ${found}, expected ${expected}. Deploy again.`);
}
