/** A place over visits: waits until its photographs are compared; shows two of them side by side, wiped, faded, blinked. */
import { ask, pause, read, SignedOut } from './page.js';

const NEWS = 700;  // milliseconds between two questions
const BLINK = 800;  // milliseconds that a photograph is shown
const words = read('words');
const line = document.getElementById('comparing');
const stage = document.getElementById('stage');
if (line) waitForWords();
if (stage) show();

async function waitForWords() {
  try {
    for (;;) {
      const found = await ask(line.dataset.state, { quiet: true });
      if (found.status !== 200 || found.ready || found.problem) break;
      await pause(NEWS);
    }
  } catch (error) {
    if (!(error instanceof SignedOut || error instanceof TypeError)) throw error;
  }
  location.reload();
}

function show() {
  const element = id => document.getElementById(id);
  const panes = element('panes'), controls = element('controls'), at = element('at');
  const all = [...panes.querySelectorAll('.pane')], first = panes.querySelector('.first');
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  let timer = null;

  controls.hidden = false;
  controls.addEventListener('change', render);
  controls.addEventListener('submit', event => event.preventDefault());
  at.addEventListener('input', slide);
  element('swap').addEventListener('click', () => { halt(); swap(); });
  element('auto').addEventListener('click', () => { if (timer) halt(); else run(); });
  panes.addEventListener('pointerdown', drag);
  panes.addEventListener('pointermove', drag);
  panes.addEventListener('dragstart', event => event.preventDefault());  // of the picture itself
  const picture = first.querySelector('img');
  panes.style.setProperty('--ratio', picture.getAttribute('width') / picture.getAttribute('height'));
  render();

  function later() {
    return all.find(each => each.dataset.photograph === controls.elements.later.value);
  }

  /** What is chosen above the pictures. */
  function render() {
    const mode = controls.elements.mode.value;
    for (const each of all) each.hidden = each !== first && each !== later();
    stage.classList.toggle('bare', !controls.elements.outlines.checked);
    element('slide').hidden = mode !== 'wipe' && mode !== 'fade';
    element('blink').hidden = mode !== 'blink';
    if (mode !== 'blink') halt();
    else if (panes.dataset.mode !== 'blink' && !still.matches) run();
    panes.dataset.mode = mode;
    tell();
    slide();
  }

  function slide() {
    panes.style.setProperty('--at', `${at.value}%`);
    at.setAttribute('aria-valuetext', `${later().dataset.on}: ${at.value} %`);
  }

  /** The line of a wipe, drawn with a finger or a mouse upon the pictures themselves. */
  function drag(event) {
    if (panes.dataset.mode !== 'wipe' || !event.buttons) return;
    event.preventDefault();
    const box = panes.getBoundingClientRect();
    at.value = 100 * (event.clientX - box.left) / box.width;
    slide();
  }

  function swap() {
    panes.classList.toggle('later');
    tell();
  }

  function tell() {
    element('which').textContent = (panes.classList.contains('later') ? later() : first).dataset.on;
  }

  function run() {
    timer = setInterval(swap, BLINK);
    moving();
  }

  function halt() {
    clearInterval(timer);
    timer = null;
    moving();
  }

  /** What the button says; a date that changes by itself is not read out. */
  function moving() {
    element('auto').textContent = timer ? words.pause : words.go;
    element('auto').setAttribute('aria-pressed', String(Boolean(timer)));
    element('which').setAttribute('aria-live', timer ? 'off' : 'polite');
  }
}
