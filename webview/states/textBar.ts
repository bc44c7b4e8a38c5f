import { textSources } from '../../src/protocol/states.ts';
import { element, setCutText } from '../shared/dom.ts';
import { button } from '../shared/toolkit.ts';
import type { Button } from '../shared/toolkit.ts';
import { Choice } from './choice.ts';
import type { Model } from './model.ts';
import type { PanelState } from './state.ts';
import { sourceWords } from './words.ts';

/** How long it waits for the next key before what was typed is read, in ms. */
const typingTime = 250;

/** Where the text comes from, and the text. */
export class TextBar {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #source: Choice;
  readonly #text = element('textarea', {
    id: 'text',
    class: 'text',
    rows: 2,
    dir: 'auto',
    spellcheck: 'false',
    placeholder: 'Type or paste text',
  });
  readonly #read: Button;
  readonly #place: HTMLElement;
  readonly #from = element('span', { class: 'muted from' });
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(model: Model) {
    this.#model = model;
    this.#source = new Choice('source', 'Text', (value) => void model.setSource(value as PanelState['source']));
    this.#read = button('Another Passage', () => void model.readPassage());
    this.#place = element(
      'div',
      { class: 'text-place' },
      element('label', { for: 'text', class: 'sr-only' }, 'Text that is read'),
      this.#text,
    );
    this.element = element(
      'div',
      { class: 'toolbar text-bar' },
      element('div', { class: 'group' }, this.#source.element, this.#read, this.#from),
      this.#place,
    );
    this.#text.addEventListener('input', () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => {
        this.#typing = undefined;
        model.setText(this.#text.value);
      }, typingTime);
    });
  }

  update(): void {
    const { source, text } = this.#model.state;
    this.#source.update(
      textSources.map((one) => [one, sourceWords[one]] as const),
      source,
    );
    this.#read.hidden = source !== 'corpus';
    this.#place.hidden = source === 'training';
    // What is being typed is newer.
    if (this.#typing === undefined && this.#text.value !== text) this.#text.value = text;
    setCutText(this.#from, source === 'selection' || source === 'editor' ? this.#editorWords(source) : '');
  }

  #editorWords(source: 'selection' | 'editor'): string {
    const { editorName } = this.#model;
    if (editorName === '') return 'Open a text in an editor.';
    return source === 'editor' ? editorName : `${editorName}: what is selected there is read.`;
  }
}
