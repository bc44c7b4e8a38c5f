import type { Socket } from 'node:net';

/** How long a window may be gone before it is taken for closed: a reload is much shorter. */
const graceMilliseconds = 30_000;

/** How a run is tied to windows. */
export interface WindowTie {
  /** Whether the run ends once no window is attached to it any more. */
  readonly stopWhenAlone: boolean;
}

/** The windows that a run is tied to, each by its connection. */
export class AttachedWindows {
  private readonly attached = new Set<Socket>();
  private isTied: boolean;
  private timer: NodeJS.Timeout | undefined;

  /** @param onAlone called when the last window has been gone for a while */
  constructor(
    tie: WindowTie,
    private readonly onAlone: () => void,
  ) {
    this.isTied = tie.stopWhenAlone;
  }

  /** The run has begun: a window that wants to be tied to it has its time to attach. */
  begin(): void {
    this.waitWhenAlone();
  }

  attach(socket: Socket): void {
    this.isTied = true;
    if (socket.destroyed || this.attached.has(socket)) return;
    this.attached.add(socket);
    clearTimeout(this.timer);
    socket.once('close', () => {
      if (this.attached.delete(socket)) this.waitWhenAlone();
    });
  }

  /** The run goes on when every window is gone. */
  release(): void {
    this.isTied = false;
    this.attached.clear();
    clearTimeout(this.timer);
  }

  private waitWhenAlone(): void {
    clearTimeout(this.timer);
    if (!this.isTied || this.attached.size > 0) return;
    this.timer = setTimeout(this.onAlone, graceMilliseconds);
  }
}
