/**
 * The arrows between the parts of the system. A part may import itself and what its row names, nothing else of the
 * project; whoever wants another arrow changes this table first.
 */
const MAY_IMPORT = {
  abi: [],
  // ABI encoding of anybody's types.
  'abi-coder': [],
  codec: ['abi', 'abi-coder'],
  merkle: ['abi', 'codec'],
  policy: ['abi', 'codec', 'merkle'],
  model: ['abi', 'codec', 'merkle', 'policy'],
  receipts: ['abi', 'codec', 'merkle', 'policy', 'model'],
  chain: ['abi', 'codec', 'merkle', 'policy', 'model'],
  // Knows nothing of this project: it works for anybody's contracts.
  mirror: ['abi-coder'],
  // Mutates anybody's contracts, and judges with the engine.
  mutation: ['mirror'],
  campaign: ['abi', 'abi-coder', 'codec', 'merkle', 'policy', 'model', 'receipts', 'chain', 'mirror', 'mutation'],
  operator: ['abi', 'codec', 'merkle', 'policy', 'model', 'receipts', 'chain', 'campaign'],
  console: ['abi', 'codec', 'merkle', 'policy', 'model', 'receipts', 'chain', 'campaign', 'operator'],
  cli: [
    'abi',
    'codec',
    'merkle',
    'policy',
    'model',
    'receipts',
    'chain',
    'campaign',
    'operator',
    'console',
    'mirror',
    'mutation',
  ],
};

const parts = Object.keys(MAY_IMPORT);

const arrows = parts.map((part) => ({
  name: `arrows-of-${part}`,
  comment: `src/${part} may import ${MAY_IMPORT[part].map((other) => `src/${other}`).join(', ') || 'libraries only'}.`,
  severity: 'error',
  from: { path: `^src/${part}/` },
  to: { path: '^(src|scripts|test)/', pathNot: `^src/(${[part, ...MAY_IMPORT[part]].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...arrows,
    {
      name: 'part-without-arrows',
      comment: 'A new folder of src needs its row in .dependency-cruiser.cjs.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${parts.join('|')})/` },
      to: {},
    },
    {
      name: 'no-cycles',
      comment: 'Files that import each other can only be understood, and tested, together.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'pure-parts-do-no-input-or-output',
      comment:
        'What two machines must agree on depends on arguments alone: of the modules of Node only hash functions.',
      severity: 'error',
      from: { path: '^src/(abi|codec|merkle|policy|model)/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'pure-parts-have-no-client',
      comment: 'No RPC client, prover or engine below src/receipts and src/chain.',
      severity: 'error',
      from: { path: '^src/(abi|codec|merkle|policy|model)/' },
      to: {
        path: 'node_modules/(snarkjs|ffjavascript|hardhat|@nomicfoundation|@foundry-rs|ws|viem/_[a-z]+/(clients|actions))/',
      },
    },
    {
      name: 'hashing-and-encoding-through-codec',
      comment: 'One place for each encoding: these parts hash and encode with src/codec.',
      severity: 'error',
      from: { path: '^src/(merkle|policy|model)/' },
      to: { path: 'node_modules/(viem|@noble|circomlibjs)/' },
    },
    {
      name: 'product-without-development-dependencies',
      comment: 'src runs without the tools: move the package to "dependencies", or the code to scripts or test.',
      severity: 'error',
      from: { path: '^src/' },
      // The devnet is Hardhat's node, started by the one file that needs it.
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['npm'], pathNot: 'node_modules/hardhat/' },
    },
    {
      name: 'tests-are-leaves',
      comment:
        'Only tests import tests; the gas check measures on the fixture of the contract tests, and the list of laws shows them.',
      severity: 'error',
      from: { pathNot: ['^test/', '^scripts/gas-check\\.ts$', '^scripts/properties\\.ts$'] },
      to: { path: '^test/' },
    },
    {
      name: 'resolvable',
      comment: 'The imported file or package does not exist.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Type imports are arrows too.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
