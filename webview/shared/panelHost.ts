import type { PanelNews, PanelRequest } from '../../src/protocol/panel.ts';

/** The extension host as far as this panel needs it: what `connectHost` gives, without the page that it needs. */
export interface PanelHost {
  request<P, R>(message: PanelRequest<P, R>, params: P): Promise<R>;
  on<P>(message: PanelNews<P>, take: (params: P) => void): void;
  start(): void;
  kept(): unknown;
  keep(state: unknown): void;
}

/** What an error says. A refused request brings a plain object with a message. */
export function wordsOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
