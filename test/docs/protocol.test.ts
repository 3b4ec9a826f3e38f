/** docs/protocol.md against the ABIs, the parameters, the tiers, the tags, the messages and the enumerations. */

import type { Abi } from 'abitype';
import { expect } from 'chai';
import fc from 'fast-check';
import { parametersAbi } from '../../src/abi/generated/index.ts';
import { type ContractName, systemAbis, verifierAbi } from '../../src/abi/system.ts';
import { AGRS, devnetParameters, protocolConfig, protocolParameters } from '../../src/chain/config.ts';
import { GENESIS_TIERS, TIER_NAMES } from '../../src/chain/tiers.ts';
import { typedData } from '../../src/codec/typed-data.ts';
import { brokenRule } from '../../src/model/parameters.ts';
import { EntryField } from '../../src/model/registry.ts';
import {
  CaseStatus,
  ExitKind,
  NonceStatus,
  OperatorStatus,
  type ParameterSet,
  ProposalStatus,
  VerifierStatus,
} from '../../src/model/state.ts';
import { bare, blocks, codes, read, rows, section } from './markdown.ts';

const PAGE = read('docs/protocol.md');
const CONTRACTS = Object.entries(systemAbis) as [ContractName, Abi][];

/** Why a lapsed claim can be no fault; the first of the enumeration is that there is no excuse. */
const EXCUSES = (/enum Excuse \{([^}]+)\}/.exec(read('contracts/gate/IExecutionGate.sol'))?.[1] ?? '')
  .replace(/\/\/\/.*$/gm, '')
  .split(',')
  .map((name) => name.trim())
  .slice(1);

/** `name(argument, argument)` of every function that changes state, with its contract. */
function writes(): string[] {
  return CONTRACTS.flatMap(([contract, abi]) =>
    abi.flatMap((item) => {
      if (item.type !== 'function' || item.stateMutability === 'view' || item.stateMutability === 'pure') return [];
      return [`${contract}.${item.name}(${item.inputs.map(({ name }) => name).join(', ')})`];
    }),
  );
}

function named(type: 'error' | 'event'): Set<string> {
  const items: Abi = [...CONTRACTS.flatMap(([, abi]) => [...abi]), ...verifierAbi];
  return new Set(items.flatMap((item) => (item.type === type ? [item.name] : [])));
}

/** Names of functions, views included, as `contract.function`. */
const functions = new Set(
  CONTRACTS.flatMap(([contract, abi]) =>
    abi.flatMap((item) => (item.type === 'function' ? [`${contract}.${item.name}`] : [])),
  ),
);

function callsIn(text: string): string[] {
  return codes(text).filter((code) => /^[a-z]+\.[a-zA-Z]+$/.test(code));
}

/** `EIP-712` fields as `type name`. */
function fieldsOf(message: keyof typeof typedData): string {
  return typedData[message].map(({ name, type }) => `${type} ${name}`).join(', ');
}

describe('docs/protocol.md', () => {
  const calls = section(PAGE, '## 4. Calls');

  it('has one section for each function that changes state, with its arguments', () => {
    const headings = [...calls.matchAll(/^### `(.+)`$/gm)].map(([, heading]) => heading);
    expect(headings).to.have.members(writes());
  });

  it('names every custom error and every event, and where they come from', () => {
    const found = new Set(codes(calls));
    const missing = [...named('error'), ...named('event')].filter((name) => !found.has(name));
    expect(missing).to.deep.equal([]);
  });

  it('names no error, event, message or status that does not exist', () => {
    const lists = [ProposalStatus, OperatorStatus, VerifierStatus, NonceStatus, CaseStatus, ExitKind, EntryField];
    const statuses = lists.flatMap((list) => Object.keys(list));
    const others = [
      'Schema',
      'Addressee',
      'Presence',
      'Amount',
      'Payload',
      'Attesters',
      'Threshold',
      'MaxStaleness',
      ...EXCUSES,
      'Signed',
      'Unsigned',
      'Routine',
      'Elevated',
      'Critical',
    ];
    const known = new Set([...named('error'), ...named('event'), ...Object.keys(typedData), ...statuses, ...others]);
    const names = codes(PAGE).filter((code) => /^[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*$/.test(code));
    expect(names.filter((name) => !known.has(name))).to.deep.equal([]);
  });

  it('names no function that does not exist', () => {
    const parts = new Set<string>(CONTRACTS.map(([name]) => name));
    const strange = callsIn(PAGE).filter((call) => parts.has(call.split('.')[0] as string) && !functions.has(call));
    expect(strange.filter((call) => call !== 'treasury.pay')).to.deep.equal([]);
  });

  it('says of each event in which call it is emitted', () => {
    for (const [contract, abi] of CONTRACTS) {
      const own = calls
        .split(/^### /m)
        .filter((text) => text.startsWith(`\`${contract}.`))
        .join('');
      for (const item of abi) {
        if (item.type !== 'event' || item.name === 'EIP712DomainChanged') continue;
        expect(codes(own), `${contract}: ${item.name}`).to.include(item.name);
      }
    }
  });

  it('has the parts with the files that exist', () => {
    const table = rows(PAGE, '| name | contract | model |');
    expect(table.map(([name]) => bare(name))).to.have.members(Object.keys(systemAbis));
    for (const [, contract, model] of table)
      for (const file of [contract, model]) expect(read(bare(file))).to.not.equal('');
  });
});

describe('the parameters in docs/protocol.md', () => {
  const table = rows(PAGE, '| parameter | default |');
  const shown = (value: bigint | number) => (typeof value === 'bigint' ? `${value / AGRS} AGRS` : String(value));

  it('are those of a deployment and of the devnet', () => {
    const documented = table.map(([name, usual, devnet]) => [bare(name), usual, devnet]);
    const configured = Object.entries(protocolParameters).map(([name, value]) => [
      name,
      shown(value),
      shown(devnetParameters[name as keyof ParameterSet]),
    ]);
    expect(documented).to.have.deep.members(configured);
  });

  it('obey the inequalities as they are written, the first broken one being reported', () => {
    const rules = rows(PAGE, '| n | must hold |').map(([, rule]) => rule as string);
    expect(rules).to.have.length(21);
    const names = Object.keys(protocolParameters) as (keyof ParameterSet)[];
    const all = (max: number) => fc.record(Object.fromEntries(names.map((name) => [name, fc.bigInt(0n, BigInt(max))])));
    const seen = new Set<number | undefined>();
    const check = (values: Values): void => {
      const first = rules.findIndex((rule) => !holds(rule, values)) + 1 || undefined;
      seen.add(first);
      expect(brokenRule(asSet(values))).to.equal(first);
    };
    for (const values of variants(names)) check(values);
    fc.assert(fc.property(fc.oneof(all(12), all(0xffff)), check), { numRuns: 1_000, seed: 7 });
    const expected = [...rules.keys()].map((i) => i + 1);
    expect([...seen].sort((a, b) => (a ?? 0) - (b ?? 0))).to.have.members([...expected, undefined]);
  });

  it('that are fixed at deployment have the defaults of the deploy script', () => {
    const { maxEntries, treasury, supply } = protocolConfig([], '0x');
    const documented = rows(PAGE, '| constant | default |').map(([, value]) => value);
    const units = (value: bigint) => `${value / 1_000_000n} AGRS`;
    expect(documented).to.deep.equal([
      String(maxEntries),
      units(treasury.elevatedFrom),
      units(treasury.criticalFrom),
      `${supply / AGRS} AGRS`,
    ]);
  });

  it('that are built in are those of the sources', () => {
    const table = rows(PAGE, '| constant | value |')
      .map(([, value]) => value?.replace(/(\d) (?=\d)/g, '$1_'))
      .join('\n');
    const sources = [
      'council/Council',
      'registry/PolicyRegistry',
      'oracle/StateOracle',
      'gate/ExecutionGate',
      'gate/Claims',
      'staking/Staking',
      'council/Parameters',
      'court/Court',
      'lib/BoundedCall',
      'adapters/Treasury',
    ];
    const constants = sources.flatMap((name) => [
      ...read(`contracts/${name}.sol`).matchAll(/ constant (?:MAX|MIN|VERIFIER|RESERVE|AUDIT|DRAW)_?\w* = ([\d_]+);/g),
    ]);
    expect(constants.length).to.be.greaterThan(10);
    for (const [text, value] of constants) expect(table, text).to.match(new RegExp(`(?<![\\d_])${value}(?![\\d_])`));
    const local = [...read('contracts/lib/LocalChains.sol').matchAll(/chainId == (\d+)/g)].map(([, id]) => id);
    expect(table).to.include(local.join(', '));
  });
});

type Values = Readonly<Record<string, bigint>>;

/** How many bits each parameter has. */
const BITS: Readonly<Record<string, number>> = Object.fromEntries(
  parametersAbi
    .flatMap((item) => (item.type === 'function' && item.name === 'setParameters' ? item.inputs[1].components : []))
    .map(({ name, type }) => [name, Number(type.slice('uint'.length))]),
);

function asSet(values: Values): ParameterSet {
  const typed = Object.entries(protocolParameters).map(([name, usual]) => [
    name,
    typeof usual === 'bigint' ? values[name] : Number(values[name]),
  ]);
  return Object.fromEntries(typed) as ParameterSet;
}

/**
 * Sets with one parameter at, right below and right above each number that an inequality compares it with: values of
 * the other parameters, their sums and small multiples.
 */
function variants(names: readonly string[]): Values[] {
  // Values that are equal by default differ here, so that no name can stand for another.
  const usual: Values = Object.fromEntries(
    Object.entries(protocolParameters).map(([name, value], i) => [
      name,
      typeof value === 'number' && value > 3_000 ? BigInt(value + i) : BigInt(value),
    ]),
  );
  const edges = rows(PAGE, '| n | must hold |').flatMap(([, rule = '']) =>
    rule.split(' and ').flatMap((part) => {
      const sides = part.split(/ [<>≤≥] /);
      const inIt = names.filter((name) => new RegExp(`\\b${name}\\b`).test(part));
      return inIt.flatMap((name) => near(name, sides as [string, string], usual));
    }),
  );
  return [usual, ...edges];
}

/** Values of the parameter with which the two sides are equal, or differ by little. */
function near(name: string, sides: readonly [string, string], usual: Values): Values[] {
  const difference = (value: bigint): bigint => {
    const [left, right] = sides.map((side) => evaluate(side, { ...usual, [name]: value })) as [bigint, bigint];
    return left - right;
  };
  // Every side is linear in every parameter: the slope gives the root.
  const [at0, slope] = [difference(0n), difference(1n) - difference(0n)];
  if (slope === 0n) return [];
  const root = -at0 / slope;
  return [-2n, -1n, 0n, 1n, 2n]
    .map((step) => root + step)
    .filter((value) => value >= 0n && value < 1n << BigInt(BITS[name] as number))
    .map((value) => ({ ...usual, [name]: value }));
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';

/** Sums of products of numbers, powers of two, parameters and the two words that the page explains. */
function evaluate(text: string, values: Values): bigint {
  const slack = 3n * (values['blockInterval'] as bigint);
  const words: Values = { ...values, slack, claim: slack + (values['proofTime'] as bigint) };
  const atom = (one: string): bigint => {
    const power = new RegExp(`^2([${SUPERSCRIPTS}]+)$`).exec(one)?.[1];
    if (power !== undefined) return 2n ** BigInt([...power].map((digit) => SUPERSCRIPTS.indexOf(digit)).join(''));
    const value = /^\d+$/.test(one) ? BigInt(one) : words[one];
    if (value === undefined) throw new Error(`"${one}" in "${text}" is no parameter`);
    return value;
  };
  const product = (factors: string) =>
    factors
      .split(' · ')
      .map(atom)
      .reduce((a, b) => a * b);
  return text
    .split(' + ')
    .map(product)
    .reduce((a, b) => a + b);
}

/** Whether a line of the table holds, such as "a ≥ b + 2 · c and 0 < d". */
function holds(rule: string, values: Values): boolean {
  const compare: Record<string, (a: bigint, b: bigint) => boolean> = {
    '>': (a, b) => a > b,
    '<': (a, b) => a < b,
    '≥': (a, b) => a >= b,
    '≤': (a, b) => a <= b,
  };
  return rule.split(' and ').every((part) => {
    const [left, sign, right, ...more] = part.split(/ ([<>≤≥]) /);
    const comparison = compare[sign ?? ''];
    if (comparison === undefined || more.length > 0) throw new Error(`"${part}" is no comparison`);
    return comparison(evaluate(left as string, values), evaluate(right as string, values));
  });
}

describe('the tables of docs/protocol.md', () => {
  it('have the tiers of genesis, with the reasons', () => {
    const documented = rows(PAGE, '| call | tier | why |').map(([call, tier, why]) => [bare(call), tier, why]);
    const set = GENESIS_TIERS.map(({ contract, call, tier, reason }) => [
      `${contract}.${call}`,
      TIER_NAMES[tier],
      reason,
    ]);
    expect(documented).to.deep.equal(set);
  });

  it('have every call once in the matrix of what stops what', () => {
    const matrix = rows(PAGE, '| call | registry frozen |').flatMap(([call]) => codes(call as string));
    const all = writes().map((heading) => heading.slice(0, heading.indexOf('(')));
    expect(matrix).to.have.members(all);
  });

  it('have the domain tags of the contracts', () => {
    const tags = [...read('contracts/lib/Tags.sol').matchAll(/"mprd-net:([a-z-]+):v1"/g)].map(([, name]) => name);
    expect(rows(PAGE, '| tag | preimage').map(([tag]) => bare(tag))).to.have.members(tags);
  });

  it('have every excuse, in the order in which the gate looks for them', () => {
    const table = rows(PAGE, '| what happens | subject | excuse |');
    expect(table.map(([, , excuse]) => bare(excuse))).to.deep.equal(EXCUSES);
  });

  it('have the fields of every signed message', () => {
    const documented = rows(PAGE, '| message | contract |').map(([message, , , fields]) => [bare(message), fields]);
    const messages = (Object.keys(typedData) as (keyof typeof typedData)[]).map((name) => [name, fieldsOf(name)]);
    expect(documented).to.deep.equal(messages);
  });

  it('have the fields of an entry in the order in which they are checked', () => {
    expect(rows(PAGE.replace(/^ {3}\|/gm, '|'), '| field | valid when |').map(([field]) => bare(field))).to.deep.equal(
      Object.keys(EntryField),
    );
  });

  it('have the words of the context in the order of the gate', () => {
    const line = /\*\*Context\*\* = keccak-256 of 15 words: ([^.]+)\./.exec(PAGE)?.[1] ?? '';
    const source =
      /bytes32\[15\] memory context = \[([\s\S]*?)\];/.exec(read('contracts/gate/ExecutionGate.sol'))?.[1] ?? '';
    const words = source
      .split(',\n')
      .map((word) => word.replace(/bytes32\(|uint256\(|uint160\(|\)|\s/g, '').replace(/^.*\./, ''));
    expect(line.split(/,\s+/).map((word) => word.toLowerCase())).to.deep.equal(
      words.map((word) => ({ CONTEXT: 'tag', 'address(this': 'gate' })[word] ?? word.toLowerCase()),
    );
  });
});

describe('the status graphs of docs/protocol.md', () => {
  const graphs = blocks(section(PAGE, '## 7. Status graphs'), 'mermaid');

  it('have exactly the statuses of the contracts', () => {
    const found = graphs.map((graph) => {
      const ends = [...graph.matchAll(/^ +(\S+) --> (\w+)/gm)].flatMap(([, from, to]) => [
        from as string,
        to as string,
      ]);
      return [...new Set(ends)]
        .filter((state) => state !== '[*]')
        .sort()
        .join();
    });
    for (const statuses of [ProposalStatus, OperatorStatus, VerifierStatus, NonceStatus, CaseStatus]) {
      expect(found).to.include(Object.keys(statuses).sort().join());
    }
  });

  it('are moved only by functions that exist', () => {
    const labels = graphs.flatMap((graph) => [...graph.matchAll(/: (.+)$/gm)].map(([, label]) => label as string));
    const moved = labels.flatMap((label) => [...label.matchAll(/\b[a-z]+\.[a-zA-Z]+\b/g)].map(([call]) => call));
    expect(moved.length).to.be.greaterThan(20);
    expect(moved.filter((call) => !functions.has(call))).to.deep.equal([]);
  });
});
