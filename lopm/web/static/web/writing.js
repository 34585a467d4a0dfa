/** A report that is being written: asks until it is there, and opens it. */
import { ask, pause } from './page.js';

const line = document.getElementById('writing');
while (line) {
  const found = await ask(`${location.pathname}?ready=1`, { quiet: true });
  if (found.ready || found.problem || found.status !== 200) {
    if (found.ready) {  // what stays to be seen where the file is saved and not shown
      document.querySelector('h1').textContent = line.dataset.ready;
      line.textContent = '';
    }
    location.reload();
    break;
  }
  await pause(500);
}
