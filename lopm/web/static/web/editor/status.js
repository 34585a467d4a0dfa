import { element } from './dom.js';

const RADIUS = { min: 3, max: 100, value: 16 }; // of the brush, in pixels of the screen

/** The row below the stage: what was said last, how large the brush is, how large the photograph is shown. */
export class Status {
  constructor(words, onSize) {
    this.words = words;
    this.live = element('p', { class: 'outline-unseen', 'aria-live': 'polite' });
    this.message = element('p', { class: 'outline-message', 'aria-hidden': 'true' }); // the same, for the eyes
    this.size = element('input', { type: 'range', step: 'any', ...RADIUS });
    this.size.addEventListener('input', onSize);
    this.zoom = element('p', { class: 'outline-zoom', 'aria-hidden': 'true' });
    this.element = element('div', { class: 'outline-status' }, this.message,
      element('label', { class: 'outline-size' }, words.size, this.size), this.zoom, this.live);
  }

  /** Say words by their names, aloud and in sight; {values} take the place of their names in braces. */
  say(names, values) {
    const fill = (name) => this.words[name].replace(/{(\w+)}/g, (_, key) => values[key] ?? '');
    const text = [names].flat().map(fill).join('. ');
    this.message.textContent = text;
    this.live.textContent = text === this.live.textContent ? `${text}\u00a0` : text; // else it is not read again
  }

  showZoom(zoom) {
    this.zoom.textContent = this.words.zoomed.replace('{percent}', Math.round(zoom * 100));
  }
}
