import { path } from '../stage.js';

/** A line between two points, told to the page: what it measures is not for the editor to know. */
export class Measure {
  places = true; // where one points, something comes to be

  constructor(editor) {
    Object.assign(this, { editor, points: [], pointer: null });
  }

  grab(spot) {
    this.from = spot;
    return true;
  }

  tap(spot) {
    if (this.points.length > 1) this.points = [];
    this.points.push(spot.at);
    if (this.points.length > 1) this.editor.measured(this.points);
    else this.editor.say('pointSet', { count: 1 });
    this.editor.redraw();
  }

  drag(spot) {
    this.points = [this.from.at, spot.at];
    this.editor.redraw();
  }

  drop(spot) {
    this.drag(spot);
    this.editor.measured(this.points);
  }

  hover(spot) {
    this.pointer = spot;
    this.editor.redraw();
  }

  cancel() {
    this.points = [];
    this.editor.redraw();
  }

  leave() {
    Object.assign(this, { points: [], pointer: null });
  }

  key({ key }) {
    if (key !== 'Escape' || !this.points.length) return false;
    this.cancel();
    return true;
  }

  shapes() {
    const { points, pointer } = this;
    const line = points.length === 1 && pointer ? [...points, pointer.at] : points;
    return { line: path.line(line), vertices: path.dots(points) };
  }
}
