/** The kinds of theme that VS Code has; it names them in a class of the body. */
export type ThemeKind = 'dark' | 'light' | 'hc-dark' | 'hc-light';

/** Colours and type as VS Code has set them, as a canvas needs them: it reads no CSS variables. */
export interface Theme {
  readonly kind: ThemeKind;
  readonly background: string;
  readonly foreground: string;
  /** Of axes and labels. */
  readonly muted: string;
  readonly grid: string;
  readonly error: string;
  /** Null where the theme has no borders for contrast. */
  readonly contrastBorder: string | null;
  readonly fontFamily: string;
  /** In CSS pixels. */
  readonly fontSize: number;
}

/** What VS Code says now. The fallbacks are those of its Dark Modern theme, for pages outside VS Code. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const read = (name: string, fallback: string): string => style.getPropertyValue(name).trim() || fallback;
  const kind = kindOf(document.body.classList);
  const high = kind.startsWith('hc');
  const light = kind.endsWith('light');
  const foreground = read('--vscode-foreground', light ? '#3b3b3b' : '#cccccc');
  return {
    kind,
    background: read('--vscode-editor-background', light ? '#ffffff' : '#1f1f1f'),
    foreground,
    // In high contrast nothing may be faint.
    muted: high ? foreground : read('--vscode-descriptionForeground', foreground),
    grid: faded(foreground, high ? 0.3 : 0.12),
    error: read('--vscode-errorForeground', light ? '#c72e0f' : '#f48771'),
    contrastBorder: read('--vscode-contrastBorder', '') || null,
    fontFamily: read('--vscode-font-family', 'sans-serif'),
    fontSize: Number.parseFloat(read('--vscode-font-size', '13px')) || 13,
  };
}

/** The colour with a part of its opacity, in a form that canvases take. */
export function faded(colour: string, alpha: number): string {
  return `color-mix(in srgb, ${colour} ${Math.round(alpha * 100)}%, transparent)`;
}

/**
 * Calls back when the theme has changed: VS Code sets another class on the body and other variables in the root's style.
 *
 * @returns what ends it
 */
export function onThemeChange(changed: () => void): () => void {
  let frame = 0;
  const observer = new MutationObserver(() => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(changed);
  });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
  return () => {
    cancelAnimationFrame(frame);
    observer.disconnect();
  };
}

function kindOf(classes: DOMTokenList): ThemeKind {
  if (classes.contains('vscode-high-contrast-light')) return 'hc-light';
  if (classes.contains('vscode-high-contrast')) return 'hc-dark';
  return classes.contains('vscode-light') ? 'light' : 'dark';
}
