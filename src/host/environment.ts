/**
 * The environment for a process of ours, without what is meant for the editor's own Node.
 * @param environment what the extension host has
 */
export function plainEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(?:VSCODE_|ELECTRON_|NODE_OPTIONS$)/.test(name)),
  );
}
