/**
 * Attesting a state: k operators sign what they read, anyone hands it in.
 * @module
 */
import { systemAbis } from '../abi/system.ts';
import type { KeyedAccount } from '../chain/accounts.ts';
import { encodeCall, send } from '../chain/connection.ts';
import { chainTime } from '../chain/devtime.ts';
import type { Hex } from '../codec/hash.ts';
import { structHash } from '../codec/typed-data.ts';
import { type System, signTyped } from './devnet.ts';

export interface Attested {
  readonly sourceId: Hex;
  readonly stateEpoch: bigint;
  readonly stateHash: Hex;
  /** struct hash of the attestation */
  readonly attestationHash: Hex;
  readonly createdAt: bigint;
  /** last second at which the state is fresh */
  readonly expiresAt: bigint;
  readonly signers: readonly Hex[];
}

/**
 * Signs the next attestation with as many keys as the source asks for and submits it.
 *
 * @param attesters current keys of attesters, at least the source's threshold of them
 * @throws CallRefused when the oracle refuses
 */
export async function attestState(
  system: System,
  sourceId: Hex,
  state: { readonly stateHash: Hex; readonly fieldsHash: Hex },
  attesters: readonly KeyedAccount[],
  submitter: KeyedAccount,
): Promise<Attested> {
  const { chain, contracts } = system;
  const oracle = { address: contracts.oracle, abi: systemAbis.oracle } as const;
  const [configVersion, , maxStaleness, , threshold] = await chain.reader.readContract({
    ...oracle,
    functionName: 'source',
    args: [sourceId],
  });
  const [prevHash, , lastEpoch] = await chain.reader.readContract({
    ...oracle,
    functionName: 'attested',
    args: [sourceId, 0],
  });
  const createdAt = await chainTime(chain);
  const message = { sourceId, configVersion, stateEpoch: lastEpoch + 1n, prevHash, ...state, createdAt };
  const signers = attesters.slice(0, threshold).sort((a, b) => (a.address < b.address ? -1 : 1));
  const signatures = signers.map((key) => signTyped('StateAttestation', message, system, 'oracle', key));
  await send(chain, submitter, encodeCall(contracts, 'oracle', 'attest', [message, signatures]));
  return {
    sourceId,
    stateEpoch: message.stateEpoch,
    stateHash: state.stateHash,
    attestationHash: structHash('StateAttestation', message),
    createdAt,
    expiresAt: createdAt + BigInt(maxStaleness),
    signers: signers.map(({ address }) => address),
  };
}
