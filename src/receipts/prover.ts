/**
 * The prover. One owner per process: it holds the worker threads, the proving key and the witness calculator, which are
 * made once and reused; `close()` ends the threads, so that the process can.
 * @module
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Groth16Proof, groth16 } from 'snarkjs';
import { type Artefacts, loadArtefacts } from './artefacts.ts';
import { encodeWtns, WitnessCalculator, wireValue } from './calculator.ts';
import { DECISION, type ReceiptProgram } from './programs.ts';
import { encodeJournal, encodeSeal, JOURNAL_NAMES, type Receipt } from './receipt.ts';
import { fromSnarkjsProof, releaseCurve } from './snarkjs.ts';
import { type DecisionRequest, type DecisionWitness, decisionWitness } from './witness.ts';

export type ProverErrorCode =
  /** the process has a prover already */
  | 'in-use'
  /** the prover was closed */
  | 'closed'
  /** circuit and policy library disagree: a bug, never a reason to retry */
  | 'disagreement'
  /** the native prover failed */
  | 'native';

/** Proving failed for a reason that isn't in the request; `code` says which. */
export class ProverError extends Error {
  override readonly name = 'ProverError';
  readonly code: ProverErrorCode;

  constructor(code: ProverErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export interface ProverOptions {
  /** folder with decision.wasm and decision.zkey; build/circuits/decision by default */
  readonly folder?: string;
  /** one line per step of a proof, for a person who waits */
  readonly onProgress?: (step: string) => void;
  /**
   * command of a native prover with the interface of rapidsnark: `<command> key.zkey witness.wtns proof.json
   * public.json`. Without it snarkjs proves.
   */
  readonly nativeProver?: string;
}

export interface Decided {
  readonly receipt: Receipt;
  /** place of the chosen candidate in the canonical set */
  readonly chosen: number;
}

export interface Prover {
  readonly program: ReceiptProgram;
  /**
   * Proves a decision. Requests are worked off one after the other: a proof uses every core by itself.
   *
   * @throws DecisionRefusedError when the policy allows no candidate
   * @throws PolicyValueError, PolicyDocumentError, RangeError when the request is malformed
   * @throws ProverError
   */
  prove(request: DecisionRequest): Promise<Decided>;
  /** Waits for the proof that runs, then frees the threads. May be called twice. */
  close(): Promise<void>;
}

let owned = false;

/**
 * Makes the process's prover.
 *
 * @throws ProverError in-use, when another one isn't closed yet
 * @throws ArtefactError when the proving files are missing or aren't those of the manifest
 */
export async function createProver(options: ProverOptions = {}): Promise<Prover> {
  if (owned) throw new ProverError('in-use', 'This process has a prover already: share it, or close it first.');
  owned = true;
  try {
    const artefacts = await loadArtefacts(DECISION, options.folder);
    return new DecisionProver(artefacts, await WitnessCalculator.create(artefacts.wasm), options);
  } catch (error) {
    owned = false;
    throw error;
  }
}

class DecisionProver implements Prover {
  readonly program = DECISION;
  readonly #artefacts: Artefacts;
  readonly #calculator: WitnessCalculator;
  readonly #options: ProverOptions;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(artefacts: Artefacts, calculator: WitnessCalculator, options: ProverOptions) {
    this.#artefacts = artefacts;
    this.#calculator = calculator;
    this.#options = options;
  }

  prove(request: DecisionRequest): Promise<Decided> {
    if (this.#closed)
      return Promise.reject(new ProverError('closed', 'The prover was closed. Make another one: createProver().'));
    const result = this.#queue.then(() => this.#prove(request));
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queue;
    await releaseCurve();
    owned = false;
  }

  async #prove(request: DecisionRequest): Promise<Decided> {
    const report = this.#options.onProgress ?? (() => undefined);
    const decision = decisionWitness(request);
    report('computing the witness');
    const witness = await this.#calculator.calculate(decision.inputs);
    requireAgreement(decision, witness);
    report('proving');
    const proof = fromSnarkjsProof(await this.#groth16(encodeWtns(witness)));
    const journal = encodeJournal(decision.journal);
    const seal = encodeSeal({ selector: DECISION.selector, proof, journal });
    report('proven');
    return { receipt: { imageId: DECISION.imageId, journal, seal }, chosen: decision.chosen };
  }

  async #groth16(wtns: Uint8Array): Promise<Groth16Proof> {
    const { nativeProver } = this.#options;
    if (nativeProver === undefined) return (await groth16.prove(this.#artefacts.zkey, wtns)).proof;
    return await proveNatively(nativeProver, this.#artefacts.zkeyPath, wtns);
  }
}

/** The circuit's public signals and the journal that the policy library made are computed independently. */
function requireAgreement({ journal }: DecisionWitness, witness: Uint8Array): void {
  for (const [i, name] of JOURNAL_NAMES.entries()) {
    const computed = wireValue(witness, i + 1);
    if (computed === journal[name]) continue;
    throw new ProverError(
      'disagreement',
      `The circuit's ${name} is ${computed}, the policy library's is ${journal[name]}.`,
    );
  }
}

async function proveNatively(command: string, zkey: string, wtns: Uint8Array): Promise<Groth16Proof> {
  const folder = await mkdtemp(join(tmpdir(), 'mprd-proof-'));
  try {
    const [witness, proof, signals] = ['witness.wtns', 'proof.json', 'public.json'].map((name) => join(folder, name));
    await writeFile(witness as string, wtns);
    await promisify(execFile)(command, [zkey, witness as string, proof as string, signals as string]);
    return JSON.parse(await readFile(proof as string, 'utf8')) as Groth16Proof;
  } catch (cause) {
    throw new ProverError('native', `The native prover ${command} failed: ${(cause as Error).message}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
