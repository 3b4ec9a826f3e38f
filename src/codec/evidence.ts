/**
 * Evidence of contradictory messages, as the court hashes it: the arguments of a reveal without its salt.
 * @module
 */
import type { AbiFunction } from 'abitype';
import { type SystemAbis, systemAbis } from '../abi/system.ts';
import type { Inputs } from '../abi/types.ts';
import { encodeParameters } from '../abi-coder/encode.ts';
import { type Hex, keccak256 } from './hash.ts';

type Leading<T extends readonly unknown[]> = T extends readonly [...infer Head, unknown] ? Head : never;
type Evidence<F extends 'revealAttestations' | 'revealHeads'> = Leading<Inputs<SystemAbis['court'], F>>;

function parametersOf(name: 'revealAttestations' | 'revealHeads') {
  const item = systemAbis.court.find((entry) => entry.type === 'function' && entry.name === name);
  return (item as AbiFunction).inputs.slice(0, -1);
}
const ATTESTATIONS = parametersOf('revealAttestations');
const HEADS = parametersOf('revealHeads');

/** Hash of what `revealAttestations` gets besides the salt. */
export function attestationEvidence(...evidence: [...Evidence<'revealAttestations'>]): Hex {
  return keccak256(encodeParameters(ATTESTATIONS, evidence as readonly unknown[]));
}

/** Hash of what `revealHeads` gets besides the salt. */
export function headEvidence(...evidence: [...Evidence<'revealHeads'>]): Hex {
  return keccak256(encodeParameters(HEADS, evidence as readonly unknown[]));
}
