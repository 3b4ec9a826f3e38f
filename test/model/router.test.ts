import { expect } from 'chai';
import { VerifierStatus } from '../../src/model/state.ts';
import { call, directory, done, outsider, refusal, SELECTOR, start, verifier } from './fixture.ts';

const council = { sender: directory.council };
const added = () => done(call(start(), 'router', 'addVerifier', [verifier], council)).state;

describe('a selector of the router', () => {
  it('never changes its verifier, and never returns once it is removed', () => {
    const taken = { error: 'SelectorTaken', args: [SELECTOR] };
    const state = added();
    const stopped = done(call(state, 'router', 'stopVerifier', [SELECTOR], council)).state;
    const removed = done(call(stopped, 'router', 'removeVerifier', [SELECTOR], council)).state;
    for (const now of [state, stopped, removed]) {
      expect(refusal(call(now, 'router', 'addVerifier', [verifier], council))).to.deep.equal(taken);
    }
    for (const change of ['stopVerifier', 'resumeVerifier', 'removeVerifier'] as const) {
      const step = call(removed, 'router', change, [SELECTOR], council);
      expect(refusal(step)).to.deep.equal({ error: 'SelectorRemoved', args: [SELECTOR] });
    }
    const resumed = done(call(stopped, 'router', 'resumeVerifier', [SELECTOR], council)).state;
    expect(resumed.router.routes.get(SELECTOR)).to.deep.equal({ verifier, status: VerifierStatus.Active });
  });

  it('is added, stopped, resumed and removed by the council alone', () => {
    const state = added();
    for (const change of ['stopVerifier', 'resumeVerifier', 'removeVerifier'] as const) {
      const step = call(state, 'router', change, [SELECTOR], { sender: outsider });
      expect(refusal(step)).to.deep.equal({ error: 'NotCouncil', args: [outsider] });
    }
    const adding = call(start(), 'router', 'addVerifier', [verifier], { sender: outsider });
    expect(refusal(adding)).to.deep.equal({ error: 'NotCouncil', args: [outsider] });
  });
});
