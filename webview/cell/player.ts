import { iconButton } from '../shared/controls.ts';
import { strokeIcon } from '../shared/icon.ts';
import { html } from '../shared/lit.ts';
import type { TemplateResult } from '../shared/lit.ts';
import type { Model } from './model.ts';

/** How long a step is shown while it plays, in ms. */
const stepTime = 900;

/** Goes through the steps: by hand, or on a timer that ends at the last one. */
export class Player {
  readonly #icons = {
    first: strokeIcon('M4 3.5V12.5M12 3.5L7 8L12 12.5'),
    previous: strokeIcon('M10 3.5L5.5 8L10 12.5'),
    play: strokeIcon('M5 3.5L12 8L5 12.5Z'),
    pause: strokeIcon('M5.5 4V12M10.5 4V12'),
    next: strokeIcon('M6 3.5L10.5 8L6 12.5'),
  };
  readonly #model: Model;
  readonly #changed: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param changed is told when it begins and ends to play */
  constructor(model: Model, changed: () => void) {
    this.#model = model;
    this.#changed = changed;
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.stop();
    });
  }

  render(): TemplateResult {
    const { step } = this.#model.state.place;
    const { first, previous, play, pause, next } = this.#icons;
    const [words, icon] = this.#timer === undefined ? ['Play', play] : ['Pause', pause];
    return html`<div class="player" role="group" aria-label="Steps">
      ${iconButton('First step', first, { click: () => this.#go(0) })}
      ${iconButton('Previous step', previous, { click: () => this.#go(step - 1), disabled: step === 0 })}
      ${iconButton(words, icon, { click: () => this.#toggle() })}
      ${iconButton('Next step', next, { click: () => this.#go(step + 1), disabled: step >= this.#last })}
    </div>`;
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#changed();
  }

  get #last(): number {
    return this.#model.state.network.inputs.length - 1;
  }

  #go(step: number): void {
    this.stop();
    this.#model.look({ step: Math.max(0, step) });
  }

  #toggle(): void {
    if (this.#timer !== undefined) return this.stop();
    if (this.#model.state.place.step >= this.#last) this.#model.look({ step: 0 });
    if (this.#last === 0) return;
    this.#timer = setInterval(() => {
      const step = this.#model.state.place.step + 1;
      this.#model.look({ step });
      if (step >= this.#last) this.stop();
    }, stepTime);
    this.#changed();
  }
}
