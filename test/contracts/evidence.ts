/** Evidence of equivocation, and how it is opened and revealed. */
import { encodeCall } from '../../src/codec/abi.ts';
import { attestationEvidence as hashOfAttestations, headEvidence as hashOfHeads } from '../../src/codec/evidence.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { type OffenceKind, offenceId, openingCommitment } from '../../src/codec/ids.ts';
import { signDigest } from '../../src/codec/signature.ts';
import { structHash, typedDigest } from '../../src/codec/typed-data.ts';
import { hashWords } from '../../src/codec/words.ts';
import { type Head, HeadKind } from '../../src/model/court.ts';
import type { StateAttestation } from '../../src/model/oracle.ts';
import { type Fixture, type Sent, word, ZERO_HASH } from './fixture.ts';

export { HeadKind };

type Key = { readonly address: Hex; readonly privateKey: Hex };

/** Two contradicting messages with their signatures, ready to be opened by a challenger. */
export interface Evidence {
  /** what the opening hides */
  readonly hash: Hex;
  readonly offence: { readonly kind: OffenceKind; readonly subject: Hex };
  /** of the revealing function, but the last, which is the salt */
  readonly args: readonly unknown[];
  readonly reveal: (salt: Hex) => Hex;
}

export const place = (f: Fixture) => ({ chainId: f.chainId, contract: f.at.court });

/** An attestation that was never accepted, on top of the fixture's last one. */
export function nextAttestation(f: Fixture, change: Partial<StateAttestation> = {}): StateAttestation {
  const last = f.attestations.at(-1) as StateAttestation;
  return { ...last, stateEpoch: last.stateEpoch + 1n, prevHash: structHash('StateAttestation', last), ...change };
}

export function attestationEvidence(
  f: Fixture,
  a: StateAttestation,
  b: StateAttestation,
  keys: readonly [Key, Key],
  spoil: (signature: Hex) => Hex = (signature) => signature,
): Evidence {
  const domain = { chainId: f.chainId, verifyingContract: f.at.oracle };
  const [one, two] = [a, b].map((message, i) =>
    signDigest(typedDigest('StateAttestation', message, domain), (keys[i] as Key).privateKey),
  ) as [Hex, Hex];
  const args = [a, b, spoil(one), spoil(two)] as const;
  return {
    hash: hashOfAttestations(...args),
    offence: {
      kind: 'StateAttestation',
      subject: hashWords([a.sourceId, BigInt(a.configVersion), a.stateEpoch, a.prevHash]),
    },
    args,
    reveal: (salt) => encodeCall('court', 'revealAttestations', [...args, salt]),
  };
}

export function headEvidence(
  f: Fixture,
  kind: number,
  a: Head,
  b: Head,
  keys: readonly [Key, Key],
  reached: { readonly scope: Hex; readonly nonce: bigint } = { scope: ZERO_HASH, nonce: 0n },
): Evidence {
  const signatures = [a, b].map((head, i) => signHead(f, kind, head, keys[i] as Key)) as [Hex, Hex];
  const args = [kind, a, b, ...signatures, reached] as const;
  return {
    hash: hashOfHeads(...args),
    offence: {
      kind: kind === HeadKind.LogHead ? 'LogHead' : 'RegistryCheckpoint',
      subject: hashWords([a.height, a.blockHash]),
    },
    args,
    reveal: (salt) => encodeCall('court', 'revealHeads', [...args, salt]),
  };
}

function signHead(f: Fixture, kind: number, { operatorId, height, root, blockHash }: Head, key: Key): Hex {
  const { chainId } = f;
  const digest =
    kind === HeadKind.LogHead
      ? typedDigest('LogHead', { operatorId, size: height, root, blockHash }, { chainId, verifyingContract: f.at.gate })
      : typedDigest(
          'RegistryCheckpoint',
          { operatorId, epoch: height, root, blockHash },
          { chainId, verifyingContract: f.at.registry },
        );
  return signDigest(digest, key.privateKey);
}

export const SALT = word('salt');

export function openCall(f: Fixture, evidence: Evidence, challenger: Hex, salt = SALT): Sent {
  const commitment = openingCommitment(place(f), evidence.hash, challenger, salt);
  return { from: challenger, to: f.at.court, data: encodeCall('court', 'open', [commitment]) };
}

export function revealCall(f: Fixture, evidence: Evidence, challenger: Hex, salt = SALT): Sent {
  return { from: challenger, to: f.at.court, data: evidence.reveal(salt) };
}

export function offenceOf(f: Fixture, { offence }: Evidence, operatorId: Hex): Hex {
  return offenceId(place(f), offence.kind, operatorId, offence.subject);
}
