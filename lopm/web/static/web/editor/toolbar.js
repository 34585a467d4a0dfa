import { element, put, svg } from './dom.js';

const ICONS = {
  select: 'M6 3l13 8-6 1.5L10 19z',
  draw: 'M4 20l1.2-4.6L16 4.6 19.4 8 8.6 18.8zM13.8 6.8l3.4 3.4',
  points: 'M6 7l11-2 2 12-12 1zM4 5h4v4H4zM15 3h4v4h-4zM17 15h4v4h-4zM5 16h4v4H5z',
  brush: 'M20.5 3.5l-8 9.5M9.5 12.5l3 2.5M9 13c-3 0-4 2-4 4 0 1.5-1 2.5-2.5 3 4 1.5 10 .5 10-4.5',
  eraser: 'M10 20h11M4 14l9-10 7 6-8.5 10H9zM8.5 9l7 6',
  measure: 'M2.5 16.5l14-14 5 5-14 14zM6.5 12.5l2 2M9.5 9.5l3 3M12.5 6.5l2 2',
  fresh: 'M12 3a9 9 0 1 0 .01 0M12 8v8M8 12h8',
  undo: 'M8 5L4 9l4 4M4 9h10a5 5 0 0 1 0 10h-4',
  redo: 'M16 5l4 4-4 4M20 9H10a5 5 0 0 0 0 10h4',
  remove: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  zoomOut: 'M10 4a6 6 0 1 0 .01 0M14.5 14.5L20 20M7 10h6',
  zoomIn: 'M10 4a6 6 0 1 0 .01 0M14.5 14.5L20 20M10 7v6M7 10h6',
  fit: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  outlines: 'M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 1 0 .01 0',
};

/** Buttons in groups, of which Tab reaches one and arrows the others. */
export class Toolbar {
  /** groups: [[{ name, key, run, pressed? }]]: a button with pressed is one that stays down; words: of their names. */
  constructor(groups, words) {
    this.buttons = new Map();
    this.element = element('div', { class: 'outline-toolbar', role: 'toolbar', 'aria-label': words.toolbar },
      ...groups.map((group) => element('div', { role: 'group' }, ...group.map((each) => this.#button(each, words)))));
    [this.reached] = this.buttons.values();
    this.element.addEventListener('keydown', (event) => this.#walk(event));
    this.element.addEventListener('focusin', (event) => this.#reach(event.target));
    this.#reach(this.reached);
  }

  /** Show what is pressed and what can be done: {name: {pressed, able}}. */
  update(states) {
    for (const [name, { pressed, able = true }] of Object.entries(states)) {
      const button = this.buttons.get(name);
      if (button && pressed !== undefined) put(button, 'aria-pressed', pressed);
      if (button) put(button, 'aria-disabled', !able); // not disabled: the focus would be lost
    }
  }

  #button({ name, key, run }, words) {
    const button = element('button', { type: 'button', 'aria-label': words[name], title: `${words[name]} (${key})`,
      'data-name': name }, svg('svg', { viewBox: '0 0 24 24', 'aria-hidden': 'true' }, svg('path', { d: ICONS[name] })),
    element('span', { 'aria-hidden': 'true' }, words[name]));
    button.addEventListener('click', () => button.getAttribute('aria-disabled') !== 'true' && run());
    this.buttons.set(name, button);
    return button;
  }

  #walk(event) {
    const all = [...this.buttons.values()];
    const at = all.indexOf(this.reached);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    all.at(to % all.length).focus();
  }

  #reach(button) {
    this.reached = button;
    for (const each of this.buttons.values()) each.tabIndex = each === button ? 0 : -1;
  }
}
