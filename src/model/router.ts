/**
 * ReceiptRouter: picks the verifier by the first four bytes of the seal. Mirrors contracts/receipts/ReceiptRouter.sol.
 * @module
 */
import type { Hex } from '../codec/hash.ts';
import { isLocalChain } from '../codec/local-chains.ts';
import { EVERYBODY, marked } from './disruptions.ts';
import { notCouncil } from './guards.ts';
import { type State, VerifierStatus } from './state.ts';
import type { Env, Refusal, Step, Transitions } from './step.ts';

const SELECTOR_BYTES = 4;

/** A view that anybody may call, whose verdict is a receipt's: the gate's way to it is not the only one. */
interface Verifying {
  readonly verify: (state: State, args: readonly [seal: Hex, imageId: Hex, digest: Hex], env: Env) => Step<readonly []>;
}

export const router: Transitions<'router'> & Verifying = {
  verify(state, [seal, imageId, journalDigest], env) {
    const length = (seal.length - 2) / 2;
    if (length < SELECTOR_BYTES) return { error: 'SealTooShort', args: [BigInt(length)] };
    return refuseReceipt(state, { seal, imageId, journalDigest }, env) ?? { state, events: [], returns: [] };
  },

  addVerifier(state, [verifier], env) {
    const denied = notCouncil(state, env);
    if (denied) return denied;
    const info = state.deployment.verifiers.get(lower(verifier));
    if (!info) return { error: 'VerifierNotContract', args: [verifier] };
    if (info.development && !isLocalChain(env.chainId)) {
      return { error: 'DevelopmentVerifierRefused', args: [env.chainId] };
    }
    if (state.router.routes.has(info.selector)) return { error: 'SelectorTaken', args: [info.selector] };
    const { selector, imageId, development } = info;
    return {
      state: withRoute(state, selector, { verifier: lower(verifier), status: VerifierStatus.Active }),
      events: [
        {
          contract: 'router',
          event: 'VerifierAdded',
          args: { selector, verifier: lower(verifier), imageId, development },
        },
      ],
      returns: [],
    };
  },

  stopVerifier(state, [selector], env) {
    const denied = notCouncil(state, env);
    if (denied) return denied;
    const route = present(state, selector);
    if ('error' in route) return route;
    if (route.status === VerifierStatus.Stopped) return { error: 'SelectorStopped', args: [selector] };
    const mark = marked(state, EVERYBODY, env);
    return {
      state: withRoute(mark.state, selector, { ...route, status: VerifierStatus.Stopped }),
      events: [{ contract: 'router', event: 'VerifierStopped', args: { selector } }, ...mark.events],
      returns: [],
    };
  },

  resumeVerifier(state, [selector], env) {
    const denied = notCouncil(state, env);
    if (denied) return denied;
    const route = present(state, selector);
    if ('error' in route) return route;
    if (route.status !== VerifierStatus.Stopped) return { error: 'SelectorNotStopped', args: [selector] };
    return {
      state: withRoute(state, selector, { ...route, status: VerifierStatus.Active }),
      events: [{ contract: 'router', event: 'VerifierResumed', args: { selector } }],
      returns: [],
    };
  },

  removeVerifier(state, [selector], env) {
    const denied = notCouncil(state, env);
    if (denied) return denied;
    const route = present(state, selector);
    if ('error' in route) return route;
    const mark = marked(state, EVERYBODY, env);
    return {
      state: withRoute(mark.state, selector, { ...route, status: VerifierStatus.Removed }),
      events: [{ contract: 'router', event: 'VerifierRemoved', args: { selector } }, ...mark.events],
      returns: [],
    };
  },
};

/** Why this receipt is refused, or nothing when it is good. */
export function refuseReceipt(
  state: State,
  receipt: { readonly seal: Hex; readonly imageId: Hex; readonly journalDigest: Hex },
  env: Env,
): Refusal | undefined {
  const selector = receipt.seal.slice(0, 10) as Hex;
  const route = present(state, selector);
  if ('error' in route) return route;
  if (route.status === VerifierStatus.Stopped) return { error: 'SelectorStopped', args: [selector] };
  return env.receipts(route.verifier, receipt.seal, receipt.imageId, receipt.journalDigest);
}

type Route = { readonly verifier: Hex; readonly status: number };

function present(state: State, selector: Hex): Route | Refusal {
  const route = state.router.routes.get(selector);
  if (!route) return { error: 'SelectorUnknown', args: [selector] };
  return route.status === VerifierStatus.Removed ? { error: 'SelectorRemoved', args: [selector] } : route;
}

function withRoute(state: State, selector: Hex, route: Route): State {
  return { ...state, router: { routes: state.router.routes.set(selector, route) } };
}

function lower(address: Hex): Hex {
  return address.toLowerCase() as Hex;
}
