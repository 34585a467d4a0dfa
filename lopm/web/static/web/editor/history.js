const LONGEST = 200;

/** Values one after another, none of them ever changed in place; each step has a note of what it was about. */
export class History {
  constructor(value) {
    this.steps = [{ value }];
    this.at = 0;
    this.first = value;
  }

  get value() {
    return this.steps[this.at].value;
  }

  /** Go on to a value. Steps of one series (a point nudged key after key) are one step to undo. */
  push(value, note, series = null) {
    const again = series !== null && series === this.series && this.at === this.steps.length - 1;
    this.steps.splice(this.at + (again ? 0 : 1), Infinity, { value, note });
    if (this.steps.length > LONGEST) this.steps.shift();
    this.at = this.steps.length - 1;
    this.series = series;
  }

  /** The note of the step that was undone (by -1) or done again (by 1); undefined where there is none. */
  go(by) {
    const step = this.steps[this.at + Math.max(by, 0)];
    if (!this.steps[this.at + by]) return undefined;
    this.at += by;
    this.series = null;
    return step.note;
  }
}
