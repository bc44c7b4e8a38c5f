import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** A heap that has grown by so much is worth a collection that takes some tens of milliseconds. */
const muchBytes = 64 * 2 ** 20;
const idleMilliseconds = 2000;

/**
 * Gives back the memory that a large answer took, when nothing is asked for a moment: left alone, a process that has
 * nothing to do keeps its heap as it was.
 */
export class MemoryKeeper {
  private timer: NodeJS.Timeout | undefined;
  private least = heapBytes();
  private working = 0;

  /** Work of which the keeper waits for the end. */
  async during<R>(work: () => Promise<R>): Promise<R> {
    this.working++;
    clearTimeout(this.timer);
    try {
      return await work();
    } finally {
      this.working--;
      if (this.working === 0) this.timer = setTimeout(() => this.tidy(), idleMilliseconds).unref();
    }
  }

  private tidy(): void {
    this.least = Math.min(this.least, heapBytes());
    if (heapBytes() - this.least < muchBytes) return;
    collect();
    this.least = heapBytes();
  }
}

function heapBytes(): number {
  const { heapTotal, external } = process.memoryUsage();
  return heapTotal + external;
}

/** The collector is not at hand in a program that was started without a flag. */
function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  // The second pass gives back what the first has emptied.
  for (let pass = 0; pass < 2; pass++) gc();
  setFlagsFromString('--no-expose-gc');
}
