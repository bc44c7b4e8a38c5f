import { ProgressLocation, window, workspace } from 'vscode';

import { messageOf } from '../../util/errors.ts';
import { plainEnvironment } from '../processes/environment.ts';
import type { Extension } from '../extensionParts.ts';
import { logError, showError } from '../log.ts';
import {
  installedTensorflow,
  installTensorflow as install,
  libraryHost,
  removeTensorflow,
  tensorflowVersion,
} from '../tensorflow/tensorflowInstall.ts';
import { inMessage } from '../text.ts';
import { checkTrust } from '../trust.ts';

const title = 'Install TensorFlow for Node';
let isUnderWay = false;

/** "Install TensorFlow for Node…": after a question that says what is downloaded from where; removes it too. */
export async function installTensorflow(extension: Pick<Extension, 'context' | 'launcher' | 'log'>): Promise<void> {
  if (!checkTrust()) return;
  if (isUnderWay) {
    void window.showInformationMessage('TensorFlow for Node is already being installed.');
    return;
  }
  const wish = await askWhat(extension);
  if (wish === undefined) return;
  isUnderWay = true;
  try {
    if (wish === 'install') await installWithProgress(extension);
    else await remove(extension);
  } finally {
    isUnderWay = false;
  }
}

async function askWhat({ context }: Pick<Extension, 'context'>): Promise<'install' | 'remove' | undefined> {
  const storage = context.globalStorageUri.fsPath;
  const installed = installedTensorflow(storage);
  const detail =
    `npm downloads @tensorflow/tfjs-node ${tensorflowVersion} with about 130 packages from the npm registry (300 MB on ` +
    `disk). Then the package's install script runs and downloads libtensorflow 2.9.1 from ${libraryHost(npmEnvironment())} (several hundred ` +
    `MB on disk). Everything is stored in ${storage}.\n\nIt is an alternative to ONNX Runtime, which is what training uses by default ` +
    'where it has a binary.';
  const [yes, no] = ['Install', 'Remove'];
  if (installed === undefined) {
    const chosen = await window.showWarningMessage('Install TensorFlow for Node?', { modal: true, detail }, yes);
    return chosen === yes ? 'install' : undefined;
  }
  const again = 'Install Again';
  const text = `TensorFlow for Node ${installed.version} is installed.`;
  const chosen = await window.showWarningMessage(text, { modal: true, detail }, again, no);
  return chosen === again ? 'install' : chosen === no ? 'remove' : undefined;
}

async function installWithProgress(extension: Pick<Extension, 'context' | 'launcher' | 'log'>): Promise<void> {
  const { context, launcher, log } = extension;
  const storage = context.globalStorageUri.fsPath;
  const controller = new AbortController();
  // Closing the window ends npm too.
  const ending = { dispose: () => controller.abort() };
  context.subscriptions.push(ending);
  const progress = {
    location: ProgressLocation.Notification,
    title: 'Installing TensorFlow for Node',
    cancellable: true,
  };
  try {
    const { folder } = await window.withProgress(progress, (shown, token) => {
      token.onCancellationRequested(() => controller.abort());
      return install({
        storage,
        environment: npmEnvironment(),
        signal: controller.signal,
        onProgress: (message) => {
          log.info(`${title}: ${message}`);
          shown.report({ message });
        },
        onOutput: (line) => log.info(`npm: ${line}`),
        verify: async (tensorflowFolder, signal) => {
          const request = { name: 'tensorflow', device: 'cpu', threads: 0, measure: false } as const;
          const { description, notices } = await launcher.check(request, { tensorflowFolder, signal });
          const problem = notices.find((notice) => notice.includes(tensorflowFolder));
          if (problem !== undefined) throw new Error(problem);
          log.info(`${title}: ${description} computes`);
        },
      });
    });
    log.info(`${title}: installed in ${folder}`);
    const text = `TensorFlow for Node ${tensorflowVersion} is installed. Runs that start from now on can use it.`;
    void window.showInformationMessage(text);
  } catch (error) {
    if (controller.signal.aborted) {
      log.info(`${title}: cancelled; nothing was kept`);
      return;
    }
    logError(log, title, error);
    const [showLog, again] = ['Show Output', 'Try Again'];
    const text = inMessage(`TensorFlow for Node was not installed. ${messageOf(error)}`);
    void window.showErrorMessage(text, showLog, again).then((chosen) => {
      if (chosen === showLog) log.show();
      if (chosen === again) return installTensorflow(extension);
    });
  } finally {
    const at = context.subscriptions.indexOf(ending);
    if (at >= 0) context.subscriptions.splice(at, 1);
  }
}

/** npm and the install script take a proxy from the environment; VS Code has a setting for it. */
function npmEnvironment(): NodeJS.ProcessEnv {
  const environment = plainEnvironment();
  const proxy = workspace.getConfiguration('http').get<unknown>('proxy');
  const isSet = Object.keys(environment).some((name) => /^https?_proxy$/i.test(name));
  return typeof proxy === 'string' && proxy !== '' && !isSet ? { ...environment, HTTPS_PROXY: proxy } : environment;
}

async function remove({ context, log }: Pick<Extension, 'context' | 'log'>): Promise<void> {
  try {
    const progress = { location: ProgressLocation.Notification, title: 'Removing TensorFlow for Node' };
    await window.withProgress(progress, () => removeTensorflow(context.globalStorageUri.fsPath));
    log.info('TensorFlow for Node was removed');
    void window.showInformationMessage('TensorFlow for Node was removed.');
  } catch (error) {
    showError(log, 'Remove TensorFlow for Node', error);
  }
}
