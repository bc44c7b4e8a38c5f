import { commands, ConfigurationTarget, window, workspace } from 'vscode';

import { isWhole, nameOf } from '../experiments.ts';
import type { Extension } from '../extensionParts.ts';
import { isPreviewed, languageInFront } from '../inlinePreview.ts';
import { setting } from '../settings.ts';
import { inLabel } from '../text.ts';
import { checkTrust } from '../trust.ts';
import { chooseRun } from './chooseRun.ts';

/** The run of the menu that was used, or one that is picked, suggests in editors from now on. */
export async function useForInlinePreview(extension: Extension, argument?: unknown): Promise<void> {
  if (!checkTrust()) return;
  const title = 'Use for Inline Preview';
  const run = await chooseRun(extension, argument, { title, none: 'There are no runs yet.', fits: isWhole });
  if (run === undefined) return;
  await extension.inlinePreview.choose(run.folder);
  if (!setting('inlinePreview.enabled')) await change('enabled', true);
  const languages = setting('inlinePreview.languages').join(', ');
  const how = setting('inlinePreview.trigger') === 'manual' ? ' when it is triggered' : '';
  window.setStatusBarMessage(inLabel(`${nameOf(run)} suggests the next words in ${languages}${how}`), 5000);
}

/** No run suggests any more. */
export async function stopInlinePreview({ inlinePreview }: Extension): Promise<void> {
  if (inlinePreview.chosen === undefined) void window.showInformationMessage('No run is used for the inline preview.');
  else await inlinePreview.choose(undefined);
}

/** What the status bar's item offers. */
export async function inlinePreviewOptions(extension: Extension): Promise<void> {
  const isChosen = extension.inlinePreview.chosen !== undefined;
  const isOn = setting('inlinePreview.enabled');
  const isAutomatic = setting('inlinePreview.trigger') === 'automatic';
  const language = languageInFront();
  const items = [
    {
      label: isChosen ? '$(arrow-swap) Use Another Run…' : '$(play) Choose a Run…',
      run: () => useForInlinePreview(extension),
    },
    ...(isChosen ? [{ label: '$(close) Use No Run', run: () => stopInlinePreview(extension) }] : []),
    {
      label: isOn ? '$(circle-slash) Turn Off' : '$(check) Turn On',
      run: () => change('enabled', !isOn),
    },
    {
      label: isAutomatic ? '$(keyboard) Suggest Only When Triggered' : '$(zap) Suggest While Typing',
      run: () => change('trigger', isAutomatic ? 'manual' : 'automatic'),
    },
    ...(language === undefined
      ? []
      : [
          {
            label: isPreviewed(language) ? `$(remove) Not in ${language}` : `$(add) Also in ${language}`,
            run: () => change('languages', toggled(setting('inlinePreview.languages'), language)),
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

async function change(name: string, value: unknown): Promise<void> {
  await workspace.getConfiguration('sequenceLab.inlinePreview').update(name, value, ConfigurationTarget.Global);
}
