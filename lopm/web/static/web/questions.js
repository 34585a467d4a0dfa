/** What a person says of each lesion: every feature that the model knows, its words, none of them, or "cannot be judged". */
import { make } from './page.js';

const NOT_ASSESSABLE = 'not_assessable';

/**
 * The questions on each lesion, one below the other.
 *
 * Events: `answer` after every answer; `open` {index} when the questions on a lesion are opened.
 * An answer is a word, a list of words where several may hold, or 'not_assessable'.
 */
export class Questions extends EventTarget {
  /**
   * @param {HTMLElement} container Empty.
   * @param {object[]} tasks name, words, several, valid_if {task: word}.
   * @param {object} words Texts of the page. @param {object} answers {label: {task: answer}} to begin with.
   */
  constructor(container, tasks, words, answers = {}) {
    super();
    Object.assign(this, { container, tasks, words, begun: answers, forms: new Map(), gone: new Map() });
  }

  /** Ask about these lesions; what was said of one that is gone comes back with it. */
  show(lesions) {
    const now = new Map();
    for (const { label, polygons } of lesions) {
      const drawn = JSON.stringify(polygons);
      const form = this.forms.get(label) ?? this.#form(label, this.gone.get(drawn) ?? this.begun[label] ?? {});
      form.drawn = drawn;
      now.set(label, form);
    }
    for (const [label, form] of this.forms) if (!now.has(label)) this.gone.set(form.drawn, form.answers);
    this.forms = now;
    this.begun = {};
    const all = [...now.values()].map(form => form.details);
    for (const each of [...this.container.children]) if (!all.includes(each)) each.remove();
    for (const each of all) if (!each.isConnected) this.container.append(each);
  }

  /** Open the questions on one lesion, by its place, and close the others. */
  open(index) {
    if (index === null) return;
    [...this.forms.values()].forEach((form, i) => { form.details.open = i === index; });
  }

  value() {
    return Object.fromEntries([...this.forms].map(([label, form]) => [label, this.#said(form)]));
  }

  /** Whether all are answered; else the first that is not has the focus. */
  complete() {
    for (const form of this.forms.values()) {
      const open = this.#asked(form).find(task => form.answers[task.name] === undefined);
      if (open) {
        form.details.open = true;
        form.fields.get(open.name).querySelector('input').focus();
        return false;
      }
    }
    return true;
  }

  #asked({ answers }) {
    return this.tasks.filter(task => Object.entries(task.valid_if ?? {}).every(
      ([other, word]) => [].concat(answers[other] ?? []).includes(word)));
  }

  /** What was said, of the questions that arise. */
  #said(form) {
    return Object.fromEntries(this.#asked(form).filter(task => form.answers[task.name] !== undefined).map(
      task => [task.name, form.answers[task.name]]));
  }

  #form(label, answers) {
    const form = { answers: { ...answers }, fields: new Map(), count: make('span', { className: 'quiet' }) };
    for (const task of this.tasks) form.fields.set(task.name, this.#field(task, label, form));
    const summary = make('summary', {}, `${this.words.lesion} ${label} `, form.count);
    form.details = make('details', { className: 'lesion choice', open: true }, summary, ...form.fields.values());
    summary.addEventListener('click', () => {
      const index = [...this.forms.values()].indexOf(form);
      if (!form.details.open) this.dispatchEvent(new CustomEvent('open', { detail: { index } }));
    });
    this.#update(form);
    return form;
  }

  #field(task, label, form) {
    const type = task.several ? 'checkbox' : 'radio';
    const others = task.several ? [['none', this.words.none], [NOT_ASSESSABLE, this.words.assessable]]
      : [[NOT_ASSESSABLE, this.words.assessable]];
    const held = form.answers[task.name];
    const checked = value => (value === 'none' && task.several ? held?.length === 0 : [].concat(held ?? []).includes(value));
    const inputs = [...task.words.map(word => [word, this.words.words[word]]), ...others].map(([value, text], i) => {
      const input = make('input', { type, name: `${label} ${task.name}`, value, checked: checked(value) });
      input.alone = i >= task.words.length;
      return make('label', {}, input, ` ${text}`);
    });
    const field = make('fieldset', {}, make('legend', { textContent: this.words.tasks[task.name] }), ...inputs);
    field.addEventListener('change', ({ target }) => {
      const all = [...field.querySelectorAll('input')];
      if (task.several && target.checked) {
        for (const each of all) if (each !== target && (target.alone || each.alone)) each.checked = false;
      }
      form.answers[task.name] = answer(task, all.filter(each => each.checked));
      this.#update(form);
      this.dispatchEvent(new CustomEvent('answer'));
    });
    return field;
  }

  /** Which questions arise, and how many of them are answered. */
  #update(form) {
    const asked = this.#asked(form);
    for (const task of this.tasks) form.fields.get(task.name).hidden = !asked.includes(task);
    const number = asked.filter(task => form.answers[task.name] !== undefined).length;
    form.count.textContent = this.words.of.replace('{number}', number).replace('{count}', asked.length);
  }
}

/** The answer of the inputs that are checked; undefined where there is none. */
function answer(task, checked) {
  const alone = checked.find(each => each.alone);
  if (alone) return alone.value === 'none' && task.several ? [] : alone.value;
  if (!task.several) return checked[0]?.value;
  return checked.length ? checked.map(each => each.value) : undefined;
}
