import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { type Abi, parseAbi } from 'viem';
import { codecOf, fromJson, toJson } from '../../src/mirror/codec.ts';
import { divergenceOf } from '../../src/mirror/model.ts';
import { formatTrace, parseTrace, readTrace, TRACE_FORMAT, type Trace, writeTrace } from '../../src/mirror/trace.ts';
import { type Contracts, divergenceKinds, type Hex, MAX_STEPS, MAX_TEXT, type Step } from '../../src/mirror/types.ts';

const owner: Hex = `0x${'ab'.repeat(20)}`;
const abi = parseAbi([
  'struct Part { address to; uint32 share; int8 bias }',
  'function split(Part[] parts, bytes32 tag, bytes data, bool last, string note, uint256[2] pair)',
]) as Abi;
const contracts: Contracts = { Till: { abi, address: owner } };
const codec = codecOf(contracts);
const split: Step = {
  kind: 'call',
  call: {
    contract: 'Till',
    function: 'split',
    sender: owner,
    args: [
      [{ to: owner, share: 7, bias: -3 }],
      `0x${'01'.repeat(32)}`,
      '0x',
      true,
      'naïve "quote"',
      [2n ** 256n - 1n, 0n],
    ],
  },
};
const trace: Trace = {
  profile: 'quick',
  seed: '1',
  index: 4,
  meta: { tool: 'x', bytecodeHash: `0x${'22'.repeat(32)}` },
  startTime: 1_700_000_000n,
  steps: [{ kind: 'time', seconds: 60n }, split],
  divergence: divergenceOf('returns', 1, 'Till.split', { path: 'returns.x', model: '1', evm: '2' }),
};

describe('mirror: trace files', () => {
  it('come back as they were written, with every kind of argument', () => {
    const text = formatTrace(codec, trace);
    expect(parseTrace(codec, text)).to.deep.equal(trace);
    expect(formatTrace(codec, parseTrace(codec, text))).to.equal(text);
    expect(text.split('\n').find((line) => line.includes('Till.split'))).to.equal(
      `    {"call":"Till.split","sender":"${owner}","args":[[{"to":"${owner}","share":"7","bias":"-3"}],` +
        `"0x${'01'.repeat(32)}","0x",true,"naïve \\"quote\\"",["${2n ** 256n - 1n}","0"]]}`,
    );
  });

  /** The trace as JSON with one change. */
  const changed = (change: (json: any) => void): string => {
    const json = JSON.parse(formatTrace(codec, trace));
    change(json);
    return JSON.stringify(json);
  };
  const refusals: [string, (json: any) => void, string][] = [
    [
      'another format',
      (j) => {
        j.format = 'mirror-trace/2';
      },
      'format: expected "mirror-trace/1", got "mirror-trace/2"',
    ],
    [
      'the format and the keys of a later version',
      (j) => {
        j.format = 'mirror-trace/2';
        j.forks = [];
      },
      'use the version of this program that wrote the file',
    ],
    [
      'no format',
      (j) => {
        delete j.format;
      },
      'format: is missing',
    ],
    [
      'an unknown key',
      (j) => {
        j.extra = 1;
      },
      'extra: is not a known key here',
    ],
    [
      'a missing key',
      (j) => {
        delete j.seed;
      },
      'seed: is missing',
    ],
    [
      'a seed that is no text',
      (j) => {
        j.seed = 1;
      },
      'seed: expected a text',
    ],
    [
      'a negative index',
      (j) => {
        j.index = -1;
      },
      'index: expected an integer',
    ],
    [
      'a short bytecode hash',
      (j) => {
        j.meta.bytecodeHash = '0x22';
      },
      'meta.bytecodeHash: expected 32 bytes',
    ],
    [
      'a start time as a number',
      (j) => {
        j.startTime = 5;
      },
      'startTime: expected uint64 as a decimal string, got 5',
    ],
    [
      'too many steps',
      (j) => {
        j.steps = Array(5_001).fill({ time: '1' });
      },
      'steps: expected an array of at most 5000 steps',
    ],
    [
      'no time at all',
      (j) => {
        j.steps[0].time = '0';
      },
      'steps[0].time: expected at least 1 second',
    ],
    [
      'a time of 2^64',
      (j) => {
        j.steps[0].time = String(2n ** 64n);
      },
      'steps[0].time: expected a value in the range of uint64',
    ],
    [
      'a step of both kinds',
      (j) => {
        j.steps[1].time = '1';
      },
      'steps[1].call: is not a known key here',
    ],
    [
      'a step that is null',
      (j) => {
        j.steps[0] = null;
      },
      'steps[0]: expected an object',
    ],
    [
      'an unknown function',
      (j) => {
        j.steps[1].call = 'Till.open';
      },
      'steps[1].call: expected a function of the system',
    ],
    [
      'a checksummed sender',
      (j) => {
        j.steps[1].sender = owner.toUpperCase();
      },
      'steps[1].sender: expected a lower-case address',
    ],
    [
      'a missing argument',
      (j) => {
        j.steps[1].args.pop();
      },
      'steps[1].args: expected the 6 arguments of Till.split',
    ],
    [
      'a struct without a member',
      (j) => {
        delete j.steps[1].args[0][0].share;
      },
      'steps[1].args[0][0].share: is missing',
    ],
    [
      '2^32 in a uint32',
      (j) => {
        j.steps[1].args[0][0].share = '4294967296';
      },
      'steps[1].args[0][0].share: expected a value in the range',
    ],
    [
      '−1 in a uint32',
      (j) => {
        j.steps[1].args[0][0].share = '-1';
      },
      'steps[1].args[0][0].share: expected a value in the range',
    ],
    [
      '−129 in an int8',
      (j) => {
        j.steps[1].args[0][0].bias = '-129';
      },
      'steps[1].args[0][0].bias: expected a value in the range',
    ],
    [
      'an integer with a leading zero',
      (j) => {
        j.steps[1].args[0][0].share = '07';
      },
      'steps[1].args[0][0].share: expected uint32',
    ],
    [
      '31 bytes in a bytes32',
      (j) => {
        j.steps[1].args[1] = '0x11';
      },
      'steps[1].args[1]: expected bytes32 as lower-case hex',
    ],
    [
      'half a byte',
      (j) => {
        j.steps[1].args[2] = '0x1';
      },
      'steps[1].args[2]: expected bytes as lower-case hex',
    ],
    [
      'a bool as a text',
      (j) => {
        j.steps[1].args[3] = 'true';
      },
      'steps[1].args[3]: expected true or false',
    ],
    [
      'three elements for two',
      (j) => {
        j.steps[1].args[5].push('0');
      },
      'steps[1].args[5]: expected 2 elements',
    ],
    [
      'a divergence of no known kind',
      (j) => {
        j.divergence.kind = 'taste';
      },
      'divergence.kind: expected one of status',
    ],
    [
      'a divergence behind the end',
      (j) => {
        j.divergence.step = 2;
      },
      'divergence.step: expected an integer 0 … 1, got 2',
    ],
  ];
  for (const [title, change, message] of refusals) {
    it(`with ${title} are refused, with the path`, () => {
      expect(() => parseTrace(codec, changed(change))).to.throw(message);
    });
  }

  describe('have a JSON Schema', () => {
    const load = (file: string): any => JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'));
    const schema = load('docs/schemas/trace.schema.json');
    const valid = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
    /** What only the ABI and the rest of the file can tell. */
    const beyond = [
      'a time of 2^64',
      'an unknown function',
      'a missing argument',
      'a struct without a member',
      '2^32 in a uint32',
      '−1 in a uint32',
      '−129 in an int8',
      'an integer with a leading zero',
      '31 bytes in a bytes32',
      'half a byte',
      'a bool as a text',
      'three elements for two',
      'a divergence behind the end',
    ];

    it('that takes what is written, and the stored traces', () => {
      const { divergence: _, ...whole } = trace;
      for (const each of [trace, whole, { ...trace, steps: [split] }]) {
        expect(valid(JSON.parse(formatTrace(codec, each))), JSON.stringify(valid.errors)).to.equal(true);
      }
      expect(valid(load('test/regressions/token-zero-approver.json')), JSON.stringify(valid.errors)).to.equal(true);
    });

    it('that refuses what is refused on loading, except for what needs the contracts', () => {
      const refused = refusals.filter(([, change]) => !valid(JSON.parse(changed(change)))).map(([title]) => title);
      const titles = refusals.map(([title]) => title);
      expect(refused).to.deep.equal(titles.filter((title) => !beyond.includes(title)));
      expect(titles).to.include.members(beyond);
    });

    it('with the numbers and names of the program', () => {
      const { format, steps, seed, divergence } = schema.properties;
      expect(format.const).to.equal(TRACE_FORMAT);
      expect(steps.maxItems).to.equal(MAX_STEPS);
      expect(schema.$defs.text.maxLength).to.equal(MAX_TEXT);
      expect(seed.$ref).to.equal('#/$defs/text');
      expect(divergence.properties.kind.enum).to.deep.equal(divergenceKinds);
    });
  });

  it('that are no JSON are refused', () => {
    expect(() => parseTrace(codec, '{"format":')).to.throw('trace: not JSON');
  });

  it('are written as a whole or not at all, and name the file in errors', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'mirror-'));
    try {
      const file = path.join(folder, 'a.json');
      await writeTrace(codec, file, trace);
      expect(await readdir(folder)).to.deep.equal(['a.json']);
      expect(await readTrace(codec, file)).to.deep.equal(trace);
      const refused = async (promise: Promise<unknown>): Promise<string> =>
        promise.then(
          () => 'accepted',
          (error: Error) => error.message,
        );
      expect(await refused(writeTrace(codec, path.join(folder, 'none', 'a.json'), trace))).to.include(
        "can't be written",
      );
      expect(await refused(readTrace(codec, path.join(folder, 'b.json')))).to.include("b.json: can't be read");
      await writeFile(
        file,
        changed((j) => {
          j.steps[1].args[3] = 0;
        }),
      );
      expect(await refused(readTrace(codec, file))).to.include(
        'a.json: steps[1].args[3]: expected true or false, got 0',
      );
      await truncate(file, 17 * 2 ** 20);
      expect(await refused(readTrace(codec, file))).to.include('17825792 bytes are more than 16777216');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('keep integers up to 48 bits as numbers and larger ones as bigints, as viem does', () => {
    expect(fromJson({ type: 'uint48' }, '5', 'x')).to.equal(5);
    expect(fromJson({ type: 'uint56' }, '5', 'x')).to.equal(5n);
    expect(toJson({ type: 'uint48' }, 5)).to.equal('5');
  });
});

describe('mirror: contracts that the engine refuses', () => {
  const refused = (items: readonly string[], message: string): void => {
    const other: Contracts = { A: { abi: parseAbi(items as string[]) as Abi, address: owner } };
    expect(() => codecOf(other)).to.throw(message);
  };
  it('overloaded functions', () =>
    refused(['function f()', 'function f(uint256 a)'], 'A.f: two functions of this name'));
  it('overloaded events', () => refused(['event E()', 'event E(uint256 a)'], 'A.E: two events of this name'));
  it('two errors of one name', () =>
    refused(['error E()', 'error E(uint256 a)'], 'error E is also declared with other arguments'));
  it('one address under two names', () => {
    const twins: Contracts = { A: { abi: [], address: owner }, B: { abi: [], address: owner } };
    expect(() => codecOf(twins)).to.throw('contracts.B: A has the same address');
  });
  it('addresses in mixed case', () => {
    expect(() => codecOf({ A: { abi: [], address: '0xABababababababababababababababababababab' } })).to.throw(
      'contracts.A.address',
    );
  });
});
