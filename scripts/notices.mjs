import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Whose the packages are that declare a licence and carry no text of it. */
const holders = [
  [/^onnxruntime-/, 'Copyright (c) Microsoft Corporation'],
  [/^@microsoft\/fast-/, 'Copyright (c) Microsoft Corporation'],
  [/^@tensorflow\/tfjs-/, 'Copyright Google LLC'],
  [/^seedrandom$/, 'Copyright 2019 David Bau'],
  [/^tr46$/, 'Copyright (c) Sebastian Mayr'],
];

/** Said of packages that carry more than their own code. */
const remarks = {
  'onnxruntime-node':
    'The native library holds other works: see ThirdPartyNotices.txt of this version at https://github.com/microsoft/onnxruntime.',
  '@tensorflow/tfjs-backend-wasm':
    "The WebAssembly files hold other works, XNNPACK (BSD-3-Clause) and Emscripten's C library (MIT) among them: see https://github.com/tensorflow/tfjs.",
};

/** The text of the Apache licence that stands in a package of TensorFlow.js's own dependencies. */
const apache = (root) => readFileSync(join(root, 'node_modules', 'long', 'LICENSE'), 'utf8').trim();

const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/**
 * The licences of all packages that a build holds, by the metafile that build.mjs leaves beside it.
 *
 * @param options.root the repository
 * @param options.dist the folder of the build
 * @param options.shipped which of its files, by their path in it, a package of the extension holds
 * @param options.external names of packages that are shipped as they are
 * @throws Error that names a package without a licence
 */
export function thirdPartyNotices({ root, dist, shipped, external }) {
  const { outputs } = JSON.parse(readFileSync(join(dist, 'meta.json'), 'utf8'));
  const folders = new Set(external.map((name) => `node_modules/${name}`));
  for (const [path, { inputs }] of Object.entries(outputs)) {
    if (!shipped.test(relative(dist, join(root, path)).replaceAll('\\', '/'))) continue;
    for (const input of Object.keys(inputs)) {
      // The innermost package: some carry others in a node_modules of their own.
      const folder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0];
      if (folder !== undefined) folders.add(folder);
    }
  }
  const notices = [...folders].sort().map((folder) => packageNotice(root, join(root, folder)));
  return ['Sequence Lab holds these works of others.', ...new Set(notices)].join(`\n\n${'-'.repeat(80)}\n\n`) + '\n';
}

function packageNotice(root, folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|.*notices?)([.-]|$)/i.test(file));
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
  if (!files.some((file) => /^(licen[cs]e|copying)/i.test(file))) {
    const holder = holders.find(([pattern]) => pattern.test(name))?.[1];
    const text = license === 'MIT' ? mit : license === 'Apache-2.0' ? apache(root) : undefined;
    if (text === undefined || holder === undefined)
      throw new Error(`${name} (${license}) has no licence text: say in notices.mjs whose it is`);
    texts.unshift(`${holder}\n\n${text}`);
  }
  if (remarks[name] !== undefined) texts.push(remarks[name]);
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}
