/** A visit: photographs dropped or chosen are sent, three at a time, and their tiles come when they are read. */
import { map } from './mouth.js';
import { ask, make, number, pause, read, SignedOut, token } from './page.js';

const AT_ONCE = 3, TRIES = 8, MOST = 80 * 2 ** 20, NEWS = 1000;
const words = read('words');
const drop = document.getElementById('drop');
const tiles = document.getElementById('photographs');
const waiting = [];
let under_way = 0, watching = false, news = false;

if (drop) {
  map(document.getElementById('map'), document.getElementById('site'));
  for (const id of ['files', 'camera']) {
    const input = document.getElementById(id);
    input.addEventListener('change', () => { take(input.files); input.value = ''; });
  }
  for (const [name, over] of [['dragenter', true], ['dragover', true], ['dragleave', false], ['drop', false]]) {
    drop.addEventListener(name, event => { event.preventDefault(); drop.classList.toggle('over', over); });
  }
  drop.addEventListener('drop', event => take(event.dataTransfer.files));
  addEventListener('beforeunload', event => { if (under_way || waiting.length) event.preventDefault(); });
}
watch();

function take(files) {
  const site = document.getElementById('site').value;
  const first = Date.now() * 1000;  // they arrive in any order, and are shown as they were chosen
  for (const [i, file] of [...files].entries()) {
    const line = make('li', {}, make('span', { textContent: file.name }), make('progress', { max: 1, value: 0 }),
                      make('span', { className: 'said', textContent: words.waits }));
    line.querySelector('progress').setAttribute('aria-label', file.name);
    document.getElementById('sending').append(line);
    waiting.push({ file, site, line, id: number(), turn: first + i });
  }
  next();
}

function next() {
  while (under_way < AT_ONCE && waiting.length) {
    under_way += 1;
    send(waiting.shift()).finally(() => { under_way -= 1; next(); watch(); });
  }
}

/** Send a photograph until the server has said that it has it, or why not. */
async function send(each) {
  if (each.file.size > MOST) return told(each, words.large, true);
  for (let i = 0; i < TRIES; i += 1) {
    const answer = await once(each);
    if (answer.status === 200 || answer.status === 201) return told(each, answer.there ? words.there : words.sent);
    if (answer.status === 401) return told(each, words.out, true);
    if (answer.status && answer.status !== 503) return told(each, answer.problem ?? `${answer.status}`, true);
    told(each, answer.problem ?? words.nothing);
    await pause(1000 * 2 ** Math.min(i, 5));
  }
  return told(each, words.nothing, true);
}

/** One try, with its progress: XMLHttpRequest alone tells how much was sent. */
function once(each) {
  return new Promise(resolve => {
    const form = new FormData();
    form.append('id', each.id);
    form.append('site', each.site);
    form.append('turn', each.turn);
    form.append('photograph', each.file, 'photograph');  // its name may say who it is
    const request = new XMLHttpRequest();
    request.open('POST', drop.dataset.to);
    request.setRequestHeader('X-CSRFToken', token());
    request.setRequestHeader('X-Lopm', '1');
    request.upload.onprogress = event => { each.line.querySelector('progress').value = event.loaded / event.total; };
    request.onload = () => {
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* a proxy's page */ }
      resolve({ status: request.status, ...answer });
    };
    request.onerror = () => resolve({ status: 0 });
    request.send(form);
  });
}

function told(each, text, failed = false) {
  each.line.querySelector('.said').textContent = text;
  each.line.classList.toggle('failed', failed);
  if (!failed || each.line.querySelector('button')) return;
  const again = make('button', { textContent: words.again, className: 'plain small' });
  again.addEventListener('click', () => { again.remove(); waiting.push(each); next(); });
  each.line.append(again);
}

/** Put in what was read meanwhile, as long as something waits; asked for while it does so, it looks once more. */
async function watch() {
  news = true;
  if (watching) return;
  watching = true;
  let shown = null;
  while (news) {
    news = false;
    try {
      const found = await ask(tiles.dataset.state, { quiet: true });
      if (found.status === 404) break;
      const now = `${found.photographs} ${found.waiting?.length}`;
      if (found.status === 200 && shown !== now) {
        await renew();
        shown = now;
      }
      news ||= found.status !== 200 || found.waiting.length > 0;  // or a moment without the server or its database
    } catch (error) {
      if (error instanceof SignedOut) break;
      if (!(error instanceof TypeError)) throw error;
      news = true;
    }
    if (news) await pause(NEWS);
  }
  watching = false;
}

/** The tiles as the server has them; those that are the same stay, with the focus. */
async function renew() {
  const page = await fetch(location.href, { headers: { 'X-Lopm-Quiet': '1' }, credentials: 'same-origin' });
  const found = new DOMParser().parseFromString(await page.text(), 'text/html').querySelector('#photographs');
  if (!found || page.redirected) return;
  const there = new Map([...tiles.querySelectorAll('.tile')].map(each => [each.id, each]));
  for (const tile of found.querySelectorAll('.tile')) {
    const old = there.get(tile.id);
    if (old && old.innerHTML === tile.innerHTML) tile.replaceWith(old);
  }
  tiles.replaceChildren(...found.childNodes);
}
