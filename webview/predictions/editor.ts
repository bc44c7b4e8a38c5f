import { noWriting } from '../../src/protocol/inference.ts';
import { button, iconButton } from '../shared/controls.ts';
import { classMap, guard, html, ref } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import { visible } from '../shared/visible.ts';
import { NumberField } from './fields.ts';
import { icons } from './icons.ts';
import type { Lane } from './lane.ts';
import type { Model } from './model.ts';
import { limits } from './state.ts';
import { grouped } from './words.ts';

/** So many words that are not in the vocabulary are named. */
const maxNamed = 12;

/** The text, and what can be done with it. */
export class Editor {
  readonly #model: Model;
  readonly #words: NumberField;
  readonly #seed: NumberField;
  #area: HTMLTextAreaElement | undefined;

  constructor(model: Model, redraw: () => void) {
    this.#model = model;
    this.#words = new NumberField({
      id: 'words',
      label: 'Words to write',
      min: 1,
      max: limits.words,
      changed: (words) => model.setOptions({ words }),
      redraw,
    });
    this.#seed = new NumberField({
      id: 'seed',
      label: 'Seed',
      min: 0,
      max: limits.seed,
      changed: (seed) => model.setOptions({ seed }),
      redraw,
    });
    document.addEventListener('selectionchange', () => {
      const area = this.#area;
      // It comes after the input too, and when nothing but the focus has changed.
      if (area !== undefined && document.activeElement === area && area.value === model.state.text)
        if (model.writing === undefined) model.setCaret(area.selectionEnd);
    });
  }

  /** At once: what is typed next belongs to this text. The caret and the selection stay where the text is the same. */
  takeText(): void {
    const { text, caret } = this.#model.state;
    const area = this.#area;
    if (area === undefined || area.value === text) return;
    area.value = text;
    area.setSelectionRange(caret, caret);
    if (this.#model.writing !== undefined) area.scrollTop = area.scrollHeight;
  }

  /** All but the text itself: see takeText. */
  render(): TemplateResult {
    const model = this.#model;
    const { problem, state, lanes } = model;
    const words = this.#words.render(state.options.words);
    const seed = this.#seed.render(state.options.seed);
    const newSeed = iconButton('New seed', icons.dice, { click: () => model.newSeed() });
    const undo = iconButton('Undo', icons.undo, { click: () => model.undo(), disabled: !model.canUndo });
    const redo = iconButton('Redo', icons.redo, { click: () => model.redo(), disabled: !model.canRedo });
    const note = problem ?? guard([lanes[0].scored], () => describeUnknown(lanes[0]));
    return html`<section class="text-section">
      <h2><label for="text">Text</label></h2>
      <textarea
        ${ref(this.#keepArea)}
        id="text"
        class="text"
        rows="3"
        dir="auto"
        spellcheck="false"
        placeholder="Type or paste text"
        aria-describedby="text-note"
        @input=${({ currentTarget }: Event) => {
          const { value, selectionEnd } = currentTarget as HTMLTextAreaElement;
          model.type(value, selectionEnd);
        }}
        @keydown=${this.#undoByKey}
      ></textarea>
      <div class="actions">
        <span class="labelled">
          ${this.#writeButton()}${words.input}<span aria-hidden="true">words</span>${words.note}
        </span>
        <span class="labelled"><span aria-hidden="true">Seed</span>${seed.input}${newSeed}${seed.note}</span>
        <span class="labelled undo">${undo}${redo}</span>
      </div>
      <p id="text-note" class=${classMap({ 'text-note': true, error: problem !== undefined })} role="status">${note}</p>
    </section>`;
  }

  /** Says where it writes, or why it does not. */
  #writeButton(): TemplateResult {
    const model = this.#model;
    const { state, lanes, writing } = model;
    if (writing !== undefined) return button('Stop', { click: () => model.stopWriting(), primary: true });
    const [{ facts, isBidirectional }] = lanes;
    const place = state.caret >= state.text.length ? 'at the end of the text' : 'at the cursor';
    return button('Continue Text', {
      click: () => void model.write(),
      primary: true,
      disabled: facts === undefined || isBidirectional,
      title: isBidirectional ? noWriting : `Writes ${place}`,
      // Of a button that is disabled a screen reader may not tell the tooltip.
      label: isBidirectional ? `Continue Text: ${noWriting}` : undefined,
    });
  }

  readonly #keepArea = (area: Element | undefined): void => {
    this.#area = area as HTMLTextAreaElement | undefined;
  };

  readonly #undoByKey = (event: KeyboardEvent): void => {
    // The browser forgets its own history whenever the text is set.
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    const isRedo = (key === 'z' && event.shiftKey) || key === 'y';
    if (key !== 'z' && !isRedo) return;
    event.preventDefault();
    event.stopPropagation();
    if (isRedo) this.#model.redo();
    else this.#model.undo();
  };
}

function describeUnknown({ scored }: Lane): string {
  const unknown = [...new Set((scored?.tokens ?? []).flatMap(({ token, known }) => (known ? [] : [token])))];
  if (unknown.length === 0) return '';
  const named = unknown.slice(0, maxNamed).map((word) => `“${visible(word)}”`);
  const more = unknown.length > maxNamed ? ` and ${grouped(unknown.length - maxNamed)} more` : '';
  return `Not in the vocabulary: ${named.join(', ')}${more}.`;
}
