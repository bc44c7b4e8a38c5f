/** Time as polling code sees it; tests turn the hands of another one. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Does something once, after so many milliseconds, unless it is disposed of before. */
  after(milliseconds: number, action: () => void): { dispose(): void };
}

/** The machine's clock. What waits on it does not keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds).unref();
    return { dispose: () => clearTimeout(timer) };
  },
};
