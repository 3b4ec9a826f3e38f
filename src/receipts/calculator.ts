/**
 * Computes witnesses with the WebAssembly that circom compiles a circuit to. The module is compiled once; the instance
 * is reused, except after a failure, which leaves its stack in an unknown state.
 * @module
 */
import { FIELD_MODULUS, isFieldElement } from '../codec/field.ts';
import type { CircuitInputs } from './witness.ts';

/** The functions that circom's generated WebAssembly exports. */
interface CircuitExports {
  getFieldNumLen32(): number;
  getWitnessSize(): number;
  getInputSize(): number;
  getInputSignalSize(hashHigh: number, hashLow: number): number;
  init(checkConstraints: number): void;
  setInputSignal(hashHigh: number, hashLow: number, index: number): void;
  getWitness(index: number): void;
  readSharedRWMemory(index: number): number;
  writeSharedRWMemory(index: number, value: number): void;
  getMessageChar(): number;
}

export type WitnessErrorCode =
  /** a name that the circuit doesn't have, a missing one, or a wrong number of values */
  | 'signal'
  /** a value outside [0, r) */
  | 'value'
  /** no witness exists: the inputs violate a constraint */
  | 'unsatisfiable'
  /** the WebAssembly is not that of a circuit over the scalar field of BN254 */
  | 'module';

/** Witness computation failed; `code` says why. */
export class WitnessError extends Error {
  override readonly name = 'WitnessError';
  readonly code: WitnessErrorCode;

  constructor(code: WitnessErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** 32-bit limbs of a field element. */
const LIMBS = 8;

/** 64-bit FNV-1a of a signal's name, in two halves: how the module names its inputs. */
function signalHash(name: string): [number, number] {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(name))
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return [Number(hash >> 32n), Number(hash & 0xffffffffn)];
}

export class WitnessCalculator {
  readonly #module: WebAssembly.Module;
  #exports: CircuitExports | undefined;
  #message = '';

  private constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /** @throws WitnessError module, when the bytes are no WebAssembly of a circuit */
  static async create(wasm: Uint8Array<ArrayBuffer>): Promise<WitnessCalculator> {
    try {
      return new WitnessCalculator(await WebAssembly.compile(wasm));
    } catch (cause) {
      throw new WitnessError(
        'module',
        `The circuit's WebAssembly doesn't compile (${cause}). Rebuild it: npm run circuits:build.`,
      );
    }
  }

  async #instance(): Promise<CircuitExports> {
    if (this.#exports) return this.#exports;
    const { exports } = await WebAssembly.instantiate(this.#module, {
      runtime: {
        exceptionHandler: (code: number) => {
          // 4 is a failed constraint or assertion; the others are about signals and memory.
          throw new WitnessError(
            code === 4 ? 'unsatisfiable' : 'signal',
            `circuit error ${code}: ${this.#message.trim()}`,
          );
        },
        printErrorMessage: () => {
          if (this.#message.length < 2_000) this.#message += `${this.#readMessage()} `;
        },
        writeBufferMessage: () => this.#readMessage(),
        showSharedRWMemory: () => undefined,
      },
    });
    this.#exports = exports as unknown as CircuitExports;
    if (this.#exports.getFieldNumLen32() !== LIMBS)
      throw new WitnessError('module', 'The circuit is over another field.');
    return this.#exports;
  }

  #readMessage(): string {
    let text = '';
    for (let c = this.#exports?.getMessageChar() ?? 0; c !== 0; c = this.#exports?.getMessageChar() ?? 0) {
      text += String.fromCharCode(c);
    }
    return text;
  }

  /**
   * All wires of the witness, 32 little-endian bytes each.
   *
   * @throws WitnessError signal, value, unsatisfiable
   */
  async calculate(inputs: CircuitInputs): Promise<Uint8Array<ArrayBuffer>> {
    const circuit = await this.#instance();
    this.#message = '';
    try {
      circuit.init(1);
      this.#setInputs(circuit, inputs);
      return readWitness(circuit);
    } catch (error) {
      this.#exports = undefined;
      throw error;
    }
  }

  #setInputs(circuit: CircuitExports, inputs: CircuitInputs): void {
    let count = 0;
    const total = circuit.getInputSize();
    // The module starts computing when the last input arrives.
    for (const [name, value] of Object.entries(inputs)) {
      const values = typeof value === 'bigint' ? [value] : value;
      const [high, low] = signalHash(name);
      const expected = circuit.getInputSignalSize(high, low);
      if (expected !== values.length) {
        const what = expected < 0 ? 'no signal of the circuit' : `${expected} values`;
        throw new WitnessError('signal', `input ${name}: expected ${what}, got ${values.length} values`);
      }
      values.forEach((element, index) => {
        if (!isFieldElement(element)) {
          throw new WitnessError(
            'value',
            `input ${name}[${index}]: expected a value in [0, ${FIELD_MODULUS}), got ${element}`,
          );
        }
        writeElement(circuit, element);
        circuit.setInputSignal(high, low, index);
        count += 1;
      });
    }
    if (count !== total) throw new WitnessError('signal', `expected ${total} input values in all, got ${count}`);
  }
}

function writeElement(circuit: CircuitExports, element: bigint): void {
  let rest = element;
  for (let limb = 0; limb < LIMBS; limb++) {
    circuit.writeSharedRWMemory(limb, Number(rest & 0xffffffffn));
    rest >>= 32n;
  }
}

function readWitness(circuit: CircuitExports): Uint8Array<ArrayBuffer> {
  const size = circuit.getWitnessSize();
  const bytes = new Uint8Array(size * 4 * LIMBS);
  const view = new DataView(bytes.buffer);
  for (let wire = 0; wire < size; wire++) {
    circuit.getWitness(wire);
    for (let limb = 0; limb < LIMBS; limb++) {
      view.setUint32(4 * (wire * LIMBS + limb), circuit.readSharedRWMemory(limb), true);
    }
  }
  return bytes;
}

/** The i-th wire of a witness as an integer. */
export function wireValue(witness: Uint8Array, wire: number): bigint {
  let value = 0n;
  for (let byte = 31; byte >= 0; byte--) value = (value << 8n) | BigInt(witness[32 * wire + byte] as number);
  return value;
}

/** A witness in the container format that provers read (.wtns, version 2). */
export function encodeWtns(witness: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(76));
  header.setUint32(0, 0x77746e73); // "wtns"
  header.setUint32(4, 2, true); // version
  header.setUint32(8, 2, true); // sections
  header.setUint32(12, 1, true); // section 1: field and size
  header.setBigUint64(16, 40n, true);
  header.setUint32(24, 32, true);
  for (let limb = 0; limb < 4; limb++) {
    header.setBigUint64(28 + 8 * limb, (FIELD_MODULUS >> BigInt(64 * limb)) & 0xffffffffffffffffn, true);
  }
  header.setUint32(60, witness.length / 32, true);
  header.setUint32(64, 2, true); // section 2: the wires
  header.setBigUint64(68, BigInt(witness.length), true);
  const bytes = new Uint8Array(76 + witness.length);
  bytes.set(new Uint8Array(header.buffer), 0);
  bytes.set(witness, 76);
  return bytes;
}
