/** A case: outlines in the editor, words beside them; a correction is sent, read again by the model, and shown. */
import { OutlineEditor } from './editor/editor.js';
import { map } from './mouth.js';
import { ask, make, pause, read, SignedOut } from './page.js';

const SILENT = 'not_assessable';
const NEWS = 60, SLOWER = 400;  // milliseconds between two questions, at first and later
const words = read('words');
const page = document.getElementById('case');
const line = document.getElementById('waiting');
if (line) waitForReading();
if (page) show();

async function waitForReading() {
  for (;;) {
    try {
      const found = await ask(line.dataset.state, { quiet: true });
      if (found.status === 404 || found.status === 200 && found.state !== 'waiting') break;
    } catch (error) {
      if (!(error instanceof TypeError)) break;  // signed out: the page that is loaded then says so
    }
    await pause(SLOWER);
  }
  location.reload();
}

function show() {
  const right = document.getElementById('said');
  const draft = `outlines ${page.dataset.src}`;
  const readonly = Boolean(page.dataset.readonly);
  const editor = new OutlineEditor(document.getElementById('editor'), {
    src: page.dataset.src, width: Number(page.dataset.width), height: Number(page.dataset.height),
    lesions: read('lesions'), readonly, words: words.editor });
  const reading = () => document.getElementById('reading').dataset;
  const element = id => document.getElementById(id);

  editor.addEventListener('change', event => changed(event.detail.lesions));
  editor.addEventListener('select', event => mark(event.detail.index));
  editor.addEventListener('measure', event => measured(event.detail.points));
  element('keep').addEventListener('click', keep);
  element('discard').addEventListener('click', () => { renew(); });
  element('millimetres').addEventListener('submit', event => { event.preventDefault(); scale(event.target); });
  right.addEventListener('click', clicked);
  if (element('site')) map(element('map'), element('site'));
  element('site')?.addEventListener('change', event => {
    const form = new FormData();
    form.append('site', event.target.value);
    guarded(() => ask(event.target.dataset.to, { form }));
  });
  addEventListener('beforeunload', event => { if (!element('unsaved').hidden) event.preventDefault(); });
  restore();

  /** Outlines that were drawn and not kept, when the session had ended or the tablet was put away. */
  function restore() {
    const found = JSON.parse(localStorage.getItem(draft) ?? 'null');
    if (!found || readonly) return;
    if (found.seen !== reading().number) { localStorage.removeItem(draft); return; }
    editor.set(found.lesions);
    changed(found.lesions);
    tell(words.restored);
  }

  function changed(lesions) {
    element('unsaved').hidden = false;
    localStorage.setItem(draft, JSON.stringify({ seen: reading().number, lesions }));
  }

  function mark(index) {
    for (const each of right.querySelectorAll('.lesion')) {
      each.classList.toggle('selected', Number(each.dataset.lesion) === index);
    }
    right.querySelector('.lesion.selected')?.scrollIntoView({ block: 'nearest' });
  }

  async function keep() {
    const lesions = editor.value().map(({ polygons, origin }) => ({ polygons, origin }));
    await correct(page.dataset.outlines, { lesions });
  }

  function measured(points) {
    const form = element('millimetres');
    form.hidden = false;
    form.points = points;
    form.elements.millimetres.focus();
  }

  async function scale(form) {
    const millimetres = Number(form.elements.millimetres.value);
    if (await correct(page.dataset.scale, { points: form.points, millimetres })) form.hidden = true;
  }

  /** Send a correction and wait until it was read; whether it was. */
  async function correct(address, json) {
    return guarded(async () => {
      tell(words.reading);
      const asked = await ask(address, { json: { seen: Number(reading().number), ...json } });
      if (asked.status !== 202) { tell(asked.problem, true); return false; }
      for (let i = 0; ; i += 1) {
        const found = await ask(`${page.dataset.state}?job=${asked.job}`, { quiet: true });
        if (found.job.state === 'failed') { tell(found.job.problem, true); return false; }
        if (found.job.state === 'done') break;
        await pause(i < 30 ? NEWS : SLOWER);
      }
      await renew();
      tell(words.kept);
      return true;
    });
  }

  /** Do something with the server; what is drawn stays where it is, whatever happens. */
  async function guarded(what) {
    try {
      return await what();
    } catch (error) {
      if (!(error instanceof SignedOut || error instanceof TypeError)) throw error;
      tell(error instanceof SignedOut ? words.out : words.nothing, true);
      if (error instanceof SignedOut) {
        element('status').append(' ', make('a', { href: `${page.dataset.login}?next=${location.pathname}`,
                                                  textContent: words.sign_in }));
      }
      return false;
    }
  }

  /** What stands now, or an earlier version. */
  async function renew(version = '') {
    const found = await ask(`${page.dataset.said}?version=${version}`);
    right.innerHTML = found.text;  // the server's own template, in which all is escaped
    editor.set(read('lesions', right));
    element('unsaved').hidden = true;
    localStorage.removeItem(draft);
  }

  function tell(text, failed = false) {
    const status = element('status');
    status.textContent = text ?? '';
    status.hidden = !text;
    status.className = failed ? 'problem' : 'message';
  }

  function clicked(event) {
    const button = event.target.closest('button');
    if (!button) return;
    if (button.dataset.select) { editor.select(Number(button.dataset.select)); editor.zoomTo(Number(button.dataset.select)); }
    if (button.dataset.version) guarded(() => renew(button.dataset.version));
    if (button.dataset.correct) choose(button);
  }

  /** The words of a feature to choose from, below its line. */
  function choose(button) {
    const row = button.closest('tr');
    const open = row.nextElementSibling?.classList.contains('choice');
    for (const each of right.querySelectorAll('.choice')) each.remove();
    for (const each of right.querySelectorAll('[data-correct]')) each.setAttribute('aria-expanded', 'false');
    if (open) return;
    const task = read('tasks', right).find(each => each.name === button.dataset.correct);
    const said = read('corrected', right)[Number(button.dataset.lesion)]?.[task.name];
    const form = choices(task, said);
    const cell = make('td', { colSpan: 3 }, form);
    row.after(make('tr', { className: 'choice' }, cell));
    button.setAttribute('aria-expanded', 'true');
    form.querySelector('input').focus();
    form.addEventListener('submit', event => {
      event.preventDefault();
      const chosen = new FormData(form).getAll('word');
      if (!task.several && !chosen.length) return;
      correct(page.dataset.words, { lesion: Number(button.dataset.lesion),
                                    words: { [task.name]: answer(task, chosen) } });
    });
    form.querySelector('[type=button]').addEventListener('click', () => {
      row.nextElementSibling.remove();
      button.setAttribute('aria-expanded', 'false');
      button.focus();
    });
  }

  function answer(task, chosen) {
    if (chosen.includes(SILENT)) return SILENT;
    return task.several ? chosen : chosen[0];
  }

  function choices(task, said) {
    const held = [].concat(said ?? []);
    const input = (word, text, type) => make('label', {}, make('input', {
      type, name: 'word', value: word, checked: held.includes(word) }), ` ${text}`);
    const inputs = task.words.map(word => input(word, words.words[word], task.several ? 'checkbox' : 'radio'));
    inputs.push(input(SILENT, words.assessable, task.several ? 'checkbox' : 'radio'));
    return make('form', { className: 'words' }, make('fieldset', {}, make('legend', {
      textContent: words.tasks[task.name] }), ...inputs), make('button', { textContent: words.say }),
    make('button', { type: 'button', className: 'plain', textContent: words.cancel }));
  }
}
