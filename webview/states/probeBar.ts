import { group, iconButton, toolbar } from '../shared/controls.ts';
import type { Content } from '../shared/controls.ts';
import { html, live, nothing } from '../shared/lit.ts';
import { visible } from '../shared/visible.ts';
import { icon } from './icons.ts';
import type { Model } from './model.ts';
import { nearestPlace } from './side.ts';

/** How long a record is on show while it plays, in ms. */
const frameTime = 400;

/** The choice of a record in training time, and its replay. The last place follows the newest record. */
export class ProbeBar {
  readonly #model: Model;
  readonly #redraw: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(model: Model, redraw: () => void) {
    this.#model = model;
    this.#redraw = redraw;
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) this.#stop();
    });
  }

  render(): Content {
    const { places, reading } = this.#model.first;
    const { source, probeStep } = this.#model.state;
    const at = this.#at;
    const place = places?.[at];
    if (source !== 'training' || place === undefined) {
      this.#stop();
      return nothing;
    }
    const isPlaying = this.#timer !== undefined;
    const isOnly = this.#last === 0;
    const words = `${probeStep === null ? 'newest, ' : ''}step ${place.step.toLocaleString('en-US')} · epoch ${place.epoch}`;
    const likely = (reading?.next ?? [])
      .slice(0, 3)
      .map(({ word, probability }) => `“${visible(word)}” ${(100 * probability).toFixed(1)} %`);
    return toolbar(
      'Training step',
      group(
        'Training step',
        iconButton(isPlaying ? 'Pause' : 'Play', icon(isPlaying ? 'pause' : 'play'), {
          click: () => this.#toggle(),
          disabled: isOnly,
        }),
        html`<label for="probe">Step</label>
          <input
            type="range"
            id="probe"
            class="probe-slider"
            min="0"
            step="1"
            max=${this.#last}
            aria-valuetext=${words}
            .value=${live(String(at))}
            .disabled=${isOnly}
            @input=${({ currentTarget }: Event) => this.#choose(Number((currentTarget as HTMLInputElement).value))}
          />
          <output for="probe" class="probe-step">${words}</output>`,
      ),
      html`<span class="muted">${likely.length === 0 ? '' : `Expected next: ${likely.join(', ')}`}</span>`,
    );
  }

  get #last(): number {
    return Math.max(0, (this.#model.first.places?.length ?? 0) - 1);
  }

  get #at(): number {
    const places = this.#model.first.places ?? [];
    const place = nearestPlace(places, this.#model.state.probeStep);
    return place === undefined ? 0 : places.indexOf(place);
  }

  #choose(at: number): void {
    this.#stop();
    this.#go(at);
  }

  #go(at: number): void {
    const step = this.#model.first.places?.[at]?.step ?? null;
    this.#model.set({ probeStep: at >= this.#last ? null : step });
  }

  #toggle(): void {
    if (this.#timer !== undefined) this.#stop();
    else {
      if (this.#at >= this.#last) this.#go(0);
      this.#timer = setInterval(() => {
        // A record that has not come yet is waited for.
        if (this.#model.first.isBusy) return;
        if (this.#at + 1 >= this.#last) this.#stop();
        this.#go(this.#at + 1);
      }, frameTime);
    }
    this.#redraw();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
