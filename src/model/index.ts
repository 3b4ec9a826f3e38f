/**
 * The reference state machine: pure and deterministic. `applyCall` is the whole of it; the rules are in
 * docs/protocol.md.
 * @module
 */

export { type Digest, digestAfter, digestHex, stateDigest } from './digest.ts';
export { applyCall, callContract, type RawOutcome } from './dispatch.ts';
export { type Genesis, genesis } from './genesis.ts';
export { lensQuery, type Watch } from './look.ts';
export { type LensQuery, type LensSnapshot, lensSnapshot } from './snapshot.ts';
export type { Deployment, Directory, ParameterSet, State, VerifierInfo } from './state.ts';
export { type Acted, type Adapter, type Env, type Refusal, refused, type Step, type SystemEvent } from './step.ts';
