/**
 * Tells the width of an element, at first and whenever it changes. To ask for it while the page is being changed would
 * have the browser lay out everything once more.
 *
 * @param changed given whole CSS pixels
 */
export function followWidth(target: Element, changed: (width: number) => void): void {
  let known = -1;
  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0);
    if (width === known || width === 0) return;
    known = width;
    changed(width);
  }).observe(target);
}
