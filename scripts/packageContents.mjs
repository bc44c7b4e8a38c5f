/** Platforms, as VS Code names them, for which ONNX Runtime has no binary: TensorFlow.js trains there. */
export const withoutRuntime = ['darwin-x64'];

/** What every package holds, by the paths in it. */
const always = [
  /^extension\.vsixmanifest$/,
  /^extension\/(package\.json|readme\.md|changelog\.md|LICENSE\.txt)$/,
  /^extension\/docs\/([\w-]+\.md|pictures\/[\w-]+\.png)$/,
  /^extension\/media\/((icon|screenshot|hidden-states|predictions)\.png|(activity|panel-light|panel-dark)\.svg|seqlab\.schema\.json)$/,
  /^extension\/dist\/(extension\.cjs|trainer\.cjs|cli\.js|THIRD_PARTY_NOTICES\.txt)$/,
  /^extension\/dist\/inference\.cjs$/,
  /^extension\/dist\/tensorflow\.cjs$/,
  /^extension\/dist\/[\w-]+\.wasm$/,
  /^extension\/dist\/webview\/[a-z]+\.(js|css)$/,
];
const runtime =
  /^extension\/dist\/node_modules\/onnxruntime-(node|common)\/(package\.json|dist\/(cjs\/)?([\w-]+\.js|package\.json))$/;
const mayBe = [/^\[Content_Types\]\.xml$/];

/**
 * What is wrong with the files of a package, in words; nothing where it holds what runs on its platform and nothing else.
 *
 * @param paths of all files in it
 * @param target the platform, as VS Code names it: `linux-x64`
 */
export function contentProblems(paths, target) {
  const [system, arch] = target.split('-');
  const native = `extension/dist/node_modules/onnxruntime-node/bin/napi-v6/${system}/${arch}/`;
  const hasRuntime = !withoutRuntime.includes(target);
  const wanted = hasRuntime ? [...always, runtime] : always;
  const known = (path) =>
    [...wanted, ...mayBe].some((one) => one.test(path)) || (hasRuntime && path.startsWith(native));
  const surplus = paths.filter((path) => !known(path)).map((path) => `${path} does not belong there`);
  const missing = wanted
    .filter((one) => !paths.some((path) => one.test(path)))
    .map((one) => `nothing fits ${one.source}`);
  const libraries = paths.filter((path) => path.startsWith(native)).length;
  return [
    ...surplus,
    ...missing,
    ...(hasRuntime && libraries < 2 ? [`ONNX Runtime's library and binding are not in ${native}`] : []),
  ];
}
