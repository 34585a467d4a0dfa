import { distance } from '../geometry.js';
import { painted } from '../paint.js';
import { path } from '../stage.js';

const STEP = 1; // pixel of the screen between points of a stroke

/**
 * The brush and the eraser. A stroke belongs to the selected lesion, else to the one that it begins in. The brush adds
 * what it covers, also apart from the lesion, as one more part of it; with no lesion it begins a new one. The eraser
 * takes away; what it leaves nothing of is removed. Holes cannot be kept: a brush fills them, an eraser refuses.
 */
export class Brush {
  places = true; // where one points, something comes to be

  constructor(editor, erase) {
    Object.assign(this, { editor, erase, stroke: null, pointer: null });
  }

  grab(spot) {
    const { editor } = this;
    this.target = editor.selected ?? editor.lesionAt(spot);
    this.radius = editor.radius / editor.view.zoom;
    this.stroke = [spot.at];
    this.hover(spot);
    return true;
  }

  drag(spot) {
    if (distance(spot.at, this.stroke.at(-1)) * this.editor.view.zoom >= STEP) this.stroke.push(spot.at);
    this.hover(spot);
  }

  hover(spot) {
    this.pointer = spot;
    this.editor.redraw();
  }

  drop() {
    this.tap();
  }

  tap() {
    const { editor, stroke, target, erase } = this;
    this.cancel();
    if (erase && target === null) return editor.say('missed');
    const before = target === null ? [] : editor.lesions[target].rings;
    const { rings, holes, changed } = painted(before, stroke, this.radius, erase, editor.lens);
    if (!changed) return editor.say(erase ? (holes ? 'hole' : 'missed') : 'within');
    const words = holes ? ['filled'] : [];
    if (target === null) return editor.add(rings, ['added', ...words]);
    editor.select(target, false);
    return editor.change(rings, [erase ? 'erased' : 'painted', ...words]);
  }

  cancel() {
    this.stroke = null;
    this.editor.redraw();
  }

  leave() {
    this.pointer = null;
  }

  shapes() {
    const { stroke, pointer, editor } = this;
    return {
      painted: stroke ? path.line(stroke) + (stroke.length > 1 ? '' : 'h0') : '',
      width: 2 * this.radius,
      cursor: pointer ? path.circle(pointer.at, editor.radius / editor.view.zoom) : '',
    };
  }
}
