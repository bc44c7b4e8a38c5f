import { textSources } from '../../src/protocol/states.ts';
import { button, labelledDropdown } from '../shared/controls.ts';
import { html, live, nothing } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { Model } from './model.ts';
import type { PanelState } from './state.ts';
import { sourceWords } from './words.ts';

/** How long it waits for the next key before what was typed is read, in ms. */
const typingTime = 250;

/** Where the text comes from, and the text. */
export class TextBar {
  readonly #model: Model;
  /** What is being typed, which is newer than the text that is read. */
  #typed: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(model: Model) {
    this.#model = model;
  }

  render(): TemplateResult {
    const { source, text } = this.#model.state;
    const from = source === 'selection' || source === 'editor' ? this.#editorWords(source) : '';
    return html`<div class="toolbar text-bar">
      <div class="group">
        ${labelledDropdown({
          label: 'Text',
          control: 'source',
          options: textSources.map((one) => [one, sourceWords[one]] as const),
          value: source,
          chosen: (value) => void this.#model.setSource(value as PanelState['source']),
        })}
        ${source === 'corpus' ? button('Another Passage', { click: () => void this.#model.readPassage() }) : nothing}
        <span class="muted from" title=${from}>${from}</span>
      </div>
      <div class="text-place" ?hidden=${source === 'training'}>
        <label for="text" class="sr-only">Text that is read</label>
        <textarea
          id="text"
          class="text"
          rows="2"
          dir="auto"
          spellcheck="false"
          placeholder="Type or paste text"
          .value=${live(this.#typed ?? text)}
          @input=${({ currentTarget }: Event) => this.#type((currentTarget as HTMLTextAreaElement).value)}
        ></textarea>
      </div>
    </div>`;
  }

  #type(text: string): void {
    this.#typed = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#typed = undefined;
      this.#model.setText(text);
    }, typingTime);
  }

  #editorWords(source: 'selection' | 'editor'): string {
    const { editorName } = this.#model;
    if (editorName === '') return 'Open a text in an editor.';
    return source === 'editor' ? editorName : `${editorName}: the selected text is read.`;
  }
}
