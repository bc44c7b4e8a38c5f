import { workspace } from 'vscode';
import type { Disposable, Uri } from 'vscode';
import * as z from 'zod';

import { devices, engineChoices, idsOf } from '../config/vocabulary.ts';
import type { Configuration } from '../config/schema.ts';
import { ConfigurationError } from '../util/errors.ts';

/** The extension's settings: what package.json declares under `sequenceLab.`, checked, since a person edits them as text. */
const schemas = {
  runsFolder: z.string().trim().min(1),
  'corpus.ptbFolder': z.string().trim(),
  'corpus.downloadUrl': z.url(),
  'training.engine': z.enum(idsOf(engineChoices)),
  'training.device': z.enum(idsOf(devices)),
  'training.threads': z.int().min(0).max(1024),
  'training.stopWhenWindowCloses': z.boolean(),
  'inlinePreview.enabled': z.boolean(),
  'inlinePreview.languages': z.array(z.string().trim().min(1)),
  'inlinePreview.trigger': z.enum(['automatic', 'manual']),
  'inlinePreview.maximumWords': z.int().min(1).max(200),
  'inlinePreview.minimumProbability': z.number().min(0).max(1),
  'inlinePreview.debounceMilliseconds': z.int().min(0).max(5000),
} as const;

export type SettingName = keyof typeof schemas;
type SettingValue<N extends SettingName> = z.output<(typeof schemas)[N]>;

const section = 'sequenceLab';

/** A setting's name as the settings editor knows it. */
function fullName(name: SettingName): string {
  return `${section}.${name}`;
}

/**
 * The value of a setting.
 *
 * @param scope the workspace folder that it is asked for
 * @throws ConfigurationError that names the setting, what it must be and what it is
 */
export function setting<N extends SettingName>(name: N, scope?: Uri): SettingValue<N> {
  const value: unknown = workspace.getConfiguration(section, scope).get(name);
  const result = schemas[name].safeParse(value);
  // The union of all schemas' outputs, of which this is the one that belongs to the name.
  if (result.success) return result.data as SettingValue<N>;
  const problem = result.error.issues.map(({ message }) => message).join('; ');
  throw new ConfigurationError(
    `The setting ${fullName(name)} is ${JSON.stringify(value) ?? 'missing'}: ${problem}. Change it in the settings.`,
  );
}

/**
 * What new runs compute on, as the user set it: below what a configuration says.
 * @throws ConfigurationError where a setting cannot be used
 */
export function engineSettings(): Configuration['engine'] {
  return { name: setting('training.engine'), device: setting('training.device'), threads: setting('training.threads') };
}

/** Calls the listener when one of the settings has changed. */
export function onSettingChange(names: readonly SettingName[], listener: () => void): Disposable {
  return workspace.onDidChangeConfiguration((event) => {
    if (names.some((name) => event.affectsConfiguration(fullName(name)))) listener();
  });
}
