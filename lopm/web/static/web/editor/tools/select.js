/** Choose a lesion by a tap; drag the selected one. */
export class Select {
  constructor(editor) {
    this.editor = editor;
  }

  grab(spot) {
    this.from = spot;
    const { readonly, selected } = this.editor;
    return !readonly && selected !== null && this.editor.lesionAt(spot) === selected;
  }

  tap(spot) {
    this.editor.select(this.editor.lesionAt(spot));
  }

  drag({ screen }) {
    this.moved = this.editor.shifted(screen.map((at, i) => at - this.from.screen[i]));
    this.editor.preview(this.moved);
  }

  drop(spot) {
    this.drag(spot);
    this.editor.change(this.moved, 'moved');
  }

  cancel() {
    this.editor.preview(null);
  }

  key({ key, altKey, shiftKey }) {
    const { editor } = this;
    if (key === 'Delete' && editor.selected !== null) editor.remove(editor.selected);
    else return false;
    return true;
  }
}
