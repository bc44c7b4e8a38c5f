import { isAbsolute } from 'node:path';
import { Range } from 'vscode';
import type { TextDocument } from 'vscode';

import { checkConfiguration } from '../../config/parse.ts';
import { Places } from '../../config/places.ts';
import { inOneLine, type ConfigurationProblem } from '../../config/problems.ts';
import type { Configuration } from '../../config/schema.ts';
import { ConfigurationError } from '../../util/errors.ts';
import { engineSettings } from '../settings.ts';

/** What is wrong in a file, and where. */
export interface MarkedProblem {
  readonly range: Range;
  readonly message: string;
  /** Whether VS Code's JSON editor tells of it too. */
  readonly isOfJson: boolean;
}

/** A configuration file as it stands in the editor: a configuration, or what is wrong, from the top. */
export type CheckedFile =
  | { readonly configuration: Configuration; readonly problems?: undefined; readonly pathRange: Range }
  | { readonly configuration?: undefined; readonly problems: readonly MarkedProblem[] };

/** Whether a document is a configuration file: one on disk, or one that is not saved yet. */
export function isConfigurationFile({ uri }: TextDocument): boolean {
  return /\.seqlab\.json$/i.test(uri.path) && ['file', 'untitled'].includes(uri.scheme);
}

/** Checks a document. Nothing is read but its text. */
export function checkDocument(document: TextDocument): CheckedFile {
  const text = document.getText();
  const file = { path: document.uri.fsPath, text };
  const { configuration, problems } = checkConfiguration({ ...settingsBelow(), file });
  const places = new Places(text);
  const isMalformed = !places.isWellFormed;
  const rangeOf = (problem: ConfigurationProblem): Range => {
    const { offset, length } = places.of(problem);
    return new Range(document.positionAt(offset), document.positionAt(offset + length));
  };
  if (configuration === undefined) {
    const marked = problems.map((problem) => ({
      range: rangeOf(problem),
      message: inOneLine({ ...problem, source: undefined }),
      isOfJson: problem.fault !== undefined && isMalformed && document.languageId === 'json',
    }));
    return { problems: marked.sort((one, other) => one.range.start.compareTo(other.range.start)) };
  }
  const pathRange = rangeOf({ path: ['corpus', 'path'], about: 'value', message: '', source: undefined });
  if (configuration.corpus.path !== undefined && isAdrift(document, document.getText(pathRange))) {
    const message =
      'corpus.path: a relative path is relative to the folder of this file, which is not saved yet; save the file first';
    return { problems: [{ range: pathRange, message, isOfJson: false }] };
  }
  return { configuration, pathRange };
}

/** What the settings say; one that cannot be used is no fault of the file, and is told when the file is to be trained. */
function settingsBelow(): { defaults?: { engine: Configuration['engine'] } } {
  try {
    return { defaults: { engine: engineSettings() } };
  } catch (error) {
    if (error instanceof ConfigurationError) return {};
    throw error;
  }
}

/** Whether a path (as JSON) in a document is relative to nothing, since nobody knows where the document will lie. */
function isAdrift({ isUntitled, uri }: TextDocument, path: string): boolean {
  return isUntitled && !isAbsolute(uri.fsPath) && !isAbsolute(String(JSON.parse(path)));
}
