import { area, bounds, contains, crosses, distance, edges, keep, simplify, total } from './geometry.js';
import { Field } from './field.js';

const SAMPLES = 2e6; // of a field at most: 8 MB
const MARGIN = 4.3; // samples around a stroke
const SLACK = 0.25; // pixels of the screen by which a traced line is simplified; of the brush's radius at most this
const SHARE = 1 / 64; // share, by which a disk loses less than 2 % of its area
const SPECK = 12; // square pixels of the screen; smaller pieces are slips of the hand
const CHANGED = 0.05; // of what a stroke covered anew: less is the noise of tracing

/**
 * A lesion's rings after a stroke of the brush or the eraser. What lies away from the stroke keeps its corners: only a
 * window around the stroke is sampled, the outline is cut there and sewn to what was traced.
 * @param {object} lens {zoom, place}: pixels of the screen per pixel of the photograph, and how a point is put upon it.
 * @returns {{rings, holes, changed}} Outer rings, the largest first; how many holes were filled, for the format knows
 *   none; whether anything is another than before.
 */
export function painted(rings, stroke, radius, erase, lens) {
  const slack = Math.min(SLACK / lens.zoom, radius * SHARE);
  const line = keep(stroke, slack / 2).map((i) => stroke[i]);
  const near = bounds(line, radius);
  const all = bounds([...rings.flat(), near.slice(0, 2), near.slice(2)]);
  const paint = (field) => field.stroke(line, radius, erase);
  const { flipped, untouched, loops } = traced(rings, [near, all], paint, lens, slack);
  const after = outer(untouched, loops, lens.zoom);
  const least = Math.max(CHANGED * flipped, SPECK / lens.zoom ** 2);
  return { ...after, changed: Math.abs(total(after.rings) - total(rings)) > least };
}

/** The rings of an outline whose lines cross: all that they go around, without the loops of an unsteady hand. */
export function mended(ring, lens) {
  const { loops } = traced([ring], [bounds(ring)], () => 0, lens, SLACK / lens.zoom);
  const { rings } = outer([], loops, lens.zoom);
  return rings.filter((each) => total([each]) >= total(rings.slice(0, 1)) / 100);
}

/** What is there once a field was painted on: loops of the first box that gives such as do not cross. */
function traced(rings, boxes, paint, lens, slack) {
  let found;
  for (const box of boxes) {
    const sew = sampled(rings, box, paint, lens);
    for (const off of [slack, slack / 5, 0]) { // what is simplified can come to cross
      found = sew(off) ?? found;
      if (found && !found.loops.some(crosses)) return found;
    }
  }
  return found;
}

function sampled(rings, [left, top, right, bottom], paint, { zoom, place }) {
  const scale = Math.min(2 * zoom, Math.sqrt(SAMPLES / ((right - left) * (bottom - top))));
  const margin = MARGIN / scale;
  const field = new Field([left - margin, top - margin, right + margin, bottom + margin], scale, rings);
  const flipped = paint(field);
  const { open, closed } = field.trace();
  const [lines, whole] = [open, closed].map((each) => each.map((line) => unfolded(line.map(place))));
  const clockwise = rings.map((ring) => (area(ring) < 0 ? [...ring].reverse() : ring));
  const cuts = clockwise.map((ring) => outside(ring, field.box));
  const untouched = rings.filter((_, i) => cuts[i].untouched);
  return (slack) => {
    const loops = sewn(cuts.flatMap(({ runs }) => runs), lines, slack, 2 / scale);
    return loops && { flipped, untouched, loops: [...loops, ...whole.map((loop) => simplify(loop, slack))] };
  };
}

/** A line without its tips that are thinner than the coordinates are fine: there and back again. */
function unfolded(line) {
  const same = (a, b) => a && a[0] === b[0] && a[1] === b[1];
  const kept = [];
  for (const point of line) {
    if (same(kept.at(-2), point)) kept.pop();
    else if (!same(kept.at(-1), point)) kept.push(point);
  }
  return kept;
}

/** The runs of a ring outside of a box, each from where it leaves to where it comes back; whether it never comes. */
function outside(ring, box) {
  const runs = [];
  let run = [];
  for (const [a, b] of edges(ring)) {
    const [from, to] = within(a, b, box);
    const at = (along) => [a[0] + along * (b[0] - a[0]), a[1] + along * (b[1] - a[1])];
    if (from > 0) run.push(a);
    if (from > 0 && from < to) {
      runs.push([...run, at(from)]);
      run = [];
    }
    if (from < to && to < 1) run = [at(to)];
  }
  if (runs.length) runs[0] = [...run, ...runs[0]];
  return { runs, untouched: !runs.length && run.length > 0 };
}

/** From where to where along a to b a box is passed, as shares; [1, 0] where it is not. */
function within(a, b, box) {
  let [from, to] = [0, 1];
  for (const axis of [0, 1]) {
    const passes = [box[axis], box[axis + 2]].map((side) => (side - a[axis]) / (b[axis] - a[axis]));
    from = Math.max(from, Math.min(...passes));
    to = Math.min(to, Math.max(...passes));
  }
  return from < to ? [from, to] : [1, 0];
}

/** Loops of runs outside a window and lines inside it; null where they do not fit together end to end. */
function sewn(runs, lines, slack, reach) {
  if (runs.length !== lines.length) return null;
  const corners = (run) => (run.length > 2 ? run.slice(1, -1) : run.slice(1));
  const loops = [];
  const left = new Set(runs);
  for (const first of left) {
    const loop = [];
    let run = first;
    while (left.delete(run)) {
      const line = nearest(lines, run.at(-1), reach);
      const next = line && nearest(runs, line.at(-1), reach);
      if (!next) return null;
      const whole = [corners(run).at(-1), ...line, corners(next)[0]]; // no corner comes to be where the window ends
      loop.push(...corners(run), ...keep(whole, slack).slice(1, -1).map((i) => whole[i]));
      run = next;
    }
    if (run !== first) return null;
    loops.push(loop);
  }
  return loops;
}

function nearest(lines, point, reach) {
  const far = lines.map((line) => distance(line[0], point));
  const least = Math.min(...far);
  return least < reach ? lines[far.indexOf(least)] : undefined;
}

function outer(untouched, loops, zoom) {
  const large = loops.filter((loop) => total([loop]) > SPECK / zoom ** 2);
  const solid = [...untouched, ...large.filter((loop) => area(loop) > 0)].sort((a, b) => total([b]) - total([a]));
  const covered = (ring, i) => solid.slice(0, i).some((other) => ring.every((point) => contains(other, point)));
  return { rings: solid.filter((ring, i) => !covered(ring, i)), holes: large.filter((loop) => area(loop) <= 0).length };
}
