import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  type ActionSchema,
  actionSchemaText,
  canonicalPolicy,
  compilePolicy,
  parsePolicy,
  parseProposals,
  parseState,
  schemaId,
  select,
  sourceHash,
  stateSchemaHash,
  stateSchemaText,
} from '../../src/policy/index.ts';
import { print } from './arbitraries.ts';
import { changed, POLICY, withRules } from './samples.ts';

const treasury = (name: string): string =>
  readFileSync(new URL(`../../examples/treasury/${name}.json`, import.meta.url), 'utf8');

describe('The canonical form', () => {
  it('has sorted keys, plain digits, lower-case addresses, ordered sums and nothing that is optional and empty', () => {
    const rules = [
      { '<=': ['balance', { '+': ['limit', '-9223372036854775808'] }], note: 'é "q"' },
      { denyIf: { '==': ['addressee', 'home'] } },
    ];
    const document = parsePolicy(print(changed(POLICY, { rules })));
    expect(canonicalPolicy(document)).to.equal(
      '{"actions":{"pay":{"addressee":"payee","parameters":[{"name":"amount","unit":"coins"},{"name":"fee","unit":"coins"}]},' +
        '"vote":{"addressee":"council","parameters":[{"name":"weight","unit":"bps"}]}},' +
        '"constants":{"home":{"unit":"address","value":"0x90f79bf6eb2c4f870365e785982e1f101e93b906"},"most":{"unit":"coins","value":100}},' +
        '"description":"A sample.","name":"sample",' +
        '"rules":[{"<=":["balance",{"+":[-9223372036854775808,"limit"]}],"note":"é \\"q\\""},{"denyIf":{"==":["addressee","home"]}}],' +
        '"state":{"balance":{"unit":"coins"},"limit":{"unit":"coins"},"risk":{"unit":"bps"}},"version":"mprd-policy/1"}',
    );
    expect(sourceHash(document)).to.equal('0xa3dea032f2fed971560927bbd9f86549ba678fc2bc90a43578d27b2149265e3a');
  });

  it('has no constants when there are none', () => {
    const { constants: _, ...rest } = POLICY;
    expect(canonicalPolicy(parsePolicy(print(rest)))).to.equal(
      canonicalPolicy(parsePolicy(print(changed(rest, { constants: {} })))),
    );
  });

  it('differs where meanings differ', () => {
    const rules = [
      { '<': ['balance', { '+': [5, 'limit'] }] },
      { '<': ['balance', { '-': ['limit', 5] }] },
      { '>': ['balance', 5] },
    ];
    expect(new Set(rules.map((rule) => sourceHash(parsePolicy(withRules(rule))))).size).to.equal(3);
  });
});

describe('The hashes of schemas', () => {
  const policy = parsePolicy(print(POLICY));
  const [pay] = policy.actions as [ActionSchema];

  it('cover names and units of the state, not descriptions', () => {
    expect(stateSchemaText(policy)).to.equal(
      '{"fields":{"balance":"coins","limit":"coins","risk":"bps"},"version":"mprd-state-schema/1"}',
    );
    const { balance, limit, risk } = POLICY.state;
    const described = { risk: { ...risk, description: 'words' }, limit, balance };
    expect(stateSchemaHash(parsePolicy(print(changed(POLICY, { state: described }))))).to.equal(
      stateSchemaHash(policy),
    );
    const other = { risk: { unit: 'percent' }, limit, balance };
    expect(
      stateSchemaHash(parsePolicy(print(changed(POLICY, { state: other, rules: [{ '<': ['risk', 1] }] })))),
    ).not.to.equal(stateSchemaHash(policy));
  });

  it('cover name, addressee and the order of parameters of an action, not descriptions', () => {
    expect(schemaId(pay)).to.equal(pay.id);
    expect(schemaId({ ...pay, description: 'words' })).to.equal(pay.id);
    const others = [
      { ...pay, name: 'paid' },
      { ...pay, addressee: 'shop' },
      { ...pay, parameters: [...pay.parameters].reverse() },
    ];
    expect(new Set(others.map(schemaId)).add(pay.id).size).to.equal(4);
  });
});

describe('The treasury example', () => {
  const policy = parsePolicy(treasury('policy'));
  const state = parseState(treasury('state'), policy);
  const proposals = parseProposals(treasury('proposals'), policy);
  const candidates = proposals.map(({ candidate }) => candidate);

  it('has the id that the adapter has as a constant', () => {
    const [action] = policy.actions as [ActionSchema];
    expect(actionSchemaText(action)).to.equal(
      '{"addressee":"payee","name":"treasury.pay","parameters":[{"name":"amount","unit":"1e-6 AGRS"}],"version":"mprd-action/1"}',
    );
    expect(action.id).to.equal(0x3b73925a);
  });

  it('denies the best proposal for its size and its addressee, and allows the next', () => {
    const { chosen, denied } = select(policy, state, candidates);
    expect(chosen).to.equal(1);
    expect(denied.map(({ reason }) => reason.path)).to.deep.equal(['/rules/4']);
    expect(select(compilePolicy(policy), state, candidates).chosen).to.equal(1);
  });

  it('denies everything while paused, and when nobody knows whether it is', () => {
    const paused = policy.state.findIndex(({ name }) => name === 'paused');
    for (const value of [1n, undefined]) {
      const fields = state.fields.map((field, index) => (index === paused ? value : field));
      const { chosen, denied } = select(policy, { ...state, fields }, candidates);
      expect(chosen).to.equal(undefined);
      expect(new Set(denied.map(({ reason }) => reason.path))).to.deep.equal(new Set(['/rules/0']));
    }
  });
});
