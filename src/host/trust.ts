import { commands, window, workspace } from 'vscode';

import { ConfigurationError } from '../util/errors.ts';

/** What is said wherever a process would have to be started or steered in a folder that is not trusted. */
export const restrictedMode =
  'This folder is open in Restricted Mode, in which Sequence Lab does not start or control any process. Trust the folder to train models in it and to use trained ones.';

/** The last gate before a process. @throws ConfigurationError in Restricted Mode */
export function requireTrust(): void {
  if (!workspace.isTrusted) throw new ConfigurationError(restrictedMode);
}

/** Whether the folder is trusted; where it is not, says so and offers to change that. */
export function checkTrust(): boolean {
  if (workspace.isTrusted) return true;
  const manage = 'Manage Workspace Trust';
  void window.showWarningMessage(restrictedMode, manage).then((chosen) => {
    if (chosen === manage) void commands.executeCommand('workbench.trust.manage');
  });
  return false;
}
