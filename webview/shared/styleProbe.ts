/**
 * The toolkit's libraries find out whether the browser knows `:focus-visible` by adding a style element while they are
 * loaded. The page's policy forbids that: it would be reported as a violation, and the toolkit would fall back to `:focus`.
 * Until `endProbe` is called, a style element is therefore an element that takes any rule. Imported before the toolkit.
 */
const create = document.createElement.bind(document);

document.createElement = (name: string, options?: ElementCreationOptions): HTMLElement =>
  name === 'style' ? Object.assign(create('div'), { sheet: { insertRule: () => 0 } }) : create(name, options);

/** The toolkit is loaded: elements are made by the browser again. */
export function endProbe(): void {
  Reflect.deleteProperty(document, 'createElement');
}
