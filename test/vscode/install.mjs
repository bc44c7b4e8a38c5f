import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Installs the VS Code that the tests in this folder run in: VS Code's server as code-server carries it, and the Node that
 * it needs. 0.8 GB, so it is kept in a folder of its own: `.vscode-test/server`, or what SEQUENCE_LAB_TEST_SERVER names.
 * What is there already is not done again, and a broken installation is gone on with. Needs npm, make, g++ and python3.
 */
const here = import.meta.dirname;

/** Modules of the server that have to be compiled. Those left out are not needed to serve a browser. */
const natives = ['native-watchdog', 'spdlog', 'sqlite3', 'deviceid', 'fs-copyfile'].map((name) => `@vscode/${name}`);

/** Where the server is kept: its root, the folder to start it in, its Node. */
export function serverLayout() {
  const root = resolve(process.env.SEQUENCE_LAB_TEST_SERVER ?? join(here, '..', '..', '.vscode-test', 'server'));
  const modules = join(root, 'node_modules');
  const nodeFolder = join(modules, `node-${process.platform}-${process.arch}`);
  return {
    root,
    vscode: join(modules, 'code-server', 'lib', 'vscode'),
    nodeFolder,
    node: join(nodeFolder, 'bin', 'node'),
  };
}

/** Whether the server is there, whole, and the one that the lock file here asks for. */
export function isInstalled() {
  return isDone('complete');
}

function digest() {
  return createHash('sha256')
    .update(readFileSync(join(here, 'server', 'package-lock.json')))
    .digest('hex');
}

/** A step leaves a file with the digest of the lock file that it was done for. */
const marker = (step) => join(serverLayout().root, `.${step}`);
const isDone = (step) => existsSync(marker(step)) && readFileSync(marker(step), 'utf8') === digest();
const markDone = (step) => writeFileSync(marker(step), digest());

function install() {
  const { root, vscode, nodeFolder, node } = serverLayout();
  if (isInstalled()) return console.log(`VS Code's server is in ${root}`);
  const started = Date.now();
  mkdirSync(root, { recursive: true });

  const env = {
    ...process.env,
    PATH: [join(nodeFolder, 'bin'), process.env.PATH].join(delimiter),
    // The headers of that Node, which its package carries: nothing is fetched to compile with.
    npm_config_nodedir: nodeFolder,
    JOBS: 'max',
  };
  const npm = (cwd, ...args) => {
    console.log(`npm ${args.join(' ')}`);
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    execFileSync('npm', [...args, ...quiet], { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
  };

  if (!isDone('packages')) {
    rmSync(marker('complete'), { force: true });
    for (const file of ['package.json', 'package-lock.json']) cpSync(join(here, 'server', file), join(root, file));
    npm(root, 'ci', '--ignore-scripts');
    markDone('packages');
  }
  npm(vscode, 'install', '--omit=dev', '--ignore-scripts');
  npm(vscode, 'rebuild', ...natives, '@parcel/watcher');
  const version = execFileSync(node, ['out/server-main.js', '--version'], { cwd: vscode, encoding: 'utf8' });
  markDone('complete');
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`VS Code ${version.split('\n')[0]} is in ${root}, after ${seconds} s`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) install();
