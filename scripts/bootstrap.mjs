/**
 * `node scripts/bootstrap.mjs <script.ts | command> [arguments]`: runs a script of this project, or a command of its
 * dependencies, under the project's own Node; installs the locked dependencies first when they are missing or stale.
 * Plain JavaScript without dependencies: it has to run on a fresh clone, under the machine's Node.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 20;
// Later versions refuse a lock file that lacks platforms which the registry doesn't have.
const NPM_VERSION = '10.9.2';
const LOCK_BEAT_MS = 2_000;
// A holder that hasn't touched its lock for so long is gone, whatever runs under its process id now.
const LOCK_DEAD_MS = 30_000;
const PROGRESS_MS = 15_000;
const KEPT_OUTPUT = 64_000;
const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');
const modules = join(root, 'node_modules');
const nodeFolder = join(modules, 'node', 'bin');
const nodeBinary = join(nodeFolder, 'node');

class BootstrapError extends Error {}

function say(text) {
  process.stderr.write(`mprd-net: ${text}\n`);
}

function readJson(...path) {
  const file = join(root, ...path);
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new BootstrapError(`${file} can't be read as JSON (${error.message}). Restore it from the repository.`);
  }
}

/** What keeps the installation from being the one in package-lock.json; undefined when nothing does. */
function whatIsMissing() {
  // npm writes this list last, so an interrupted installation doesn't have it.
  if (!existsSync(join(modules, '.package-lock.json'))) return 'they are not installed';
  const wanted = readJson('package-lock.json').packages;
  const present = readJson('node_modules', '.package-lock.json').packages;
  for (const [path, { version, integrity, optional }] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = present[path];
    if (found === undefined && optional) continue;
    if (found === undefined) return `${path} is missing`;
    if (found.version !== version || found.integrity !== integrity) return `${path} is not ${version}`;
  }
  const stranger = Object.keys(present).find((path) => wanted[path] === undefined);
  if (stranger !== undefined) return `${stranger} is not in package-lock.json`;
  return missingBinary();
}

/** npm leaves out optional packages (the engines) and set-up scripts (Node's binary) without a word. */
function missingBinary() {
  if (!existsSync(nodeBinary)) return 'the binary of the package node is missing';
  const engine = `edr-${process.platform}-${process.arch}${systemLibrary()}`;
  if (!existsSync(join(modules, '@nomicfoundation', engine))) {
    return `Hardhat's engine (@nomicfoundation/${engine}) is missing`;
  }
  const anvil = `anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const extension = process.platform === 'win32' ? '.exe' : '';
  const anvilBinary = join(modules, '@foundry-rs', anvil, 'bin', `anvil${extension}`);
  return existsSync(anvilBinary) ? undefined : `@foundry-rs/${anvil} is missing`;
}

/** The suffix by which native packages tell C libraries apart. */
function systemLibrary() {
  if (process.platform === 'win32') return '-msvc';
  if (process.platform !== 'linux') return '';
  return process.report.getReport().header.glibcVersionRuntime === undefined ? '-musl' : '-gnu';
}

/** The environment without what the calling npm, or the person's npm settings, would do to the installation. */
function installEnvironment() {
  const reachesRegistry =
    /^npm_config_(@.+:registry|\/\/.+|registry|cache|userconfig|globalconfig|ca|cafile|cert|certfile|key|keyfile|strict_ssl|proxy|https?_proxy|noproxy|maxsockets)$/i;
  const environment = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!/^npm_/i.test(name) || reachesRegistry.test(name)) environment[name] = value;
  }
  const inProject = (folder) => resolve(folder).startsWith(modules);
  environment.PATH = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !inProject(folder))
    .join(delimiter);
  return Object.assign(environment, {
    MPRD_ROOT: root,
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_loglevel: 'error',
    npm_config_progress: 'false',
    npm_config_update_notifier: 'false',
    // The lock file fixes every byte, so a cached answer is as good as a new one.
    npm_config_prefer_offline: 'true',
    // npm's own patience would be minutes of silence without a network.
    npm_config_fetch_retries: '1',
    npm_config_fetch_retry_mintimeout: '1000',
    npm_config_fetch_retry_maxtimeout: '5000',
    npm_config_fetch_timeout: '60000',
  });
}

/** Runs npm under the project's version of Node: under an older one it leaves Hardhat's engine out. */
async function install(reason) {
  const node = readJson('package.json').devDependencies.node;
  say(`installing the locked dependencies, once (${reason}); this takes up to a minute or two …`);
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  const progress = setInterval(() => say(`still installing, ${seconds()} s …`), PROGRESS_MS);
  // Inside the project npx would take the project's own node, even when that is incomplete.
  const empty = mkdtempSync(join(tmpdir(), 'mprd-install-'));
  const command = 'npm --prefix "$MPRD_ROOT" ci --include=dev --include=optional --ignore-scripts=false';
  const npx = ['-y', '-p', `node@${node}`, '-p', `npm@${NPM_VERSION}`, '-c', command];
  try {
    const { code, output } = await run('npx', npx, { cwd: empty, env: installEnvironment() });
    if (code !== 0) throw new BootstrapError(explainFailure(code, output));
  } finally {
    clearInterval(progress);
    rmSync(empty, { recursive: true, force: true });
  }
  const missing = whatIsMissing();
  if (missing !== undefined) {
    throw new BootstrapError(
      `npm finished, but ${missing}. Is ${process.platform}-${process.arch} a platform of that package? ` +
        'This project is tested on linux-x64.',
    );
  }
  say(`installed in ${seconds()} s`);
}

/** Runs a program to its end, its output going to stderr; keeps the last part of it. */
function run(program, parameters, options) {
  return new Promise((done, fail) => {
    const child = spawn(program, parameters, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const take = (chunk) => {
      process.stderr.write(chunk);
      output = (output + chunk).slice(-KEPT_OUTPUT);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => {
      const text = error.code === 'ENOENT' ? `${program} is not on the PATH: install npm` : error.message;
      fail(new BootstrapError(`can't start ${program}: ${text}.`));
    });
    child.on('close', (code) => done({ code, output }));
    stopWithParent(child);
  });
}

function explainFailure(code, output) {
  if (code === null || output.includes('npm error process terminated')) {
    return 'the installation was interrupted; the next start begins it again.';
  }
  const network = /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/.exec(output);
  if (network !== null) {
    return (
      `the npm registry can't be reached (${network[1]}). The first start needs it once; check the network, ` +
      'npm_config_registry and the proxy settings, then start again.'
    );
  }
  if (/\b(SELF_SIGNED_CERT|UNABLE_TO_|CERT_)/.test(output)) {
    return "the npm registry's certificate isn't trusted: point NODE_EXTRA_CA_CERTS to your authority's certificate.";
  }
  if (/\bENOSPC\b/.test(output)) return 'the disk is full: the dependencies need about 1.2 GB.';
  return `npm ended with code ${code}; what it said is above. Start again to retry from the beginning.`;
}

/** A signal that ends this process ends the installation too. */
function stopWithParent(child) {
  const forward = (signal) => child.kill(signal);
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward);
  child.on('close', () => {
    for (const signal of FORWARDED_SIGNALS) process.off(signal, forward);
  });
}

const lockFile = join(tmpdir(), `mprd-install-${createHash('sha256').update(root).digest('hex').slice(0, 16)}.lock`);

/** True when this process now holds the installation's lock. */
function takeLock() {
  try {
    const file = openSync(lockFile, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new BootstrapError(`can't create ${lockFile}: ${error.message}.`);
  }
}

/** Removes the lock of a process that died. Renaming first: of several that notice, one gets it. */
function clearDeadLock() {
  try {
    const holder = Number(readFileSync(lockFile, 'utf8'));
    const silence = Date.now() - statSync(lockFile).mtimeMs;
    // An empty file is one whose holder is about to write its id.
    if (silence < LOCK_DEAD_MS && (holder === 0 || isAlive(holder))) return;
    const dead = `${lockFile}.${process.pid}`;
    renameSync(lockFile, dead);
    // Another process may have replaced the dead lock by its own in the meantime: that one goes back.
    if (Number(readFileSync(dead, 'utf8')) === holder) rmSync(dead);
    else renameSync(dead, lockFile);
  } catch (error) {
    if (error.code !== 'ENOENT') throw new BootstrapError(`${lockFile} is in the way: ${error.message}. Remove it.`);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Installs unless it is done already; of several processes one installs and the others wait for it. */
async function ensureInstalled() {
  if (whatIsMissing() === undefined) return;
  let announced = false;
  while (!takeLock()) {
    clearDeadLock();
    if (!announced) say('another process is installing the dependencies; waiting for it …');
    announced = true;
    await new Promise((wake) => setTimeout(wake, 300));
  }
  const beat = setInterval(() => utimesSync(lockFile, new Date(), new Date()), LOCK_BEAT_MS);
  try {
    const missing = whatIsMissing();
    if (missing !== undefined) await install(missing);
  } finally {
    clearInterval(beat);
    rmSync(lockFile, { force: true });
  }
}

/** Program and leading arguments for the first argument of the command line. */
function resolveTarget(target) {
  if (/\.(ts|mjs|js)$/.test(target)) {
    const script = resolve(root, target);
    if (existsSync(script)) return [nodeBinary, script];
    throw new BootstrapError(`${target} does not exist in ${root}.`);
  }
  const command = join(modules, '.bin', target);
  if (existsSync(command)) return [command];
  throw new BootstrapError(
    `no dependency has a command "${target}"; scripts are given by file name, as in scripts/x.ts.`,
  );
}

/** Hands terminal, signals and exit code through, as if the target had been started itself. */
function handOver([program, ...leading], parameters) {
  const child = spawn(program, [...leading, ...parameters], {
    stdio: 'inherit',
    env: {
      HARDHAT_DISABLE_TELEMETRY: 'true',
      ...process.env,
      PATH: [nodeFolder, join(modules, '.bin'), process.env.PATH ?? ''].join(delimiter),
    },
  });
  for (const signal of FORWARDED_SIGNALS) {
    process.on(signal, () => {
      // The terminal sends its interrupt to the child as well; twice would mean "at once" to it.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', (error) => {
    say(`can't start ${program}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal];
  });
}

async function main([target, ...parameters]) {
  const version = process.versions.node;
  if (Number(version.split('.')[0]) < OLDEST_NODE) {
    throw new BootstrapError(`Node ${version} is too old: install Node ${OLDEST_NODE} or newer (nodejs.org).`);
  }
  if (target === undefined) {
    throw new BootstrapError('usage: node scripts/bootstrap.mjs <script.ts | command> [arguments]');
  }
  await ensureInstalled();
  handOver(resolveTarget(target), parameters);
}

main(process.argv.slice(2)).catch((error) => {
  if (!(error instanceof BootstrapError)) throw error;
  say(error.message);
  process.exitCode = 1;
});
