import { distance, middle } from './geometry.js';

const REACH = { mouse: 10, pen: 14, touch: 24 }; // pixels of the screen around what is meant
const SLOP = { mouse: 3, pen: 6, touch: 9 }; // by which a pointer may stray and still have clicked
const TWICE = 350; // milliseconds between the two of a double click
const HOLD = 600; // milliseconds of a long press

/**
 * Pointers on the stage, as what is meant by them: of one the tool's own gesture or a pan, of two a pinch.
 *
 * A tool has grab(spot), which returns whether what follows is its own; then drag(spot) and drop(spot), or tap(spot,
 * twice) where the pointer did not stray; cancel() where a second finger came; hold(spot), which returns whether it did
 * anything; hover(spot). A spot is {at, screen, reach}: on the photograph, on the stage, how far a hit may be off.
 */
export class Gestures {
  constructor(surface, host, signal) {
    Object.assign(this, { surface, host, pointers: new Map(), kind: null, space: false, lastTap: null });
    const listen = (name, act) => surface.addEventListener(name, act, { signal, passive: false });
    listen('pointerdown', (event) => this.#down(event));
    listen('pointermove', (event) => this.#move(event));
    listen('pointerup', (event) => this.#up(event));
    listen('pointercancel', (event) => this.#cancel(event));
    listen('pointerleave', () => this.kind || host.hand.hover?.(null));
    listen('wheel', (event) => this.#wheel(event));
    listen('contextmenu', (event) => event.preventDefault());
  }

  /** Give up what is under way. */
  stop() {
    clearTimeout(this.holding);
    this.lastTap = null;
    if (this.kind === 'tool' || this.kind === 'pan') this.host.hand.cancel?.();
    this.kind = this.pointers.size ? 'done' : null;
  }

  #place({ clientX, clientY }) {
    const { left, top } = this.surface.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  #spot(event) {
    return this.host.spot(this.#place(event), REACH[event.pointerType] ?? REACH.mouse);
  }

  #down(event) {
    const pen = event.pointerType === 'pen';
    if (event.button > 1 || (this.pen && !pen)) return;
    if (event.button === 1) event.preventDefault(); // of some systems it scrolls
    if (pen) { // the hand that holds it may already lie on the glass
      this.stop();
      this.pointers.clear();
      this.pen = true;
    }
    this.surface.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.#place(event));
    this.host.showCross(false);
    if (this.pointers.size > 1) this.#pinch();
    else this.#begin(event);
  }

  #begin(event) {
    Object.assign(this, { start: this.#place(event), slop: SLOP[event.pointerType] ?? SLOP.mouse, strayed: false });
    if (this.space || event.button === 1) {
      this.kind = 'drag';
      return;
    }
    const spot = this.#spot(event);
    this.kind = this.host.hand.grab?.(spot) ? 'tool' : 'pan';
    this.holding = setTimeout(() => {
      if (event.pointerType !== 'mouse' && !this.strayed && this.host.hand.hold?.(spot)) this.kind = 'done';
    }, HOLD);
  }

  #pinch() {
    this.stop();
    this.kind = 'pinch';
  }

  #move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (!this.pointers.size) this.#hover(event);
      return;
    }
    const two = [...this.pointers.values()].slice(0, 2);
    const now = this.#place(event);
    this.pointers.set(event.pointerId, now);
    if (this.kind === 'pinch') this.#pinched(two, [...this.pointers.values()].slice(0, 2));
    else this.#dragged(event, before, now);
  }

  #hover(event) {
    this.host.showCross(false);
    this.host.hand.hover?.(this.#spot(event));
  }

  #pinched(before, now) {
    if (now.length < 2) return;
    const [from, to] = [middle(...before), middle(...now)];
    this.host.look((view) => {
      view.zoomBy(distance(...now) / Math.max(distance(...before), 1), from);
      view.pan([to[0] - from[0], to[1] - from[1]]);
    });
  }

  #dragged(event, before, now) {
    const begins = !this.strayed && distance(now, this.start) > this.slop;
    this.strayed ||= begins;
    if (!this.strayed) return;
    if (this.kind === 'tool') {
      const all = event.getCoalescedEvents?.() ?? [];
      for (const each of all.length ? all : [event]) this.host.hand.drag(this.#spot(each));
    } else if (this.kind === 'pan' || this.kind === 'drag') {
      this.panned = true;
      const from = begins ? this.start : before;
      this.host.look((view) => view.pan([now[0] - from[0], now[1] - from[1]]));
    }
  }

  #up(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    clearTimeout(this.holding);
    const { kind } = this;
    if (!this.pointers.size) this.kind = null;
    this.pen = false;
    if (kind === 'tool' && this.strayed) this.host.hand.drop(this.#spot(event));
    else if ((kind === 'tool' || kind === 'pan') && !this.strayed) this.#tap(event);
    if (event.pointerType === 'touch') this.host.hand.hover?.(null);
  }

  #tap(event) {
    const last = this.lastTap;
    const twice = last && event.timeStamp - last.time < TWICE && distance(last.place, this.start) < 2 * this.slop + 2;
    this.lastTap = twice ? null : { time: event.timeStamp, place: this.start };
    this.host.hand.tap?.(this.#spot(event), Boolean(twice));
  }

  #cancel(event) {
    if (!this.pointers.delete(event.pointerId)) return;
    this.pen = false;
    this.stop();
  }

  #wheel(event) {
    event.preventDefault();
    const lines = event.deltaMode ? 16 : 1;
    const factor = Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.002));
    this.host.look((view) => view.zoomBy(factor, this.#place(event)));
  }
}
