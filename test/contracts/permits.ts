/** Permits for the staking contract. */
import type { KeyedAccount } from '../../src/chain/accounts.ts';
import { encodeCall } from '../../src/codec/abi.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { signDigest } from '../../src/codec/signature.ts';
import { type Domain, TOKEN_NAME, typedDigest } from '../../src/codec/typed-data.ts';
import type { Fixture, Sent } from './fixture.ts';
import { parts } from './signatures.ts';

export interface Permit {
  readonly owner: Hex;
  readonly spender: Hex;
  readonly value: bigint;
  readonly nonce: bigint;
  readonly deadline: bigint;
}

/** As the account signs it. */
export interface SignedPermit extends Permit {
  readonly v: number;
  readonly r: Hex;
  readonly s: Hex;
}

/** The account lets staking take `value`, for a while; one thing may be different. */
export function permit(
  f: Fixture,
  account: KeyedAccount,
  value: bigint,
  change: Partial<Permit> & { readonly domain?: Partial<Domain> } = {},
): SignedPermit {
  const { domain = {}, ...other } = change;
  const deadline = f.time + 1_000n;
  const message = { owner: account.address, spender: f.at.staking, value, nonce: 0n, deadline, ...other };
  const digest = typedDigest('Permit', message, {
    chainId: f.chainId,
    verifyingContract: f.at.agrs,
    name: TOKEN_NAME,
    ...domain,
  });
  return { ...message, ...parts(signDigest(digest, account.privateKey)) };
}

/** Uses a permit up, as anybody can who sees it. */
export function usePermit(f: Fixture, from: Hex, { owner, spender, value, deadline, v, r, s }: SignedPermit): Sent {
  return { from, to: f.at.agrs, data: encodeCall('agrs', 'permit', [owner, spender, value, deadline, v, r, s]) };
}

export type PermitFunction = 'bondWithPermit' | 'delegateWithPermit';

export function stakeWithPermit(f: Fixture, name: PermitFunction, from: Hex, id: Hex, signed: SignedPermit): Sent {
  const { value, deadline, v, r, s } = signed;
  return { from, to: f.at.staking, data: encodeCall('staking', name, [id, value, deadline, v, r, s]) };
}
