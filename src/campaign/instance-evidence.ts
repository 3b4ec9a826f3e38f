/**
 * Evidence of the small instance: two contradicting attestations of one operator, opened and revealed by the keeper.
 * @module
 */
import { attestationEvidence } from '../codec/evidence.ts';
import { type Hex, ZERO_HASH } from '../codec/hash.ts';
import { offenceId as idOfOffence, openingCommitment } from '../codec/ids.ts';
import { signable } from '../codec/typed-data.ts';
import { hashWords } from '../codec/words.ts';
import type { Call } from '../mirror/types.ts';
import type { State } from '../model/index.ts';
import { callOf } from './context.ts';
import { directory, keeper, type Player, place, SOURCE, START } from './instance-world.ts';
import { type Actor, CHAIN_ID, quickSign } from './world.ts';

export interface Evidence {
  readonly commitment: Hex;
  readonly offenceId: Hex;
  readonly open: Call;
  readonly reveal: Call;
}

const made = new Map<Hex, Evidence>();

/** What the operator's present key signed twice. */
export function evidenceAgainst({ id, keys }: Player, state: State): Evidence {
  const current = state.operators.operators.get(id)?.signer;
  const signer = keys[1].address === current ? keys[1] : keys[0];
  const known = made.get(signer.address) ?? contradiction(id, signer);
  made.set(signer.address, known);
  return known;
}

function contradiction(operatorId: Hex, signer: Actor): Evidence {
  const a = {
    sourceId: SOURCE,
    configVersion: 1,
    stateEpoch: 1n,
    prevHash: ZERO_HASH,
    stateHash: hashWords([1n]),
    fieldsHash: ZERO_HASH,
    createdAt: START,
  };
  const b = { ...a, stateHash: hashWords([2n]) };
  const domain = { chainId: CHAIN_ID, verifyingContract: directory.oracle };
  const signatureA = quickSign(signable('StateAttestation', a, domain), signer);
  const signatureB = quickSign(signable('StateAttestation', b, domain), signer);
  const evidence = attestationEvidence(a, b, signatureA, signatureB);
  const commitment = openingCommitment(place('court'), evidence, keeper, ZERO_HASH);
  const subject = hashWords([a.sourceId, a.configVersion, a.stateEpoch, a.prevHash]);
  return {
    commitment,
    offenceId: idOfOffence(place('court'), 'StateAttestation', operatorId, subject),
    open: callOf('court', 'open', keeper, [commitment]),
    reveal: callOf('court', 'revealAttestations', keeper, [a, b, signatureA, signatureB, ZERO_HASH]),
  };
}
