/**
 * Council: members propose calls, a quorum approves, a delay passes, anyone executes. Mirrors
 * contracts/council/Council.sol.
 * @module
 */
import { List, Map, Set } from 'immutable';
import type { Hex } from '../codec/hash.ts';
import { proposalId } from '../codec/ids.ts';
import { isTier, signaturesNeeded, Tier } from './quorum.ts';
import { type CouncilState, type Presence, type Proposal, ProposalStatus, type State } from './state.ts';
import { type Env, type Refusal, refused, type Step, type SystemEvent, type Transitions } from './step.ts';

const MIN_CALLDATA = 4;
/** Bytes of a proposed call. */
export const MAX_CALLDATA = 16_384;
export const MAX_MEMBERS = 32;

/** A call as a contract makes it: to any address, with any calldata. */
export type CallContract = (
  state: State,
  target: Hex,
  data: Hex,
  env: Env,
) =>
  | { readonly kind: 'no-code' }
  | { readonly kind: 'reverted-empty' }
  | { readonly kind: 'step'; readonly step: Step<readonly unknown[]> };

/** @param callContract how the council reaches the other contracts, which it doesn't know itself */
export function councilTransitions(callContract: CallContract): Transitions<'council'> {
  return { ...voting, ...itself, ...presence, execute: executeWith(callContract) };
}

type Council = Transitions<'council'>;

const voting: Pick<Council, 'propose' | 'approve' | 'withdrawApproval' | 'object'> = {
  propose: byMember((state, [target, data, tier, salt], env) => {
    if (!isTier(tier)) return { error: 'TierInvalid', args: [tier] };
    const length = (data.length - 2) / 2;
    if (length < MIN_CALLDATA || length > MAX_CALLDATA)
      return { error: 'CalldataLengthInvalid', args: [BigInt(length)] };
    const required = minimumTier(state, target, data.slice(0, 10) as Hex);
    if (tier < required) return { error: 'TierTooLow', args: [required, tier] };
    const id = idOf(state, { target, data, tier, salt }, env);
    if (state.council.proposals.has(id)) return { error: 'ProposalExists', args: [id] };

    const { members, version } = state.council;
    const proposal: Proposal = {
      proposer: env.sender,
      tier,
      status: ProposalStatus.Open,
      approvals: Set(),
      objections: Set(),
      eta: 0n,
      until: 0n,
      version,
      seats: members,
    };
    const approved = approve(state, id, proposal, env);
    const args = { id, proposer: env.sender, target, data, tier, salt };
    return {
      state: approved.state,
      events: [{ contract: 'council', event: 'Proposed', args }, ...approved.events],
      returns: [id],
    };
  }),

  approve: byMember((state, [id], env) => {
    const proposal = open(state, id);
    if ('error' in proposal) return proposal;
    if (proposal.approvals.has(env.sender)) return { error: 'AlreadyApproved', args: [id, env.sender] };
    return { ...approve(state, id, proposal, env), returns: [] };
  }),

  withdrawApproval: byMember((state, [id], env) => {
    const proposal = open(state, id);
    if ('error' in proposal) return proposal;
    const member = env.sender;
    if (!proposal.approvals.has(member)) return { error: 'NotApproved', args: [id, member] };
    const approvals = proposal.approvals.remove(member);
    const lost = proposal.eta !== 0n && approvals.size < needed(state, proposal.tier);
    const { eta, until } = lost ? { eta: 0n, until: 0n } : proposal;
    return {
      state: withProposal(state, id, { ...proposal, approvals, eta, until }),
      events: [
        { contract: 'council', event: 'ApprovalWithdrawn', args: { id, member } },
        ...(lost ? [{ contract: 'council', event: 'QuorumLost', args: { id } } as const] : []),
      ],
      returns: [],
    };
  }),

  object: byMember((state, [id], env) => {
    const proposal = open(state, id);
    if ('error' in proposal) return proposal;
    const member = env.sender;
    if (proposal.objections.has(member)) return { error: 'AlreadyObjected', args: [id, member] };
    const objections = proposal.objections.add(member);
    const blocking = state.council.members.size - needed(state, proposal.tier) + 1;
    const cancelled = member === proposal.proposer || objections.size >= blocking;
    const status = cancelled ? ProposalStatus.Cancelled : proposal.status;
    return {
      state: withProposal(state, id, { ...proposal, objections, status }),
      events: [
        { contract: 'council', event: 'Objected', args: { id, member } },
        ...(cancelled ? [{ contract: 'council', event: 'ProposalCancelled', args: { id } } as const] : []),
      ],
      returns: [],
    };
  }),
};

const itself: Pick<Council, 'sealGenesis' | 'setMembers' | 'setTiers'> = {
  sealGenesis: byMember((state) => {
    if (state.council.genesisSealed) return { error: 'GenesisSealedAlready', args: [] };
    return {
      state: withCouncil(state, { genesisSealed: true, version: state.council.version + 1n }),
      events: [{ contract: 'council', event: 'GenesisSealed', args: {} }],
      returns: [],
    };
  }),

  setMembers(state, [members], env) {
    if (env.sender !== state.deployment.directory.council) return { error: 'NotCouncil', args: [env.sender] };
    if (members.length === 0 || members.length > MAX_MEMBERS) {
      return { error: 'MemberCountInvalid', args: [BigInt(members.length)] };
    }
    const unordered = members.findIndex((member, i) => BigInt(member) <= BigInt(members[i - 1] ?? 0));
    if (unordered !== -1) return { error: 'MembersNotIncreasing', args: [BigInt(unordered)] };
    const version = state.council.version + 1n;
    return {
      state: seated(state, members, env),
      events: [{ contract: 'council', event: 'MembersSet', args: { version, members } }],
      returns: [],
    };
  },

  setTiers(state, [rules], env) {
    if (env.sender !== state.deployment.directory.council) return { error: 'NotCouncil', args: [env.sender] };
    const wrong = rules.find(({ tier }) => !isTier(tier));
    if (wrong) return { error: 'TierInvalid', args: [wrong.tier] };
    const version = state.council.version + 1n;
    const tiers = state.council.tiers.withMutations((map) => {
      for (const { target, selector, tier } of rules) map.set(target + selector, tier);
    });
    return {
      state: withCouncil(state, { tiers, version }),
      events: [{ contract: 'council', event: 'TiersSet', args: { version, rules } }],
      returns: [],
    };
  },
};

const presence: Pick<Council, 'heartbeat' | 'putOnNotice' | 'removeSilent'> = {
  heartbeat: byMember((state) => ({ state, events: [], returns: [] })),

  putOnNotice: byMember((state, [member], env) => {
    const seen = state.council.presence.get(member);
    if (!seen) return { error: 'NotMember', args: [member] };
    if (seen.noticeAt !== 0n) return { error: 'OnNoticeAlready', args: [member] };
    const opensAt = seen.lastSeen + BigInt(state.parameters.set.silencePeriod) + 1n;
    if (env.time < opensAt) return { error: 'MemberNotSilent', args: [member, seen.lastSeen, opensAt] };
    return {
      state: withPresence(state, member, { ...seen, noticeAt: env.time }),
      events: [{ contract: 'council', event: 'PutOnNotice', args: { member, by: env.sender } }],
      returns: [],
    };
  }),

  removeSilent(state, [member], env) {
    const seen = state.council.presence.get(member);
    if (!seen) return { error: 'NotMember', args: [member] };
    if (state.council.members.size === 1) return { error: 'LastMember', args: [member] };
    if (seen.noticeAt === 0n) return { error: 'NotOnNotice', args: [member] };
    const opensAt = seen.noticeAt + BigInt(state.parameters.set.noticePeriod) + 1n;
    if (env.time < opensAt) return { error: 'NoticeRunning', args: [member, opensAt] };
    const members = state.council.members.filter((other) => other !== member).toArray();
    const version = state.council.version + 1n;
    return {
      state: seated(state, members, env),
      events: [{ contract: 'council', event: 'MembersSet', args: { version, members } }],
      returns: [],
    };
  },
};

function executeWith(callContract: CallContract): Council['execute'] {
  return (state, [target, data, tier, salt], env) => {
    const id = idOf(state, { target, data, tier, salt }, env);
    const proposal = open(state, id);
    if ('error' in proposal) return proposal;
    const early = notDue(state, id, proposal, env);
    if (early) return early;

    const executed = withProposal(state, id, { ...proposal, status: ProposalStatus.Executed });
    const call = callContract(executed, target, data, { ...env, sender: state.deployment.directory.council });
    if (call.kind === 'no-code') return { error: 'TargetNotContract', args: [target] };
    if (call.kind === 'reverted-empty') return { error: 'CallReverted', args: [id] };
    if (refused(call.step)) return call.step;
    return {
      state: call.step.state,
      events: [{ contract: 'council', event: 'ProposalExecuted', args: { id } }, ...call.step.events],
      returns: [],
    };
  };
}

/** Why the proposal can't be executed now. */
function notDue(state: State, id: Hex, { approvals, eta, until, tier }: Proposal, { time }: Env): Refusal | undefined {
  if (eta === 0n) {
    return { error: 'QuorumMissing', args: [id, BigInt(approvals.size), BigInt(needed(state, tier))] };
  }
  if (time < eta) return { error: 'ProposalNotReady', args: [id, eta, time] };
  return time > until ? { error: 'ProposalExpired', args: [id, until, time] } : undefined;
}

/** Seconds from quorum to execution. */
export function delayOf(state: State, tier: number): bigint {
  const { elevatedDelay, criticalDelay } = state.parameters.set;
  if (!state.council.genesisSealed || tier === Tier.Routine) return 0n;
  return BigInt(tier === Tier.Elevated ? elevatedDelay : criticalDelay);
}

/** The least tier at which this call may be proposed; whatever isn't listed is critical. */
export function minimumTier(state: State, target: Hex, selector: Hex): number {
  return state.council.tiers.get(target + selector, Tier.Critical);
}

function approve(
  state: State,
  id: Hex,
  proposal: Proposal,
  env: Env,
): { readonly state: State; readonly events: readonly SystemEvent[] } {
  const approvals = proposal.approvals.add(env.sender);
  const reached = proposal.eta === 0n && approvals.size >= needed(state, proposal.tier);
  const eta = reached ? env.time + delayOf(state, proposal.tier) : proposal.eta;
  const until = reached ? eta + BigInt(state.parameters.set.proposalGrace) : proposal.until;
  return {
    state: withProposal(state, id, { ...proposal, approvals, eta, until }),
    events: [
      { contract: 'council', event: 'Approved', args: { id, member: env.sender } },
      ...(reached ? [{ contract: 'council', event: 'QuorumReached', args: { id, eta, until } } as const] : []),
    ],
  };
}

/** A call of a member: whatever it does, it is a sign of life, which ends a notice. */
function byMember<A, R>(act: (state: State, args: A, env: Env) => Step<R>) {
  return (state: State, args: A, env: Env): Step<R> => {
    const member = env.sender;
    if (!state.council.presence.has(member)) return { error: 'NotMember', args: [member] };
    const step = act(withPresence(state, member, { lastSeen: env.time, noticeAt: 0n }), args, env);
    if (refused(step)) return step;
    return { ...step, events: [{ contract: 'council', event: 'Seen', args: { member } }, ...step.events] };
  };
}

/** Seats a list. Who was no member before is seen now; the others keep their signs of life and notices. */
export function seated(state: State, members: readonly Hex[], env: Pick<Env, 'time'>): State {
  const { council } = state;
  const presence = Map(
    members.map((member) => [member, council.presence.get(member) ?? { lastSeen: env.time, noticeAt: 0n }] as const),
  );
  return withCouncil(state, { members: List(members), presence, version: council.version + 1n });
}

function withPresence(state: State, member: Hex, presence: Presence): State {
  return withCouncil(state, { presence: state.council.presence.set(member, presence) });
}

/** The proposal, if it is open under the present membership and tiers. */
function open(state: State, id: Hex): Proposal | Refusal {
  const proposal = state.council.proposals.get(id);
  if (proposal?.version !== state.council.version) return { error: 'ProposalUnknown', args: [id] };
  return proposal.status === ProposalStatus.Open ? proposal : { error: 'ProposalClosed', args: [id, proposal.status] };
}

function needed(state: State, tier: number): number {
  return signaturesNeeded(tier, state.council.members.size);
}

function idOf(state: State, proposal: Parameters<typeof proposalId>[1], env: Env): Hex {
  const place = { chainId: env.chainId, contract: state.deployment.directory.council };
  return proposalId(place, proposal, state.council.version);
}

function withProposal(state: State, id: Hex, proposal: Proposal): State {
  return withCouncil(state, { proposals: state.council.proposals.set(id, proposal) });
}

function withCouncil(state: State, changed: Partial<CouncilState>): State {
  return { ...state, council: { ...state.council, ...changed } };
}
