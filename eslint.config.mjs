import js from '@eslint/js';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import importX from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/**
 * Which folder of src may import which: the arrows of the house. A folder that is missing here fails the lint of the
 * lint itself (test/unit/house.test.ts), so a new folder must say where it stands.
 */
export const arrows = {
  util: [],
  config: ['util'],
  graph: ['util'],
  corpus: ['util', 'config'],
  formats: ['util'],
  runs: ['util', 'config', 'formats'],
  model: ['util', 'graph', 'config'],
  engine: ['util', 'graph'],
  protocol: ['util', 'config'],
  trainers: ['util', 'protocol', 'runs'],
  trainedModel: ['util', 'model', 'engine', 'graph', 'corpus', 'runs', 'config'],
  training: ['util', 'trainedModel', 'model', 'engine', 'graph', 'corpus', 'runs', 'formats', 'config', 'protocol'],
  inference: ['util', 'trainedModel', 'model', 'engine', 'graph', 'corpus', 'runs', 'formats', 'config', 'protocol'],
  cli: ['util', 'training', 'trainers', 'inference', 'runs', 'formats', 'corpus', 'config', 'protocol'],
  host: ['util', 'protocol', 'config', 'corpus', 'runs', 'trainers', 'formats'],
};

/** Where only some files of a folder may be imported: the extension host finds and fetches a corpus, it never reads one. */
export const entrances = { host: { corpus: ['find.ts', 'download.ts', 'detect.ts'] } };

const folders = Object.keys(arrows);
const zones = folders.map((folder) => ({
  target: `./src/${folder}`,
  from: folders.filter((other) => other !== folder && !arrows[folder].includes(other)).map((other) => `./src/${other}`),
  message: `src/${folder} may import only ${arrows[folder].join(', ') || 'nothing of ours'} (the house's arrows).`,
}));
zones.push(
  ...Object.entries(entrances).flatMap(([folder, others]) =>
    Object.entries(others).map(([other, files]) => ({
      target: `./src/${folder}`,
      from: `./src/${other}`,
      except: files.map((file) => `./${file}`),
      message: `src/${folder} may import only ${files.join(', ')} of src/${other}.`,
    })),
  ),
  {
    target: './src/extension.ts',
    from: folders.filter((folder) => folder !== 'host').map((folder) => `./src/${folder}`),
    message: 'extension.ts composes what is in host, nothing else.',
  },
  {
    target: ['./webview/!(cell)/**/*', './webview/*.ts'],
    from: './src',
    except: ['./protocol', './config', './formats/curvesCsv.ts', './util/durations.ts'],
    message: 'a panel knows the messages, the CSV of curves and the words of durations, nothing else of src.',
  },
  {
    target: './webview/cell',
    from: './src',
    except: ['./protocol', './config', './model', './graph', './engine/reference'],
    message:
      'the cell explorer knows the messages, the cells and graphs, and the reference engine, nothing else of src.',
  },
);

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'coverage', '.vscode-test'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-params': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'ImportDeclaration[source.value="zod"][importKind="value"] > :matches(ImportDefaultSpecifier, ImportSpecifier[imported.name="z"])',
          message: "Use import * as z from 'zod': a bundler cannot leave out parts of the object z, 100 kB per panel.",
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/host/**', 'src/extension.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [{ name: 'vscode', message: 'only src/host and extension.ts know VS Code.' }] },
      ],
    },
  },
  {
    files: ['webview/**/*.ts'],
    ignores: ['webview/shared/toolkit.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [{ name: '@vscode/webview-ui-toolkit', message: 'only webview/shared/toolkit.ts imports it.' }] },
      ],
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
);
