/**
 * Events of the contracts that decide and order: parameters, council, disruptions, registry, router.
 * @module
 */
import { Set } from 'immutable';
import type { Hex } from '../../codec/hash.ts';
import { seated } from '../../model/council.ts';
import { marked } from '../../model/disruptions.ts';
import { hasCode } from '../../model/guards.ts';
import { type Proposal, ProposalStatus, type State, VerifierStatus } from '../../model/state.ts';
import { agree, changed, type Handlers, known } from './handlers.ts';

export const parameters: Handlers['parameters'] = {
  ParametersSet(state, { version, set }) {
    if (version !== 0) agree('version', state.parameters.version + 1, version);
    return changed(state, 'parameters', { version, set });
  },
};

/*-------------------------------------------------------------------------------------------------------- council */

export const council: Handlers['council'] = {
  Proposed(state, { id, proposer, tier }) {
    const { members, version } = state.council;
    return withProposal(state, id, {
      proposer,
      tier,
      status: ProposalStatus.Open,
      approvals: Set(),
      objections: Set(),
      eta: 0n,
      until: 0n,
      version,
      seats: members,
    });
  },

  Approved(state, { id, member }) {
    const proposal = proposalOf(state, id);
    return withProposal(state, id, { ...proposal, approvals: proposal.approvals.add(member) });
  },

  ApprovalWithdrawn(state, { id, member }) {
    const proposal = proposalOf(state, id);
    return withProposal(state, id, { ...proposal, approvals: proposal.approvals.remove(member) });
  },

  Objected(state, { id, member }) {
    const proposal = proposalOf(state, id);
    return withProposal(state, id, { ...proposal, objections: proposal.objections.add(member) });
  },

  QuorumReached(state, { id, eta, until }) {
    return withProposal(state, id, { ...proposalOf(state, id), eta, until });
  },

  QuorumLost(state, { id }) {
    return withProposal(state, id, { ...proposalOf(state, id), eta: 0n, until: 0n });
  },

  ProposalCancelled(state, { id }) {
    return withProposal(state, id, { ...proposalOf(state, id), status: ProposalStatus.Cancelled });
  },

  ProposalExecuted(state, { id }) {
    return withProposal(state, id, { ...proposalOf(state, id), status: ProposalStatus.Executed });
  },

  GenesisSealed(state) {
    return changed(state, 'council', { genesisSealed: true, version: state.council.version + 1n });
  },

  Seen(state, { member }, env) {
    const { presence } = state.council;
    return changed(state, 'council', { presence: presence.set(member, { lastSeen: env.time, noticeAt: 0n }) });
  },

  PutOnNotice(state, { member }, env) {
    const { presence } = state.council;
    const seen = known(presence.get(member), `member ${member}`);
    return changed(state, 'council', { presence: presence.set(member, { ...seen, noticeAt: env.time }) });
  },

  MembersSet(state, { version, members }, env) {
    agree('version', state.council.version + 1n, version);
    return seated(state, members, env);
  },

  TiersSet(state, { version, rules }) {
    agree('version', state.council.version + 1n, version);
    const tiers = state.council.tiers.withMutations((map) => {
      for (const { target, selector, tier } of rules) map.set(target + selector, tier);
    });
    return changed(state, 'council', { tiers, version });
  },
};

function proposalOf(state: State, id: Hex): Proposal {
  return known(state.council.proposals.get(id), `proposal ${id}`);
}

function withProposal(state: State, id: Hex, proposal: Proposal): State {
  return changed(state, 'council', { proposals: state.council.proposals.set(id, proposal) });
}

/*------------------------------------------------------------------------------------------ disruptions, registry */

export const disruptions: Handlers['disruptions'] = {
  Disrupted(state, { subject }, env) {
    return marked(state, subject, env).state;
  },
};

export const registry: Handlers['registry'] = {
  EntryStaged(state, { key, entryHash, entry }) {
    return staged(withCode(state, entry.adapter), key, entryHash);
  },

  RemovalStaged(state, { key }) {
    return staged(state, key, undefined);
  },

  Unstaged(state, { key }) {
    return changed(state, 'registry', { staged: state.registry.staged.filter((change) => change.key !== key) });
  },

  EntryApplied(state, { key, entryHash, epoch }) {
    return changed(state, 'registry', { applied: state.registry.applied.set(key, { entryHash, since: epoch }) });
  },

  EntryRemoved(state, { key }) {
    return changed(state, 'registry', { applied: state.registry.applied.remove(key) });
  },

  EpochAdvanced(state, { epoch, root, entries }, env) {
    const { registry } = state;
    agree('epoch', registry.epoch + 1n, epoch);
    agree('number of entries', BigInt(registry.applied.size), entries);
    return changed(state, 'registry', {
      epoch,
      advancedAt: env.time,
      staged: registry.staged.clear(),
      roots: registry.roots.set(epoch, root),
      advancedAts: registry.advancedAts.set(epoch, env.time),
    });
  },

  Frozen(state, { member, until }, env) {
    const lastFreeze = state.registry.lastFreeze.set(member, env.time);
    return changed(state, 'registry', { frozenUntil: until, lastFreeze });
  },

  FreezeMoved(state, { until }) {
    return changed(state, 'registry', { frozenUntil: until });
  },

  FreezeEnded(state) {
    return changed(state, 'registry', { frozenUntil: 0n });
  },
};

/** In place of whatever is staged under the key; a new key goes to the end. */
function staged(state: State, key: Hex, entryHash: Hex | undefined): State {
  const list = state.registry.staged;
  const index = list.findIndex((change) => change.key === key);
  const change = { key, entryHash };
  return changed(state, 'registry', { staged: index === -1 ? list.push(change) : list.set(index, change) });
}

/** The registry takes no adapter without code. */
function withCode(state: State, adapter: Hex): State {
  if (hasCode(state, adapter)) return state;
  return changed(state, 'deployment', { otherCode: state.deployment.otherCode.add(adapter) });
}

/*--------------------------------------------------------------------------------------------------------- router */

export const router: Handlers['router'] = {
  VerifierAdded(state, { selector, verifier, imageId, development }) {
    const verifiers = state.deployment.verifiers.set(verifier, { selector, imageId, development });
    const route = { verifier, status: VerifierStatus.Active };
    return changed(changed(state, 'deployment', { verifiers }), 'router', {
      routes: state.router.routes.set(selector, route),
    });
  },

  VerifierStopped(state, { selector }) {
    return withStatus(state, selector, VerifierStatus.Stopped);
  },

  VerifierResumed(state, { selector }) {
    return withStatus(state, selector, VerifierStatus.Active);
  },

  VerifierRemoved(state, { selector }) {
    return withStatus(state, selector, VerifierStatus.Removed);
  },
};

function withStatus(state: State, selector: Hex, status: number): State {
  const { routes } = state.router;
  const route = known(routes.get(selector), `verifier ${selector}`);
  return changed(state, 'router', { routes: routes.set(selector, { ...route, status }) });
}
