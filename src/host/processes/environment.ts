/**
 * The environment for a process of ours, without what is meant for the editor's own Node.
 * @param environment what the extension host has
 */
export function plainEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(?:VSCODE_|ELECTRON_|NODE_OPTIONS$)/.test(name)),
  );
}

/**
 * The environment for a script of ours that the editor's own program runs: desktop VS Code's is Electron, which is Node
 * when asked.
 * @param tensorflowFolder where TensorFlow for Node was installed by command; undefined where it was not
 */
export function nodeEnvironment(tensorflowFolder: string | undefined): NodeJS.ProcessEnv {
  return {
    ...plainEnvironment(),
    ELECTRON_RUN_AS_NODE: '1',
    ...(tensorflowFolder === undefined ? {} : { SEQUENCE_LAB_TFJS_NODE: tensorflowFolder }),
  };
}
