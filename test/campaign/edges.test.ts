/** What the campaign draws at the bounds of values, and in the seconds of deadlines. */
import { expect } from 'chai';
import { opened } from '../../src/campaign/alone.ts';
import type { Context } from '../../src/campaign/context.ts';
import { dueCall, waitForDeadline } from '../../src/campaign/deadlines.ts';
import { edgeAttesters, edgeEntry, edgeSet } from '../../src/campaign/edges.ts';
import { parameterEdges } from '../../src/campaign/parameter-edges.ts';
import { parameterSet } from '../../src/campaign/world.ts';
import { rngOf } from '../../src/mirror/random.ts';
import type { Call, Step } from '../../src/mirror/types.ts';
import { MAX_ATTESTERS } from '../../src/model/oracle.ts';
import { brokenRule } from '../../src/model/parameters.ts';

const DRAWS = 3_000;

describe('The edges of parameter sets', () => {
  it('break their own inequality first, or none', () => {
    for (const { rule, unsafe, safe } of parameterEdges(parameterSet)) {
      for (const change of unsafe) expect(brokenRule({ ...parameterSet, ...change }), `rule ${rule}`).to.equal(rule);
      for (const change of safe) expect(brokenRule({ ...parameterSet, ...change }), `rule ${rule}`).to.equal(undefined);
    }
  });

  it('are all drawn, and those that would come into force change no window but of members', () => {
    const rng = rngOf('edge sets', 0);
    const refused = new Set<number>();
    let safe = 0;
    const windows = ['unbondingPeriod', 'criticalDelay', 'registryGrace', 'maxValidity', 'proveWindow'] as const;
    for (let i = 0; i < DRAWS; i++) {
      const set = edgeSet(rng);
      const rule = brokenRule(set);
      if (rule !== undefined) refused.add(rule);
      else {
        safe++;
        for (const window of windows) expect(set[window], window).to.equal(parameterSet[window]);
      }
    }
    expect([...refused].sort((a, b) => a - b)).to.deep.equal(parameterEdges(parameterSet).map(({ rule }) => rule));
    expect(safe).to.be.within(DRAWS / 50, DRAWS / 5);
  });
});

describe('Entries and sources at a bound', () => {
  const { base, system } = opened();
  const council = base.directory.council;
  const answer = (name: string, args: readonly unknown[]) => {
    const call = { contract: name === 'stageEntry' ? 'registry' : 'oracle', function: name, sender: council, args };
    const env = { time: system.startTime, block: 1n, chainId: base.chainId };
    return system.apply(system.initial, call as Call, env).outcome;
  };

  it('are refused, each for its field or for what is checked after it', () => {
    const rng = rngOf('edge entries', 0);
    const fields = new Map<string, number>();
    for (let i = 0; i < 500; i++) {
      const entry = base.entries[i % base.entries.length]!;
      const outcome = answer('stageEntry', [edgeEntry(rng, entry, parameterSet)]);
      if (outcome.status !== 'refused') expect.fail(`entry ${i} is accepted`);
      expect(outcome.error).to.equal('EntryInvalid');
      fields.set(String(outcome.args), (fields.get(String(outcome.args)) ?? 0) + 1);
    }
    // Policy hash, schema, operators, proposers, co-signers, claimTtl, and the cap that is checked last.
    expect([...fields.keys()].sort()).to.deep.equal(['0', '10', '11', '2', '5', '6', '8']);
    expect(fields.get('11')).to.be.above(100);
  });

  it('have as many attesters as may be with a threshold one too low, or one attester too many', () => {
    const rng = rngOf('edge sources', 0);
    const found = new Set<string>();
    for (let i = 0; i < 50; i++) {
      const [attesters, threshold] = edgeAttesters(rng);
      const outcome = answer('configureSource', [base.sourceIds[0]!, attesters, threshold, 300, 5, true]);
      if (outcome.status !== 'refused') expect.fail('the source is accepted');
      found.add(`${attesters.length - MAX_ATTESTERS} ${outcome.error} ${outcome.args}`);
    }
    expect([...found].sort()).to.deep.equal(['0 SourceInvalid 1', '1 SourceInvalid 0']);
  });
});

describe('Waiting for a deadline', () => {
  const { base, system } = opened();
  const { state, time } = { state: system.initial, time: system.startTime };

  it('ends a second before, in, or a second after one that the state knows, and the call comes right then', () => {
    const { registry, oracle, council, parameters } = state;
    const known = [
      registry.advancedAt + BigInt(parameters.set.registryGrace),
      ...[...oracle.sources.values()].flatMap(({ latest }) => (latest ? [latest.expiresAt] : [])),
      ...[...council.presence.values()].map(({ lastSeen }) => lastSeen + BigInt(parameters.set.silencePeriod) + 1n),
    ];
    const distances = new Set<bigint>();
    const called = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const history: Step[] = [];
      const ctx: Context = { ...base, rng: rngOf('deadlines', i), state, time, history };
      const step = waitForDeadline(ctx);
      if (step?.kind !== 'time') expect.fail('the state has deadlines');
      const then = time + step.seconds;
      const at = known.find((one) => one >= then - 1n && one <= then + 1n);
      if (at === undefined) expect.fail(`${then} is no deadline`);
      distances.add(then - at);
      expect(dueCall(ctx), 'before the time has passed').to.equal(undefined);
      history.push(step);
      const call = dueCall({ ...ctx, time: then });
      if (call) called.add(call.function);
      history.push({ kind: 'call', call: call as Call });
      expect(dueCall(ctx), 'a second time').to.equal(undefined);
    }
    expect([...distances].sort()).to.have.members([-1n, 0n, 1n]);
    expect([...called].sort()).to.deep.equal(['execute', 'putOnNotice']);
  });

  it('is impossible when nothing is pending', () => {
    const history: Step[] = [];
    const far = { ...base, rng: rngOf('no deadlines', 0), state, time: time + 10_000n, history };
    expect(waitForDeadline(far)).to.equal(undefined);
    expect(dueCall(far)).to.equal(undefined);
  });
});
