/**
 * The width of an element, at first and whenever it changes. To ask for it while the page is being changed would have the
 * browser lay out everything once more.
 */
export class ElementWidth {
  /** In whole CSS pixels, within the limits. */
  value: number;
  /** For lit's `ref`, in the template of the element. */
  readonly observe: (target: Element | undefined) => void;

  /** @param limits of what is told: an element that is narrower is scrolled to the side */
  constructor({ min, max = Infinity }: { min: number; max?: number }, changed: () => void) {
    this.value = min;
    const observer = new ResizeObserver(([entry]) => {
      const width = Math.floor(entry?.contentRect.width ?? 0);
      const value = Math.max(min, Math.min(max, width));
      // An element that is not on show has no width.
      if (width === 0 || value === this.value) return;
      this.value = value;
      changed();
    });
    this.observe = (target) => {
      observer.disconnect();
      if (target) observer.observe(target);
    };
  }
}
