/** A report that is being written: asks until it is there, and opens it. */
import { ask, pause } from './page.js';

const line = document.getElementById('writing');
while (line) {
  const found = await ask(`${location.pathname}?ready=1`, { quiet: true });
  if (found.ready || found.problem || found.status !== 200) {
    line.textContent = found.ready ? line.dataset.ready : '';  // what stays to be seen where the file is saved, not shown
    location.reload();
    break;
  }
  await pause(500);
}
