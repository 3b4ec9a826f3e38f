/**
 * `mprd status`: where a deployment stands.
 * @module
 */
import { formatAgrs, formatTime, shortHex } from '../chain/format.ts';
import type { Hex } from '../codec/hash.ts';
import { Excuse, excuseOf } from '../model/claims.ts';
import { isFrozen } from '../model/registry.ts';
import { stakeOf } from '../model/staking.ts';
import { CaseStatus, type Claim, OperatorStatus } from '../model/state.ts';
import { Chronicle, type EndedClaim } from './chronicle.ts';
import { type AskedNonce, nonceName, parseNonce, whenFrom } from './names.ts';
import { COMMON_HELP, type Io, parseOptions, requireNoPositionals } from './options.ts';
import { type Reading, read } from './reading.ts';
import { table, toJson } from './table.ts';

export const help = `Shows where a deployment stands: parameters, registry, operators with their stake, open claims and how
the last 20 ended and why, open cases, escrows.

  mprd status [--rpc URL] [--claim SCOPE:NONCE] [OPTIONS]

  --claim SCOPE:NONCE  what became of one nonce, as the table of claims names it: executed, missed or excused, and why
${COMMON_HELP}

Example, with the devnet of \`npm start\` in another terminal:

  mprd status
  mprd status --claim 0x1f3a9c02:5.0`;

export async function run(args: readonly string[], io: Io): Promise<number> {
  const options = parseOptions(args, ['claim']);
  requireNoPositionals(options);
  const { claim } = options.own;
  const asked = claim === undefined ? undefined : parseNonce(claim);
  const chronicle = new Chronicle((one) => asked !== undefined && isAsked(asked, one));
  const reading = await read(options, chronicle, io);
  const status = asked === undefined ? statusOf(reading, chronicle) : nonceStatus(reading, chronicle, asked);
  if (options.json) io.out(toJson(status));
  else for (const line of 'nonces' in status ? nonceLines(status) : statusLines(reading, status)) io.out(line);
  return 0;
}

function isAsked({ scope, nonce }: AskedNonce, one: Pick<Claim, 'scope' | 'nonce'>): boolean {
  return one.nonce === nonce && one.scope.startsWith(scope);
}

/*----------------------------------------------------------------------------------------------------------- facts */

type Status = ReturnType<typeof statusOf>;

function statusOf(reading: Reading, chronicle: Chronicle) {
  const { chain, state, block, now } = reading;
  const { registry, council, parameters } = state;
  return {
    chainId: chain.chainId,
    block,
    time: now,
    parameters: { version: parameters.version, ...parameters.set },
    council: { version: council.version, members: council.members.toArray(), genesisSealed: council.genesisSealed },
    registry: {
      epoch: registry.epoch,
      advancedAt: registry.advancedAt,
      entries: registry.applied.size,
      staged: registry.staged.size,
      frozen: isFrozen(state, { time: now }),
      frozenUntil: registry.frozenUntil,
    },
    operators: operatorsOf(reading),
    claims: openClaims(reading, chronicle),
    ended: [...chronicle.ended].reverse().map((ended) => endedView(reading, chronicle, ended)),
    cases: openCases(reading),
    escrows: [...state.gate.escrows].map(([scope, escrow]) => ({ scope, ...escrow })),
  };
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  [OperatorStatus.Pending]: 'pending',
  [OperatorStatus.Admitted]: 'admitted',
  [OperatorStatus.Ejected]: 'ejected',
};

function operatorsOf({ state, now }: Reading) {
  const claims = claimsIn({ state });
  return [...state.operators.operators].map(([id, operator]) => {
    const { selfBond, pool, ownerExits, delegatorExits, locks } = stakeOf(state, id);
    const exits = [...state.staking.exits.values()].filter(({ operatorId }) => operatorId === id);
    const next = exits.reduce<bigint | null>((t, { opensAt }) => (t === null || opensAt < t ? opensAt : t), null);
    const jailed = now <= operator.jailedUntil;
    const bonded = selfBond.total >= state.parameters.set.minSelfBond;
    const admitted = operator.status === OperatorStatus.Admitted;
    return {
      id,
      status: STATUS_NAMES[operator.status] ?? 'unknown',
      active: admitted && !jailed && bonded,
      owner: operator.owner,
      signer: operator.signer,
      payout: operator.payout,
      selfBond: selfBond.total,
      bonded,
      locks,
      locked: claims.filter((claim) => claim.operatorId === id).reduce((sum, { bond }) => sum + bond, 0n),
      delegated: pool.total,
      exits: exits.length,
      leaving: ownerExits.total + delegatorExits.total,
      nextExitAt: next,
      jailedUntil: operator.jailedUntil,
      jailed,
      misses: operator.misses,
    };
  });
}

function claimsIn({ state }: Pick<Reading, 'state'>): readonly Claim[] {
  return [...state.gate.records.values()].flatMap((nonces) =>
    [...nonces.values()].flatMap((record) => (record.kind === 'claimed' ? [record.claim] : [])),
  );
}

function openClaims({ state, now }: Reading, chronicle: Chronicle) {
  return claimsIn({ state }).map((claim) => {
    const excuse = excuseOf(state, claim);
    return {
      ...named(claim),
      claimedAt: claim.claimedAt,
      deadline: claim.deadline,
      lapsed: now > claim.deadline,
      bond: claim.bond,
      fee: claim.fee,
      excused: excuse !== Excuse.None,
      why: excuse === Excuse.None ? null : chronicle.reason(state, claim, excuse),
    };
  });
}

function named({ scope, nonce, operatorId }: Pick<Claim, 'scope' | 'nonce' | 'operatorId'>) {
  return { claim: nonceName({ scope, nonce }), scope, nonce, operatorId };
}

function endedView({ state }: Reading, chronicle: Chronicle, { claim, at, end }: EndedClaim) {
  const excused = end.kind === 'settled' && end.excuse !== Excuse.None;
  return {
    ...named(claim),
    claimedAt: claim.claimedAt,
    deadline: claim.deadline,
    bond: claim.bond,
    outcome: end.kind === 'executed' ? 'executed' : excused ? 'excused' : 'missed',
    at,
    why: end.kind === 'executed' ? execution(end) : chronicle.reason(state, claim, end.excuse),
  };
}

function execution({ logIndex, succeeded }: { readonly logIndex: bigint; readonly succeeded: boolean }): string {
  return `number ${logIndex} of the log${succeeded ? '' : '; the action failed'}`;
}

function openCases({ state, now }: Reading) {
  return [...state.court.cases.values()]
    .filter(({ status }) => status === CaseStatus.Open)
    .map(({ scope, nonce, operatorId, accuser, bond, rebutted, voteFrom, voteUntil, guilty, notGuilty }) => ({
      ...named({ scope, nonce, operatorId }),
      accuser,
      bond,
      rebutted,
      phase: now < voteFrom ? 'answer' : now <= voteUntil ? 'vote' : 'close',
      voteFrom,
      voteUntil,
      guilty,
      notGuilty,
    }));
}

/*----------------------------------------------------------------------------------------------------------- lines */

function statusLines(reading: Reading, status: Status): string[] {
  const { chain, now } = reading;
  const { registry, council, parameters } = status;
  const freeze = registry.frozen ? `frozen until ${whenFrom(now, registry.frozenUntil)}` : 'not frozen';
  return [
    `chain ${chain.chainId} at ${chain.name}, block ${status.block}, ${formatTime(now)}`,
    `parameters  version ${parameters.version}`,
    `council     ${council.members.length} members, version ${council.version}, genesis ${council.genesisSealed ? 'sealed' : 'open'}`,
    `registry    epoch ${registry.epoch}${registry.epoch === 0n ? '' : ` since ${formatTime(registry.advancedAt)}`}, ` +
      `entries: ${registry.entries}, staged changes: ${registry.staged}, ${freeze}`,
    ...operatorLines(now, status),
    ...claimLines(now, status),
    ...caseLines(now, status),
    ...table(
      'Escrows',
      ['scope', 'available', 'set aside for claims and executions'],
      status.escrows.map(({ scope, available, owed }) => [scope, formatAgrs(available), formatAgrs(owed)]),
    ),
  ];
}

function operatorLines(now: bigint, { operators }: Status): string[] {
  const state = ({ status, active, jailed, bonded, jailedUntil }: Status['operators'][number]): string => {
    if (active) return 'active';
    if (status === 'admitted' && jailed) return `jailed until ${whenFrom(now, jailedUntil)}`;
    return status === 'admitted' && !bonded ? 'bonded too little' : status;
  };
  const rows = operators.map((o) => [
    shortHex(o.id),
    state(o),
    formatAgrs(o.selfBond),
    `${formatAgrs(o.locked)} in ${o.locks}`,
    formatAgrs(o.delegated),
    o.exits === 0 ? '-' : `${formatAgrs(o.leaving)} in ${o.exits}`,
    nextExit(now, o.nextExitAt),
    String(o.misses),
  ]);
  const header = ['operator', 'status', 'self-bond', 'locked in claims', 'delegated', 'leaving', 'next exit', 'misses'];
  return table('Operators', header, rows);
}

function nextExit(now: bigint, opensAt: bigint | null): string {
  if (opensAt === null) return '-';
  return opensAt <= now ? 'can be claimed' : whenFrom(now, opensAt);
}

function claimLines(now: bigint, { claims, ended }: Status): string[] {
  const open = claims.map(({ claim, operatorId, deadline, lapsed, bond, fee, why }) => {
    const excuse = why === null ? '' : `: excused, ${why}`;
    const fate = lapsed ? `lapsed, anyone may settle${excuse || ': missed'}` : `running${excuse}`;
    return [claim, shortHex(operatorId), whenFrom(now, deadline), formatAgrs(bond), formatAgrs(fee), fate];
  });
  const past = ended.map(({ claim, operatorId, outcome, at, why }) => [
    claim,
    shortHex(operatorId),
    outcome,
    formatTime(at),
    why,
  ]);
  return [
    ...table('Open claims', ['claim', 'operator', 'deadline', 'bond', 'fee', 'now'], open),
    ...table('Ended claims, the last 20', ['claim', 'operator', 'outcome', 'at', 'why'], past),
  ];
}

function caseLines(now: bigint, { cases }: Status): string[] {
  const window = ({ phase, voteFrom, voteUntil }: Status['cases'][number]): string => {
    if (phase === 'answer') return `answer until ${whenFrom(now, voteFrom)}`;
    return phase === 'vote' ? `vote until ${whenFrom(now, voteUntil)}` : 'over, anyone may close it';
  };
  const rows = cases.map((c) => [
    c.claim,
    shortHex(c.operatorId),
    shortHex(c.accuser),
    formatAgrs(c.bond),
    window(c),
    `${c.guilty} : ${c.notGuilty}`,
  ]);
  const header = ['execution', 'operator', 'accuser', 'bond', 'window', 'guilty : not guilty'];
  return table('Open cases', header, rows);
}

/*--------------------------------------------------------------------------------------------------------- a nonce */

type NonceStatus = ReturnType<typeof nonceStatus>;

/** Everything about the nonces that the begin of a scope names; mostly one. */
function nonceStatus(reading: Reading, chronicle: Chronicle, asked: AskedNonce) {
  const { state } = reading;
  const scopes = [...state.gate.records.keys()].filter((scope) => scope.startsWith(asked.scope));
  const ended = chronicle.asked.map((one) => endedView(reading, chronicle, one));
  const open = openClaims(reading, chronicle).filter((claim) => isAsked(asked, claim));
  return {
    asked: asked.text,
    nonces: scopes.flatMap((scope) => nowOf(reading, scope, asked.nonce, ended.length > 0)),
    open,
    ended,
  };
}

function nowOf({ state, now }: Reading, scope: Hex, nonce: bigint, claimedBefore: boolean) {
  const record = state.gate.records.get(scope)?.get(nonce);
  const name = { claim: nonceName({ scope, nonce }), scope, nonce };
  // An excused claim leaves nothing behind.
  if (record === undefined) return claimedBefore ? [{ ...name, kind: 'free', text: 'free' }] : [];
  const base = { ...name, kind: record.kind };
  if (record.kind !== 'executed') return [{ ...base, text: record.kind === 'claimed' ? 'claimed' : freeAfter(record) }];
  const finalAfter = record.executedAt + BigInt(record.finalityDelay);
  const final = now > finalAfter ? 'final' : `final after ${whenFrom(now, finalAfter)}`;
  const by = `executed by ${shortHex(record.operatorId)} at ${formatTime(record.executedAt)}`;
  return [{ ...base, text: `${by}, ${execution(record)}, ${final}` }];
}

function freeAfter({ missed }: { readonly missed: readonly Hex[] }): string {
  return `free, missed by ${missed.map(shortHex).join(', ')}`;
}

function nonceLines({ asked, nonces, open, ended }: NonceStatus): string[] {
  const history = ended.map(({ claim, operatorId, claimedAt, outcome, at, why }) => [
    claim,
    shortHex(operatorId),
    formatTime(claimedAt),
    outcome,
    formatTime(at),
    why,
  ]);
  const running = open.map(({ claim, operatorId, deadline, lapsed, why }) => [
    claim,
    shortHex(operatorId),
    formatTime(deadline),
    `${lapsed ? 'lapsed' : 'running'}${why === null ? '' : `, excused: ${why}`}`,
  ]);
  const untouched = nonces.length === 0 && history.length === 0;
  return [
    ...(untouched ? [`${asked}: nobody ever claimed or executed this nonce`] : []),
    ...nonces.map(({ claim, text }) => `${claim}: ${text}`),
    ...(running.length === 0 ? [] : table('Open claim', ['claim', 'operator', 'deadline', 'now'], running)),
    ...(history.length === 0
      ? []
      : table('Its claims that ended', ['claim', 'operator', 'claimed', 'outcome', 'at', 'why'], history)),
  ];
}
