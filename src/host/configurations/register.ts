import { Disposable, languages } from 'vscode';
import type { ExtensionContext } from 'vscode';

import type { Experiments } from '../experiments/experiments.ts';
import { ConfigurationFiles } from './configurationFiles.ts';
import { provideSchema } from './schemaDocument.ts';
import { TrainLens } from './trainLens.ts';

/** What an editor of configuration files has of ours: their schema, their problems, "Train". @returns what ends it */
export function registerConfigurationFiles(context: ExtensionContext, experiments: Experiments): Disposable {
  const files = new ConfigurationFiles();
  const lens = new TrainLens(files, experiments);
  return Disposable.from(
    provideSchema(context),
    files,
    lens,
    languages.registerCodeLensProvider({ pattern: '**/*.seqlab.json' }, lens),
  );
}
