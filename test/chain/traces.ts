/** Random traces of the campaign's generator on the model alone, with the events that they emit. */
import type { ContractName } from '../../src/abi/system.ts';
import { nextStep } from '../../src/campaign/intents.ts';
import { prologue } from '../../src/campaign/prologue.ts';
import { recordedVerdict } from '../../src/campaign/recorded.ts';
import { protocolOn } from '../../src/campaign/system.ts';
import { CHAIN_ID } from '../../src/campaign/world.ts';
import { CONTRACT_NAMES } from '../../src/chain/address-book.ts';
import { predictAddresses } from '../../src/chain/deploy.ts';
import type { Told } from '../../src/chain/replay/index.ts';
import { rngOf } from '../../src/mirror/random.ts';
import type { Step } from '../../src/mirror/types.ts';
import { applyCall, type Env, refused, type State } from '../../src/model/index.ts';

const GENESIS_TIME = 1_700_000_000n;
const CREATED = [...CONTRACT_NAMES, 'recordedVerifier', 'silentVerifier'] as const;

const { lens, recordedVerifier, silentVerifier, ...directory } = predictAddresses(`0x${'d'.repeat(40)}`, 0, CREATED);

const { base, first } = protocolOn(
  {
    directory,
    contracts: { lens: { abi: [], address: lens } },
    verifiers: [recordedVerifier, silentVerifier],
    councilTime: GENESIS_TIME,
  },
  new Set(),
);

/** The world of the campaigns right after its deployment. */
export const worldAtGenesis = (): State => first.initial;

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
  for (const step of prologue(base, recorder.time)) recorder.take(step);
  recorder.time += 10n;
  return recorder;
}

/** Continues with so many random steps. */
export function wander(from: Recorder, seed: string, index: number, length: number): Recorder {
  const recorder = new Recorder(from.state, from.time);
  const rng = rngOf(seed, index);
  for (let i = 0; i < length; i++) {
    const { state, time, steps: history } = recorder;
    recorder.take(nextStep({ ...base, rng, state, time, history }));
  }
  return recorder;
}
