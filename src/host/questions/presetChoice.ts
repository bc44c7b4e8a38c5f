import { CancellationTokenSource, QuickPickItemKind, window } from 'vscode';
import type { QuickPickItem } from 'vscode';

import { builtinSizes } from '../../config/builtinSizes.ts';
import { resolveConfiguration } from '../../config/parse.ts';
import { presetNames, presets } from '../../config/presets.ts';
import type { PresetName } from '../../config/presets.ts';
import type { Configuration, ConfigurationInput } from '../../config/schema.ts';
import { estimateTokens } from '../../corpus/find.ts';
import { describeDuration } from '../../util/durations.ts';
import { messageOf } from '../../util/errors.ts';
import { isActive } from '../experiments/experiments.ts';
import type { Extension } from '../extensionParts.ts';
import { describePerplexity } from '../experiments/runWords.ts';
import { engineSettings } from '../settings.ts';
import { lastSpeedOf, measureSpeed, secondsAtSpeed, secondsOfEarlierRun } from './speed.ts';

type PresetItem = QuickPickItem & { preset?: PresetName };

interface Choice {
  readonly name: PresetName;
  readonly configuration: Configuration;
  /** Seconds; undefined until it is known. */
  seconds: number | undefined;
  source: 'run' | 'measurement' | undefined;
}

/**
 * Asks for a preset, each with what it costs on this machine and what it reaches.
 *
 * @param values what the run is trained on, and what a person calls that
 * @returns the whole configuration; undefined when the user does not want to
 */
export async function choosePreset(
  extension: Pick<Extension, 'context' | 'experiments' | 'launcher' | 'log'>,
  values: { corpus: NonNullable<ConfigurationInput['corpus']>; title: string },
): Promise<Configuration | undefined> {
  const engine = engineSettings();
  const { corpus } = values;
  const isBuiltin = corpus.kind === 'builtin';
  const choices = presetNames
    // Made for the built-in corpus, which is where it stands first.
    .filter((preset) => isBuiltin || preset !== 'demo')
    .map((preset): Choice => {
      const configuration = resolveConfiguration({ preset, defaults: { engine }, values: { corpus } });
      return { name: preset, configuration, seconds: undefined, source: undefined };
    });
  await extension.experiments.ready();
  for (const choice of choices) {
    choice.seconds = await secondsOfEarlierRun(extension.experiments, choice.configuration);
    if (choice.seconds !== undefined) choice.source = 'run';
  }
  const known = lastSpeedOf(engine, extension.context);
  if (known !== undefined) await fillIn(choices, known);

  const picker = window.createQuickPick<PresetItem>();
  const cancellation = new CancellationTokenSource();
  picker.title = `Train on ${values.title}: preset`;
  picker.placeholder = 'Choose a preset. Training starts at once.';
  picker.matchOnDetail = true;
  picker.ignoreFocusOut = true;
  picker.items = itemsOf(choices, 'measuring this machine…');
  picker.show();
  void measure(extension, choices, cancellation).then((problem) => {
    if (cancellation.token.isCancellationRequested) return;
    const active = picker.activeItems[0]?.preset;
    picker.items = itemsOf(choices, problem ?? '');
    picker.activeItems = picker.items.filter((item) => item.preset === active);
  });
  try {
    const chosen = await new Promise<PresetName | undefined>((resolve) => {
      picker.onDidAccept(() => resolve(picker.selectedItems[0]?.preset));
      picker.onDidHide(() => resolve(undefined));
    });
    return choices.find((choice) => choice.name === chosen)?.configuration;
  } finally {
    // A measurement that nobody waits for would slow the run down.
    cancellation.cancel();
    cancellation.dispose();
    picker.dispose();
  }
}

/** Measures the machine as it is just now, and fills in the times. @returns why that did not work, in words */
async function measure(
  extension: Pick<Extension, 'context' | 'experiments' | 'launcher' | 'log'>,
  choices: readonly Choice[],
  cancellation: CancellationTokenSource,
): Promise<string | undefined> {
  const engine = choices[0]?.configuration.engine;
  const { context, launcher, experiments, log } = extension;
  const isKnown = choices.every(({ source }) => source === 'run');
  // Beside a run it would disturb that, and measure it too.
  if (engine === undefined || isKnown || experiments.runs.some(isActive)) return undefined;
  const controller = new AbortController();
  const subscription = cancellation.token.onCancellationRequested(() => controller.abort());
  try {
    await fillIn(choices, await measureSpeed(engine, { context, launcher, signal: controller.signal }));
    return undefined;
  } catch (error) {
    if (controller.signal.aborted) return undefined;
    log.warn(`The speed of this machine could not be measured: ${messageOf(error)}`);
    return 'time unknown';
  } finally {
    subscription.dispose();
  }
}

/** The times of all presets that no earlier run tells. */
async function fillIn(choices: readonly Choice[], flopsPerSecond: number): Promise<void> {
  for (const choice of choices) {
    if (choice.source === 'run') continue;
    const { configuration } = choice;
    choice.seconds = secondsAtSpeed(configuration, await tokensOf(configuration), flopsPerSecond);
    choice.source = 'measurement';
  }
}

/** About how many tokens the training text has. */
async function tokensOf({ corpus }: Configuration): Promise<number> {
  if (corpus.kind === 'builtin') return builtinSizes.trainTokens;
  return estimateTokens(corpus);
}

function itemsOf(choices: readonly Choice[], unknown: string): PresetItem[] {
  const items = choices.map((choice): PresetItem => {
    const { name, configuration, seconds, source } = choice;
    const time = seconds === undefined ? unknown : `about ${describeDuration(seconds)}`;
    const origin = source === 'run' ? 'measured in an earlier run' : '';
    const expected = expectationOf(name, configuration);
    return {
      preset: name,
      label: presets[name].title,
      description: [time, origin, expected].filter((part) => part !== '').join(' · '),
      detail: presets[name].description,
    };
  });
  const [first, ...rest] = items;
  if (first?.preset !== 'demo') return items;
  return [first, { kind: QuickPickItemKind.Separator, label: 'made for the Penn Treebank' }, ...rest];
}

function expectationOf(name: PresetName, { corpus }: Configuration): string {
  const { expected, reached, onBuiltin } = presets[name];
  const test = expected.test ?? reached?.test;
  if (corpus.kind === 'builtin')
    return onBuiltin === undefined
      ? ''
      : `test perplexity about ${describePerplexity(onBuiltin.test)} (lowest possible: ${describePerplexity(onBuiltin.floor)})`;
  return corpus.kind === 'ptb' && test !== undefined ? `test perplexity about ${describePerplexity(test)}` : '';
}
