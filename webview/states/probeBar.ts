import { element, setText } from '../shared/dom.ts';
import { iconButton } from '../shared/toolkit.ts';
import { visible } from '../shared/visible.ts';
import { icon } from './icons.ts';
import type { Model } from './model.ts';
import { nearestPlace } from './side.ts';

/** How long a record is on show while it plays, in ms. */
const frameTime = 400;

/** The choice of a record in training time, and its replay. The last place follows the newest record. */
export class ProbeBar {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #slider = element('input', { type: 'range', id: 'probe', class: 'probe-slider', min: 0, step: 1 });
  readonly #shown = element('output', { for: 'probe', class: 'probe-step' });
  readonly #next = element('span', { class: 'muted' });
  readonly #play: HTMLElement & { disabled: boolean };
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(model: Model) {
    this.#model = model;
    this.#play = iconButton('Play', icon('play'), () => this.#toggle());
    this.element = element(
      'div',
      { class: 'toolbar', role: 'group', 'aria-label': 'Step of training' },
      element(
        'div',
        { class: 'group' },
        this.#play,
        element('label', { for: 'probe' }, 'At'),
        this.#slider,
        this.#shown,
      ),
      this.#next,
    );
    this.#slider.addEventListener('input', () => {
      this.stop();
      this.#go(Number(this.#slider.value));
    });
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.stop();
    });
  }

  update(): void {
    const { places, reading } = this.#model.first;
    const { source, probeStep } = this.#model.state;
    this.element.hidden = source !== 'training' || places === null || places.length === 0;
    if (this.element.hidden) return this.stop();
    const last = this.#last;
    const at = this.#at;
    const place = places?.[at];
    const words =
      place === undefined
        ? ''
        : `${probeStep === null ? 'newest, ' : ''}step ${place.step.toLocaleString('en-US')} · epoch ${place.epoch}`;
    this.#slider.max = String(last);
    this.#slider.value = String(at);
    this.#slider.disabled = last === 0;
    this.#play.disabled = last === 0;
    this.#slider.setAttribute('aria-valuetext', words);
    setText(this.#shown, words);
    const likely = (reading?.next ?? []).slice(0, 3);
    setText(
      this.#next,
      likely.length === 0
        ? ''
        : `Expected next: ${likely.map(({ word, probability }) => `“${visible(word)}” ${(100 * probability).toFixed(1)} %`).join(', ')}`,
    );
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#show(false);
  }

  get #last(): number {
    return Math.max(0, (this.#model.first.places?.length ?? 0) - 1);
  }

  get #at(): number {
    const { places } = this.#model.first;
    const place = nearestPlace(places ?? [], this.#model.state.probeStep);
    return place === undefined ? 0 : (places ?? []).indexOf(place);
  }

  #go(at: number): void {
    const step = this.#model.first.places?.[at]?.step ?? null;
    this.#model.set({ probeStep: at >= this.#last ? null : step });
  }

  #toggle(): void {
    if (this.#timer !== undefined) return this.stop();
    if (this.#at >= this.#last) this.#go(0);
    this.#timer = setInterval(() => {
      // A record that has not come yet is waited for.
      if (this.#model.first.isBusy) return;
      this.#go(this.#at + 1);
      if (this.#at >= this.#last) this.stop();
    }, frameTime);
    this.#show(true);
  }

  #show(isPlaying: boolean): void {
    const words = isPlaying ? 'Pause' : 'Play';
    this.#play.setAttribute('aria-label', words);
    this.#play.title = words;
    this.#play.replaceChildren(icon(isPlaying ? 'pause' : 'play'));
  }
}
