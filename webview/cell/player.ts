import { element } from '../shared/dom.ts';
import { iconButton } from '../shared/toolkit.ts';
import { icon } from './icons.ts';
import type { Model } from './model.ts';

/** How long a step is shown while it plays, in ms. */
const stepTime = 900;

/** Goes through the steps: by hand, or on a timer that ends at the last one. */
export class Player {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #play: HTMLElement;
  readonly #back: HTMLElement & { disabled: boolean };
  readonly #next: HTMLElement & { disabled: boolean };
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(model: Model) {
    this.#model = model;
    this.#back = iconButton('Previous step', icon('previous'), () => this.#step(-1));
    this.#next = iconButton('Next step', icon('next'), () => this.#step(1));
    this.#play = iconButton('Play', icon('play'), () => this.#toggle());
    const first = iconButton('First step', icon('first'), () => {
      this.stop();
      model.look({ step: 0 });
    });
    this.element = element(
      'div',
      { class: 'player', role: 'group', 'aria-label': 'Steps' },
      first,
      this.#back,
      this.#play,
      this.#next,
    );
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.stop();
    });
  }

  update(): void {
    const { place, network } = this.#model.state;
    this.#back.disabled = place.step === 0;
    this.#next.disabled = place.step >= network.inputs.length - 1;
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#show(false);
  }

  #step(by: number): void {
    this.stop();
    this.#model.look({ step: Math.max(0, this.#model.state.place.step + by) });
  }

  #toggle(): void {
    if (this.#timer !== undefined) return this.stop();
    const last = (): number => this.#model.state.network.inputs.length - 1;
    if (this.#model.state.place.step >= last()) this.#model.look({ step: 0 });
    if (last() === 0) return;
    this.#timer = setInterval(() => {
      const { step } = this.#model.state.place;
      this.#model.look({ step: step + 1 });
      if (step + 1 >= last()) this.stop();
    }, stepTime);
    this.#show(true);
  }

  #show(isPlaying: boolean): void {
    const words = isPlaying ? 'Pause' : 'Play';
    this.#play.setAttribute('aria-label', words);
    this.#play.title = words;
    this.#play.replaceChildren(icon(isPlaying ? 'pause' : 'play'));
  }
}
