/**
 * A small instance of the protocol that can be explored completely: two operators, a delegator, an account, an accuser
 * and a jury, with windows of a few ticks. docs/explorer.md says what is in it, and what bounds it.
 * @module
 */
import type { ContractName } from '../abi/system.ts';
import type { Broken, Explorable, Goal } from '../mirror/explore.ts';
import type { Call, Step } from '../mirror/types.ts';
import { Excuse, excuseOf } from '../model/claims.ts';
import { escrowOf } from '../model/fees.ts';
import { applyCall, refused, type State } from '../model/index.ts';
import { recordOf } from '../model/nonces.ts';
import { isFrozen } from '../model/registry.ts';
import { stakeOf } from '../model/staking.ts';
import { CaseStatus, type Claim, type NonceRecord } from '../model/state.ts';
import type { Env, Step as ModelStep } from '../model/step.ts';
import { actionsIn, type Parts } from './instance-actions.ts';
import { noncesOf, Situation } from './instance-key.ts';
import { begin, CLAIM_TTL, envOf, FEE, instanceParameters, players, SCOPE, SOURCE, START } from './instance-world.ts';
import { isEmpty, properties } from './properties.ts';
import { RECORDED_SELECTOR } from './recorded.ts';

/** What applies a call; plants replace it. */
export type Machine = (state: State, call: Call, env: Env) => ModelStep<readonly unknown[]>;

export const machine: Machine = (state, call, env) =>
  applyCall(state, call.contract as ContractName, call.function, call.args, env);

const nothing: Parts = {
  slots: 1,
  evidence: 0,
  audits: false,
  freezes: false,
  stops: false,
  delegations: false,
  changes: false,
};

/** The instances that have a name. */
export const instances = {
  /** claims, fees, exits: thousands of states */
  small: nothing,
  /** the same with freezes and a verifier that stops: tens of thousands */
  halts: { ...nothing, freezes: true, stops: true },
  /** everything but halts: more than a million */
  full: { ...nothing, evidence: 1, audits: true, delegations: true, changes: true },
} as const satisfies Readonly<Record<string, Parts>>;

export type InstanceName = keyof typeof instances;

/** The instance as the explorer takes it. */
export function instanceOf(parts: Parts, apply: Machine = machine): Explorable<Situation, Step> {
  return {
    initial: new Situation(begin(parts.slots), START, parts.slots),
    actions: (at) => actionsIn(at, parts),
    apply(at, step) {
      if (step.kind === 'time') return new Situation(at.model, at.time + step.seconds, at.slots);
      const next = apply(at.model, step.call, envOf(step.call.sender, at.time));
      return refused(next) ? undefined : new Situation(next.state, at.time, at.slots);
    },
    key: (at) => at.key(),
    label: (step) => (step.kind === 'time' ? 'time passes' : `${step.call.contract}.${step.call.function}`),
    cost: (step) => (step.kind === 'time' ? Number(step.seconds) : 0),
    check: brokenLaws,
    goals: goals(),
  };
}

function brokenLaws(after: Situation, step: Step, before: Situation): Broken[] {
  if (step.kind === 'time') return [];
  const broken: Broken[] = [];
  for (const { id, check } of properties) {
    const what = check(after.model, step, before.model);
    if (what !== undefined) broken.push({ law: id, what });
  }
  return broken;
}

/*------------------------------------------------------------------------------------------------------------ goals */

/** Calls by which what is somebody's goes back to them: each is its owner's own, or anyone's. */
const WAYS_OUT: ReadonlySet<string> = new Set([
  'settle',
  'closeCase',
  'payReward',
  'collectFee',
  'requestExit',
  'undelegate',
  'claimExit',
  'withdrawEscrow',
  'withdraw',
]);

function goals(): readonly Goal<Situation, Step>[] {
  const p = instanceParameters;
  const calls = (step: Step, ...names: readonly string[]): boolean =>
    step.kind === 'call' && names.includes(step.call.function);
  const claimed = CLAIM_TTL + 1;
  return [
    {
      name: 'everybody can take out everything',
      kind: 'possible',
      // The longest: a claim lapses and is settled, and what it had locked leaves.
      within: claimed + p.unbondingPeriod + 1,
      holds: ({ model }) => isEmpty(model),
      by: (step) => step.kind === 'time' || WAYS_OUT.has(step.call.function),
    },
    {
      name: 'every case closes',
      kind: 'inevitable',
      within: p.disputeWindow + p.rulingWindow + 1,
      holds: ({ model }) => model.court.cases.every(({ status }) => status !== CaseStatus.Open),
      by: (step) => calls(step, 'closeCase'),
    },
    {
      name: 'every reward is paid',
      kind: 'inevitable',
      within: p.proveWindow + 1,
      holds: ({ model }) => model.court.offences.every(({ reward }) => reward === 0n),
      by: (step) => calls(step, 'payReward'),
    },
    {
      name: 'no nonce stays claimed without an excuse',
      kind: 'inevitable',
      // One after the other may claim it, each once, as long as it is missed.
      within: players.length * claimed,
      holds: (at) =>
        recordsOf(at).every((record) => record?.kind !== 'claimed' || excuseOf(at.model, record.claim) !== Excuse.None),
      by: (step) => calls(step, 'settle'),
    },
    {
      name: 'an allowed action executes, whoever of the two crashes',
      kind: 'inevitable',
      // f + 1 claims, f = 1
      within: 2 * claimed,
      holds: (at) => recordsOf(at).every((record) => !isPromised(at, record)),
      by: (step) => calls(step, 'execute') || (calls(step, 'executeClaimed') && !isOwn(step)),
    },
  ];
}

function recordsOf({ model, slots }: Situation): (NonceRecord | undefined)[] {
  return noncesOf(slots).map((nonce) => recordOf(model, SCOPE, nonce));
}

/** Whether an operator executes what it claimed itself: nobody may rely on that, it may have crashed. */
function isOwn(step: Step): boolean {
  if (step.kind !== 'call') return false;
  const [execution, claim] = step.call.args as readonly [{ readonly operatorId: string }, Claim];
  return execution.operatorId === claim.operatorId;
}

/**
 * Whether the action on this nonce is allowed and an operator is there for it that never missed it and doesn't hold it.
 * What voids the promise: a freeze, a stopped verifier, an escrow without the fee, no such operator.
 */
function isPromised({ model, time }: Situation, record: NonceRecord | undefined): boolean {
  if (record?.kind === 'executed') return false;
  const running = model.router.routes.get(RECORDED_SELECTOR)?.status === 1 && !isFrozen(model, { time });
  if (!running || !model.oracle.sources.get(SOURCE)?.latest) return false;
  if (record?.kind !== 'claimed' && escrowOf(model, SCOPE).available < FEE) return false;
  const crashed: readonly string[] = [
    ...(record?.missed ?? []),
    ...(record?.kind === 'claimed' ? [record.claim.operatorId] : []),
  ];
  return players.some(({ id }) => {
    const operator = model.operators.operators.get(id);
    if (operator?.status !== 2 || time <= operator.jailedUntil || crashed.includes(id)) return false;
    return stakeOf(model, id).selfBond.total >= instanceParameters.minSelfBond;
  });
}
