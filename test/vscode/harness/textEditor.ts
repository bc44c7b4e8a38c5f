import type { Locator } from 'playwright-core';

import { until } from './wait.ts';
import type { Workbench } from './workbench.ts';

/** The text editor in front, by what a person sees and types in it. */
export class TextEditorPage {
  constructor(private readonly window: Workbench) {}

  private get editor(): Locator {
    return this.window.page.locator('.editor-group-container.active .monaco-editor[role="code"]').first();
  }

  private get lines(): Locator {
    return this.editor.locator('.view-lines .view-line');
  }

  /** Opens a file of the workspace. */
  async open(name: string): Promise<void> {
    await this.window.command('Go to File...');
    await this.window.search(name);
    await this.window.pick(new RegExp(`^${name.replace('.', '\\.')}`));
    await this.window.page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
    await this.focus();
  }

  async focus(): Promise<void> {
    await this.editor.locator('.native-edit-context, textarea.inputarea').first().focus();
  }

  async type(text: string): Promise<void> {
    await this.window.page.keyboard.type(text, { delay: 10 });
  }

  /** Types a text in place of all that is there. */
  async replaceAll(text: string): Promise<void> {
    await this.focus();
    await this.window.page.keyboard.press('Control+A');
    await this.window.page.keyboard.press('Delete');
    await this.type(text);
  }

  /** What stands on the first line, without ghost text. */
  text(): Promise<string> {
    return this.parts('span span:not([class*="ghost-text"])');
  }

  /** All that is in sight, as if it were one line. */
  async textInSight(): Promise<string> {
    // The order in the page is not that of the lines.
    const placed = await this.window.page.evaluate<{ top: number; text: string }[]>(
      `[...document.querySelectorAll('.editor-group-container.active .view-lines .view-line')].map((line) => ({
        top: parseFloat(line.style.top),
        text: line.textContent,
      }))`,
    );
    const sorted = placed.sort((a, b) => a.top - b.top).map(({ text }) => text);
    return sorted.join('').replaceAll('\u00a0', ' ');
  }

  /** The ghost text of the first line; '' where there is none. */
  ghostText(): Promise<string> {
    return this.parts('[class*="ghost-text"]');
  }

  /** Parts of the text in sight that have a background of their own. */
  async coloured(): Promise<string[]> {
    const texts = await this.lines.locator('span span[class*="ced-"]').allTextContents();
    return texts.map((text) => text.replaceAll('\u00a0', ' '));
  }

  async hoverOver(text: string): Promise<void> {
    await this.lines.getByText(text, { exact: true }).first().hover();
  }

  /** What the hover that is open says, once it says this. */
  async hoverText(pattern: RegExp): Promise<string> {
    const hover = this.window.page.locator('.monaco-hover:visible .hover-contents').first();
    const said = async (): Promise<string | undefined> => {
      const text = (await hover.innerText({ timeout: 1000 }).catch(() => '')).replaceAll('\u00a0', ' ');
      return pattern.test(text) ? text : undefined;
    };
    return until(said, { what: `a hover that says ${String(pattern)}` });
  }

  /** @param expected what it must be; left out: anything */
  async waitForGhost(expected?: string): Promise<string> {
    const is = async (): Promise<{ ghost: string } | undefined> => {
      const ghost = await this.ghostText();
      return (expected === undefined ? ghost !== '' : ghost === expected) ? { ghost } : undefined;
    };
    const what = expected === undefined ? 'ghost text' : `the ghost text “${expected}”`;
    return (await until(is, { what, milliseconds: 30_000 })).ghost;
  }

  /**
   * That nothing is suggested on the first line, though it was asked for just now.
   * @throws Error with what was seen
   */
  async expectNoGhost(): Promise<void> {
    await this.window.command('Trigger Inline Suggestion');
    await this.expectNoGhostUnasked();
  }

  /** That nothing is suggested on the first line by itself. @throws Error with what was seen */
  expectNoGhostUnasked(): Promise<void> {
    return this.staysWithout('ghost text', () => this.ghostText());
  }

  /** That no part of the text in sight gets a background of its own. @throws Error with what was seen */
  async expectNoColours(): Promise<void> {
    await this.staysWithout('colours', async () => (await this.coloured()).join(' '));
  }

  /** Nothing comes after it for which one could wait: it is looked at for longer than it ever took to come. */
  private async staysWithout(what: string, look: () => Promise<string>): Promise<void> {
    let looks = 0;
    const isSeen = async (): Promise<boolean> => {
      const seen = await look();
      if (seen !== '') throw new Error(`${what} where none may be: ${seen}`);
      return ++looks === 3;
    };
    await until(isSeen, { what: `no ${what}`, every: 500 });
  }

  /** @returns when there is no ghost text on any line */
  waitForNoGhost(): Promise<void> {
    return this.lines.locator('[class*="ghost-text"]').first().waitFor({ state: 'hidden' });
  }

  /** The texts of parts of the first line, as one. */
  private async parts(selector: string): Promise<string> {
    const texts = await this.lines.first().locator(selector).allTextContents();
    return texts.join('').replaceAll('\u00a0', ' ');
  }
}
