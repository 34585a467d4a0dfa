/** All that the editor says, in English. A page gives its own by the same names, with {values} in them. */
export const WORDS = {
  stage: 'Photograph with the outlines of lesions',
  keys: 'n and p select the next and the previous lesion. 1 to 6 choose a tool. Arrows move the photograph, + and - '
    + 'zoom, 0 fits. Space sets a point or paints at the cross in the middle. In Points, comma and period walk the '
    + 'points, arrows move one, Insert adds, Delete removes. Alt and arrows move the lesion. Control Z undoes, '
    + 'Control Y does again.',
  toolbar: 'Tools for outlines',
  select: 'Select', draw: 'Draw', points: 'Points', brush: 'Brush', eraser: 'Eraser', measure: 'Measure',
  selectHint: 'Select: click a lesion; drag the selected one to move it, elsewhere to move the photograph.',
  drawHint: 'Draw a new lesion: click point after point and end on the first, or draw around it in one go.',
  pointsHint: 'Points of the selected lesion: drag one; drag a dot to add one; double-click or hold to remove one.',
  brushHint: 'Brush: paint onto the selected lesion; with none selected, begin a new one.',
  eraserHint: 'Eraser: take away from the edge of the selected lesion.',
  measureHint: 'Measure: click at both ends of a known length.',
  fresh: 'New lesion', undo: 'Undo', redo: 'Redo', remove: 'Remove lesion',
  zoomIn: 'Zoom in', zoomOut: 'Zoom out', fit: 'Whole photograph', outlines: 'Show outlines', size: 'Size',
  selected: 'Lesion {label} selected, {number} of {count}', noneSelected: 'No lesion selected',
  noLesion: 'There is no lesion',
  added: 'Lesion {label} added', removed: 'Lesion {label} removed', moved: 'Lesion {label} moved',
  painted: 'Painted onto lesion {label}', erased: 'Erased from lesion {label}',
  filled: 'An outline has no holes: the inside was filled',
  hole: 'Not erased: an outline has no holes; erase from its edge',
  within: 'Nothing added: all of it lies in the lesion', missed: 'Nothing erased: no lesion there',
  point: 'Point {number} of {count}', noPoint: 'No point selected: comma and period walk the points',
  pointMoved: 'Point moved', pointAdded: 'Point added', pointRemoved: 'Point removed',
  threePoints: 'Not removed: an outline has three points or more',
  crossed: 'Not changed: the outline would cross itself', mended: 'The lines crossed: mended',
  pointSet: 'Point {count} set', pointTaken: 'Last point taken back, {count} left', cancelled: 'Drawing given up',
  tooSmall: 'Too small for an outline: nothing added',
  measured: '{length} pixels', undone: 'Undone', redone: 'Done again', nothingToUndo: 'Nothing to undo',
  nothingToRedo: 'Nothing to do again', shown: 'Outlines shown', hidden: 'Outlines hidden', zoomed: '{percent} %',
  sized: 'Size {size}', noPhotograph: 'The photograph could not be loaded',
};
