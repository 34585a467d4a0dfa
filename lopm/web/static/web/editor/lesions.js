import { apart, bounds, clamp, contains, edges, pairs, total } from './geometry.js';

/** Lesions within the editor are {rings, label, origin}, never changed in place; a page has them otherwise. */
export const read = (lesions) => lesions.map(({ polygons, label }, i) => (
  { rings: polygons.map(pairs), label: `${label ?? i + 1}`, origin: i }));

export const written = (lesions) => lesions.map(({ rings, label, origin }) => (
  { polygons: rings.map((ring) => ring.flat()), label, origin }));

/** Lesions with a new one, whose label is a number that none had. */
export function labelled(lesions, rings) {
  const highest = Math.max(0, ...lesions.map(({ label }) => parseInt(label, 10) || 0));
  return [...lesions, { rings, label: `${highest + 1}`, origin: null }];
}

/** The lesion that a point lies in, the smallest of several; else the one whose line is nearest, within reach; null. */
export function nearest(lesions, point, reach) {
  const off = (rings) => (rings.some((ring) => contains(ring, point)) ? 0
    : Math.min(...rings.flatMap(edges).map(([a, b]) => apart(point, a, b))));
  const all = lesions.map(({ rings }, index) => ({ index, off: off(rings), size: total(rings) }));
  return all.filter((each) => each.off <= reach).sort((a, b) => a.off - b.off || a.size - b.size)[0]?.index ?? null;
}

/** Rings moved, as far as they stay on a photograph. */
export function shifted(rings, [x, y], [width, height]) {
  const [left, top, right, bottom] = bounds(rings.flat());
  const [dx, dy] = [clamp(x, -left, width - right), clamp(y, -top, height - bottom)];
  return rings.map((ring) => ring.map((point) => [point[0] + dx, point[1] + dy]));
}
