import { commands, ConfigurationTarget, window, workspace } from 'vscode';

import { isWhole, nameOf } from '../experiments/experiments.ts';
import type { Extension } from '../extensionParts.ts';
import { documentInFront } from '../inlinePreview/inlinePreview.ts';
import { setting } from '../settings.ts';
import { inLabel, inMessage, shortened } from '../text.ts';
import { checkTrust } from '../trust.ts';
import { chooseRun } from './chooseRun.ts';

/** The run of the menu that was used, or one that is picked, suggests in editors from now on. */
export async function useForInlinePreview(
  extension: Pick<Extension, 'experiments' | 'inlinePreview'>,
  argument?: unknown,
): Promise<void> {
  if (!checkTrust()) return;
  const title = 'Use for Inline Preview';
  const run = await chooseRun(extension, argument, { title, none: 'There are no runs yet.', fits: isWhole });
  if (run === undefined) return;
  await extension.inlinePreview.choose(run.folder);
  if (!setting('inlinePreview.enabled')) await change('enabled', true);
  const { state } = extension.inlinePreview;
  // What a policy or a setting of this window says may be stronger than what was just changed.
  if (state.kind === 'off') {
    const name = inMessage(shortened(nameOf(run)));
    void window.showWarningMessage(`“${name}” is chosen, but suggests nothing: ${inMessage(state.why)}`);
    return;
  }
  const languages = setting('inlinePreview.languages').join(', ');
  const how = setting('inlinePreview.trigger') === 'manual' ? ' when it is triggered' : '';
  window.setStatusBarMessage(inLabel(`${nameOf(run)} suggests the next words in ${languages}${how}`), 5000);
}

/** No run suggests any more. */
export async function stopInlinePreview({ inlinePreview }: Pick<Extension, 'inlinePreview'>): Promise<void> {
  if (inlinePreview.chosen === undefined) void window.showInformationMessage('No run is used for the inline preview.');
  else await inlinePreview.choose(undefined);
}

/** What the status bar's item offers. */
export async function inlinePreviewOptions(extension: Pick<Extension, 'experiments' | 'inlinePreview'>): Promise<void> {
  if (!checkTrust()) return;
  const isChosen = extension.inlinePreview.chosen !== undefined;
  const isOn = setting('inlinePreview.enabled');
  const isAutomatic = setting('inlinePreview.trigger') === 'automatic';
  const probability = setting('inlinePreview.minimumProbability');
  const languages = setting('inlinePreview.languages');
  const language = documentInFront()?.languageId;
  const items = [
    {
      label: isChosen ? '$(arrow-swap) Use Another Run…' : '$(play) Choose a Run…',
      run: () => useForInlinePreview(extension),
    },
    ...(isChosen
      ? [
          {
            label: '$(close) Use No Run in This Workspace',
            description: 'other workspaces keep theirs',
            run: () => stopInlinePreview(extension),
          },
        ]
      : []),
    {
      label: isOn ? '$(circle-slash) Turn Off' : '$(check) Turn On',
      description: isSetInWorkspace('enabled')
        ? 'in this workspace, for every run'
        : 'in every workspace, for every run',
      run: () => change('enabled', !isOn),
    },
    {
      label: isAutomatic ? '$(keyboard) Suggest Only When Triggered' : '$(zap) Suggest While Typing',
      run: () => change('trigger', isAutomatic ? 'manual' : 'automatic'),
    },
    ...(probability < minProbability
      ? []
      : [
          {
            label: '$(unfold) Suggest More Often',
            description: `minimum probability ${percent(probability / 2)}, currently ${percent(probability)}`,
            run: () => change('minimumProbability', probability / 2),
          },
        ]),
    ...(extension.inlinePreview.isBehindList
      ? [
          {
            label: '$(list-selection) Show Ghost Text Before the List of Suggestions',
            description: 'an editor setting, for every language',
            run: () => changeEditor('inlineSuggest.suppressSuggestions', true),
          },
        ]
      : []),
    // Where all languages are meant, none of them can be taken away.
    ...(language === undefined || languages.includes('*')
      ? []
      : [
          {
            label: languages.includes(language) ? `$(remove) Not in ${language}` : `$(add) Also in ${language}`,
            run: () => change('languages', toggled(languages, language)),
          },
        ]),
    {
      label: '$(gear) Settings',
      run: () => commands.executeCommand('workbench.action.openSettings', 'sequenceLab.inlinePreview'),
    },
  ];
  const picked = await window.showQuickPick(items, { title: 'Inline Preview' });
  await picked?.run();
}

function toggled(list: readonly string[], entry: string): string[] {
  return list.includes(entry) ? list.filter((one) => one !== entry) : [...list, entry];
}

/** Below this, half as much makes no difference that anybody could see. */
const minProbability = 0.001;

function percent(probability: number): string {
  return `${Number((100 * probability).toPrecision(2))} %`;
}

function change(name: string, value: unknown): Promise<void> {
  return changeIn('sequenceLab.inlinePreview', name, value);
}

function changeEditor(name: string, value: unknown): Promise<void> {
  return changeIn('editor', name, value);
}

/** Changes a setting where its value comes from: what the workspace says is stronger than what the user says. */
async function changeIn(section: string, name: string, value: unknown): Promise<void> {
  const target = isSetInWorkspace(name, section) ? ConfigurationTarget.Workspace : ConfigurationTarget.Global;
  await workspace.getConfiguration(section).update(name, value, target);
}

function isSetInWorkspace(name: string, section = 'sequenceLab.inlinePreview'): boolean {
  return workspace.getConfiguration(section).inspect(name)?.workspaceValue !== undefined;
}
