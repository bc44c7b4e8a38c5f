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
  runs: ['util', 'config'],
  model: ['util', 'graph', 'config'],
  engine: ['util', 'graph'],
  training: ['util', 'model', 'engine', 'graph', 'corpus', 'runs', 'config'],
  cli: ['util', 'training', 'runs', 'corpus', 'config'],
};

const folders = Object.keys(arrows);
const zones = folders.map((folder) => ({
  target: `./src/${folder}`,
  from: folders.filter((other) => other !== folder && !arrows[folder].includes(other)).map((other) => `./src/${other}`),
  message: `src/${folder} may import only ${arrows[folder].join(', ') || 'nothing of ours'} (the house's arrows).`,
}));

export default tseslint.config(
  { ignores: ['dist', 'node_modules', 'coverage'] },
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
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly' } },
  },
);
