import type { TestProject } from 'vitest/node';
import { bundles, haveBrowser, serveBrowser } from './panel.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The scripts and style sheets of the panels, as `bundles` makes them. */
    panelFiles: readonly (readonly [name: string, text: string])[];
    /** Where to connect to the browser; nothing where there is none. */
    browser: string;
  }
}

/** Bundles the panels and starts the browser, once for all files. @returns closes it */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('panelFiles', haveBrowser ? [...(await bundles())] : []);
  const server = haveBrowser ? await serveBrowser() : undefined;
  project.provide('browser', server?.wsEndpoint() ?? '');
  return async () => server?.close();
}
