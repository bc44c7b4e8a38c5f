/** See install.mjs. */
export interface ServerLayout {
  readonly root: string;
  /** The folder to start the server in. */
  readonly vscode: string;
  readonly nodeFolder: string;
  readonly node: string;
}
export function serverLayout(): ServerLayout;
export function isInstalled(): boolean;
