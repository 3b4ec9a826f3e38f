/**
 * The protocol's system with a fault planted in its model.
 * @module
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Hex } from '../codec/hash.ts';
import type { System } from '../mirror/types.ts';
import type { State } from '../model/index.ts';
import { type Fault, planted } from './faults.ts';
import type { Ready } from './system.ts';

const MODEL = 'model';
/** What binds a model to the engine, and so is loaded anew with each. */
const BINDING = path.join('campaign', 'system.ts');

/**
 * Loads the model from a copy with the fault in it. Everything but the model is the project's own: what two models
 * answer differs by the fault alone.
 * @param folder where the copy is made, within the project, so that it finds the packages; nothing stays there
 * @throws RangeError when the fault is not in the model, or its line doesn't stand there exactly once
 */
export async function faultySystem(
  fault: Fault,
  { system }: Pick<Ready, 'system'>,
  root: string,
  folder: string,
): Promise<System<State>> {
  if (!fault.file.startsWith(`src/${MODEL}/`))
    throw new RangeError(`"${fault.name}": ${fault.file} is not in the model`);
  mkdirSync(folder, { recursive: true });
  const copy = mkdtempSync(path.join(folder, 'model-'));
  try {
    layOut(path.join(root, 'src'), path.join(copy, 'src'));
    writeFileSync(path.join(copy, fault.file), planted(fault, readFileSync(path.join(root, fault.file), 'utf8')));
    const module = pathToFileURL(path.join(copy, 'src', BINDING)).href;
    const { protocolOn } = (await import(module)) as typeof import('./system.ts');
    const { directory, verifiers } = system.initial.deployment;
    const recorded = system.contracts['verifier']?.address as Hex;
    const deployed = {
      directory,
      contracts: system.contracts,
      verifiers: [recorded, ...[...verifiers.keys()].filter((verifier) => verifier !== recorded)],
      councilTime: 0n, // of the state before the prologue, which nobody runs again
    };
    return protocolOn(deployed, new Set()).systemAt(system.initial, system.startTime);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** A copy of the model and of its binding; links stand for the rest. */
function layOut(from: string, to: string): void {
  mkdirSync(path.join(to, path.dirname(BINDING)), { recursive: true });
  cpSync(path.join(from, MODEL), path.join(to, MODEL), { recursive: true });
  cpSync(path.join(from, BINDING), path.join(to, BINDING));
  const link = (name: string): void => symlinkSync(path.join(from, name), path.join(to, name));
  for (const part of readdirSync(from)) if (part !== MODEL && part !== path.dirname(BINDING)) link(part);
  for (const file of readdirSync(path.join(from, path.dirname(BINDING)))) {
    const name = path.join(path.dirname(BINDING), file);
    if (name !== BINDING) link(name);
  }
}
