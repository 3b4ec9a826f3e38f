import { expect } from 'chai';
import { type Anvil, startAnvil } from '../../src/mirror/anvil.ts';
import { callTrace, formatCallTrace } from '../../src/mirror/call-trace.ts';
import type { Step, System } from '../../src/mirror/types.ts';
import { applyJar, call, deployJar, type Jar, people, START, wait } from './fixtures/jar.ts';

describe('mirror: call traces', () => {
  let anvil: Anvil;
  let system: System<Jar>;

  before(async function () {
    this.timeout(60_000); // compiles with solc in JavaScript
    anvil = await startAnvil();
    ({ system } = await deployJar(anvil));
  });
  after(() => anvil.stop());

  /** The tree without what differs by compiler: gas and code size. */
  const tree = async (steps: readonly Step[], step?: number, of = system): Promise<string[]> => {
    const text = formatCallTrace(system, await callTrace(of, anvil, steps, step));
    expect(text).to.match(/\[\d+ gas\]/);
    return text.split('\n').map((line) => line.replace(/ \[\d+ gas\]/, '').replace(/\(\d+ bytes/, '(… bytes'));
  };
  const [jar, bell] = [() => system.contracts['Jar']!.address, () => system.contracts['Bell']!.address];

  it('show calls between contracts, events in their order, and values by name', async () => {
    const lines = await tree([call('add', 7n), wait(3n), call('add', 100n)]);
    expect(lines[0]).to.equal(`step 2, from ${people[0]}`);
    expect(lines[1]).to.equal('  Jar.add(marbles: 100)');
    // The fixture declares no function of the bell.
    expect(lines[2]).to.match(/^ {4}Bell\.0x[0-9a-f]+$/);
    expect(lines.slice(3)).to.deep.equal([
      `      event Bell.Rung {jar: ${jar()}, note: full, times: 1}`,
      `    event Jar.Added {owner: ${people[0]}, marbles: 100}`,
      '    → allMarbles: 107',
    ]);
  });

  it('show the error of a refused call with its arguments, in the state and at the time of the call', async () => {
    const steps = [
      call('add', 2n),
      call('seal', START + 5n),
      wait(4n),
      call('remove', 1n),
      wait(2n),
      call('remove', 3n),
    ];
    expect(await tree(steps)).to.include('    ✗ TooFew(3, 2)');
    expect(await tree(steps, 3)).to.include(`    ✗ Sealed(${START + 5n}, ${START + 4n})`);
    expect(await tree(steps, 3), 'once more: the chain is as it was').to.deep.equal(await tree(steps, 3));
  });

  it('look into the call where both sides first differ', async () => {
    const apply: typeof applyJar = (state, c, env) => {
      const answer = applyJar(state, c, env);
      const { outcome } = answer;
      return outcome.status === 'ok' && c.function === 'remove'
        ? { ...answer, outcome: { ...outcome, events: [] } }
        : answer;
    };
    const steps = [call('add', 2n), call('remove', 1n, people[1]), call('remove', 1n), call('add', 1n)];
    expect(await tree(steps, undefined, { ...system, apply })).to.deep.equal([
      `step 2, from ${people[0]}`,
      '  Jar.remove(marbles: 1)',
      `    event Jar.Removed {owner: ${people[0]}, marbles: 1}`,
      '    → left: 1, empty: false',
    ]);
  });

  it('show panics, empty reverts, and contracts that are none of the system', async () => {
    expect(await tree([call('fail', 0)])).to.include('    ✗ Panic(0x12)');
    expect((await tree([call('fail', 1)])).at(-1)).to.match(/^ {4}✗ empty revert/);
    const created = await tree([call('fail', 4)]);
    expect(created[2]).to.match(/^ {4}new 0x[0-9a-f]{40} \(… bytes of code\)$/);
    expect(created[3]).to.match(/^ {4}0x[0-9a-f]{40}\.0x[0-9a-f]+$/);
    expect(created[3]).not.to.include(bell());
    expect(created[4]).to.match(/^ {6}event of 0x[0-9a-f]{40}, topics \[0x/);
  });

  it('are refused for what is no call of the trace', async () => {
    const refused = async (step: number): Promise<string> =>
      callTrace(system, anvil, [call('add', 1n), wait(1n)], step).then(
        () => 'accepted',
        (error: Error) => error.message,
      );
    expect(await refused(1)).to.equal('step 1: expected a call among the 2 steps 0 … 1; choose another');
    expect(await refused(2)).to.include('step 2: expected a call');
  });
});
