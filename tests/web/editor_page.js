import { OutlineEditor, WORDS } from '/editor/editor.js';
import { Field } from '/editor/field.js';
import { area, crosses, total } from '/editor/geometry.js';
import { mended, painted } from '/editor/paint.js';

/** What a test uses: make(options) puts an editor there; heard is what it has told. */
Object.assign(window, { Field, OutlineEditor, WORDS, area, crosses, total, mended, painted, heard: [] });
window.make = (options) => {
  window.editor?.destroy();
  window.heard = [];
  window.editor = new OutlineEditor(document.getElementById('place'), options);
  for (const type of ['change', 'select', 'measure']) {
    window.editor.addEventListener(type, ({ detail }) => window.heard.push({ type, ...detail }));
  }
};
window.ready = true;
