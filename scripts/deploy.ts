/**
 * Deploys the system and writes deployments/<chainId>.json. `npx hardhat run scripts/deploy.ts --network localhost`, or
 * `node scripts/deploy.ts [URL]`.
 *
 * On a local chain: the devnet's configuration with the development accounts, and the policy of examples/treasury in
 * force. On any other chain: the protocol's defaults, with accounts from the environment (`--help` names them).
 *
 * @module
 */
import { compile } from './compile.ts';

const DEFAULT_URL = 'http://127.0.0.1:8545';

const HELP = `Deploys mprd-net and writes deployments/<chainId>.json.

  npx hardhat run scripts/deploy.ts --network localhost
  node scripts/deploy.ts [URL]                 default ${DEFAULT_URL}

On chains 31337 and 1337 everything comes from the devnet: accounts, windows, and the policy of examples/treasury.
On any other chain these variables of the environment are needed:

  MPRD_MEMBERS        addresses of the council's members, comma-separated, 3 to 32
  MPRD_TOKEN_HOLDER   address that receives the whole supply of AGRS
  MPRD_DEPLOYER_KEY   private key of the deployer
  MPRD_MEMBER_KEYS    private keys of the members that govern the genesis, comma-separated: two thirds of them

Exit code: 0 deployed and sealed, 1 failed, 2 wrong usage.`;

/** The chain to deploy to: Hardhat's when Hardhat runs this script, the URL's otherwise. */
async function target(url: string | undefined) {
  const { connect } = await import('../src/chain/connection.ts');
  if (import.meta.main) return { chain: await connect(url ?? DEFAULT_URL), lasting: true };
  const { network } = await import('hardhat');
  const { provider, networkName, networkConfig } = await network.create();
  return { chain: await connect(provider, { name: `network ${networkName}` }), lasting: networkConfig.type === 'http' };
}

async function deploy(url?: string): Promise<void> {
  await compile();
  // Imported late: they need what has just been generated.
  const { chain, lasting } = await target(url);
  const { writeAddressBook } = await import('../src/chain/address-book.ts');
  const tell = (step: string) => console.log(`  ✓ ${step}`);
  console.log(`Deploying to chain ${chain.chainId} (${chain.name})`);
  const book = chain.local ? await deployLocal(chain, tell) : await deployPublic(chain, tell);
  if (!lasting) {
    console.log(
      'This chain ends with the command, so no address book is written. Add --network localhost for one that stays.',
    );
    return;
  }
  console.log(`Sealed and verified. Addresses: ${await writeAddressBook(book)}`);
}

type Deployer<T = Promise<import('../src/chain/address-book.ts').AddressBook>> = (
  chain: import('../src/chain/connection.ts').Chain,
  tell: (step: string) => void,
) => T;

const deployLocal: Deployer = async (chain, tell) => {
  const { loadExample } = await import('../src/operator/example.ts');
  const { deployDevnet } = await import('../src/operator/setup.ts');
  return (await deployDevnet(chain, await loadExample(), { onProgress: tell })).book;
};

const deployPublic: Deployer = async (chain, tell) => {
  const { readPublicConfig } = await import('../src/chain/environment.ts');
  const { deploySystem } = await import('../src/chain/deploy.ts');
  const { config, deployer, members } = readPublicConfig(process.env);
  return deploySystem(chain, config, { deployer, members, onProgress: tell });
};

/** Runs and explains: known errors as a sentence, anything else with its stack. */
async function main(): Promise<void> {
  const args = import.meta.main ? process.argv.slice(2) : [];
  if (args.includes('--help')) {
    console.log(HELP);
    return;
  }
  const [url, ...more] = args;
  if (more.length > 0 || (url !== undefined && !/^https?:\/\//.test(url))) {
    console.error(
      `deploy: expected one URL such as ${DEFAULT_URL}, got ${args.join(' ')}. See \`node scripts/deploy.ts --help\`.`,
    );
    process.exitCode = 2;
    return;
  }
  try {
    await deploy(url);
  } catch (error) {
    const { explainFailure } = await import('../src/operator/explain.ts');
    console.error(`deploy: ${explainFailure(error)}`);
    process.exitCode = 1;
  }
}

await main();
