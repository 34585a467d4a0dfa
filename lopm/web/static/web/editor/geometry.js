/** Points and rings in pixels of the photograph: a point is [x, y], a ring is its corners, the first not repeated. */

export const pairs = (flat) => Array.from({ length: flat.length >> 1 }, (_, i) => [flat[2 * i], flat[2 * i + 1]]);
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
export const distance = ([ax, ay], [bx, by]) => Math.hypot(ax - bx, ay - by);
export const middle = ([ax, ay], [bx, by]) => [(ax + bx) / 2, (ay + by) / 2];
export const after = (ring, i) => ring[(i + 1) % ring.length];
export const edges = (ring) => ring.map((point, i) => [point, after(ring, i)]);

/** Signed area: positive where the ring turns clockwise as seen. */
export const area = (ring) => edges(ring).reduce((sum, [a, b]) => sum + a[0] * b[1] - b[0] * a[1], 0) / 2;
export const total = (rings) => rings.reduce((sum, ring) => sum + Math.abs(area(ring)), 0);

/** The box [left, top, right, bottom] around points, wider by a margin. */
export function bounds(points, margin = 0) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    box[0] = Math.min(box[0], x - margin);
    box[1] = Math.min(box[1], y - margin);
    box[2] = Math.max(box[2], x + margin);
    box[3] = Math.max(box[3], y + margin);
  }
  return box;
}

export function contains(ring, [x, y]) {
  let within = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[ax, ay], [bx, by]] = [ring[i], ring[j]];
    if ((ay > y) !== (by > y) && x < ax + (bx - ax) * (y - ay) / (by - ay)) within = !within;
  }
  return within;
}

/** How far a point lies from the stretch between two others. */
export function apart([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const along = clamp(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1), 0, 1);
  return Math.hypot(ax + along * dx - x, ay + along * dy - y);
}

const side = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
const overlap = (a, b, c, d, axis) => Math.max(a[axis], b[axis]) >= Math.min(c[axis], d[axis])
  && Math.max(c[axis], d[axis]) >= Math.min(a[axis], b[axis]);
const meet = (a, b, c, d) => overlap(a, b, c, d, 0) && overlap(a, b, c, d, 1)
  && side(a, b, c) * side(a, b, d) <= 0 && side(c, d, a) * side(c, d, b) <= 0;
const foldsBack = (a, b, c) => side(a, b, c) === 0 && (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1]) < 0;

/** Whether edges of a ring cross or touch one another, or fold back upon themselves. */
export function crosses(ring) {
  const last = ring.length - 1;
  const apart = (i, j) => Math.abs(i - j) > 1 && Math.abs(i - j) < last;
  const all = edges(ring).map(([a, b], i) => ({ a, b, i, left: Math.min(a[0], b[0]), right: Math.max(a[0], b[0]) }));
  all.sort((one, other) => one.left - other.left);
  return ring.some((point, i) => foldsBack(ring.at(i - 1), point, after(ring, i)))
    || all.some(({ a, b, i, right }, at) => {
      for (let next = at + 1; next <= last && all[next].left <= right; next++) {
        if (apart(i, all[next].i) && meet(a, b, all[next].a, all[next].b)) return true;
      }
      return false;
    });
}

/** Indices of the points of a line that keep it within a tolerance (Douglas and Peucker). */
export function keep(points, tolerance) {
  const kept = [0, points.length - 1];
  for (const open = [[0, points.length - 1]]; open.length;) {
    const [first, last] = open.pop();
    let [farthest, far] = [-1, tolerance];
    for (let i = first + 1; i < last; i++) {
      const off = apart(points[i], points[first], points[last]);
      if (off > far) [farthest, far] = [i, off];
    }
    if (farthest > 0) {
      kept.push(farthest);
      open.push([first, farthest], [farthest, last]);
    }
  }
  return kept.sort((a, b) => a - b);
}

/** The same of a ring, from two corners of its hull on: these stay wherever a tracing happened to begin. */
export function keepRing(ring, tolerance) {
  const leftmost = ring.reduce((best, point, i) => (point[0] < ring[best][0] ? i : best), 0);
  const turned = [...ring.slice(leftmost), ...ring.slice(0, leftmost), ring[leftmost]];
  const off = turned.map((point) => distance(point, turned[0]));
  const far = off.indexOf(Math.max(...off));
  const there = keep(turned.slice(0, far + 1), tolerance);
  const back = keep(turned.slice(far), tolerance).map((i) => i + far);
  return [...there, ...back.slice(1, -1)].map((i) => (i + leftmost) % ring.length).sort((a, b) => a - b);
}

export const simplify = (ring, tolerance) => keepRing(ring, tolerance).map((i) => ring[i]);
