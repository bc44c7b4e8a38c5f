/**
 * An empty canvas of this size in CSS pixels, in the screen's resolution.
 *
 * @param what is drawn, for the error of a canvas that is too large
 */
export function sizedContext(
  canvas: HTMLCanvasElement,
  { width, height }: { width: number; height: number },
  what: string,
): CanvasRenderingContext2D {
  const ratio = devicePixelRatio;
  const [w, h] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d');
  if (context === null) throw new Error(`${what} is too large for this machine`);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}
