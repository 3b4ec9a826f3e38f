/**
 * The EIP-712 messages of the protocol. The field lists here are the only ones: wallets get them as typed data, the
 * model and the operators hash with them, and a test compares every digest with the contracts'.
 * @module
 */
import { type Hex, keccak256, keccakOfParts, utf8 } from './hash.ts';
import { Memo } from './remember.ts';
import { recoverSigner } from './signature.ts';
import { hashWords, type Word } from './words.ts';

interface Field {
  readonly name: string;
  readonly type: string;
}

/** Flat structs of static fields: each field is one word. */
export const typedData = {
  SignerPossession: [
    { name: 'owner', type: 'address' },
    { name: 'signer', type: 'address' },
  ],
  StateAttestation: [
    { name: 'sourceId', type: 'bytes32' },
    { name: 'configVersion', type: 'uint32' },
    { name: 'stateEpoch', type: 'uint64' },
    { name: 'prevHash', type: 'bytes32' },
    { name: 'stateHash', type: 'bytes32' },
    { name: 'fieldsHash', type: 'bytes32' },
    { name: 'createdAt', type: 'uint64' },
  ],
  LogHead: [
    { name: 'operatorId', type: 'bytes32' },
    { name: 'size', type: 'uint64' },
    { name: 'root', type: 'bytes32' },
    { name: 'blockHash', type: 'bytes32' },
  ],
  RegistryCheckpoint: [
    { name: 'operatorId', type: 'bytes32' },
    { name: 'epoch', type: 'uint64' },
    { name: 'root', type: 'bytes32' },
    { name: 'blockHash', type: 'bytes32' },
  ],
  /** EIP-2612; in the token's own domain */
  Permit: [
    { name: 'owner', type: 'address' },
    { name: 'spender', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'nonce', type: 'uint256' },
    { name: 'deadline', type: 'uint256' },
  ],
  Proposal: [
    { name: 'scope', type: 'bytes32' },
    { name: 'nonce', type: 'uint256' },
    { name: 'stateHash', type: 'bytes32' },
    { name: 'candidateSetHash', type: 'bytes32' },
  ],
  Decision: [
    { name: 'scope', type: 'bytes32' },
    { name: 'nonce', type: 'uint256' },
    { name: 'operatorId', type: 'bytes32' },
    { name: 'schema', type: 'uint32' },
    { name: 'addressee', type: 'address' },
    { name: 'p0', type: 'int64' },
    { name: 'p1', type: 'int64' },
    { name: 'p2', type: 'int64' },
    { name: 'presence', type: 'uint8' },
    { name: 'validUntil', type: 'uint64' },
    { name: 'submitter', type: 'address' },
    { name: 'journalDigest', type: 'bytes32' },
  ],
} as const satisfies Record<string, readonly Field[]>;

export type TypedDataName = keyof typeof typedData;
export type TypedMessage<N extends TypedDataName> = {
  readonly [F in (typeof typedData)[N][number] as F['name']]: Word;
};

/** The contract that a message is for; version is "1" everywhere, and the name "mprd-net" except for the token. */
export interface Domain {
  readonly chainId: bigint;
  readonly verifyingContract: Hex;
  /** default: mprd-net */
  readonly name?: string;
}

/** The token's name, and its EIP-712 domain's. */
export const TOKEN_NAME = 'AGRS';

const DOMAIN_NAME = 'mprd-net';
const DOMAIN_VERSION = '1';
const DOMAIN_TYPEHASH = keccak256(
  utf8('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
);
const nameHashes: Readonly<Record<string, Hex>> = Object.fromEntries(
  [DOMAIN_NAME, TOKEN_NAME].map((name) => [name, keccak256(utf8(name))]),
);
const VERSION_HASH = keccak256(utf8(DOMAIN_VERSION));

const typeHashes = Object.fromEntries(
  Object.entries(typedData).map(([name, fields]) => [
    name,
    keccak256(utf8(`${name}(${fields.map((field) => `${field.type} ${field.name}`).join(',')})`)),
  ]),
) as Record<TypedDataName, Hex>;

/** EIP-712 struct hash of a message. */
export function structHash<N extends TypedDataName>(name: N, message: TypedMessage<N>): Hex {
  const fields: readonly Field[] = typedData[name];
  const values = message as Readonly<Record<string, Word>>;
  return hashWords([typeHashes[name], ...fields.map((field) => values[field.name] as Word)]);
}

/** A message in its domain: what somebody signs. */
export interface Signable {
  /** EIP-712's; worked out when it is asked for */
  readonly digest: Hex;
  /** all that the digest depends on, comparable by === */
  readonly parts: readonly unknown[];
}

export function signable<N extends TypedDataName>(name: N, message: TypedMessage<N>, domain: Domain): Signable {
  const values = message as Readonly<Record<string, Word>>;
  const parts: unknown[] = [name, domain.chainId, domain.verifyingContract, domain.name ?? DOMAIN_NAME];
  for (const field of typedData[name]) parts.push(comparable(values[field.name] as Word));
  let digest: Hex | undefined;
  return {
    parts,
    get digest() {
      digest ??= typedDigest(name, message, domain);
      return digest;
    },
  };
}

/** An integer is the same word as a number and as a bigint. */
const comparable = (word: Word): unknown => (typeof word === 'number' ? BigInt(word) : word);

/**
 * Signers by signature and message: recovering one costs a thousand times a look-up, and a generator recovers what it
 * signed a moment before. By the message's parts, so that what is known isn't even hashed.
 */
const signers = new Memo<Hex>(50_000);

/** Who signed; the zero address if a contract would refuse the signature. */
export function signerOf(message: Signable, signature: Hex): Hex {
  return signers.of(signature, message.parts, () => recoverSigner(message.digest, signature));
}

/** Lets a signer spare the recovery of what it signed itself. */
export function rememberSigner(message: Pick<Signable, 'parts'>, signature: Hex, signer: Hex): void {
  signers.set(signature, message.parts, signer);
}

/** What is remembered, for another process to remember: the arguments of `rememberSigner`. */
export function* knownSigners(): Generator<Parameters<typeof rememberSigner>> {
  for (const [signature, parts, signer] of signers) yield [{ parts }, signature as Hex, signer];
}

/** EIP-712 digest: what is signed. */
export function typedDigest<N extends TypedDataName>(name: N, message: TypedMessage<N>, domain: Domain): Hex {
  return keccakOfParts('0x1901', separatorOf(domain), structHash(name, message));
}

const separators = new Memo<Hex>(1_000);

function separatorOf({ chainId, verifyingContract, name = DOMAIN_NAME }: Domain): Hex {
  return separators.of(verifyingContract, [chainId, name], () => {
    const nameHash = nameHashes[name];
    if (nameHash === undefined) throw new Error(`typed data: no contract signs under the name ${name}`);
    return hashWords([DOMAIN_TYPEHASH, nameHash, VERSION_HASH, chainId, verifyingContract]);
  });
}

/** The domain as wallets want it. */
export function walletDomain(domain: Domain) {
  return { name: DOMAIN_NAME, version: DOMAIN_VERSION, ...domain } as const;
}
