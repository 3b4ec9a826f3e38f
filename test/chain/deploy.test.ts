import { expect } from 'chai';
import { createHardhatRuntimeEnvironment } from 'hardhat/hre';
import { systemAbis } from '../../src/abi/system.ts';
import { devnetRoles, type KeyedAccount, keyedAccount } from '../../src/chain/accounts.ts';
import type { AddressBook } from '../../src/chain/address-book.ts';
import { type DeploymentConfig, devnetConfig, protocolConfig } from '../../src/chain/config.ts';
import { type Chain, connect, encodeCall, type Provider, send } from '../../src/chain/connection.ts';
import { deploySystem, predictAddresses } from '../../src/chain/deploy.ts';
import { inSnapshot } from '../../src/chain/devtime.ts';
import { ChainError } from '../../src/chain/failure.ts';
import { govern } from '../../src/chain/governance.ts';
import { CallRefused } from '../../src/chain/refusal.ts';
import { GENESIS_TIERS } from '../../src/chain/tiers.ts';
import { type Hex, keccak256, utf8 } from '../../src/codec/hash.ts';
import { startAnvil } from '../../src/mirror/anvil.ts';

const roles = devnetRoles();
const deployer = roles.deployer[0] as KeyedAccount;
const addresses = (accounts: readonly KeyedAccount[]) => accounts.map(({ address }) => address);
const devnet = devnetConfig(addresses(roles.members), deployer.address);

async function hardhatChain(
  chainId: number,
  keys?: readonly KeyedAccount[],
): Promise<{ chain: Chain; provider: Provider }> {
  const accounts = keys?.map(({ privateKey }) => ({ privateKey, balance: '1000000000000000000000' }));
  const hardhat = await createHardhatRuntimeEnvironment({
    networks: { test: { type: 'edr-simulated', chainType: 'l1', chainId, ...(accounts && { accounts }) } },
  });
  const { provider } = await hardhat.network.create('test');
  return { chain: await connect(provider), provider };
}

/** Runtime code of everything in the book, by name. */
async function codeOf(chain: Chain, book: AddressBook): Promise<Record<string, string | undefined>> {
  const verifiers = Object.entries(book.verifiers).map(([name, { address }]) => [`${name} verifier`, address] as const);
  const all: readonly (readonly [string, Hex])[] = [...Object.entries(book.contracts), ...verifiers];
  const code: Record<string, string | undefined> = {};
  for (const [name, address] of all) code[`${name} at ${address}`] = await chain.reader.getCode({ address });
  return code;
}

async function failure(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('chain: deployment on a local chain', function () {
  this.timeout(60_000);
  const config: DeploymentConfig = { ...devnet, recordedVerifier: true };
  let chain: Chain;
  let book: AddressBook;
  const steps: string[] = [];

  before(async () => {
    ({ chain } = await hardhatChain(31337));
    book = await deploySystem(chain, config, {
      deployer,
      members: roles.members,
      accounts: ({ council }) => [
        { role: 'deployer', address: deployer.address },
        { role: 'treasury', address: council },
      ],
      onProgress: (step) => steps.push(step),
    });
  });

  it('puts the contracts where the deployer and its transaction count say', () => {
    const predicted = predictAddresses(deployer.address, 0, Object.keys(book.contracts));
    expect(book.contracts).to.deep.equal(predicted);
  });

  it('seals the genesis last and then verifies everything', () => {
    expect(steps.slice(-3)).to.deep.equal(['genesis', 'sealed', 'verified']);
  });

  it('tells development accounts from others in the address book', () => {
    expect(book.accounts.map(({ role, development }) => [role, development])).to.deep.equal([
      ['deployer', true],
      ['treasury', false],
    ]);
  });

  it('gives the same addresses and the same code on anvil', async () => {
    const anvil = await startAnvil();
    try {
      const other = await connect(anvil.url);
      const twin = await deploySystem(other, config, { deployer, members: roles.members });
      expect(await codeOf(other, twin)).to.deep.equal(await codeOf(chain, book));
    } finally {
      await anvil.stop();
    }
  });

  it('gives every listed call its tier, and the critical one to every other', async () => {
    const at = (call: string) => GENESIS_TIERS.find((line) => line.call === call)?.tier;
    expect([at('stopVerifier'), at('advanceEpoch'), at('addVerifier'), at('setParameters')]).to.deep.equal([
      2,
      2,
      undefined,
      undefined,
    ]);
    const call = encodeCall(book.contracts, 'operators', 'openAdmission', []);
    const tier = await chain.reader.readContract({
      address: book.contracts.council,
      abi: systemAbis.council,
      functionName: 'minimumTier',
      args: [call.to, call.data.slice(0, 10) as Hex],
    });
    expect(tier).to.equal(3);
  });

  it("lets the council decide after the delay of the call's tier", async () => {
    await inSnapshot(chain, async () => {
      const call = encodeCall(book.contracts, 'operators', 'openAdmission', []);
      const { waited, tier } = await govern(chain, book.contracts.council, roles.members, call);
      expect(tier).to.equal(3);
      expect(waited).to.be.within(config.parameters.criticalDelay - 5, config.parameters.criticalDelay);
      const again = await failure(govern(chain, book.contracts.council, roles.members, call));
      expect(again)
        .to.be.instanceOf(CallRefused)
        .with.property('message')
        .that.matches(/^AdmissionOpenAlready: /);
    });
  });

  it('says which keys are missing when too few members can approve', async () => {
    const call = encodeCall(book.contracts, 'operators', 'openAdmission', []);
    const error = await failure(govern(chain, book.contracts.council, roles.members.slice(0, 1), call));
    expect(error).to.be.instanceOf(ChainError).with.property('code', 'key-missing');
  });

  it('simulates before it sends: a refused call costs no transaction', async () => {
    const stranger = roles.users[0] as KeyedAccount;
    const before = await chain.reader.getTransactionCount({ address: stranger.address });
    const error = await failure(send(chain, stranger, encodeCall(book.contracts, 'registry', 'freeze', [])));
    expect(error).to.be.instanceOf(CallRefused).with.nested.property('refusal.error', 'NotMember');
    expect(await chain.reader.getTransactionCount({ address: stranger.address })).to.equal(before);
  });
});

describe('chain: deployment on a chain that is not local', function () {
  this.timeout(60_000);
  const own = ['deployer', 'a', 'b', 'c'].map((name) => keyedAccount(keccak256(utf8(`test key of ${name}`))));
  const [ownDeployer, ...members] = own as [KeyedAccount, ...KeyedAccount[]];
  const config = protocolConfig(addresses(members), ownDeployer.address);
  let chain: Chain;

  before(async () => {
    ({ chain } = await hardhatChain(424_242, own));
  });

  it('refuses development keys of every kind before it sends anything', async () => {
    const unsuitable: readonly Partial<DeploymentConfig>[] = [
      { decisionVerifier: 'development' },
      { recordedVerifier: true },
      { members: devnet.members },
      { tokenHolder: deployer.address },
    ];
    for (const part of unsuitable) {
      const error = await failure(deploySystem(chain, { ...config, ...part }, { deployer: ownDeployer, members }));
      expect(error, JSON.stringify(part)).to.be.instanceOf(ChainError).with.property('code', 'development-only');
    }
    const error = await failure(deploySystem(chain, config, { deployer, members }));
    expect(error).to.be.instanceOf(ChainError).with.property('code', 'development-only');
    expect(await chain.reader.getBlockNumber()).to.equal(0n);
  });

  it("ends sealed, with the protocol's delays in force", async () => {
    const { contracts, verifiers } = await deploySystem(chain, config, { deployer: ownDeployer, members });
    const council = { address: contracts.council, abi: systemAbis.council } as const;
    expect(verifiers).to.deep.equal({});
    expect(await chain.reader.readContract({ ...council, functionName: 'genesisSealed' })).to.equal(true);
    expect(await chain.reader.readContract({ ...council, functionName: 'delayOf', args: [3] })).to.equal(1_296_000n);
    const call = encodeCall(contracts, 'operators', 'openAdmission', []);
    const error = await failure(govern(chain, contracts.council, members, call));
    expect(error).to.be.instanceOf(ChainError).with.property('code', 'delay-running');
  });

  it('needs the keys of a critical quorum, and at least three members', async () => {
    const few = await failure(deploySystem(chain, config, { deployer: ownDeployer, members: members.slice(0, 1) }));
    expect(few).to.be.instanceOf(ChainError).with.property('code', 'key-missing');
    const none = await failure(deploySystem(chain, config, { deployer: ownDeployer, members: [] }));
    expect(none).to.be.instanceOf(ChainError).with.property('code', 'key-missing');
    const two = { ...config, members: config.members.slice(0, 2) };
    const small = await failure(
      deploySystem(chain, two, {
        deployer: ownDeployer,
        members: members.filter((m) => two.members.includes(m.address)),
      }),
    );
    expect(small).to.be.instanceOf(ChainError).with.property('code', 'bad-config');
  });
});
