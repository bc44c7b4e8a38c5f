/** What panels take of lit-html. Templates hold no styles and no scripts of their own: the page's policy refuses both. */
export { html, nothing, render, svg } from 'lit-html';
export type { TemplateResult } from 'lit-html';
export { classMap } from 'lit-html/directives/class-map.js';
export { guard } from 'lit-html/directives/guard.js';
export { ifDefined } from 'lit-html/directives/if-defined.js';
export { keyed } from 'lit-html/directives/keyed.js';
export { live } from 'lit-html/directives/live.js';
export { createRef, ref } from 'lit-html/directives/ref.js';
export { repeat } from 'lit-html/directives/repeat.js';
export { Directive, directive } from 'lit-html/directive.js';
export type { DirectiveResult, PartInfo } from 'lit-html/directive.js';
