import type { Locator, Page } from 'playwright-core';

import { until } from './wait.ts';
import type { Workbench } from './workbench.ts';

/** The text editor in the window, by what a person sees and types in it. */
export class JsonEditor {
  private readonly page: Page;

  constructor(private readonly window: Workbench) {
    this.page = window.page;
  }

  private get editor(): Locator {
    return this.page.locator('.editor-instance .monaco-editor').first();
  }

  /** Opens a file of the workspace, and waits for its tab. */
  async open(name: string): Promise<void> {
    await this.window.command('Go to File...');
    await this.window.search(name);
    await this.window.pick(new RegExp(name.replaceAll('.', '\\.')));
    await until(async () => (await this.window.tabs()).some((tab) => tab.includes(name)), {
      what: `a tab for ${name}`,
    });
    await this.editor.locator('.view-line').first().waitFor();
  }

  /** Clicks into the text. */
  async focus(): Promise<void> {
    await this.editor.locator('.view-line').first().click();
  }

  /** What stands in the Problems panel, once it is as many: message, source and place. */
  async problems(count: number): Promise<string[]> {
    await this.window.command('Problems: Focus on Problems View');
    const rows = this.page.locator('.markers-panel .monaco-list-row:has(.marker-message-details-container)');
    await until(async () => (await rows.count()) === count, { what: `${count} problems` }).catch(async (error) => {
      throw new Error(`${String(error)}; there were ${JSON.stringify(await rows.allInnerTexts())}`);
    });
    const texts = await rows.allInnerTexts();
    return texts.map((text) => text.replace(/\s+/g, ' ').trim());
  }

  /** The lenses above the text, once one of them says this. */
  async lenses(expected: string): Promise<string[]> {
    const lenses = this.editor.locator('.codelens-decoration > a, .codelens-decoration > span');
    await lenses.filter({ hasText: expected }).first().waitFor();
    const texts = (await lenses.allInnerTexts()).map((text) => text.replaceAll('\u00a0', ' ').trim());
    return texts.filter((text) => text !== '|');
  }

  async clickLens(name: string): Promise<void> {
    await this.editor.locator('.codelens-decoration a', { hasText: name }).first().click();
  }

  /** Puts the cursor before a line and column, from 1. */
  async goTo(line: number, column = 1): Promise<void> {
    await this.window.command('Go to Line/Column...');
    await this.window.answer(`:${line}:${column}`);
  }

  /** Line and column of the cursor, as the status bar says them. */
  async cursor(): Promise<string> {
    return this.page.locator('.statusbar-item[id="status.editor.selection"]').innerText();
  }

  /** What completion offers at the cursor. The list stays open. */
  async offers(): Promise<string[]> {
    const rows = this.page.locator('.suggest-widget.visible .monaco-list-row .label-name');
    await until(
      async () => {
        // The language server may still be on its way to what was typed last.
        if ((await rows.count()) === 0) await this.page.keyboard.press('Control+Space');
        return (await rows.count()) > 0;
      },
      { what: 'completions', every: 500 },
    );
    return rows.allInnerTexts();
  }

  /** What the hover says of a word in the text. */
  async explains(word: string): Promise<string> {
    await this.editor.locator('.view-line span span', { hasText: word }).first().hover();
    const hover = this.page.locator('.monaco-hover:visible .hover-contents').first();
    await hover.waitFor();
    const texts = await this.page.locator('.monaco-hover:visible .hover-contents').allInnerTexts();
    await this.page.mouse.move(5, 5);
    return texts.join('\n');
  }

  /** The text as far as it is in sight. */
  async text(): Promise<string> {
    const lines = await this.editor.locator('.view-line').all();
    const placed = await Promise.all(
      lines.map(async (line) => ({ text: await line.innerText(), top: (await line.boundingBox())?.y ?? 0 })),
    );
    return placed
      .sort((one, other) => one.top - other.top)
      .map(({ text }) => text.replaceAll('\u00a0', ' '))
      .join('\n');
  }
}
