import { area, crosses, distance, simplify } from '../geometry.js';
import { mended } from '../paint.js';
import { path } from '../stage.js';

const STEP = 2; // pixels of the screen between points drawn in one go
const SLACK = 0.5; // by which these are simplified
const LEAST = 12; // square pixels of the screen of an outline
const TREMBLE = 12; // pixels of the screen: what strays no farther was meant as a point

/** A new lesion, from point to point by taps, or around it in one go; both may be mixed. */
export class Draw {
  places = true; // where one points, something comes to be

  constructor(editor) {
    this.editor = editor;
    this.#clear();
  }

  grab(spot) {
    this.from = spot;
    return true;
  }

  tap(spot, twice) {
    if (this.points.length > 2 && (twice || this.#closes(spot))) this.finish();
    else if (!twice || !this.points.length) {
      this.points.push(spot.at);
      this.editor.say('pointSet', { count: this.points.length });
      this.hover(spot);
    }
  }

  drag(spot) {
    if (!this.dragged) {
      this.dragged = true;
      this.inOneGo = !this.points.length;
      this.points.push(this.from.at);
    }
    this.free = true;
    if (distance(spot.at, this.points.at(-1)) * this.editor.view.zoom >= STEP) this.points.push(spot.at);
    this.hover(spot);
  }

  drop(spot) {
    const far = Math.max(...this.points.map((point) => distance(point, this.from.at))) * this.editor.view.zoom;
    this.dragged = false;
    if (this.inOneGo && far < TREMBLE) {
      this.#clear();
      this.tap(this.from);
    } else if (this.inOneGo || (this.points.length > 2 && this.#closes(spot))) this.finish();
  }

  hover(spot) {
    this.pointer = spot;
    this.editor.redraw();
  }

  /** A second finger ends what is drawn in one go; points that were set stay. */
  cancel() {
    if (this.dragged) this.#clear();
  }

  leave() {
    this.#clear();
  }

  key({ key }) {
    if (!this.points.length) return false;
    if (key === 'Enter') this.finish();
    else if (key === 'Escape') {
      this.#clear();
      this.editor.say('cancelled');
    } else if (key === 'Backspace' || key === 'Delete') this.undo();
    else return false;
    this.editor.redraw();
    return true;
  }

  /** Take the last point back; false where there is none. */
  undo() {
    if (!this.points.pop()) return false;
    this.editor.say('pointTaken', { count: this.points.length });
    this.editor.redraw();
    return true;
  }

  finish() {
    const { editor } = this;
    const { zoom } = editor.view;
    const ring = this.free ? simplify(this.points, SLACK / zoom) : this.points;
    this.#clear();
    const crossing = crosses(ring);
    const rings = crossing ? mended(ring, editor.lens) : [ring];
    if (ring.length > 2 && rings.length && Math.abs(area(rings[0])) > LEAST / zoom ** 2) {
      editor.add(rings, crossing ? ['added', 'mended'] : ['added']);
    } else editor.say('tooSmall');
    editor.redraw();
  }

  shapes() {
    const { points, pointer } = this;
    const closes = pointer && points.length > 2 && this.#closes(pointer);
    return {
      line: path.line(pointer && points.length && !closes ? [...points, pointer.at] : points) + (closes ? 'Z' : ''),
      vertices: this.free ? '' : path.dots(points),
      active: closes ? path.dots(points.slice(0, 1)) : '',
    };
  }

  #closes({ at, reach }) {
    return distance(at, this.points[0]) <= reach;
  }

  #clear() {
    Object.assign(this, { points: [], dragged: false, free: false, inOneGo: false, pointer: null });
  }
}
