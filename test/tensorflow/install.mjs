import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Makes a TensorFlow for Node with its real native library, on which the tests of the engine `tensorflow` run, without the
 * host that its own install script downloads from: the sources of the binding come from npm, libtensorflow from the Python
 * package of the same version. 0.6 GB, so it is kept in a folder of its own, `.vscode-test/tensorflow`, or what
 * SEQUENCE_LAB_TEST_TENSORFLOW names. Takes a minute; what is there already is not made again. Linux on x64 only.
 * Needs npm, g++, nm (binutils) and python3 with pip.
 */
const here = import.meta.dirname;

/** The folder to name in SEQUENCE_LAB_TFJS_NODE. */
export const tensorflowFolder = resolve(
  process.env.SEQUENCE_LAB_TEST_TENSORFLOW ?? join(here, '..', '..', '.vscode-test', 'tensorflow'),
);

const marker = join(tensorflowFolder, '.complete');

/** What the folder is made of, this script included. */
function digest() {
  const hash = createHash('sha256');
  for (const name of ['package-lock.json', 'requirements.txt', 'install.mjs'])
    hash.update(readFileSync(join(here, name)));
  return hash.digest('hex');
}

/** Whether the library is there, whole, and the one that the files here ask for. */
export function isInstalled() {
  return existsSync(marker) && readFileSync(marker, 'utf8') === digest();
}

/** The library with the C API, and the one that it is linked against. */
const [library, framework] = ['_pywrap_tensorflow_internal.so', 'libtensorflow_framework.so.2'];

/** Unpacks from the wheel what is needed: a third of it. */
const unpack = `
import sys, zipfile
wheel, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name.startswith('tensorflow/include/tensorflow/') or name.endswith(('/${library}', '/${framework}')):
            archive.extract(name, folder)
`;

function install() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return console.log('TensorFlow for Node is made from a wheel of Linux on x64: here its tests are skipped');
  }
  if (isInstalled()) return console.log(`TensorFlow for Node is in ${tensorflowFolder}`);
  const started = Date.now();
  rmSync(tensorflowFolder, { recursive: true, force: true });
  mkdirSync(tensorflowFolder, { recursive: true });
  const inFolder = (command, ...args) =>
    execFileSync(command, args, { cwd: tensorflowFolder, stdio: ['ignore', 'inherit', 'inherit'] });

  for (const file of ['package.json', 'package-lock.json']) cpSync(join(here, file), join(tensorflowFolder, file));
  inFolder('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error');
  const wheels = ['--python-version', '310', '--platform', 'manylinux2014_x86_64', '--only-binary=:all:', '--no-deps'];
  const requirements = ['--require-hashes', '-r', join(here, 'requirements.txt')];
  inFolder('python3', '-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', ...wheels, ...requirements);
  const wheel = readdirSync(tensorflowFolder).find((name) => name.endsWith('.whl'));
  inFolder('python3', '-c', unpack, wheel, '.');
  rmSync(join(tensorflowFolder, wheel));
  compile(inFolder);
  writeFileSync(marker, digest());
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`TensorFlow for Node is in ${tensorflowFolder}, after ${seconds} s`);
}

function compile(inFolder) {
  const lib = join(tensorflowFolder, 'tensorflow', 'python');
  // What a linker looks for is called libNAME.so.
  symlinkSync(library, join(lib, 'libtensorflow_c.so'));
  symlinkSync(join('..', framework), join(lib, framework));

  // The library wants symbols of the Python that usually loads it; nothing behind the C API calls them.
  const symbols = execFileSync('nm', ['-D', '--undefined-only', join(lib, library)], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const ofPython = new Set([...symbols.matchAll(/ (_?Py\w*)$/gm)].map(([, name]) => name));
  const stub = join(tensorflowFolder, 'python.c');
  writeFileSync(stub, [...ofPython].map((name) => `char ${name}[512];\n`).join(''));
  inFolder('gcc', '-shared', '-fPIC', '-o', join(lib, 'libpython_stub.so'), stub);

  const home = join(tensorflowFolder, 'node_modules', '@tensorflow', 'tfjs-node');
  const target = join(home, 'lib', 'napi-v8');
  mkdirSync(target, { recursive: true });
  const includes = [join(tensorflowFolder, 'node_modules', 'node-api-headers', 'include')];
  includes.push(join(tensorflowFolder, 'tensorflow', 'include'));
  inFolder(
    'g++',
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-w', '-DNAPI_VERSION=8'],
    ...includes.map((folder) => `-I${folder}`),
    ...['tfjs_backend.cc', 'tfjs_binding.cc'].map((name) => join(home, 'binding', name)),
    ...['-o', join(target, 'tfjs_binding.node'), `-L${lib}`, `-Wl,-rpath,${lib}`],
    ...['-Wl,--no-as-needed', '-Wl,--allow-shlib-undefined', '-lpython_stub', '-ltensorflow_c', `-l:${framework}`],
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) install();
