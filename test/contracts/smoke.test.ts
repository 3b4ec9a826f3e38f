import { expect } from 'chai';
import { baseDraft, deployFixture, executeCall, type Fixture, honest, lensNow, readLens, readOutcome, refusalText, send } from './fixture.ts';

describe('smoke', () => {
  let f: Fixture;
  before(async function () {
    this.timeout(30_000);
    f = await deployFixture();
  });
  after(() => f.anvil.stop());
  it('executes', async () => {
    const before = await lensNow(f);
    const t = performance.now();
    const [r] = await send(f, [executeCall(f, honest(f, baseDraft(f)))]);
    console.log(performance.now() - t);
    expect(r!.ok, refusalText(r!)).to.equal(true);
    console.log(r!.gasUsed, readOutcome(r!), readLens(before).logSize, readLens(r!.lens).logSize);
    expect(await lensNow(f)).to.equal(before);
  });
});
