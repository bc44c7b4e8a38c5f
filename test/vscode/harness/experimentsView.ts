import type { Locator, Page } from 'playwright-core';

import { literally, until } from './wait.ts';

export interface TreeRow {
  readonly label: string;
  readonly description: string;
  /** The name of its product icon: `debug-pause`. */
  readonly icon: string;
  /** 1 for runs. */
  readonly level: number;
  /** What a screen reader says. */
  readonly said: string;
}

/** What is read of an element in the page. */
interface PageElement {
  readonly className: string;
  readonly textContent: string | null;
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
}

/** Runs in the page: all rows at one moment. */
const readRows = (rows: unknown): TreeRow[] =>
  (rows as PageElement[]).map((row) => ({
    label: row.querySelector('.label-name')?.textContent ?? '',
    description: row.querySelector('.label-description')?.textContent ?? '',
    icon: /codicon-([\w-]+)/.exec(row.querySelector('.custom-view-tree-node-item-icon')?.className ?? '')?.[1] ?? '',
    level: Number(row.getAttribute('aria-level')),
    said: row.getAttribute('aria-label') ?? '',
  }));

/** The view of the extension in the side bar. */
export class ExperimentsView {
  constructor(private readonly page: Page) {}

  private get sideBar(): Locator {
    return this.page.locator('.part.sidebar');
  }

  private get allRows(): Locator {
    return this.sideBar.locator('.customview-tree .monaco-list-row');
  }

  /** A run, or what is under it, by its label. */
  private row(label: string): Locator {
    const name = this.page.locator('.label-name', { hasText: new RegExp(`^${literally(label)}$`) });
    return this.allRows.filter({ has: name }).first();
  }

  /** Opens the view by its icon in the activity bar. */
  async open(): Promise<void> {
    const title = this.sideBar.locator('h2', { hasText: 'Sequence Lab' });
    if (!(await title.isVisible()))
      await this.page.locator('.activitybar [aria-label^="Sequence Lab"]').first().click();
    await title.waitFor();
  }

  /** The text of the view where it is empty, once it says what is expected, and its buttons. */
  async welcome(expected: string): Promise<{ text: string; buttons: string[] }> {
    // For a moment, until VS Code knows whether the folder is trusted, every window is in Restricted Mode.
    const view = this.sideBar.locator('.welcome-view-content').filter({ hasText: expected });
    await view.waitFor();
    return {
      text: await view.innerText(),
      buttons: await view.locator('.monaco-button').allInnerTexts(),
    };
  }

  async welcomeButton(name: string): Promise<void> {
    await this.sideBar.locator('.welcome-view-content').getByRole('button', { name, exact: true }).click();
  }

  /** What stands above the rows, once something does. */
  async message(): Promise<string> {
    const message = this.sideBar.locator('.tree-explorer-viewlet-tree-view .message:visible');
    await message.waitFor();
    return message.innerText();
  }

  /** The rows in sight, from the top. */
  rows(): Promise<TreeRow[]> {
    return this.allRows.evaluateAll(readRows);
  }

  /** The runs in sight, newest first. */
  async runs(): Promise<TreeRow[]> {
    return (await this.rows()).filter(({ level }) => level === 1);
  }

  /** Waits for a run that is as it should be. @returns its row */
  runWhere(
    what: string,
    test: (row: TreeRow) => boolean,
    { milliseconds = 20_000 }: { milliseconds?: number } = {},
  ): Promise<TreeRow> {
    let seen: TreeRow[] = [];
    const probe = async (): Promise<TreeRow | undefined> => (seen = await this.runs()).find(test);
    return until(probe, { what: `a run that is ${what}`, milliseconds }).catch((error: unknown) => {
      throw new Error(`${String(error)}; there were ${JSON.stringify(seen)}`);
    });
  }

  /** Clicks a row, as one who wants to see or to open it. */
  async click(label: string): Promise<void> {
    await this.row(label).click();
  }

  async expand(label: string): Promise<void> {
    const row = this.row(label);
    if ((await row.getAttribute('aria-expanded')) !== 'true') await row.locator('.monaco-tl-twistie').click();
    await until(async () => (await row.getAttribute('aria-expanded')) === 'true', { what: `${label} to unfold` });
  }

  /** The actions that a row shows under the mouse. */
  async inlineActions(label: string): Promise<string[]> {
    const row = this.row(label);
    await row.hover();
    const actions = await row.locator('.actions .action-label').all();
    return Promise.all(actions.map(async (action) => (await action.getAttribute('aria-label')) ?? ''));
  }

  async inlineAction(label: string, action: string): Promise<void> {
    const row = this.row(label);
    await row.hover();
    await row.locator(`.actions .action-label[aria-label="${action}"]`).click();
  }

  /** The items of a row's context menu. */
  async contextMenu(label: string): Promise<string[]> {
    await this.row(label).click({ button: 'right' });
    const items = this.page.locator('.monaco-menu .action-menu-item .action-label');
    await items.first().waitFor();
    const texts = await items.allInnerTexts();
    await this.page.keyboard.press('Escape');
    return texts.map((text) => text.trim()).filter((text) => text !== '');
  }

  async contextAction(label: string, action: string): Promise<void> {
    await this.row(label).click({ button: 'right' });
    const item = this.page.getByRole('menuitem', { name: action, exact: true });
    await item.waitFor();
    // A menu does not hear the mouse in its first tenth of a second.
    await until(
      async () => {
        await item.click({ timeout: 1000 }).catch(() => undefined);
        return !(await item.isVisible());
      },
      { what: `the menu to close on ${action}`, every: 100 },
    );
  }

  /** An action in the title of the view. */
  async titleAction(action: string): Promise<void> {
    await this.sideBar.locator(`.composite.title .action-label[aria-label="${action}"]`).click();
  }
}
