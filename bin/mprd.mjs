#!/usr/bin/env node
/**
 * `mprd COMMAND`: runs src/cli/main.ts under the project's own Node, as every script of the project.
 *
 * @module
 */
process.argv.splice(2, 0, 'src/cli/main.ts');
await import('../scripts/bootstrap.mjs');
