import { area, clamp, edges } from './geometry.js';

const BARELY = 1e-3; // inside, where parts overlap and an edge runs through a sample
// Lines through a cell, from the side where they enter to the side where they leave, by which of its corners lie
// inside: the first (1), the one to the right (2), the one below that (4), the one below the first (8)
const CELL = [[], ['TL'], ['RT'], ['RL'], ['BR'], ['TL', 'BR'], ['BT'], ['BL'], ['LB'], ['TB'], ['RT', 'LB'], ['RB'],
  ['LR'], ['TR'], ['LT'], []];

/**
 * A window of the photograph, sampled: how deep each sample lies inside of an outline, from -1 (outside) to 1, in
 * samples. Unlike a mask of 0 and 1 it is traced back to where the outline was, to a few hundredths of a sample; and
 * unlike a canvas it is read back as it was written, where a browser hides canvases from trackers, too.
 */
export class Field {
  /** box: of the window; scale: samples per pixel of the photograph; rings: the outline, of which parts may overlap. */
  constructor(box, scale, rings) {
    [this.left, this.top] = box;
    this.scale = scale;
    this.columns = Math.ceil((box[2] - box[0]) * scale) + 2;
    this.rows = Math.ceil((box[3] - box[1]) * scale) + 2;
    this.depth = this.#fill(rings);
  }

  /** Samples' own box: lines that are traced and leave the window end upon it. */
  get box() {
    return [this.left, this.top, this.left + (this.columns - 1) / this.scale, this.top + (this.rows - 1) / this.scale];
  }

  /** Add a stroke of a round brush, or take it away; returns the area that came in or went out, in the photograph. */
  stroke(points, radius, takeAway) {
    const { depth } = this;
    const reach = radius * this.scale;
    const nearest = new Float32Array(depth.length).fill(Infinity);
    const line = this.#own(points);
    line.forEach((point, i) => this.#near(line[Math.max(i - 1, 0)], point, reach + 1, nearest));
    let flipped = 0;
    for (let at = 0; at < depth.length; at++) {
      if (nearest[at] === Infinity) continue;
      const covered = clamp(reach - Math.sqrt(nearest[at]), -1, 1);
      const before = depth[at];
      depth[at] = takeAway ? Math.min(before, -covered) : Math.max(before, covered);
      flipped += (before > 0) !== (depth[at] > 0);
    }
    return flipped / this.scale ** 2;
  }

  /** Marching squares: {open, closed} lines in pixels of the photograph, the inside to their right. */
  trace() {
    const next = this.#steps();
    const starts = new Set(next.keys());
    for (const end of next.values()) starts.delete(end);
    const open = [...starts].map((start) => this.#follow(next, start));
    const closed = [];
    while (next.size) closed.push(this.#follow(next, next.keys().next().value).slice(0, -1));
    return { open, closed };
  }

  #own(points) {
    return points.map(([x, y]) => [(x - this.left) * this.scale, (y - this.top) * this.scale]);
  }

  #fill(rings) {
    const turns = new Int16Array(this.columns * this.rows); // by how much the winding number grows at a sample
    const depth = new Float32Array(turns.length).fill(1);
    for (const ring of rings) {
      const sign = area(ring) < 0 ? -1 : 1;
      for (const [a, b] of edges(this.#own(ring))) {
        this.#wind(a, b, sign, turns);
        this.#near(a, b, 1, depth);
      }
    }
    for (let at = 0, winding = 0; at < depth.length; at++) {
      winding = at % this.columns ? winding + turns[at] : turns[at];
      depth[at] = winding ? Math.max(Math.sqrt(depth[at]), BARELY) : -Math.sqrt(depth[at]);
    }
    return depth;
  }

  #wind([ax, ay], [bx, by], sign, turns) {
    const last = Math.min(Math.ceil(Math.max(ay, by)), this.rows);
    for (let row = Math.max(Math.ceil(Math.min(ay, by)), 0); row < last; row++) {
      const column = Math.max(Math.ceil(ax + (bx - ax) * (row - ay) / (by - ay)), 0);
      if (column < this.columns) turns[row * this.columns + column] += by > ay ? sign : -sign;
    }
  }

  /** Have samples within reach of the stretch from a to b know how far it is, squared, where that is the least yet. */
  #near([ax, ay], [bx, by], reach, squares) {
    const [dx, dy] = [bx - ax, by - ay];
    const square = dx * dx + dy * dy;
    const last = Math.min(Math.floor(Math.max(ay, by) + reach), this.rows - 1);
    for (let row = Math.max(Math.ceil(Math.min(ay, by) - reach), 0); row <= last; row++) {
      const ends = [row - reach, row + reach].map((y) => ax + dx * (dy ? clamp((y - ay) / dy, 0, 1) : +(y > row)));
      const right = Math.min(Math.floor(Math.max(...ends) + reach), this.columns - 1);
      for (let column = Math.max(Math.ceil(Math.min(...ends) - reach), 0); column <= right; column++) {
        const along = square ? clamp(((column - ax) * dx + (row - ay) * dy) / square, 0, 1) : 0;
        const [x, y] = [ax + along * dx - column, ay + along * dy - row];
        const at = row * this.columns + column;
        squares[at] = Math.min(squares[at], x * x + y * y);
      }
    }
  }

  /** Which crossing of the grid comes after which; a crossing is twice its sample, and one more where it goes down. */
  #steps() {
    const { depth, columns } = this;
    const next = new Map();
    for (let row = 0; row < this.rows - 1; row++) {
      for (let at = row * columns, end = at + columns - 1; at < end; at++) {
        const kind = (depth[at] > 0) | (depth[at + 1] > 0) << 1 | (depth[at + columns + 1] > 0) << 2
          | (depth[at + columns] > 0) << 3;
        if (kind === 0 || kind === 15) continue;
        const edge = { T: 2 * at, L: 2 * at + 1, R: 2 * at + 3, B: 2 * (at + columns) };
        for (const [from, to] of CELL[kind]) next.set(edge[from], edge[to]);
      }
    }
    return next;
  }

  #follow(next, start) {
    const line = [this.#crossing(start)];
    for (let at = start; next.has(at);) {
      const to = next.get(at);
      next.delete(at);
      line.push(this.#crossing(at = to));
    }
    return line;
  }

  #crossing(edge) {
    const at = edge >> 1;
    const to = at + (edge & 1 ? this.columns : 1);
    const along = this.depth[at] / (this.depth[at] - this.depth[to]);
    const column = at % this.columns + (edge & 1 ? 0 : along);
    const row = Math.floor(at / this.columns) + (edge & 1 ? along : 0);
    return [this.left + column / this.scale, this.top + row / this.scale];
  }
}
