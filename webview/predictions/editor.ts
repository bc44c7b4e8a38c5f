import { noWriting } from '../../src/protocol/inference.ts';
import { element, setText } from '../shared/dom.ts';
import type { Button } from '../shared/toolkit.ts';
import { button, iconButton } from '../shared/toolkit.ts';
import { field } from './fields.ts';
import { icon } from './icons.ts';
import type { Model } from './model.ts';
import { limits } from './state.ts';
import { visible } from '../shared/visible.ts';
import { grouped } from './words.ts';

/** So many words that are not in the vocabulary are named. */
const mostNamed = 12;

/** The text, and what can be done with it. */
export class Editor {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #area = element('textarea', {
    id: 'text',
    class: 'text',
    rows: 3,
    dir: 'auto',
    spellcheck: 'false',
    placeholder: 'Type or paste text',
    'aria-describedby': 'text-note',
  });
  readonly #undo: Button;
  readonly #redo: Button;
  readonly #write: Button;
  readonly #words: ReturnType<typeof field>;
  readonly #seed: ReturnType<typeof field>;
  readonly #note = element('p', { id: 'text-note', class: 'text-note', role: 'status' });

  constructor(model: Model) {
    this.#model = model;
    this.#undo = iconButton('Undo', icon('undo'), () => model.undo());
    this.#redo = iconButton('Redo', icon('redo'), () => model.redo());
    this.#write = button('Write On', () => (model.writing === undefined ? void model.write() : model.stopWriting()), {
      appearance: 'primary',
    });
    this.#words = field({
      id: 'words',
      label: 'Words to write',
      least: 1,
      most: limits.words,
      changed: (words) => model.setOptions({ words }),
    });
    this.#seed = field({
      id: 'seed',
      label: 'Seed',
      least: 0,
      most: limits.seed,
      changed: (seed) => model.setOptions({ seed }),
    });
    const dice = iconButton('New seed', icon('dice'), () => model.newSeed());
    this.element = element(
      'section',
      { class: 'text-section' },
      element('h2', {}, element('label', { for: 'text' }, 'Text')),
      this.#area,
      element(
        'div',
        { class: 'actions' },
        element(
          'span',
          { class: 'labelled' },
          this.#write,
          this.#words.element,
          element('span', { 'aria-hidden': 'true' }, 'words'),
          this.#words.note,
        ),
        element(
          'span',
          { class: 'labelled' },
          element('span', { 'aria-hidden': 'true' }, 'Seed'),
          this.#seed.element,
          dice,
          this.#seed.note,
        ),
        element('span', { class: 'labelled undo' }, this.#undo, this.#redo),
      ),
      this.#note,
    );
    this.#listen();
  }

  /** At once: what is typed next belongs to this text. */
  takeText(): void {
    const { text, caret } = this.#model.state;
    if (this.#area.value === text) return;
    this.#area.value = text;
    this.#area.setSelectionRange(caret, caret);
    if (this.#model.writing !== undefined) this.#area.scrollTop = this.#area.scrollHeight;
  }

  update(): void {
    const { state, writing } = this.#model;
    const { options } = state;
    this.takeText();
    const isIdle = writing === undefined;
    setText(this.#write, isIdle ? 'Write On' : 'Stop');
    const { facts, isBidirectional } = this.#model.lanes[0];
    this.#write.disabled = isIdle && (facts === undefined || isBidirectional);
    this.#explainWriting();
    this.#words.update(options.words);
    this.#seed.update(options.seed);
    this.#undo.disabled = !this.#model.canUndo;
    this.#redo.disabled = !this.#model.canRedo;
    this.#showNote();
  }

  /** Where it writes, or why it does not. */
  #explainWriting(): void {
    const { state, writing, lanes } = this.#model;
    const cannot = lanes[0].isBidirectional && writing === undefined;
    const words = cannot
      ? noWriting
      : writing !== undefined
        ? ''
        : state.caret >= state.text.length
          ? 'Writes at the end of the text'
          : 'Writes where the caret is';
    if (this.#write.title !== words) this.#write.title = words;
    // Of a button that is disabled a screen reader may not tell the tooltip.
    if (cannot) this.#write.setAttribute('aria-label', `Write On: ${noWriting}`);
    else this.#write.removeAttribute('aria-label');
  }

  #showNote(): void {
    const { lanes, problem } = this.#model;
    const unknown = [...new Set((lanes[0].scored?.tokens ?? []).flatMap(({ token, known }) => (known ? [] : [token])))];
    const named = unknown
      .slice(0, mostNamed)
      .map((word) => `“${visible(word)}”`)
      .join(', ');
    const more = unknown.length > mostNamed ? ` and ${grouped(unknown.length - mostNamed)} more` : '';
    setText(this.#note, problem ?? (unknown.length === 0 ? '' : `Not in the vocabulary: ${named}${more}.`));
    this.#note.classList.toggle('error', problem !== undefined);
  }

  #listen(): void {
    const area = this.#area;
    area.addEventListener('input', () => this.#model.type(area.value, area.selectionEnd));
    document.addEventListener('selectionchange', () => {
      // It comes after the input too, and when nothing but the focus has changed.
      if (document.activeElement === area && area.value === this.#model.state.text && this.#model.writing === undefined)
        this.#model.setCaret(area.selectionEnd);
    });
    area.addEventListener('keydown', (event) => {
      // The browser forgets its own history whenever the text is set.
      if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
      const key = event.key.toLowerCase();
      const isRedo = (key === 'z' && event.shiftKey) || key === 'y';
      if (key !== 'z' && !isRedo) return;
      event.preventDefault();
      event.stopPropagation();
      if (isRedo) this.#model.redo();
      else this.#model.undo();
    });
  }
}
