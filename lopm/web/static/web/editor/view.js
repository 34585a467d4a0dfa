import { clamp } from './geometry.js';

const PADDING = 10; // pixels of the screen around the photograph as it fits, and around what is zoomed to
const LARGEST = 40; // pixels of the screen per pixel of the photograph

/** Where the photograph lies on the stage: its point p at p * zoom + offset. The stage's middle is always on it. */
export class View {
  constructor(width, height) {
    this.photograph = [width, height];
    this.size = [1, 1];
    this.fit();
  }

  get fitting() {
    return Math.min(...this.photograph.map((side, i) => Math.max(this.size[i] - 2 * PADDING, 1) / side));
  }

  toPhotograph(point) {
    return point.map((at, i) => (at - this.offset[i]) / this.zoom);
  }

  toScreen(point) {
    return point.map((at, i) => at * this.zoom + this.offset[i]);
  }

  /** The stage has another size: what fitted fits again, else what was in the middle stays there. */
  resize(size) {
    const middle = this.toPhotograph(this.size.map((side) => side / 2));
    const fitted = this.fitted;
    this.size = size;
    if (fitted) this.fit();
    else this.#center(middle, this.zoom);
  }

  fit() {
    this.#center(this.photograph.map((side) => side / 2), this.fitting);
    this.fitted = true;
  }

  /** Show a box of the photograph with some of its surroundings. */
  show([left, top, right, bottom]) {
    const room = [right - left, bottom - top].map((side, i) => (this.size[i] - 2 * PADDING) / Math.max(side * 1.6, 1));
    this.#center([(left + right) / 2, (top + bottom) / 2], Math.max(Math.min(...room), this.fitting));
  }

  /** Zoom by a factor, what is at a place of the stage staying there. */
  zoomBy(factor, at = this.size.map((side) => side / 2)) {
    const zoom = this.#allowed(this.zoom * factor);
    this.#put(at.map((place, i) => place - this.toPhotograph(at)[i] * zoom), zoom);
  }

  pan([x, y]) {
    this.#put([this.offset[0] + x, this.offset[1] + y], this.zoom);
  }

  #allowed(zoom) {
    return clamp(zoom, this.fitting / 2, Math.max(LARGEST, this.fitting));
  }

  #center(point, zoom) {
    const allowed = this.#allowed(zoom);
    this.#put(point.map((at, i) => this.size[i] / 2 - at * allowed), allowed);
  }

  #put(offset, zoom) {
    this.zoom = zoom;
    this.offset = offset.map((at, i) => clamp(at, this.size[i] / 2 - this.photograph[i] * zoom, this.size[i] / 2));
    this.fitted = false;
  }
}
