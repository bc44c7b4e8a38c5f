/** When the panel draws: at most once a frame for what the user does, four times a second for what a run sends. */
export interface Scheduler {
  /** Before the next frame. */
  soon(): void;
  /** Within a quarter of a second: the trainer needs the processor more than the picture does. */
  later(): void;
}

const livePeriod = 250;

/** Draws nothing while the page is hidden; whoever shows it again calls `soon`. */
export function scheduler(draw: () => void): Scheduler {
  let frame = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let drawn = -Infinity;
  const soon = (): void => {
    if (frame !== 0 || document.hidden) return;
    clearTimeout(timer);
    timer = undefined;
    frame = requestAnimationFrame(() => {
      frame = 0;
      drawn = performance.now();
      draw();
    });
  };
  return {
    soon,
    later() {
      if (frame !== 0 || timer !== undefined || document.hidden) return;
      timer = setTimeout(soon, Math.max(0, drawn + livePeriod - performance.now()));
    },
  };
}
