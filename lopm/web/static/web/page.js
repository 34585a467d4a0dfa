/** What all scripts of the pages share: asking the server, texts of the page, small helpers. */

/** The json of a `json_script` block. */
export function read(id, within = document) {
  const block = within.querySelector(`#${id}`);
  return block ? JSON.parse(block.textContent) : null;
}

/** An element with properties and children. */
export function make(name, properties = {}, ...children) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}

export class SignedOut extends Error {}

/**
 * Ask the server. Returns {status, ...json}; `quiet`: by the page itself, which does not prolong a session.
 * Throws SignedOut, or TypeError where no server answers.
 */
export async function ask(address, { json, form, quiet = false } = {}) {
  const headers = { 'X-Lopm': '1', ...(quiet ? { 'X-Lopm-Quiet': '1' } : {}) };
  const options = { headers, credentials: 'same-origin' };
  if (json !== undefined || form) {
    options.method = 'POST';
    headers['X-CSRFToken'] = token();
    if (form) options.body = form;
    else Object.assign(options, { body: JSON.stringify(json), headers: { ...headers, 'Content-Type': 'application/json' } });
  }
  const answer = await fetch(address, options);
  if (answer.status === 401) throw new SignedOut();
  const text = await answer.text();
  try {
    return { status: answer.status, ...JSON.parse(text) };
  } catch {
    return { status: answer.status, text };
  }
}

/** The token that shows that a form is the page's own. */
export function token() {
  return document.cookie.split('; ').find(each => each.startsWith('csrftoken='))?.slice(10) ?? '';
}

export const pause = milliseconds => new Promise(resolve => { setTimeout(resolve, milliseconds); });

/** A random number in the form of a UUID (crypto.randomUUID is not there without HTTPS). */
export function number() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = bytes[6] & 15 | 64;
  bytes[8] = bytes[8] & 63 | 128;
  const hex = Array.from(bytes, each => each.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
