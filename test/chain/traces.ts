/** Random traces of the campaign's generator on the model alone, with the events that they emit. */
import { Map as ImmutableMap, Set as ImmutableSet } from 'immutable';
import type { ContractName } from '../../src/abi/system.ts';
import { SILENT_SELECTOR } from '../../src/campaign/executions.ts';
import { nextStep } from '../../src/campaign/intents.ts';
import { type Base, prologue } from '../../src/campaign/prologue.ts';
import { RECORDED_SELECTOR, recordedVerdict } from '../../src/campaign/recorded.ts';
import * as world from '../../src/campaign/world.ts';
import { CONTRACT_NAMES } from '../../src/chain/address-book.ts';
import { predictAddresses } from '../../src/chain/deploy.ts';
import type { Told } from '../../src/chain/replay/index.ts';
import type { Hex } from '../../src/codec/hash.ts';
import { operatorId, sourceId } from '../../src/codec/ids.ts';
import { rngOf } from '../../src/mirror/random.ts';
import type { Step } from '../../src/mirror/types.ts';
import { applyCall, type Env, genesis, refused, type State } from '../../src/model/index.ts';

export const CHAIN_ID = 31_337n;
const GENESIS_TIME = 1_700_000_000n;
const CREATED = [...CONTRACT_NAMES, 'recordedVerifier', 'silentVerifier'] as const;

const { lens, recordedVerifier, silentVerifier, ...directory } = predictAddresses(`0x${'d'.repeat(40)}`, 0, CREATED);
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;

/** The world of the campaigns right after its deployment. */
export function worldAtGenesis(): State {
  const info = { imageId: word(0n), development: true };
  return genesis({
    deployment: {
      directory,
      otherCode: ImmutableSet([lens]),
      verifiers: ImmutableMap([
        [recordedVerifier, { selector: RECORDED_SELECTOR, ...info }],
        [silentVerifier, { selector: SILENT_SELECTOR, ...info }],
      ]),
      maxEntries: world.deployment.maxEntries,
      elevatedFrom: world.ELEVATED_FROM,
      criticalFrom: world.CRITICAL_FROM,
    },
    parameters: world.parameterSet,
    members: world.deployment.members,
    holder: world.deployment.tokenHolder,
    supply: world.deployment.supply,
    time: GENESIS_TIME,
  });
}

function baseOf(): Base {
  const sourceIds = world.sourceNames.map((name) => sourceId({ chainId: CHAIN_ID, contract: directory.oracle }, name));
  const place = { chainId: CHAIN_ID, contract: directory.operators };
  const ids = world.owners
    .map((owner, i) => operatorId(place, owner.address, (world.signers[i] as world.Actor).address))
    .sort();
  return {
    chainId: CHAIN_ID,
    directory,
    verifiers: [recordedVerifier, silentVerifier],
    sourceIds,
    entries: world.catalogue(directory, sourceIds, ids),
    stateHashes: [word(1n), word(2n)],
  };
}

const receipts: Env['receipts'] = (verifier, seal, imageId, digest) =>
  verifier === recordedVerifier ? recordedVerdict(seal, imageId, digest) : { error: 'ReceiptRefused', args: [] };

/** A machine that notes what it tells. */
export class Recorder {
  state: State;
  time: bigint;
  readonly told: Told[] = [];
  readonly steps: Step[] = [];

  constructor(state: State, time: bigint) {
    this.state = state;
    this.time = time;
  }

  /** Every call takes a second. */
  take(step: Step): void {
    this.steps.push(step);
    if (step.kind === 'time') {
      this.time += step.seconds;
      return;
    }
    const { contract, function: name, args, sender } = step.call;
    const env = { sender, time: this.time, chainId: CHAIN_ID, receipts };
    const done = applyCall(this.state, contract as ContractName, name, args, env);
    if (!refused(done)) {
      this.state = done.state;
      this.told.push(...done.events.map((event) => ({ event, time: this.time })));
    }
    this.time += 1n;
  }
}

/** The campaign's world, from its deployment through its prologue. */
export function begun(): Recorder {
  const recorder = new Recorder(worldAtGenesis(), GENESIS_TIME + 1_000n);
  for (const step of prologue(baseOf(), recorder.time)) recorder.take(step);
  recorder.time += 10n;
  return recorder;
}

/** Continues with so many random steps. */
export function wander(from: Recorder, seed: string, index: number, length: number): Recorder {
  const recorder = new Recorder(from.state, from.time);
  const rng = rngOf(seed, index);
  const base = baseOf();
  for (let i = 0; i < length; i++) {
    const { state, time, steps: history } = recorder;
    recorder.take(nextStep({ ...base, rng, state, time, history }));
  }
  return recorder;
}
