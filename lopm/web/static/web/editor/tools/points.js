import { crosses, distance, edges, keepRing, middle } from '../geometry.js';
import { ARROWS } from '../keys.js';
import { path } from '../stage.js';

const ROOM = 14; // pixels of the screen between handles: where a third are nearer, not every corner has one
const SLACKS = [1, 2, 4]; // pixels of the screen by which corners without a handle may stray from between handles
const LONG = 30; // pixels of the screen from handle to handle, from which on there is a dot in the middle

/**
 * Corners of the selected lesion, moved, added and removed one by one.
 *
 * A dense outline shows handles at those of its corners that say where it goes; as one zooms in, more appear. Nothing
 * is lost by that: only where a handle is moved, added or removed the corners hidden beside it go, up to the next ones.
 *
 * A grip is what can be taken hold of: {part, from, to, corner, point}, a corner of a part between two others that have
 * handles; corner is null for the dot in the middle of two.
 */
export class Points {
  constructor(editor) {
    Object.assign(this, { editor, active: null, corners: [], middles: [], moved: null });
  }

  get parts() {
    const { editor } = this;
    return editor.lesions[editor.selected]?.rings ?? [];
  }

  shapes() {
    const { parts, editor: { view: { zoom } } } = this;
    if (!parts[this.active?.part]?.[this.active.corner]) this.active = null;
    if (this.moved) return { active: path.dots([this.moved]) };
    const always = (part) => (this.active?.part === part ? [this.active.corner] : []);
    const shown = parts.map((ring, part) => handles(ring, zoom, always(part)));
    this.corners = parts.flatMap((ring, part) => shown[part].map((corner, i) => ({
      part, corner, from: shown[part].at(i - 1), to: shown[part][(i + 1) % shown[part].length], point: ring[corner],
    })));
    this.middles = this.corners.map(({ part, corner, to, point }) => (
      { part, corner: null, from: corner, to, point: middle(point, parts[part][to]) }));
    return {
      vertices: path.dots(this.corners.map(({ point }) => point)),
      middles: path.dots(this.#free(zoom).map(({ point }) => point)),
      active: this.active ? path.dots([this.#grip().point]) : '',
    };
  }

  grab(spot) {
    this.from = spot;
    this.held = closest(this.corners, spot) ?? closest(this.#free(this.editor.view.zoom), spot);
    if (this.held?.corner != null) this.#activate(this.held);
    return Boolean(this.held);
  }

  tap(spot, twice) {
    if (!this.held) this.editor.select(this.editor.lesionAt(spot));
    else if (this.held.corner === null) this.#edit(this.held, [this.editor.place(this.held.point)], 'pointAdded');
    else if (twice) this.#remove(this.held);
  }

  hold() {
    if (this.held?.corner == null) return false;
    this.#remove(this.held);
    return true;
  }

  drag({ screen }) {
    this.moved = this.#shifted(this.held, screen.map((at, i) => at - this.from.screen[i]));
    const rings = this.#with(this.held, [this.moved]);
    this.editor.preview(rings, crosses(rings[this.held.part]));
  }

  drop(spot) {
    this.drag(spot);
    this.#edit(this.held, [this.moved], this.held.corner === null ? 'pointAdded' : 'pointMoved');
  }

  cancel() {
    this.moved = null;
    this.editor.preview(null);
  }

  leave() {
    this.active = null;
  }

  key({ key, shiftKey, altKey }) {
    if (key === ',' || key === '.') this.#walk(key === '.' ? 1 : -1);
    else if (['Insert', ' ', 'Delete', 'Backspace'].includes(key) && !this.active) this.editor.say('noPoint');
    else if (key === 'Insert' || key === ' ') this.#insert();
    else if (key === 'Delete' || key === 'Backspace') this.#remove(this.#grip());
    else if (key === 'Escape' && this.active) this.#activate(null);
    else if (ARROWS[key] && this.active && !altKey) this.#nudge(ARROWS[key].map((step) => step * (shiftKey ? 10 : 1)));
    else return false;
    return true;
  }

  #free(zoom) {
    const { middles, parts } = this;
    return middles.filter(({ part, from, to }) => distance(parts[part][from], parts[part][to]) * zoom > LONG);
  }

  #grip() {
    return this.corners.find(({ part, corner }) => part === this.active.part && corner === this.active.corner);
  }

  #activate(grip) {
    this.active = grip && { part: grip.part, corner: grip.corner };
    this.editor.redraw();
  }

  #walk(by) {
    const { corners, editor } = this;
    if (!corners.length) return editor.say('noneSelected');
    const at = this.active ? corners.indexOf(this.#grip()) + by : Math.min(by, 0);
    const number = (at + corners.length) % corners.length;
    this.#activate(corners[number]);
    editor.reveal(corners[number].point);
    return editor.say('point', { number: number + 1, count: corners.length });
  }

  #nudge(by) {
    const grip = this.#grip();
    const series = `point ${this.editor.selected} ${grip.part} ${grip.corner}`;
    this.#edit(grip, [this.#shifted(grip, by)], 'pointMoved', series);
  }

  #insert() {
    const grip = this.middles[this.corners.indexOf(this.#grip())];
    this.#edit(grip, [this.editor.place(grip.point)], 'pointAdded');
  }

  #remove(grip) {
    if (this.corners.filter(({ part }) => part === grip.part).length > 3) this.#edit(grip, [], 'pointRemoved');
    else this.editor.say('threePoints');
  }

  #shifted({ point }, by) {
    return this.editor.place(point.map((at, i) => at + by[i] / this.editor.view.zoom));
  }

  #with(grip, points) {
    return this.parts.map((ring, part) => (part === grip.part ? replaced(ring, grip, points) : ring));
  }

  #edit(grip, points, word, series = null) {
    const before = this.parts[grip.part];
    const rings = this.#with(grip, points);
    const ring = rings[grip.part];
    this.moved = null;
    if (crosses(ring) && !crosses(before)) { // one that crossed before can be mended step by step
      this.editor.preview(null);
      this.editor.say('crossed');
      return;
    }
    this.active = { part: grip.part, corner: ring.indexOf(points[0] ?? before[grip.to]) };
    this.editor.change(rings, word, series);
  }
}

/** Indices of the corners with handles: all, or of a dense ring those that it needs. */
function handles(ring, zoom, always) {
  const near = ([a, b]) => distance(a, b) * zoom < ROOM;
  const crowded = (corners) => edges(corners.map((i) => ring[i])).filter(near).length;
  let shown = [...ring.keys()];
  for (const slack of SLACKS) {
    if (crowded(shown) < shown.length / 3) break;
    const needed = keepRing(ring, slack / zoom);
    if (needed.length > 2) shown = needed;
  }
  return [...new Set([...shown, ...always])].sort((a, b) => a - b);
}

/** A ring with points in the place of what lies from one of its corners to another. */
function replaced(ring, { from, to, corner }, points) {
  if (from < to) return [...ring.slice(0, from + 1), ...points, ...ring.slice(to)];
  const rest = ring.slice(to, from + 1);
  return corner !== null && corner < to ? [...points, ...rest] : [...rest, ...points];
}

function closest(grips, { at, reach }) {
  const near = grips.filter(({ point }) => distance(point, at) <= reach);
  return near.sort((a, b) => distance(a.point, at) - distance(b.point, at))[0];
}
