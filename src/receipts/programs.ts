/**
 * The receipt programs that exist, with their image ids and keys, from the committed manifests. Pure.
 * @module
 */

import manifest from '../../circuits/keys/decision.manifest.json' with { type: 'json' };
import type { Hex } from '../codec/hash.ts';
import { isLocalChain, LOCAL_CHAIN_IDS } from '../codec/local-chains.ts';
import type { KeyKind, VerificationKey } from './identity.ts';
import { ReceiptError } from './receipt.ts';

export interface ReceiptProgram {
  readonly name: string;
  /** `development`: anyone can forge proofs; good for local chains only */
  readonly kind: KeyKind;
  readonly imageId: Hex;
  /** first four bytes of its verifier's seals */
  readonly selector: Hex;
  /** the journal's words */
  readonly publicSignals: readonly string[];
  readonly verificationKey: VerificationKey;
  /** SHA-256 of the files that proving takes */
  readonly artefacts: { readonly wasm: Hex; readonly zkey: Hex };
}

/** "The policy allowed exactly this action, and no better one of the set." */
export const DECISION = {
  name: manifest.program,
  kind: manifest.kind as KeyKind,
  imageId: manifest.imageId as Hex,
  selector: manifest.selector as Hex,
  publicSignals: manifest.publicSignals,
  verificationKey: manifest.verificationKey as unknown as VerificationKey,
  artefacts: { wasm: manifest.wasm.sha256 as Hex, zkey: manifest.zkey.sha256 as Hex },
} satisfies ReceiptProgram as ReceiptProgram;

/** @throws ReceiptError development-keys, unless the chain is local or the program's keys come from a ceremony */
export function requireUsableKeys(program: Pick<ReceiptProgram, 'name' | 'kind'>, chainId: number | bigint): void {
  if (program.kind === 'ceremony' || isLocalChain(chainId)) return;
  throw new ReceiptError(
    'development-keys',
    `The keys of ${program.name} are development keys, for which anyone can forge proofs: they are refused on chain ` +
      `${chainId} and accepted on chains ${LOCAL_CHAIN_IDS.join(' and ')} only. docs/circuits.md says how a ceremony replaces them.`,
  );
}
