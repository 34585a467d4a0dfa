/** What several readers say of a photograph: the outlines of one of them at a time, and the words of all. */
import { OutlineEditor } from './editor/editor.js';
import { read } from './page.js';

const page = document.getElementById('beside');
const outlines = read('outlines');
const editor = new OutlineEditor(document.getElementById('editor'), {
  src: page.dataset.src, width: Number(page.dataset.width), height: Number(page.dataset.height), lesions: outlines[0],
  readonly: true, words: read('words').editor });
const buttons = page.querySelectorAll('[data-reader]');
for (const button of buttons) button.addEventListener('click', () => show(button.dataset.reader));
show(0);

function show(number) {
  editor.set(outlines[number]);
  for (const each of buttons) each.setAttribute('aria-pressed', each.dataset.reader === String(number));
  for (const each of page.querySelectorAll('[data-of]')) each.classList.toggle('selected', each.dataset.of === String(number));
}
