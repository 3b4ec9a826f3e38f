/**
 * Where the project lies: the commands read its sources and stored files, wherever they are called from.
 * @module
 */
import { fileURLToPath } from 'node:url';

/** Absolute path of a file or folder of the project. */
export const fromRoot = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
