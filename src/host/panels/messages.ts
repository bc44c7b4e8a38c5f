import { Messenger } from 'vscode-messenger';
import type { WebviewIdMessageParticipant } from 'vscode-messenger-common';
import type { Disposable, WebviewPanel } from 'vscode';

import type { NotificationMessage } from '../../protocol/message.ts';
import { received } from '../../protocol/message.ts';
import type { PanelNews, PanelRequest } from '../../protocol/panel.ts';
import { messageOf } from '../../util/errors.ts';

/** What a panel asked for is not wanted any more: it is answered, but nothing has gone wrong. */
export class CancelledError extends Error {
  constructor(options?: ErrorOptions) {
    super('not wanted any more', options);
    this.name = 'CancelledError';
  }
}

/** The messages of one panel: what it says is checked, what throws is logged and answered with the error. */
export class PanelMessages implements Disposable {
  private readonly messenger = new Messenger();
  private readonly panel: WebviewIdMessageParticipant;
  private readonly handlers: Disposable[] = [];

  constructor(
    panel: WebviewPanel,
    private readonly onProblem: (what: string, error: unknown) => void,
  ) {
    this.panel = this.messenger.registerWebviewPanel(panel);
  }

  onRequest<P, R>(message: PanelRequest<P, R>, handler: (params: P) => R | Promise<R>): void {
    const { method, params } = message;
    const answer = async (value: unknown): Promise<R> => {
      try {
        return await handler(received(method, params, value));
      } catch (error) {
        if (!(error instanceof CancelledError)) this.onProblem(method, error);
        throw new Error(messageOf(error), { cause: error });
      }
    };
    this.handlers.push(this.messenger.onRequest<unknown, R>({ method }, answer));
  }

  onNotification<P>(message: NotificationMessage<P>, handler: (params: P) => unknown): void {
    const { method, params } = message;
    const take = async (value: unknown): Promise<void> => {
      try {
        await handler(received(method, params, value));
      } catch (error) {
        this.onProblem(method, error);
      }
    };
    this.handlers.push(this.messenger.onNotification<unknown>({ method }, (value) => void take(value)));
  }

  /** Tells the panel something. Lost while it is hidden. */
  send<P>(message: PanelNews<P>, params: P): void {
    this.messenger.sendNotification<P>({ method: message.method }, this.panel, params);
  }

  dispose(): void {
    for (const handler of this.handlers) handler.dispose();
  }
}
