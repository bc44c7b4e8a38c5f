// First: what it does must be in place before schemas are made.
import './jitless.ts';

import { HOST_EXTENSION } from 'vscode-messenger-common';
import { Messenger } from 'vscode-messenger-webview';

import type { NotificationMessage } from '../../src/protocol/message.ts';
import type { PanelNews, PanelRequest } from '../../src/protocol/panel.ts';
import { panelNotices } from '../../src/protocol/panel.ts';
import { wordsOf } from './panelHost.ts';

/**
 * The panel's end of the messages, and what VS Code keeps of the panel over a reload. What the host sends is not checked
 * again: it is of the same package and has checked what other processes sent it. What a page sends, the host checks.
 */
export interface Host {
  /** Asks the host. @throws Error with the host's words */
  request<P, R>(message: PanelRequest<P, R>, params: P): Promise<R>;
  notify<P>(message: NotificationMessage<P>, params: P): void;
  /** Takes one kind of the host's news. Where `take` throws, that is reported and the next are taken all the same. */
  on<P>(message: PanelNews<P>, take: (params: P) => void): void;
  /** Starts to listen; what was sent before is lost. */
  start(): void;
  /** What was kept, of any shape. */
  kept(): unknown;
  keep(state: unknown): void;
}

/** The host hears of a state that changes with each key no more often than that, and of the last one. */
const keepingMilliseconds = 300;

/** Connects to VS Code. Once a page: `acquireVsCodeApi` allows one call. */
export function connectHost(): Host {
  const api = acquireVsCodeApi<unknown>();
  const messenger = new Messenger(api);
  let last: unknown;
  let keeping: ReturnType<typeof setTimeout> | undefined;
  const notify: Host['notify'] = (message, params) => {
    messenger.sendNotification({ method: message.method }, HOST_EXTENSION, params);
  };
  return {
    request<P, R>({ method }: PanelRequest<P, R>, params: P): Promise<R> {
      return messenger.sendRequest<P, R>({ method }, HOST_EXTENSION, params).catch((error: unknown) => {
        throw new Error(wordsOf(error));
      });
    },
    notify,
    on<P>({ method }: PanelNews<P>, take: (params: P) => void) {
      messenger.onNotification<P>({ method }, (params) => {
        try {
          take(params);
        } catch (error) {
          console.error(wordsOf(error));
        }
      });
    },
    start: () => messenger.start(),
    kept: () => api.getState() ?? keptByHost(),
    keep(state) {
      api.setState(state);
      last = state;
      keeping ??= setTimeout(() => {
        keeping = undefined;
        notify(panelNotices.keep, { state: last });
      }, keepingMilliseconds);
    },
  };
}

/** What the host has kept of a panel whose extension host died: it stands in the page. */
function keptByHost(): unknown {
  const kept = document.getElementById('root')?.dataset['kept'];
  return kept === undefined ? undefined : JSON.parse(kept);
}
