/**
 * One copy of the contracts that holds all mutants: at each site it asks whether the site's mutant is chosen. What is
 * chosen stands in the code of an account that has no other use, one byte per mutant, because reading code is the one
 * way of asking from outside that views, libraries and any caller have, and a simulation can replace code per request.
 * @module
 */
import type { Hex } from '../mirror/types.ts';
import { bytesOf, CHOSEN, definitionsOf, type Edit, numbered, type Site, textOf } from './sites.ts';
import { childrenOf, type Node, rangeOf, type Sources } from './solidity.ts';

/** The account whose code says which mutants are chosen. Its address is no contract's, and of no known key. */
export const SELECTOR: Hex = '0x6d7574616e7473000000000000000000000073e1';

const LIBRARY = 'mutation/Chosen.sol';

/** No mutant has the number 0. */
const NEVER = 0;

const library = `// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity ^0.8.20;

function ${CHOSEN}(uint256 mutant_) view returns (bool yes) {
    assembly ("memory-safe") {
        mstore(0, 0)
        extcodecopy(${SELECTOR}, 0, mutant_, 1)
        yes := byte(0, mload(0))
    }
}
`;

/** The selector's code under which exactly these mutants are chosen. */
export function selection(numbers: Iterable<number>, count: number): Hex {
  const bytes = Buffer.alloc(count + 1);
  for (const number of numbers) bytes[number] = 1;
  return `0x${bytes.toString('hex')}`;
}

/** A change of a site that somebody wrote by hand. */
export interface Numbered {
  readonly edits: (number: number) => readonly Edit[];
}

/**
 * The sources with every mutant in them; the first one has the number 1.
 * @param sources all of the project's sources that are compiled
 * @param trees of these and of whatever they import
 * @param imported texts of imported sources by path, for modifiers that are taken from there
 */
export function instrument(
  sources: Sources,
  trees: Readonly<Record<string, Node>>,
  mutants: readonly (Site | Numbered)[],
  imported: (file: string) => string,
): Sources {
  const edits: Edit[] = mutants.flatMap(({ edits }, i) => [...edits(i + 1)]);
  const skippable = skippableModifiers(trees, mutants);
  const texts: Record<string, string> = { ...sources, [LIBRARY]: library };
  for (const file of skippable.files) texts[file] ??= imported(file);
  const taken = new Set(
    mutants.flatMap((mutant) => ('operator' in mutant && mutant.operator === 'modifier' ? [place(mutant)] : [])),
  );
  for (const [file, tree] of Object.entries(trees)) {
    const text = texts[file];
    if (text === undefined) continue;
    edits.push(...modifierEdits(file, bytesOf(text), tree, skippable.ids, taken));
    if (file in sources) edits.push(...viewEdits(file, bytesOf(text), tree));
  }
  const touched = new Set(edits.map(({ file }) => file));
  for (const file of touched) {
    const own = edits.filter((edit) => edit.file === file);
    texts[file] = imports(textOf(applied(bytesOf(texts[file]!), own)));
  }
  return texts;
}

const place = ({ file, start }: Site): string => `${file}:${start}`;

/** The import stands at the end, where it moves no line. */
const imports = (text: string): string => `${text}import {${CHOSEN}} from "${LIBRARY}";\n`;

/** Puts the texts in; of two ranges with a common end the longer one is outside. */
export function applied(source: string, edits: readonly Edit[]): string {
  const marks = edits.flatMap(({ start, end, before, after }, order) => [
    { at: start, text: before, opens: true, size: end - start, order },
    ...(after === '' ? [] : [{ at: end, text: after, opens: false, size: end - start, order }]),
  ]);
  marks.sort((a, b) => {
    if (a.at !== b.at) return a.at - b.at;
    // What ends here comes before what begins here.
    if (a.opens !== b.opens) return a.opens ? 1 : -1;
    const outside = a.opens ? b.size - a.size : a.size - b.size;
    return outside !== 0 ? outside : a.opens ? a.order - b.order : b.order - a.order;
  });
  let text = '';
  let done = 0;
  for (const mark of marks) {
    text += source.slice(done, mark.at) + mark.text;
    done = mark.at;
  }
  return text + source.slice(done);
}

/*/////////////////////////////////////////////////////////// MODIFIERS */

/** Declarations of the modifiers that some mutant leaves out. */
function skippableModifiers(trees: Readonly<Record<string, Node>>, mutants: readonly (Site | Numbered)[]) {
  const sites = mutants.filter((one): one is Site => 'operator' in one && one.operator === 'modifier');
  const starts = new Set(sites.map(place));
  const ids = new Set<number>();
  const files = new Set<string>();
  for (const [file, tree] of Object.entries(trees)) {
    for (const node of invocationsIn(tree)) {
      if (starts.has(`${file}:${rangeOf(node)[0]}`)) ids.add(declarationOf(node));
    }
  }
  for (const [file, tree] of Object.entries(trees)) {
    if (definitionsOf(tree).some(({ definition }) => ids.has(definition.id))) files.add(file);
  }
  return { ids, files };
}

function invocationsIn(tree: Node): Node[] {
  return definitionsOf(tree).flatMap(({ definition }) => (definition['modifiers'] as Node[] | undefined) ?? []);
}

function declarationOf(invocation: Node): number {
  return (invocation['modifierName'] as { readonly referencedDeclaration: number }).referencedDeclaration;
}

/** The modifier takes the number of the mutant that skips it; whoever isn't mutated passes the number of none. */
function modifierEdits(
  file: string,
  source: string,
  tree: Node,
  ids: ReadonlySet<number>,
  taken: ReadonlySet<string>,
): Edit[] {
  const edits: Edit[] = [];
  for (const invocation of invocationsIn(tree)) {
    const own = taken.has(`${file}:${rangeOf(invocation)[0]}`);
    if (ids.has(declarationOf(invocation)) && !own) edits.push({ file, ...numbered(invocation, NEVER, source) });
  }
  for (const { definition } of definitionsOf(tree)) {
    if (!ids.has(definition.id)) continue;
    const parameters = definition['parameters'] as Node;
    const [from, to] = rangeOf(parameters);
    const bare = from === to || source[to - 1] !== ')';
    const [start, length] = (definition['nameLocation'] as string).split(':').map(Number) as [number, number];
    const at = bare ? start + length : to - 1;
    const more = childrenOf(parameters).length > 0;
    const parameter = bare ? '(uint256 mutant_)' : `${more ? ', ' : ''}uint256 mutant_`;
    edits.push({ file, start: at, end: at, before: parameter, after: '' });
    const [begin, end] = rangeOf(definition['body'] as Node);
    edits.push({ file, start: begin, end, before: `{ if (${CHOSEN}(mutant_)) { _; } else `, after: ' }' });
  }
  return edits;
}

/*//////////////////////////////////////////////////////////////// VIEW */

/** Asking reads the chain, which pure functions may not; interfaces have to allow it too. */
function viewEdits(file: string, source: string, tree: Node): Edit[] {
  return definitionsOf(tree).flatMap(({ definition }) => {
    if (definition['stateMutability'] !== 'pure') return [];
    const [, from] = rangeOf(definition['parameters'] as Node);
    const [, end] = rangeOf(definition);
    const at = from + (/\bpure\b/.exec(source.slice(from, end))?.index ?? 0);
    // `pure` becomes a comment: nothing has to be cut out.
    return [{ file, start: at, end: at + 'pure'.length, before: 'view /*', after: '*/' }];
  });
}
