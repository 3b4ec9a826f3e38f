/**
 * The example in examples/treasury: a policy, a state and proposals, in files that a reader can edit.
 * @module
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { type Hex, keccak256, utf8 } from '../codec/hash.ts';
import {
  canonicalState,
  compilePolicy,
  LIMITS,
  PolicyCompileError,
  type PolicyDocument,
  PolicyDocumentError,
  type Program,
  type Proposal,
  parsePolicy,
  parseProposals,
  parseState,
  type StateVector,
} from '../policy/index.ts';
import { OperatorError } from './failure.ts';

export const EXAMPLE_FOLDER = path.join(import.meta.dirname, '..', '..', 'examples', 'treasury');

export interface Example {
  readonly folder: string;
  readonly policy: PolicyDocument;
  readonly program: Program;
  readonly state: StateVector;
  /** keccak-256 of the state's canonical text: what attesters can read in what they sign */
  readonly fieldsHash: Hex;
  /** in canonical order, best first */
  readonly proposals: readonly Proposal[];
}

/**
 * Reads and checks policy.json, state.json and proposals.json.
 *
 * @throws OperatorError bad-example, naming the file, the place in it, what was expected and what to do
 */
export async function loadExample(folder = EXAMPLE_FOLDER): Promise<Example> {
  const policy = await load(folder, 'policy.json', parsePolicy);
  const program = explained(path.join(folder, 'policy.json'), () => compilePolicy(policy));
  const state = await load(folder, 'state.json', (text) => parseState(text, policy));
  const proposals = await load(folder, 'proposals.json', (text) => parseProposals(text, policy));
  return { folder, policy, program, state, fieldsHash: fieldsHash(state, policy), proposals };
}

export function fieldsHash(state: StateVector, policy: PolicyDocument): Hex {
  return keccak256(utf8(canonicalState(state, policy)));
}

async function load<T>(folder: string, name: string, parse: (bytes: Uint8Array) => T): Promise<T> {
  const file = path.join(folder, name);
  let bytes: Uint8Array;
  try {
    const { size } = await stat(file);
    if (size > LIMITS.documentBytes) {
      throw new OperatorError(
        'bad-example',
        `${file}: ${size} bytes; expected at most ${LIMITS.documentBytes}. Shorten it.`,
      );
    }
    bytes = await readFile(file);
  } catch (cause) {
    if (cause instanceof OperatorError) throw cause;
    const expected =
      'expected policy.json, state.json and proposals.json in this folder. Restore it, or give another --example.';
    throw new OperatorError('bad-example', `${file} can't be read; ${expected}`, { cause });
  }
  return explained(file, () => parse(bytes));
}

function explained<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof PolicyDocumentError || cause instanceof PolicyCompileError) {
      throw new OperatorError('bad-example', `${file}: ${cause.message}`, { cause });
    }
    throw cause;
  }
}
