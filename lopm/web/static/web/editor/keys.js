import { bounds, middle } from './geometry.js';

export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const FAR = 50; // pixels of the screen that an arrow pans
const NEAR = 5; // where the cross in the middle is about to set a point; with Shift ten times as far
const ZOOM = 1.25;
const GROW = 1.2; // of the brush
const REACH = 10; // pixels of the screen around the cross

/** The keyboard: on the stage first what the tool in the hand makes of a key, then what it means everywhere. */
export class Keys {
  constructor(root, editor, gestures, signal) {
    Object.assign(this, { editor, gestures });
    root.addEventListener('keydown', (event) => this.#down(event), { signal });
    root.addEventListener('keyup', (event) => this.#up(event), { signal });
    root.addEventListener('focusout', () => { gestures.space = false; }, { signal });
  }

  #down(event) {
    const command = (event.ctrlKey || event.metaKey) && !event.getModifierState('AltGraph');
    const onStage = event.target === this.gestures.surface;
    const known = command ? this.#command(event) : (onStage && this.#onStage(event)) || this.#anywhere(event);
    if (known) event.preventDefault();
  }

  #command({ key, shiftKey }) {
    const letter = key.toLowerCase();
    if (letter === 'y' || (letter === 'z' && shiftKey)) this.editor.redo();
    else if (letter === 'z') this.editor.undo();
    else return false;
    return true;
  }

  #onStage(event) {
    const { editor, gestures } = this;
    const { key, repeat } = event;
    if (key === ' ') Object.assign(gestures, { space: true, panned: repeat && gestures.panned });
    else if (editor.hand.key?.(event)) return true;
    else if (ARROWS[key]) this.#arrow(event);
    else if (key === 'Insert') this.#press();
    else if (key === 'Escape' && editor.selected !== null) editor.select(null);
    else return false;
    return true;
  }

  #arrow({ key, shiftKey, altKey }) {
    const { editor } = this;
    const by = (step) => ARROWS[key].map((each) => each * step * (shiftKey ? 10 : 1));
    if (altKey) this.#moveLesion(by(1));
    else this.#pan(by(editor.hand.places ? NEAR : FAR / (shiftKey ? 2 : 1)));
  }

  #moveLesion(by) {
    const { editor } = this;
    if (!editor.lesions[editor.selected]?.rings.length) editor.say('noneSelected');
    else if (!editor.readonly) editor.change(editor.shifted(by), 'moved', `lesion ${editor.selected}`);
  }

  /** The photograph goes below the cross, which stays in the middle. */
  #pan([x, y]) {
    const { editor } = this;
    editor.showCross(true);
    editor.look((view) => view.pan([-x, -y]));
    editor.hand.hover?.(this.#spot());
  }

  #press() {
    const { editor } = this;
    editor.showCross(true);
    editor.hand.grab?.(this.#spot());
    editor.hand.tap(this.#spot(), false);
  }

  #spot() {
    return this.editor.spot(this.editor.view.size.map((side) => side / 2), REACH);
  }

  #anywhere({ key, code, altKey }) {
    const { editor } = this;
    const acts = {
      n: () => this.#step(1), p: () => this.#step(-1), h: () => editor.toggleOutlines(),
      '[': () => this.#grow(1 / GROW), ']': () => this.#grow(GROW),
      '+': () => editor.zoomBy(ZOOM), '=': () => editor.zoomBy(ZOOM), '-': () => editor.zoomBy(1 / ZOOM),
      0: () => editor.fit(),
    };
    const digit = /^\d$/.test(key) ? key : /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1]; // French digits want Shift
    const act = acts[key.toLowerCase()] ?? acts[digit] ?? (digit && (() => { editor.tool = editor.tools[digit - 1]; }));
    if (!act || (altKey && !'[]'.includes(key))) return false;
    act();
    return true;
  }

  /** Select the next lesion, or by -1 the one before. */
  #step(by) {
    const { editor } = this;
    const count = editor.lesions.length;
    if (!count) return editor.say('noLesion');
    editor.select(((editor.selected ?? (by > 0 ? -1 : 0)) + by + count) % count);
    const [left, top, right, bottom] = bounds(editor.lesions[editor.selected].rings.flat());
    return left < right && editor.reveal(middle([left, top], [right, bottom]));
  }

  #grow(factor) {
    const { editor } = this;
    editor.radius *= factor;
    editor.say('sized', { size: Math.round(editor.radius) });
  }

  /** Space that was not held to pan with is a press at the cross. */
  #up({ key, target }) {
    const { editor, gestures } = this;
    if (key !== ' ' || !gestures.space) return;
    gestures.space = false;
    if (target === gestures.surface && !gestures.panned && !editor.hand.key?.({ key })) this.#press();
  }
}
