/**
 * Reads r1cs files (format version 1, as circom writes them).
 * @module
 */

export interface R1csHeader {
  readonly wires: number;
  readonly outputs: number;
  readonly publicInputs: number;
  readonly privateInputs: number;
  readonly constraints: number;
}

/** A linear combination: wires and their coefficients. */
export interface Combination {
  readonly wires: Uint32Array;
  readonly coefficients: readonly bigint[];
}

/** a · b = c */
export interface Constraint {
  readonly a: Combination;
  readonly b: Combination;
  readonly c: Combination;
}

const HEADER = 1;
const CONSTRAINTS = 2;
const ELEMENT = 32;

/** Size of the evaluation domain that a Groth16 setup takes for a circuit. */
export function domainOf({ constraints, outputs, publicInputs }: R1csHeader): number {
  return 2 ** (Math.floor(Math.log2(constraints + outputs + publicInputs)) + 1);
}

/** Offset of each section's content by type. */
function sections(view: DataView): Map<number, number> {
  const [magic, version] = [view.getUint32(0), view.getUint32(4, true)];
  if (magic !== 0x72316373 || version !== 1) throw new Error('r1cs: expected the magic "r1cs" and version 1');
  const offsets = new Map<number, number>();
  let at = 12;
  for (let i = view.getUint32(8, true); i > 0; i--) {
    offsets.set(view.getUint32(at, true), at + 12);
    at += 12 + Number(view.getBigUint64(at + 4, true));
  }
  if (at !== view.byteLength) throw new Error(`r1cs: sections end at byte ${at}, the file at ${view.byteLength}`);
  return offsets;
}

function sectionAt(offsets: Map<number, number>, type: number): number {
  const offset = offsets.get(type);
  if (offset === undefined) throw new Error(`r1cs: section ${type} is missing`);
  return offset;
}

function viewOf(file: Uint8Array): DataView {
  return new DataView(file.buffer, file.byteOffset, file.byteLength);
}

export function readR1csHeader(file: Uint8Array): R1csHeader {
  const view = viewOf(file);
  const at = sectionAt(sections(view), HEADER) + 4 + ELEMENT;
  const [wires, outputs, publicInputs, privateInputs] = [0, 4, 8, 12].map((i) => view.getUint32(at + i, true));
  return {
    wires: wires as number,
    outputs: outputs as number,
    publicInputs: publicInputs as number,
    privateInputs: privateInputs as number,
    constraints: view.getUint32(at + 24, true),
  };
}

export function readConstraints(file: Uint8Array): Constraint[] {
  const view = viewOf(file);
  let at = sectionAt(sections(view), CONSTRAINTS);
  const combination = (): Combination => {
    const count = view.getUint32(at, true);
    at += 4;
    const wires = new Uint32Array(count);
    const coefficients: bigint[] = [];
    for (let i = 0; i < count; i++) {
      wires[i] = view.getUint32(at, true);
      let value = 0n;
      for (let limb = 3; limb >= 0; limb--) value = (value << 64n) | view.getBigUint64(at + 4 + 8 * limb, true);
      coefficients.push(value);
      at += 4 + ELEMENT;
    }
    return { wires, coefficients };
  };
  return Array.from({ length: readR1csHeader(file).constraints }, () => ({
    a: combination(),
    b: combination(),
    c: combination(),
  }));
}
