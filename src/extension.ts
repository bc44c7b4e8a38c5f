import type { ExtensionContext } from 'vscode';

/** Composes the extension: being written. */
export function activate(context: ExtensionContext): void {
  void context;
}
