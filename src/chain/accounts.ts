/**
 * The well-known development accounts (of the mnemonic that Hardhat and anvil share) and the roles they play on a
 * devnet. Everybody has their keys: they belong on local chains only.
 * @module
 */

import type { LocalAccount } from 'viem';
import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts';
import { type Hex, toHex } from '../codec/hash.ts';

export const DEVELOPMENT_MNEMONIC = 'test test test test test test test test test test test junk';

/** How many of the mnemonic's accounts the nodes fund. */
const COUNT = 20;

/** An account whose key this program holds. */
export interface KeyedAccount {
  readonly address: Hex;
  readonly privateKey: Hex;
  /** signs transactions */
  readonly signer: LocalAccount;
}

export function keyedAccount(privateKey: Hex): KeyedAccount {
  const signer = privateKeyToAccount(privateKey);
  return { address: signer.address.toLowerCase() as Hex, privateKey, signer };
}

let cached: readonly KeyedAccount[] | undefined;

/** All of them, in the order of their index. */
export function developmentAccounts(): readonly KeyedAccount[] {
  cached ??= Array.from({ length: COUNT }, (_, addressIndex) => {
    const privateKey = mnemonicToAccount(DEVELOPMENT_MNEMONIC, { addressIndex }).getHdKey().privateKey;
    if (privateKey === null) throw new Error('accounts: a mnemonic always yields private keys');
    return keyedAccount(toHex(privateKey as Uint8Array));
  });
  return cached;
}

/** Who plays which role on the devnet: indices of accounts. */
const ROLES = {
  deployer: [0],
  proposers: [1],
  /** the payroll and the new grantee of examples/treasury */
  payees: [3, 4],
  members: [5, 6, 7],
  operatorOwners: [8, 9, 10],
  operatorSigners: [11, 12, 13],
  coSigners: [14, 15, 16],
  users: [2, 17, 18, 19],
} as const satisfies Record<string, readonly number[]>;

export type Role = keyof typeof ROLES;
export type DevnetRoles = Readonly<Record<Role, readonly KeyedAccount[]>>;

export function devnetRoles(): DevnetRoles {
  const all = developmentAccounts();
  return Object.fromEntries(
    Object.entries(ROLES).map(([role, indices]) => [role, indices.map((index) => all[index] as KeyedAccount)]),
  ) as unknown as DevnetRoles;
}

export function isDevelopmentAccount(address: Hex): boolean {
  return developmentAccounts().some((account) => account.address === address.toLowerCase());
}
