/** Who asks for work: until when it is wanted, and what is told of it. */
export interface WorkOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((fraction: number) => void) | undefined;
}

interface Asker extends Pick<WorkOptions, 'onProgress'> {
  /** Ends its waiting with an error. */
  leave: (reason: unknown) => void;
}

/**
 * Work that is under way, by name: who asks for the same meanwhile waits for it, instead of doing it again. It is stopped
 * when nobody waits for it any more.
 */
export class SharedWork<R> {
  private readonly underWay = new Map<string, Shared<R>>();

  /**
   * @param work begun unless the same is under way; its signal aborts when all who ask have gone
   * @throws what the work throws; the reason of `signal` when it aborts
   */
  async join(key: string, options: WorkOptions, work: (shared: WorkOptions) => Promise<R>): Promise<R> {
    options.signal?.throwIfAborted();
    const known = this.underWay.get(key);
    if (known) return known.join(options);
    const forget = (): void => {
      if (this.underWay.get(key) === begun) this.underWay.delete(key);
    };
    const begun = new Shared(work, forget);
    this.underWay.set(key, begun);
    return begun.join(options);
  }
}

class Shared<R> {
  private readonly askers = new Set<Asker>();
  private readonly stopping = new AbortController();
  private readonly result: Promise<R>;

  /** @param forget nobody may join any more */
  constructor(
    work: (shared: WorkOptions) => Promise<R>,
    private readonly forget: () => void,
  ) {
    this.result = work({
      signal: this.stopping.signal,
      onProgress: (fraction) => this.askers.forEach(({ onProgress }) => onProgress?.(fraction)),
    }).finally(() => forget());
  }

  async join({ signal, onProgress }: WorkOptions): Promise<R> {
    const asker: Asker = { onProgress, leave: () => undefined };
    const left = new Promise<never>((_, reject) => (asker.leave = reject));
    const onAbort = (): void => this.remove(asker, signal?.reason);
    this.askers.add(asker);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([this.result, left]);
    } finally {
      signal?.removeEventListener('abort', onAbort);
      this.askers.delete(asker);
    }
  }

  private remove(asker: Asker, reason: unknown): void {
    this.askers.delete(asker);
    if (this.askers.size > 0) return asker.leave(reason);
    // The last one waits until the work has ended: it holds the model that is worked with.
    this.forget();
    this.stopping.abort(reason);
  }
}
