/**
 * What the devnet's council decides before genesis is sealed: three bonded operators that attest a source, a funded
 * treasury account, and one entry under which the example's policy decides about it.
 * @module
 */
import { systemAbis } from '../abi/system.ts';
import type { DevnetRoles, KeyedAccount } from '../chain/accounts.ts';
import type { AccountLine, Addresses } from '../chain/address-book.ts';
import { AGRS, devnetEntry, devnetSource, sorted } from '../chain/config.ts';
import { type Chain, encodeCall, send } from '../chain/connection.ts';
import { govern } from '../chain/governance.ts';
import { type Hex, keccak256, utf8 } from '../codec/hash.ts';
import { type Entry, operatorId } from '../codec/ids.ts';
import { signDigest } from '../codec/signature.ts';
import { typedDigest } from '../codec/typed-data.ts';

/** A chain and the deployment on it. */
export interface System {
  readonly chain: Chain;
  readonly contracts: Addresses;
}

/** An operator whose keys are at hand. */
export interface KeyedOperator {
  readonly id: Hex;
  readonly owner: KeyedAccount;
  readonly signer: KeyedAccount;
}

/** What the treasury account is funded with; the example's state says the same number. */
export const TREASURY_FUNDS = 5_000n * AGRS;

/** The devnet's operators, by the roles' owners and signers. */
export function devnetOperators({ chain, contracts }: System, roles: DevnetRoles): readonly KeyedOperator[] {
  const place = { chainId: BigInt(chain.chainId), contract: contracts.operators };
  return roles.operatorOwners.map((owner, index) => {
    const signer = roles.operatorSigners[index] as KeyedAccount;
    return { id: operatorId(place, owner.address, signer.address), owner, signer };
  });
}

/** Every account of the devnet with its role, for the address book. */
export function devnetAccounts(
  roles: DevnetRoles,
  contracts: Pick<Addresses, 'council'>,
): Omit<AccountLine, 'development'>[] {
  const listed = (role: string, accounts: readonly KeyedAccount[]) =>
    accounts.map(({ address }) => ({ role, address }));
  return [
    ...listed('deployer', roles.deployer),
    ...listed('member', roles.members),
    ...listed('operator-owner', roles.operatorOwners),
    ...listed('operator-signer', roles.operatorSigners),
    ...listed('proposer', roles.proposers),
    ...listed('payee', roles.payees),
    ...listed('co-signer', roles.coSigners),
    ...listed('user', roles.users),
    { role: 'treasury', address: contracts.council },
  ];
}

/** Below this, in wei, an account gets more: Hardhat funds all development accounts, anvil only the first ten. */
const LEAST_GAS_MONEY = 10n ** 18n;

/** Gives ether from the deployer to those of the devnet who have too little to send transactions. */
export async function provideGasMoney({ chain }: System, roles: DevnetRoles): Promise<void> {
  const [deployer] = roles.deployer;
  for (const { address } of Object.values(roles).flat()) {
    if ((await chain.reader.getBalance({ address })) >= LEAST_GAS_MONEY) continue;
    await send(chain, deployer as KeyedAccount, { to: address, data: '0x', value: 10n * LEAST_GAS_MONEY });
  }
}

/** Registers, bonds and admits the operators, and makes them the attesters of the devnet's source. */
export async function admitOperators(
  system: System,
  roles: DevnetRoles,
  minSelfBond: bigint,
): Promise<readonly KeyedOperator[]> {
  const { chain, contracts } = system;
  const holder = roles.deployer[0] as KeyedAccount;
  const operators = devnetOperators(system, roles);
  for (const { id, owner, signer } of operators) {
    const possession = signTyped(
      'SignerPossession',
      { owner: owner.address, signer: signer.address },
      system,
      'operators',
      signer,
    );
    const metadata = keccak256(utf8(`devnet operator ${signer.address}`));
    await send(
      chain,
      owner,
      encodeCall(contracts, 'operators', 'register', [signer.address, owner.address, metadata, possession]),
    );
    await govern(chain, contracts.council, roles.members, encodeCall(contracts, 'operators', 'admit', [id]));
    const amount = 2n * minSelfBond;
    await send(chain, holder, encodeCall(contracts, 'agrs', 'transfer', [owner.address, amount]));
    await send(chain, owner, encodeCall(contracts, 'agrs', 'approve', [contracts.staking, amount]));
    await send(chain, owner, encodeCall(contracts, 'staking', 'bond', [id, amount]));
  }
  const { name, threshold, maxStaleness, maxFutureSkew } = devnetSource;
  const attesters = sorted(operators.map(({ id }) => id));
  const call = encodeCall(contracts, 'oracle', 'configureSource', [
    name,
    attesters,
    threshold,
    maxStaleness,
    maxFutureSkew,
    false,
  ]);
  await govern(chain, contracts.council, roles.members, call);
  return operators;
}

/** The council's own account in the treasury: only its critical proposals take money out other than by policy. */
export async function fundTreasury({ chain, contracts }: System, roles: DevnetRoles): Promise<void> {
  const holder = roles.deployer[0] as KeyedAccount;
  await send(chain, holder, encodeCall(contracts, 'agrs', 'approve', [contracts.treasury, TREASURY_FUNDS]));
  await send(chain, holder, encodeCall(contracts, 'treasury', 'fund', [contracts.council, TREASURY_FUNDS]));
}

/** What the entry commits to of a policy. */
export interface PolicyCommitment {
  readonly policyHash: Hex;
  readonly sourceHash: Hex;
  /** 32 bytes; below 2^248 */
  readonly stateSchema: Hex;
}

/** The devnet's entry: this policy decides about the council's funds; its proposers sign what they propose. */
export function devnetRegistryEntry(
  { chain, contracts }: System,
  roles: DevnetRoles,
  policy: PolicyCommitment,
  imageId: Hex,
  stateSource: Hex,
): Entry {
  const operators = devnetOperators({ chain, contracts }, roles);
  return {
    ...policy,
    ...devnetEntry,
    imageId,
    stateSource,
    adapter: contracts.treasury,
    account: contracts.council,
    operators: sorted(operators.map(({ id }) => id)),
    proposerMode: 1,
    proposers: sorted(roles.proposers.map(({ address }) => address)),
    coSigners: sorted(roles.coSigners.map(({ address }) => address)),
  };
}

/** Stages the entry and begins the epoch in which it authorises. */
export async function enterPolicy(
  { chain, contracts }: System,
  members: readonly KeyedAccount[],
  entry: Entry,
): Promise<void> {
  await govern(chain, contracts.council, members, encodeCall(contracts, 'registry', 'stageEntry', [entry]));
  await govern(chain, contracts.council, members, encodeCall(contracts, 'registry', 'advanceEpoch', []));
}

/**
 * Everything above, as the deployment's last step before it is sealed.
 *
 * @param imageId the receipt program whose proofs the entry asks for
 */
export async function populate(
  system: System,
  roles: DevnetRoles,
  minSelfBond: bigint,
  policy: PolicyCommitment,
  imageId: Hex,
  onProgress: (step: string) => void,
): Promise<Entry> {
  const { chain, contracts } = system;
  await provideGasMoney(system, roles);
  await admitOperators(system, roles, minSelfBond);
  onProgress('operators');
  await fundTreasury(system, roles);
  onProgress('funds');
  const oracle = { address: contracts.oracle, abi: systemAbis.oracle } as const;
  const stateSource = await chain.reader.readContract({
    ...oracle,
    functionName: 'sourceIdOf',
    args: [devnetSource.name],
  });
  const entry = devnetRegistryEntry(system, roles, policy, imageId, stateSource);
  await enterPolicy(system, roles.members, entry);
  onProgress('policy');
  return entry;
}

/** An EIP-712 signature for one of the system's contracts. */
export function signTyped<N extends Parameters<typeof typedDigest>[0]>(
  name: N,
  message: Parameters<typeof typedDigest<N>>[1],
  { chain, contracts }: System,
  contract: keyof Addresses,
  key: KeyedAccount,
): Hex {
  const domain = { chainId: BigInt(chain.chainId), verifyingContract: contracts[contract] };
  return signDigest(typedDigest(name, message, domain), key.privateKey);
}
