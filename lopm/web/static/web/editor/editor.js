import { bounds, clamp, distance } from './geometry.js';
import { element, put } from './dom.js';
import { Brush } from './tools/brush.js';
import { Draw } from './tools/draw.js';
import { Gestures } from './gestures.js';
import { History } from './history.js';
import { Keys } from './keys.js';
import { labelled, nearest, read, shifted, written } from './lesions.js';
import { Measure } from './tools/measure.js';
import { Points } from './tools/points.js';
import { Select } from './tools/select.js';
import { Stage } from './stage.js';
import { Status } from './status.js';
import { Toolbar } from './toolbar.js';
import { View } from './view.js';
import { WORDS } from './words.js';

export { WORDS };

const TOOLS = ['select', 'draw', 'points', 'brush', 'eraser', 'measure'];
const ZOOM = 1.5; // by a button
const EDGE = 40; // pixels of the screen that what the keyboard goes to keeps from the edge of the stage
let editors = 0;

/**
 * An editor of the outlines of lesions on a photograph.
 *
 * Events: `change` {lesions} after every finished edit, undo and redo; `select` {index}, null for none; `measure`
 * {points}. A lesion is {polygons: [[x0, y0, x1, y1, ...]], label, origin}, in pixels of the photograph; origin is the
 * index of the lesion that it came from in what was given or set last, null for a new one.
 */
export class OutlineEditor extends EventTarget {
  #shown = true;
  #tool = 'select';

  /**
   * @param {HTMLElement} container Empty; its height is the editor's.
   * @param {object} options src, width, height: of the photograph; lesions; readonly: look and choose, change nothing;
   *   words: in the place of those of WORDS; tools: names of those to offer, in the order of their keys.
   */
  constructor(container, { src, width, height, lesions = [], readonly = false, words = {}, tools = TOOLS }) {
    super();
    Object.assign(this, { container, readonly, width, height, words: { ...WORDS, ...words }, selected: null });
    this.tools = readonly ? ['select'] : tools;
    this.place = (point) => point.map((at, i) => Math.round(clamp(at, 0, [width, height][i]) * 100) / 100);
    this.view = new View(width, height);
    this.history = new History(read(lesions));
    this.hands = {
      select: new Select(this),
      draw: new Draw(this),
      points: new Points(this),
      brush: new Brush(this, false),
      eraser: new Brush(this, true),
      measure: new Measure(this),
    };
    this.#build(src);
    this.abort = new AbortController();
    const { signal } = this.abort;
    this.gestures = new Gestures(this.stage.svg, this, signal);
    this.keys = new Keys(container, this, this.gestures, signal);
    this.stage.photograph.addEventListener('error', () => this.say('noPhotograph'), { signal });
    this.resized = new ResizeObserver(([{ contentRect }]) => (
      this.look((view) => view.resize([contentRect.width, contentRect.height]))));
    this.resized.observe(this.stage.element);
    const { width: across, height: down } = this.stage.element.getBoundingClientRect();
    this.look((view) => view.resize([across, down]));
  }

  value() {
    return written(this.lesions);
  }

  /** Other lesions, as if the editor had been made with them; one looks where one did. */
  set(lesions) {
    this.history = new History(read(lesions));
    this.#settle(this.selected, false);
  }

  get dirty() {
    return this.history.value !== this.history.first;
  }

  select(index, aloud = true) {
    if ((this.lesions[index] ? index : null) === this.selected) return;
    this.#settle(index, false);
    if (aloud) this.say(this.selected === null ? 'noneSelected' : 'selected', this.#about(this.selected));
  }

  remove(index) {
    if (this.readonly || !this.lesions[index]) return;
    this.say('removed', this.#about(index));
    this.#commit(this.lesions.filter((_, i) => i !== index), index, null);
  }

  undo() {
    if (!this.hand.undo?.()) this.#go(-1, 'undone', 'nothingToUndo');
  }

  redo() {
    this.#go(1, 'redone', 'nothingToRedo');
  }

  get tool() {
    return this.#tool;
  }

  set tool(name) {
    if (!this.tools.includes(name)) return;
    this.gestures.stop();
    this.hand.leave?.();
    this.#tool = name;
    this.say(`${name}Hint`);
    this.#render();
  }

  get showOutlines() {
    return this.#shown;
  }

  set showOutlines(shown) {
    this.#shown = Boolean(shown);
    this.#render();
  }

  /** Of the brush and the eraser, in pixels of the screen. */
  get radius() {
    return Number(this.status.size.value);
  }

  set radius(radius) {
    this.status.size.value = radius; // keeps to its least and most
    this.#render();
  }

  fit() {
    this.look((view) => view.fit());
  }

  zoomTo(index) {
    const { rings } = this.lesions[index] ?? { rings: [] };
    if (rings.length) this.look((view) => view.show(bounds(rings.flat())));
  }

  /** Take the editor out of its container, and all that listens. */
  destroy() {
    this.gestures.stop();
    this.abort.abort();
    this.resized.disconnect();
    this.container.replaceChildren();
    this.container.classList.remove('outline-editor');
    delete this.container.dataset.tool;
  }

  // What tools, gestures and keys use

  get lesions() {
    return this.history.value;
  }

  get hand() {
    return this.hands[this.#tool];
  }

  /** How finely to trace, and how to put a point upon the photograph. */
  get lens() {
    return { zoom: this.view.zoom, place: this.place };
  }

  spot(screen, reach) {
    return { screen, at: this.place(this.view.toPhotograph(screen)), reach: reach / this.view.zoom };
  }

  lesionAt({ at, reach }) {
    return nearest(this.lesions, at, reach);
  }

  /** The selected lesion's rings moved by pixels of the screen, as far as it stays on the photograph. */
  shifted(pixels) {
    const by = pixels.map((each) => each / this.view.zoom);
    const rings = shifted(this.lesions[this.selected].rings, by, [this.width, this.height]);
    return rings.map((ring) => ring.map(this.place));
  }

  /** Show other rings of the selected lesion for the while; null: its own. */
  preview(rings, crossing = false) {
    this.previewed = rings && { rings, crossing };
    this.#render();
  }

  /** Other rings of the selected lesion for good. Edits of one series are undone at once. */
  change(rings, words, series = null) {
    const at = this.selected;
    if (!rings.length) return this.remove(at);
    this.say(words, this.#about(at));
    return this.#commit(this.#with(rings), at, at, series);
  }

  add(rings, words) {
    const lesions = labelled(this.lesions, rings);
    const at = this.lesions.length;
    this.say(words, lesions[at]);
    this.#commit(lesions, at, at);
  }

  measured(points) {
    this.say('measured', { length: Math.round(distance(...points)) });
    this.dispatchEvent(new CustomEvent('measure', { detail: { points } }));
  }

  say(names, values = {}) {
    this.status.say(names, values);
  }

  /** Look elsewhere: act changes the view. */
  look(act) {
    act(this.view);
    this.#render();
  }

  redraw() {
    this.stage.sketch(this.#shown || this.hand.places ? this.hand.shapes?.() ?? {} : {});
  }

  /** Pan as far as it takes to have a point of the photograph on the stage. */
  reveal(point) {
    const by = this.view.toScreen(point).map((at, i) => clamp(at, EDGE, Math.max(this.view.size[i] - EDGE, EDGE)) - at);
    this.look((view) => view.pan(by));
  }

  /** A cross in the middle of the stage is the pointer of who has none. */
  showCross(shown) {
    if (this.cross === shown) return;
    this.cross = shown;
    this.#render();
  }

  zoomBy(factor) {
    this.look((view) => view.zoomBy(factor));
    this.say('zoomed', { percent: Math.round(this.view.zoom * 100) });
  }

  toggleOutlines() {
    this.showOutlines = !this.showOutlines;
    this.say(this.showOutlines ? 'shown' : 'hidden');
  }

  // What none of them does

  #about(index) {
    return index === null ? {} : { label: this.lesions[index].label, number: index + 1, count: this.lesions.length };
  }

  #with(rings) {
    return this.lesions.map((lesion, i) => (i === this.selected ? { ...lesion, rings } : lesion));
  }

  #commit(lesions, at, selected, series) {
    this.history.push(lesions, at, series);
    this.#settle(selected, true);
  }

  #go(by, done, nothing) {
    const before = this.lesions.length;
    const at = this.history.go(by);
    this.say(at === undefined ? nothing : done);
    if (at !== undefined) this.#settle(by > 0 && this.lesions.length < before ? null : at, true);
  }

  /** Have a lesion selected, and tell the page what is another than before. */
  #settle(selected, changed) {
    this.gestures.stop(); // what it was about may be no more
    const before = this.selected;
    Object.assign(this, { selected: this.lesions[selected] ? selected : null, previewed: null });
    this.#shown ||= changed || this.selected !== before;
    this.#render();
    const tell = (type, detail) => this.dispatchEvent(new CustomEvent(type, { detail }));
    if (changed) tell('change', { lesions: this.value() });
    if (this.selected !== before) tell('select', { index: this.selected });
  }

  #render() {
    const { container, previewed, stage, view } = this;
    stage.show(previewed ? this.#with(previewed.rings) : this.lesions, this.selected, Boolean(previewed?.crossing));
    stage.place(view, this.cross && this.#tool !== 'points');
    this.redraw();
    put(container, 'data-tool', this.#tool);
    container.classList.toggle('outlines-hidden', !this.#shown);
    this.status.showZoom(view.zoom);
    this.toolbar.update({
      ...Object.fromEntries(this.tools.map((name) => [name, { pressed: name === this.#tool }])),
      undo: { able: this.history.at > 0 },
      redo: { able: this.history.at < this.history.steps.length - 1 },
      remove: { able: this.selected !== null },
      outlines: { pressed: this.#shown },
    });
  }

  #build(src) {
    const keys = element('p', { id: `outline-keys-${++editors}`, class: 'outline-unseen' }, this.words.keys);
    this.stage = new Stage({ src, width: this.width, height: this.height }, this.words, keys.id);
    this.status = new Status(this.words, () => this.redraw());
    const edit = [
      { name: 'undo', key: 'Ctrl+Z', run: () => this.undo() },
      { name: 'redo', key: 'Ctrl+Y', run: () => this.redo() },
      { name: 'fresh', key: 'Esc', run: () => this.#begin() },
      { name: 'remove', key: 'Del', run: () => this.remove(this.selected) },
    ];
    const look = [
      { name: 'zoomOut', key: '-', run: () => this.zoomBy(1 / ZOOM) },
      { name: 'zoomIn', key: '+', run: () => this.zoomBy(ZOOM) },
      { name: 'fit', key: '0', run: () => this.fit() },
      { name: 'outlines', key: 'H', run: () => this.toggleOutlines() },
    ];
    const tools = this.tools.map((name, i) => ({ name, key: i + 1, run: () => { this.tool = name; } }));
    this.toolbar = new Toolbar(this.readonly ? [look] : [tools, edit, look], this.words);
    this.container.classList.add('outline-editor');
    this.container.replaceChildren(this.toolbar.element, this.stage.element, this.status.element, keys);
  }

  /** Choose none, so that what comes is a new lesion, with a tool that can begin one. */
  #begin() {
    this.select(null);
    if (!['draw', 'brush'].includes(this.#tool)) this.tool = 'draw';
  }
}
