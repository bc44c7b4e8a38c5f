import type { TestProject } from 'vitest/node';
import { bundles, haveBrowser } from './panel.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The scripts and style sheets of the panels, as `bundles` makes them. */
    panelFiles: readonly (readonly [name: string, text: string])[];
  }
}

/** Bundles the panels, once for all files. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide('panelFiles', haveBrowser ? [...(await bundles())] : []);
}
