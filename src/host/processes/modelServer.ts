import { window } from 'vscode';
import type { Disposable } from 'vscode';

import type { RequestMessage } from '../../protocol/message.ts';
import { inference } from '../../protocol/inference.ts';
import { nodeEnvironment } from './environment.ts';
import type { Log } from '../log.ts';
import { logError } from '../log.ts';
import { ServerProcess } from './serverProcess.ts';
import type { AskOptions } from './serverProcess.ts';
import { inMessage } from '../text.ts';
import { requireTrust } from '../trust.ts';

interface ModelServerParts {
  /** The model server's script. */
  readonly script: string;
  /** For what the process prints. */
  readonly logFolder: string;
  readonly log: Log;
  /** Where TensorFlow for Node was installed by command; undefined where it was not. */
  readonly tensorflowFolder: () => string | undefined;
}

/** The process of this window that reads trained networks and answers about them. It is there only while it is needed. */
export class ModelServer implements Disposable {
  private readonly server: ServerProcess;
  /** Sentences that were shown: a person reads each once. */
  private readonly shown = new Set<string>();

  constructor({ script, logFolder, log, tensorflowFolder }: ModelServerParts) {
    this.server = new ServerProcess({
      script,
      logFolder,
      environment: () => nodeEnvironment(tensorflowFolder()),
      onLog: (sentence) => log.info(sentence),
      onNotice: (sentence) => {
        log.warn(sentence);
        if (this.shown.has(sentence)) return;
        this.shown.add(sentence);
        void window.showWarningMessage(inMessage(sentence));
      },
      onProblem: (error) => logError(log, 'The model server sent an invalid message', error),
    });
  }

  /** The id of the process; undefined while there is none. */
  get pid(): number | undefined {
    return this.server.pid;
  }

  /**
   * Asks the server, which is started where it does not run. Leave `ticket` out: it is set where news are wanted.
   * @throws Error with the reason in words; ConfigurationError in Restricted Mode
   */
  async ask<P, R>(message: RequestMessage<P, R>, params: P, options: AskOptions = {}): Promise<R> {
    requireTrust();
    return this.server.ask(message, params, options);
  }

  /** What uses the server for longer holds it. When all have let go, the process ends after a moment. */
  retain(): Disposable {
    return this.server.retain();
  }

  /**
   * A run has saved other weights: who asks from now on is answered by them. The server itself looks for newer ones once a
   * second only; one that does not run is not started for it.
   * @throws what ask throws
   */
  async renew(folder: string): Promise<void> {
    if (this.pid !== undefined) await this.ask(inference.open, { model: { folder } });
  }

  /** A run is about to be deleted: its files are let go. */
  async forget(folder: string): Promise<void> {
    if (this.pid !== undefined) await this.ask(inference.close, { folder });
  }

  dispose(): void {
    this.server.dispose();
  }
}
