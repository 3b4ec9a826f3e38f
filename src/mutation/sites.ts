/**
 * Places at which a contract is mutated: fixed operators, applied wherever they apply in the body of a function or
 * modifier. Constructors and assembly are left alone.
 * @module
 */
import { childrenOf, type Node, rangeOf } from './solidity.ts';

export const operators = [
  'arithmetic', // + and -, * and /, shifts, bits, steps up and down
  'boundary', // < and <=, > and >=
  'require', // a check that reverts is left out
  'storage', // a statement that writes storage is left out
  'event', // an event is not emitted
  'modifier', // a function loses a modifier
] as const;
export type Operator = (typeof operators)[number];

/** Inserted before or behind a range of the source; of two at one place the longer range is outside. */
export interface Wrap {
  readonly start: number;
  readonly end: number;
  readonly before: string;
  readonly after: string;
}

export interface Site {
  /** names the mutant for good: contract, function, operator and text, and a number among those that are alike */
  readonly id: string;
  readonly operator: Operator;
  readonly file: string;
  readonly contract: string;
  readonly function: string;
  readonly line: number;
  readonly original: string;
  readonly mutant: string;
  /** bytes of the source that the mutant replaces */
  readonly start: number;
  readonly end: number;
  /** the edits that let the number choose between original and mutant */
  readonly edits: (number: number) => readonly Edit[];
}

export type Edit = Wrap & { readonly file: string };

/** Text whose characters are the bytes of the source, which is what solc counts. */
export const bytesOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
export const textOf = (bytes: string): string => Buffer.from(bytes, 'latin1').toString('utf8');

/** The name of the function that says whether a mutant is chosen. */
export const CHOSEN = 'mutantChosen';

type Found = Omit<Site, 'id' | 'file' | 'contract' | 'function' | 'line' | 'original' | 'edits'> & {
  readonly edits: (number: number) => readonly Wrap[];
};

interface Place {
  readonly file: string;
  readonly source: string;
  readonly contract: string;
  readonly function: string;
  /** ids of the declarations of storage variables */
  readonly stored: ReadonlySet<number>;
}

/**
 * All sites of these files, in the order of the files and of their text.
 * @param sources by path, with the tree of each
 */
export function sitesOf(
  files: readonly { readonly file: string; readonly text: string; readonly tree: Node }[],
): Site[] {
  const stored = new Set<number>();
  for (const { tree } of files) {
    for (const node of within(tree)) {
      if (node.nodeType === 'VariableDeclaration' && node['stateVariable'] === true) stored.add(node.id);
    }
  }
  const counts = new Map<string, number>();
  const sites: Site[] = [];
  for (const { file, text, tree } of files) {
    const source = bytesOf(text);
    for (const { contract, definition } of definitionsOf(tree)) {
      const place: Place = { file, source, contract, function: definition['name'] as string, stored };
      const found = [
        ...modifiersOf(definition, source),
        ...(bodyOf(definition) ? walk(bodyOf(definition)!, place) : []),
      ];
      for (const one of found) sites.push(siteOf(one, place, counts));
    }
  }
  return sites;
}

function siteOf(found: Found, place: Place, counts: Map<string, number>): Site {
  const { file, source, contract } = place;
  const original = oneLine(textOf(source.slice(found.start, found.end)));
  const name = `${contract}.${place.function} ${found.operator}: ${original}`;
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  return {
    ...found,
    id: count === 1 ? name : `${name} #${count}`,
    file,
    contract,
    function: place.function,
    line: source.slice(0, found.start).split('\n').length,
    original,
    edits: (number) => found.edits(number).map((edit) => ({ ...edit, file })),
  };
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

function* within(node: Node): Generator<Node> {
  yield node;
  for (const child of childrenOf(node)) yield* within(child);
}

/** Functions and modifiers with their contract; free functions belong to the file. */
export function definitionsOf(tree: Node): { readonly contract: string; readonly definition: Node }[] {
  const definitions: { contract: string; definition: Node }[] = [];
  for (const node of childrenOf(tree)) {
    const members = node.nodeType === 'ContractDefinition' ? childrenOf(node) : [node];
    const contract = node.nodeType === 'ContractDefinition' ? (node['name'] as string) : 'file';
    for (const definition of members) {
      if (!/^(Function|Modifier)Definition$/.test(definition.nodeType) || definition['kind'] === 'constructor')
        continue;
      definitions.push({ contract, definition });
    }
  }
  return definitions;
}

const bodyOf = (definition: Node): Node | undefined => (definition['body'] as Node | null | undefined) ?? undefined;

/*////////////////////////////////////////////////////////// STATEMENTS */

function* walk(node: Node, place: Place): Generator<Found> {
  if (node.nodeType === 'InlineAssembly') return;
  const own = found(node, place);
  if (own) yield own;
  for (const child of childrenOf(node)) {
    // A check is left out as a whole, its condition with it.
    const partOfCheck = isCheck(node) && child === node['trueBody'];
    if (partOfCheck) {
      const revert = child.nodeType === 'Block' ? childrenOf(child)[0]! : child;
      for (const argument of childrenOf(revert)) yield* walk(argument, place);
    } else if (node.nodeType === 'ForStatement' && child !== node['body']) {
      // The head of a loop has expressions, but no statement that could be left out.
      for (const expression of child.nodeType === 'ExpressionStatement' ? childrenOf(child) : [child]) {
        yield* walk(expression, place);
      }
    } else yield* walk(child, place);
  }
}

function found(node: Node, place: Place): Found | undefined {
  switch (node.nodeType) {
    case 'IfStatement':
      return isCheck(node) ? withoutCheck(node) : undefined;
    case 'RevertStatement':
      return withoutStatement(node, 'require', place);
    case 'EmitStatement':
      return withoutStatement(node, 'event', place);
    case 'ExpressionStatement':
      if (isGuard(node)) return withoutStatement(node, 'require', place);
      return writesStorage(node['expression'] as Node, place) ? withoutStatement(node, 'storage', place) : undefined;
    case 'BinaryOperation':
      return otherBinary(node, place);
    case 'Assignment':
      return otherAssignment(node, place);
    case 'UnaryOperation':
      return otherStep(node, place);
    default:
      return undefined;
  }
}

/** if (…) revert …; */
function isCheck(node: Node): boolean {
  if (node.nodeType !== 'IfStatement') return false;
  const body = node['trueBody'] as Node;
  const [only, ...more] = body.nodeType === 'Block' ? childrenOf(body) : [body];
  return only?.nodeType === 'RevertStatement' && more.length === 0;
}

/** require(…), or a call of a function that is named after what it requires. */
function isGuard({ expression }: Node): boolean {
  const { nodeType, expression: callee } = expression as Node;
  if (nodeType !== 'FunctionCall') return false;
  const { name, memberName } = callee as { readonly name?: string; readonly memberName?: string };
  return /^_?require/.test(name ?? memberName ?? '');
}

function withoutCheck(node: Node): Found {
  const condition = node['condition'] as Node;
  const [start] = rangeOf(node);
  const [from, to] = rangeOf(condition);
  const [, end] = rangeOf(node['trueBody'] as Node);
  const edits = (n: number): Wrap[] => [{ start: from, end: to, before: `!${CHOSEN}(${n}) && (`, after: ')' }];
  return { operator: 'require', mutant: '', start, end, edits };
}

function withoutStatement(node: Node, operator: Operator, { source }: Place): Found {
  const [start, last] = rangeOf(node);
  // solc leaves the semicolon out.
  const end = source.indexOf(';', last) + 1;
  const edits = (n: number): Wrap[] => [{ start, end, before: `{ if (!${CHOSEN}(${n})) { `, after: ' } }' }];
  return { operator, mutant: '', start, end, edits };
}

function writesStorage(expression: Node, place: Place): boolean {
  if (expression.nodeType === 'Assignment') return isStored(expression['leftHandSide'] as Node, place);
  if (expression.nodeType === 'UnaryOperation') return isStored(expression['subExpression'] as Node, place);
  if (expression.nodeType !== 'FunctionCall') return false;
  const callee = expression['expression'] as Node;
  const grows = callee['memberName'] === 'push' || callee['memberName'] === 'pop';
  return grows && callee.nodeType === 'MemberAccess' && typeOf(callee['expression'] as Node).includes(' storage ');
}

function isStored(target: Node, place: Place): boolean {
  if (target.nodeType === 'TupleExpression') {
    const parts = (target['components'] as (Node | null)[]).filter((part) => part !== null);
    return parts.length > 0 && parts.every((part) => isStored(part, place));
  }
  if (target.nodeType === 'Identifier') return place.stored.has(target['referencedDeclaration'] as number);
  const base = (target['baseExpression'] ?? target['expression']) as Node | undefined;
  return base !== undefined && / storage |^mapping\(/.test(typeOf(base));
}

function typeOf({ typeDescriptions }: Node): string {
  return (typeDescriptions as { readonly typeString?: string } | undefined)?.typeString ?? '';
}

/*///////////////////////////////////////////////////////// EXPRESSIONS */

const arithmetic: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '<<': '>>',
  '>>': '<<',
  '&': '|',
  '|': '&',
  '^': '|',
};
const boundary: Readonly<Record<string, string>> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' };

/** solc computes such expressions itself; a choice between two of them may have no common type. */
const isConstant = (node: Node): boolean => /^(int|rational)_const /.test(typeOf(node));

function otherBinary(node: Node, place: Place): Found | undefined {
  const sign = node['operator'] as string;
  const other = arithmetic[sign] ?? boundary[sign];
  if (other === undefined || isConstant(node)) return undefined;
  const [left, right] = [node['leftExpression'] as Node, node['rightExpression'] as Node];
  const operator = Object.hasOwn(arithmetic, sign) ? 'arithmetic' : 'boundary';
  return otherExpression(node, operator, `${cut(place, left)} ${other} ${cut(place, right)}`);
}

function otherAssignment(node: Node, place: Place): Found | undefined {
  const sign = (node['operator'] as string).slice(0, -1);
  const other = arithmetic[sign];
  if (other === undefined) return undefined;
  const [left, right] = [node['leftHandSide'] as Node, node['rightHandSide'] as Node];
  return otherExpression(node, 'arithmetic', `${cut(place, left)} ${other}= ${cut(place, right)}`);
}

function otherStep(node: Node, place: Place): Found | undefined {
  const other = { '++': '--', '--': '++' }[node['operator'] as string];
  if (other === undefined) return undefined;
  const target = cut(place, node['subExpression'] as Node);
  return otherExpression(node, 'arithmetic', node['prefix'] === true ? other + target : target + other);
}

const cut = ({ source }: Place, node: Node): string => source.slice(...rangeOf(node));

/** The mutant's text is the plain source: of nested mutants only one is ever meant, and texts stay short. */
function otherExpression(node: Node, operator: Operator, mutant: string): Found {
  const [start, end] = rangeOf(node);
  const edits = (n: number): Wrap[] => [{ start, end, before: `(${CHOSEN}(${n}) ? (${mutant}) : (`, after: '))' }];
  return { operator, mutant: oneLine(textOf(mutant)), start, end, edits };
}

/*/////////////////////////////////////////////////////////// MODIFIERS */

function modifiersOf(definition: Node, source: string): Found[] {
  const used = (definition['modifiers'] as Node[] | undefined) ?? [];
  return used
    .filter(({ kind }) => kind === 'modifierInvocation')
    .map((node) => {
      const [start, end] = rangeOf(node);
      return { operator: 'modifier', mutant: '', start, end, edits: (n) => [numbered(node, n, source)] };
    });
}

/** The invocation with one more argument, the number of the mutant that skips the modifier. */
export function numbered(invocation: Node, number: number, source: string): Wrap {
  const [, end] = rangeOf(invocation);
  if (source[end - 1] !== ')') return { start: end, end, before: `(${number})`, after: '' };
  const more = ((invocation['arguments'] as Node[] | null | undefined) ?? []).length > 0;
  return { start: end - 1, end: end - 1, before: `${more ? ', ' : ''}${number}`, after: '' };
}
