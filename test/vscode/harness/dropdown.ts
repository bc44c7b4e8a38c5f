import type { Frame } from 'playwright-core';

import { until } from './wait.ts';

/** Chooses in a dropdown of a panel. One that VS Code closed, by giving the focus to something else, is opened again. */
export async function chooseIn(frame: Frame, control: string, option: string | RegExp): Promise<void> {
  const dropdown = frame.locator(`vscode-dropdown[data-control="${control}"]:visible`);
  const wanted = dropdown.locator('vscode-option', { hasText: option }).first();
  const chosen = async (): Promise<boolean> => {
    if (!(await wanted.isVisible())) await dropdown.click();
    return wanted.click({ timeout: 3000 }).then(
      () => true,
      () => false,
    );
  };
  await until(chosen, { what: `“${String(option)}” in the dropdown “${control}”` });
}
