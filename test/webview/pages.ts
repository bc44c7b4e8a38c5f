import type { Browser, BrowserContext, ConsoleMessage, Page, Route } from 'playwright-core';

import type { Panel, PanelOptions } from './panel.ts';
import type { ThemeName } from './themes.ts';
import { rootStyle, themes } from './themes.ts';

const origin = 'http://panel.test';
/** Where a page is while it shows no panel. Its script makes it forget what the last one kept. */
const emptyPath = 'empty';
const emptyDocument = '<!DOCTYPE html><title>Empty</title><script>sessionStorage.clear()</script>';

/**
 * Opens panels in a browser. A page that a panel was in is used for the next one: a new page takes a new process, which costs
 * more than the panel itself. The next panel has a new document in it and finds nothing that the last one kept.
 */
export class PanelPages {
  private readonly free: Page[] = [];
  private readonly documents = new Map<string, string>();
  private shared: Promise<BrowserContext> | undefined;

  /** @param files the scripts and style sheets, as `bundles` makes them */
  constructor(
    private readonly browser: Browser,
    private readonly files: ReadonlyMap<string, string>,
  ) {}

  async open(options: PanelOptions): Promise<Panel> {
    const { size = { width: 1100, height: 800 }, ownContext = false } = options;
    const page = ownContext ? await (await this.newContext()).newPage() : await this.freePage();
    await page.setViewportSize(size);
    const complaints: string[] = [];
    const onConsole = (message: ConsoleMessage): void => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    };
    const onError = (error: Error): void => void complaints.push(String(error));
    page.on('console', onConsole);
    page.on('pageerror', onError);
    const id = String(this.documents.size);
    this.documents.set(id, documentOf(options));
    let isClosed = false;
    const close = async (isSound = true): Promise<void> => {
      if (isClosed) return;
      isClosed = true;
      if (ownContext) return page.context().close();
      const isEmpty = isSound && (await goToEmpty(page));
      page.off('console', onConsole);
      page.off('pageerror', onError);
      if (isEmpty) this.free.push(page);
      else await page.close();
    };
    await page.goto(`${origin}/?${id}`);
    return {
      page,
      complaints,
      host: (method, ...parameters) =>
        page.evaluate(`fakeHost[${JSON.stringify(method)}](...${JSON.stringify(parameters)})`),
      sent: (method) =>
        page.evaluate(
          `fakeHost.sent.filter((message) => message.method === ${JSON.stringify(method)}).map(({ params }) => params)`,
        ),
      sentCount: (method) =>
        page.evaluate(`fakeHost.sent.filter((message) => message.method === ${JSON.stringify(method)}).length`),
      state: () => page.evaluate(`JSON.parse(sessionStorage.getItem('state'))`),
      setTheme: (name) => page.evaluate(themeScript(name)),
      close,
    };
  }

  /** Closes the pages; the browser stays. */
  async close(): Promise<void> {
    await (await this.shared)?.close();
  }

  private async freePage(): Promise<Page> {
    this.shared ??= this.newContext();
    return this.free.pop() ?? (await this.shared).newPage();
  }

  private async newContext(): Promise<BrowserContext> {
    const context = await this.browser.newContext();
    await context.route(`${origin}/**`, (route) => this.answer(route));
    return context;
  }

  private async answer(route: Route): Promise<void> {
    const { pathname, search } = new URL(route.request().url());
    const path = pathname.slice(1);
    const html = path === emptyPath ? emptyDocument : path === '' ? this.documents.get(search.slice(1)) : undefined;
    const file = this.files.get(path);
    if (html !== undefined) await route.fulfill({ contentType: 'text/html', body: html });
    else if (file === undefined) await route.fulfill({ status: 404 });
    else await route.fulfill({ contentType: path.endsWith('.css') ? 'text/css' : 'text/javascript', body: file });
  }
}

/** @returns whether the page is empty now; one that hangs or has crashed is of no more use */
async function goToEmpty(page: Page): Promise<boolean> {
  try {
    await page.goto(`${origin}/${emptyPath}`, { timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

/** A panel's document with VS Code's policy. The scenario and the theme are set before the panel's scripts run. */
function documentOf({ panel: name = 'curves', scenario, theme = 'dark' }: PanelOptions): string {
  const policy = `default-src 'none'; style-src ${origin}; script-src 'nonce-n0'; img-src ${origin} blob: data:; font-src ${origin}`;
  const script = (text: string): string => `<script nonce="n0">${text}</script>`;
  // Names of runs have markup in them, which must not end the script.
  const prepare = `globalThis.scenario = ${JSON.stringify(scenario).replaceAll('<', '\\u003c')};
addEventListener('securitypolicyviolation', (event) => console.error('policy: ' + event.violatedDirective + ' ' + event.sample));`;
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">${script(prepare)}
<link rel="stylesheet" href="${origin}/${name}.css"><title>Sequence Lab</title></head>
<body>${script(themeScript(theme))}<div id="root"></div><script nonce="n0" src="${origin}/host.js"></script><script nonce="n0" src="${origin}/${name}.js"></script></body></html>`;
}

/** The style is set by the object model, which the policy allows, as VS Code does it. */
function themeScript(theme: ThemeName): string {
  return `document.documentElement.style.cssText = ${JSON.stringify(rootStyle(theme))};
    document.body.className = ${JSON.stringify(themes[theme].class)};`;
}
