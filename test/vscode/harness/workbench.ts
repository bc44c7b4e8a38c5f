import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Frame, Locator, Page } from 'playwright-core';

import { CurvesPanel } from './curvesPanel.ts';
import { ExperimentsView } from './experimentsView.ts';
import type { Server } from './server.ts';
import { literally, until } from './wait.ts';

const screenshots = resolve(
  process.env.SEQUENCE_LAB_SCREENSHOTS ?? join(import.meta.dirname, '..', '..', '..', '.vscode-test', 'screenshots'),
);

/** Files that the server does not have, and of which the workbench complains. */
const missing = /vsda|service ?worker|favicon|update\/check/i;

/** Whether an error on the browser's console is ours: not the workbench's own, or one that it tells of our extension. */
function isOurs(text: string, url: string): boolean {
  if (/Extension host .*terminated unexpectedly/.test(text)) return false;
  if (url.endsWith('/workbench.js')) return text.includes('sequence-lab.sequence-lab');
  return !missing.test(text + url) && !/bad HTTP response code .*script/.test(text);
}

export const themes = {
  dark: 'Default Dark Modern',
  light: 'Default Light Modern',
  highContrast: 'Default High Contrast',
  highContrastLight: 'Default High Contrast Light',
} as const;

/** A window of VS Code, by what a person sees and does in it. */
export class Workbench {
  /** What went wrong in the page and in its webviews, without what is the server's own. */
  readonly errors: string[] = [];
  /** Texts of alert(), confirm() and prompt(): nothing of ours opens any. */
  readonly alerts: string[] = [];
  readonly experiments: ExperimentsView;

  private constructor(
    readonly page: Page,
    private readonly server: Server,
  ) {
    this.experiments = new ExperimentsView(page);
    page.on('console', (message) => {
      const { url } = message.location();
      if (message.type() === 'error' && isOurs(message.text(), url)) this.errors.push(`${message.text()} (${url})`);
    });
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('dialog', (dialog) => {
      this.alerts.push(dialog.message());
      void dialog.dismiss();
    });
  }

  static async open(page: Page, server: Server, folder: string): Promise<Workbench> {
    const workbench = new Workbench(page, server);
    await page.goto(`${server.url}/?folder=${encodeURIComponent(folder)}`);
    await workbench.isReady();
    return workbench;
  }

  private async isReady(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar .statusbar-item').first().waitFor();
    await this.page.locator('.activitybar [aria-label^="Sequence Lab"]').first().waitFor();
  }

  /**
   * Reloads the window by VS Code's command, which keeps what is open; the browser's own reload may lose what was opened
   * in the last seconds.
   *
   * @returns when the workbench is there again; views and panels may still be on their way
   */
  async reload(): Promise<void> {
    // Together, so that a failure of one does not leave the other's unhandled.
    await Promise.all([this.page.waitForEvent('domcontentloaded'), this.command('Developer: Reload Window')]);
    await this.isReady();
  }

  async close(): Promise<void> {
    await this.page.close();
  }

  // Commands, quick picks, inputs

  private get quickInput(): Locator {
    return this.page.locator('.quick-input-widget:visible');
  }

  private get quickInputRows(): Locator {
    return this.quickInput.locator('.quick-input-list .monaco-list-row');
  }

  /** Runs a command from the palette. @param title as the palette shows it: `Sequence Lab: Train PTB model` */
  async command(title: string): Promise<void> {
    const option = new RegExp(`^${literally(title)}(,|$)`);
    try {
      await (await this.inPalette(title, option)).click({ timeout: 3000 });
    } catch {
      // An editor that was just being opened took the focus, and with it the palette: a person tries once more.
      await (await this.inPalette(title, option)).click();
    }
  }

  /** Types into the palette. A window that has just been opened learns of an extension's commands a little later. */
  private async inPalette(text: string, option: RegExp): Promise<Locator> {
    const row = this.quickInput.getByRole('option', { name: option }).first();
    for (let trial = 1; ; trial++) {
      try {
        // A key pressed while a webview with the focus is being loaded is lost, so that no palette may open.
        await this.page.keyboard.press('F1');
        await this.quickInput.locator('input.input').fill(`>${text}`, { timeout: 3000 });
        await row.waitFor({ timeout: 3000 });
        return row;
      } catch (error) {
        if (trial === 5) throw error;
        await this.dismiss();
      }
    }
  }

  /** What the palette offers for a text. */
  async paletteFor(text: string): Promise<string[]> {
    await this.inPalette(text, new RegExp(literally(text)));
    const labels: string[] = [];
    const rows = this.quickInputRows;
    // The list draws only what is in sight: go through it once.
    const count = Number(await rows.first().getAttribute('aria-setsize'));
    for (let index = 0; index < count; index++) {
      const focused = this.quickInput.locator('.monaco-list-row.focused');
      labels.push((await focused.getAttribute('aria-label')) ?? '');
      await this.page.keyboard.press('ArrowDown');
    }
    await this.dismiss();
    return labels;
  }

  /** The items of the quick pick that is open: label, description and detail in one text. */
  async quickPickItems(): Promise<string[]> {
    await this.quickInputRows.first().waitFor();
    const rows = await this.quickInputRows.all();
    return Promise.all(rows.map(async (row) => (await row.getAttribute('aria-label')) ?? ''));
  }

  /** Picks the first item whose label, description and detail match. */
  async pick(item: string | RegExp): Promise<void> {
    await this.quickInput.getByRole('option', { name: item }).first().click();
  }

  /** Types into the quick pick that is open. */
  async search(text: string): Promise<void> {
    await this.quickInput.locator('input.input').fill(text);
  }

  /** Types into the input that is open, and accepts. */
  async answer(text: string): Promise<void> {
    await this.quickInput.locator('input.input').fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** What is said under the input that is open: prompt or problem. */
  quickInputMessage(): Promise<string> {
    return this.quickInput.locator('.quick-input-message').innerText();
  }

  /** Closes the quick pick or input that is open. */
  async dismiss(): Promise<void> {
    await this.page.keyboard.press('Escape');
    await this.quickInput.waitFor({ state: 'hidden' });
  }

  // Notifications and dialogs

  private notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-list-item:visible').filter({ hasText: text }).first();
  }

  /** @returns the text of the first notification that matches, once it is there */
  async notificationSays(text: string | RegExp, milliseconds = 15_000): Promise<string> {
    const message = this.notification(text).locator('.notification-list-item-message');
    await message.waitFor({ timeout: milliseconds });
    return message.innerText();
  }

  async notifications(): Promise<string[]> {
    return this.page.locator('.notification-list-item:visible .notification-list-item-message').allInnerTexts();
  }

  async notificationButton(text: string | RegExp, button: string): Promise<void> {
    await this.notification(text).getByRole('button', { name: button, exact: true }).click();
  }

  async clearNotifications(): Promise<void> {
    await this.command('Notifications: Clear All Notifications');
    await this.page.locator('.notification-list-item:visible').first().waitFor({ state: 'hidden' });
  }

  /** The modal dialog that is open: what it says, and its buttons. */
  async dialog(): Promise<{ message: string; buttons: string[] }> {
    const box = this.page.locator('.monaco-dialog-box');
    await box.waitFor();
    return {
      message: await box.locator('.dialog-message-row').innerText(),
      buttons: await box.locator('.dialog-buttons .monaco-button').allInnerTexts(),
    };
  }

  async dialogButton(name: string): Promise<void> {
    await this.page.locator('.monaco-dialog-box').getByRole('button', { name, exact: true }).click();
    await this.page.locator('.monaco-dialog-box').waitFor({ state: 'hidden' });
  }

  // Everything else in the window

  /** Milliseconds that our extension took to be activated, as VS Code counts them. */
  async activationTime(): Promise<number> {
    await this.command('Developer: Show Running Extensions');
    const row = this.page.locator('.runtime-extensions-editor .extension', { hasText: 'Sequence Lab' }).first();
    const text = await row.locator('.activation-time').innerText();
    await this.page.keyboard.press('Escape');
    await row.waitFor({ state: 'hidden' });
    return Number(/(\d+) ?ms/.exec(text)?.[1]);
  }

  private statusBarItem(name: 'training' | 'inlinePreview'): Locator {
    return this.page.locator(`.statusbar-item[id="sequence-lab.sequence-lab.sequenceLab.${name}"]:visible`);
  }

  /** What a status bar item of the extension says; undefined where it is not shown. */
  async statusBar(name: 'training' | 'inlinePreview' = 'training'): Promise<string | undefined> {
    return (await this.statusBarItem(name).allInnerTexts())[0]?.trim();
  }

  /** What a status bar item is called for who cannot see it. */
  async statusBarLabel(name: 'training' | 'inlinePreview'): Promise<string> {
    return (await this.statusBarItem(name).locator('a').first().getAttribute('aria-label')) ?? '';
  }

  async clickStatusBar(name: 'training' | 'inlinePreview' = 'training'): Promise<void> {
    await this.statusBarItem(name).first().click();
  }

  /** Titles of the editors that are open. */
  async tabs(): Promise<string[]> {
    const tabs = await this.page.locator('.tabs-container .tab').all();
    return Promise.all(tabs.map(async (tab) => (await tab.getAttribute('aria-label')) ?? ''));
  }

  async closeAllEditors(): Promise<void> {
    await this.command('View: Close All Editors');
  }

  /**
   * The inner frame of a webview, where its document is.
   *
   * @param title of its document
   */
  webview(title: string | RegExp, milliseconds = 15_000): Promise<Frame> {
    const isIt = (text: string): boolean => (typeof title === 'string' ? text === title : title.test(text));
    return until(
      async () => {
        for (const frame of this.page.frames()) {
          const outer = frame.parentFrame();
          if (outer === null || outer === this.page.mainFrame()) continue;
          const text = await frame.title().catch(() => undefined);
          if (text !== undefined && text !== '' && isIt(text)) return frame;
        }
        return undefined;
      },
      { what: `the panel ${String(title)}`, milliseconds },
    );
  }

  /** The loss curves panel, once it is there. */
  async curves(): Promise<CurvesPanel> {
    return new CurvesPanel(await this.webview('Loss Curves'));
  }

  /** @returns when the window wears the theme */
  async wear(theme: keyof typeof themes): Promise<void> {
    this.server.change({ 'workbench.colorTheme': themes[theme] });
    const kind = { dark: 'vs-dark', light: 'vs', highContrast: 'hc-black', highContrastLight: 'hc-light' }[theme];
    await this.page.locator(`.monaco-workbench.${kind}`).waitFor();
  }

  /** Saves what a person sees, for a person to look at. @returns the file */
  async screenshot(name: string): Promise<string> {
    mkdirSync(screenshots, { recursive: true });
    const path = join(screenshots, `${name}.png`);
    await this.page.screenshot({ path });
    return path;
  }
}
