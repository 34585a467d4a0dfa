/** A photograph that a person reads without any word about it: outlines, and an answer to each feature of each lesion. */
import { OutlineEditor } from './editor/editor.js';
import { Questions } from './questions.js';
import { ask, make, read, SignedOut } from './page.js';

const page = document.getElementById('second');
const words = read('words');
const draft = `second ${page.dataset.account} ${location.pathname}`;  // a tablet is several people's
const before = JSON.parse(localStorage.getItem(draft) ?? 'null');
const element = id => document.getElementById(id);
const free = element('free').querySelector('input');

const editor = new OutlineEditor(element('editor'), {
  src: page.dataset.src, width: Number(page.dataset.width), height: Number(page.dataset.height),
  lesions: before?.lesions ?? [], words: words.editor, tools: ['select', 'draw', 'points', 'brush', 'eraser'] });
const questions = new Questions(element('questions'), read('tasks'), words, before?.answers);

questions.show(editor.value());
element('free').hidden = editor.value().length > 0;
if (before) tell(words.restored);
else editor.tool = 'draw';
editor.addEventListener('change', event => {
  questions.show(event.detail.lesions);
  element('free').hidden = event.detail.lesions.length > 0;
  keepDraft();
});
editor.addEventListener('select', event => questions.open(event.detail.index));
questions.addEventListener('answer', keepDraft);
questions.addEventListener('open', event => editor.select(event.detail.index, false));
element('keep').addEventListener('click', keep);
element('keep').disabled = false;

function keepDraft() {
  localStorage.setItem(draft, JSON.stringify({ lesions: editor.value(), answers: questions.value() }));
}

async function keep() {
  const lesions = editor.value();
  if (!lesions.length && !free.checked) { tell(words.say_none, true); free.focus(); return; }
  if (!questions.complete()) { tell(words.open, true); return; }
  const answers = questions.value();
  const said = lesions.map(({ polygons, label }) => ({ polygons, words: answers[label] }));
  element('keep').disabled = true;
  try {
    const found = await ask(location.pathname, { json: { lesions: said } });
    if (found.status !== 201) { tell(found.problem, true); return; }
    localStorage.removeItem(draft);
    location.reload();
  } catch (error) {
    if (!(error instanceof SignedOut || error instanceof TypeError)) throw error;
    tell(error instanceof SignedOut ? words.out : words.nothing, true);
    if (error instanceof SignedOut) {
      element('status').append(' ', make('a', { href: `${page.dataset.login}?next=${location.pathname}`,
                                                textContent: words.sign_in }));
    }
  } finally {
    element('keep').disabled = false;
  }
}

function tell(text, failed = false) {
  const status = element('status');
  status.textContent = text ?? '';
  status.hidden = !text;
  status.className = failed ? 'problem' : 'message';
}
