import { clamp } from './geometry.js';
import { element, put, svg } from './dom.js';

const BADGE = 11; // radius on the screen
const SKETCHES = ['painted', 'line', 'vertices', 'middles', 'active', 'cursor'];

/** The data of a path: of rings, of a line, of dots (no longer than their round or square ends), of a circle. */
export const path = {
  line: (points) => (points.length ? `M${points.map(([x, y]) => `${x} ${y}`).join('L')}` : ''),
  rings: (rings) => rings.map((ring) => `${path.line(ring)}Z`).join(''),
  dots: (points) => points.map(([x, y]) => `M${x} ${y}h0`).join(''),
  circle: ([x, y], r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`,
};

/** The photograph and what is drawn over it; nothing of what any of it means. Lines are as wide at every zoom. */
export class Stage {
  constructor({ src, width, height }, words, describedBy) {
    this.photograph = svg('image', { href: src, width, height, preserveAspectRatio: 'none' });
    this.outlines = svg('g', { class: 'outline-lesions' });
    this.sketches = Object.fromEntries(SKETCHES.map((name) => [name, doubled(`outline-${name}`)]));
    this.scene = svg('g', {}, this.photograph, this.outlines, ...Object.values(this.sketches));
    this.badges = svg('g', { class: 'outline-badges' });
    this.cross = svg('g', { class: 'outline-cross' }, ...doubled('').children);
    const names = { tabindex: 0, role: 'application', 'aria-label': words.stage, 'aria-describedby': describedBy };
    this.svg = svg('svg', names, this.scene, this.badges, this.cross);
    this.element = element('div', { class: 'outline-stage' }, this.svg);
    this.drawn = [];
  }

  /** Draw lesions; only those that are others than before are drawn anew. */
  show(lesions, selected, crossing) {
    while (this.drawn.length > lesions.length) {
      const { group, badge } = this.drawn.pop();
      group.remove();
      badge.remove();
    }
    lesions.forEach((lesion, i) => {
      const drawn = this.drawn[i] ?? this.#begin(i);
      if (drawn.lesion !== lesion) {
        for (const each of drawn.group.children) each.setAttribute('d', path.rings(lesion.rings));
        drawn.badge.lastChild.textContent = lesion.label;
        drawn.lesion = lesion;
      }
      for (const each of [drawn.group, drawn.badge]) each.classList.toggle('selected', i === selected);
      drawn.group.classList.toggle('crossing', i === selected && crossing);
    });
    const group = this.drawn[selected]?.group;
    if (group && group !== this.outlines.lastChild) this.outlines.append(group); // above a border that is shared
  }

  #begin(i) {
    const group = doubled('outline-lesion');
    const badge = svg('g', {}, svg('circle', { r: BADGE }), svg('text', { 'text-anchor': 'middle', dy: '0.35em' }));
    this.outlines.append(group);
    this.badges.append(badge);
    return (this.drawn[i] = { group, badge });
  }

  /** Draw what a tool shows: path data by the names of SKETCHES; width: of what is painted. */
  sketch(shapes) {
    for (const [name, group] of Object.entries(this.sketches)) {
      for (const each of group.children) put(each, 'd', shapes[name] ?? '');
    }
    for (const each of this.sketches.painted.children) each.style.strokeWidth = shapes.width ?? 0;
  }

  /** Put photograph, numbers and, for the keyboard, a cross in the middle where a view says. */
  place(view, cross) {
    put(this.scene, 'transform', `translate(${view.offset.join(' ')}) scale(${view.zoom})`);
    for (const { lesion, badge } of this.drawn) {
      const highest = lesion.rings.flat().reduce((best, point) => (point[1] < best[1] ? point : best), [0, Infinity]);
      const [x, y] = view.toScreen(highest);
      const at = [x, y - BADGE - 6].map((each, i) => clamp(each, BADGE + 2, view.size[i] - BADGE - 2));
      put(badge, 'transform', `translate(${at.join(' ')})`);
      put(badge, 'visibility', lesion.rings.length ? 'inherit' : 'hidden');
    }
    const [x, y] = view.size.map((side) => side / 2);
    const lines = cross ? `M${x - 20} ${y}h16m8 0h16M${x} ${y - 20}v16m0 8v16` : '';
    for (const each of this.cross.children) put(each, 'd', lines);
  }
}

const line = (name) => svg('path', { class: name });
const doubled = (name) => svg('g', { class: name }, line('outline-halo'), line('outline-light'));
