/**
 * A small policy, state and proposal document that tests change one thing in.
 * @module
 */

import { expect } from 'chai';
import { type DocumentErrorCode, PolicyDocumentError } from '../../src/policy/index.ts';
import { type Form, print } from './arbitraries.ts';

export const POLICY = {
  version: 'mprd-policy/1',
  name: 'sample',
  description: 'A sample.',
  state: { balance: { unit: 'coins' }, limit: { unit: 'coins' }, risk: { unit: 'bps' } },
  actions: {
    pay: {
      addressee: 'payee',
      parameters: [
        { name: 'amount', unit: 'coins' },
        { name: 'fee', unit: 'coins' },
      ],
    },
    vote: { addressee: 'council', parameters: [{ name: 'weight', unit: 'bps' }] },
  },
  constants: {
    most: { unit: 'coins', value: 100 },
    home: { unit: 'address', value: '0x90F79bf6EB2c4f870365E785982E1f101E93b906' },
  },
  rules: [{ '<': ['risk', 500] }],
} as const;

export const STATE = { version: 'mprd-state/1', fields: { balance: 10, limit: 20 }, salt: 1 } as const;

export const CANDIDATE = {
  score: 5,
  sequence: 0,
  action: 'pay',
  addressee: 'home',
  parameters: { amount: 1, fee: 2 },
} as const;

export const PROPOSALS = { version: 'mprd-proposals/1', candidates: [CANDIDATE] } as const;

/** The form with the members of `change` put in place of its own. */
export function changed(form: object, change: object): Form {
  return { ...form, ...change } as Form;
}

/** The sample policy with these rules. */
export function withRules(...rules: Form[]): string {
  return print(changed(POLICY, { rules }));
}

/** Expects the refusal, with a message that names the place and says what was expected and what to do. */
export function expectRefusal(run: () => unknown, code: DocumentErrorCode, path: string): void {
  let caught: unknown;
  try {
    run();
  } catch (error) {
    caught = error;
  }
  if (!(caught instanceof PolicyDocumentError))
    throw new Error(`expected ${code}, got ${String(caught)}`, { cause: caught });
  expect({ code: caught.code, path: caught.path }, caught.message).to.deep.equal({ code, path });
  expect(caught.message).to.match(/^[^\n]+: .+; expected .+\. .+\.$/);
  expect(caught.message.startsWith(path === '' ? 'the document: ' : `${path}: `), caught.message).to.equal(true);
}
