// Without this script the page works as well; with it, the page renews itself when something changes.
const parts = ['conversations', 'conversation', 'deliveries', 'requests', 'totals', 'clock'];
const fields = 'input:not([type=hidden]), select';
// The last content of each part as the server sent it: a part that did not change is left alone.
const shown = new Map();
let [wanted, busy] = [false, false];

// One at a time, so that an older page never takes the place of a newer one.
async function renew() {
  wanted = true;
  if (busy) return;
  busy = true;
  try {
    while (wanted) {
      await new Promise((done) => setTimeout(done, 100));
      wanted = false;
      await renewNow();
    }
  } finally {
    busy = false;
  }
}

async function renewNow() {
  const response = await fetch(location.href);
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  for (const part of parts) {
    const [old, fresh] = [document.getElementById(part), page.getElementById(part)];
    if (!old || !fresh || shown.get(part) === fresh.innerHTML) continue;
    // An open list of choices would close: this part waits until it is left.
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    if (focused?.matches('select')) continue;
    shown.set(part, fresh.innerHTML);
    replace(old, fresh, focused);
  }
  prepare();
}

// Puts new content in the place of old, and keeps what the reader did: scrolled, opened, typed, focused, selected.
function replace(old, fresh, focused) {
  const pane = getComputedStyle(old).overflowY === 'auto' ? old : document.scrollingElement;
  const anchor = pane.scrollTop > 0 ? firstVisible(old, pane) : null;
  const at = anchor?.getBoundingClientRect().top;
  const scrolled = new Map([...old.querySelectorAll('pre')].filter((one) => one.scrollTop).map((one) => [path(one, old), one.scrollTop]));
  const open = new Map([...old.querySelectorAll('details')].map((one) => [one.id, one.open]));
  const typed = [...old.querySelectorAll(fields)].map((one) => [path(one, old), one.value, initial(one)]);
  const focus = focused && { where: focused.id ? `#${CSS.escape(focused.id)}` : path(focused, old), selection: selectionOf(focused) };
  const top = pane.scrollTop;
  old.replaceChildren(...fresh.childNodes);
  for (const one of old.querySelectorAll('details')) one.open = open.get(one.id) ?? one.open;
  for (const [where, value, before] of typed) {
    const one = find(old, where);
    if (one && value !== before) one.value = value;
  }
  for (const [where, top] of scrolled) find(old, where)?.scrollTo({ top, behavior: 'instant' });
  pane.scrollTo({ top, behavior: 'instant' });
  const again = anchor && document.getElementById(anchor.id);
  if (again) pane.scrollBy({ top: again.getBoundingClientRect().top - at, behavior: 'instant' });
  if (focus) {
    const one = focus.where.startsWith('#') ? old.querySelector(focus.where) : find(old, focus.where);
    one?.focus({ preventScroll: true });
    if (one && focus.selection) one.setSelectionRange(...focus.selection);
  }
}

// The first item with a name that the reader sees.
function firstVisible(old, pane) {
  const top = pane === old ? old.getBoundingClientRect().top : 0;
  return [...old.querySelectorAll('details[id], article[id]')].find((one) => one.getBoundingClientRect().bottom > top);
}

// Where an element is: the closest element with an id, and the way from there. It finds the same one in new content.
function path(element, root) {
  const holder = element.parentElement.closest('[id]');
  const inside = holder && holder !== root && root.contains(holder) ? holder : root;
  const kind = element.name ? `${element.localName}[name="${CSS.escape(element.name)}"]` : element.localName;
  const index = [...inside.querySelectorAll(kind)].indexOf(element);
  return JSON.stringify([inside === root ? '' : inside.id, kind, index]);
}

function find(root, where) {
  const [id, kind, index] = JSON.parse(where);
  const inside = id ? root.querySelector(`#${CSS.escape(id)}`) : root;
  return inside?.querySelectorAll(kind)[index];
}

function initial(field) {
  if (!field.matches('select')) return field.defaultValue;
  return ([...field.options].find((one) => one.defaultSelected) ?? field.options[0])?.value;
}

function selectionOf(field) {
  try {
    return field.selectionStart === null || field.selectionStart === undefined ? null : [field.selectionStart, field.selectionEnd];
  } catch {
    return null;
  }
}

function prepare() {
  for (const button of document.querySelectorAll('button.copy[hidden]')) {
    button.hidden = false;
    button.onclick = async () => {
      const command = button.parentElement.querySelector('.command');
      try {
        await navigator.clipboard.writeText(command.textContent);
        button.textContent = 'Copied';
      } catch {
        // Without permission to copy, the reader finds it selected.
        getSelection().selectAllChildren(command);
        button.textContent = 'Selected';
      }
    };
  }
}

const live = document.getElementById('live');
const say = (text) => { if (live.textContent !== text) live.textContent = text; };
prepare();
document.addEventListener('focusout', (event) => { if (event.target.matches('select')) renew(); });
say('connecting');
const news = new EventSource('/_emulator/news');
news.onmessage = renew;
// News from before the stream was open were not received.
news.onopen = () => { say('live'); renew(); };
news.onerror = () => say('not connected');
// A page that is left closes its stream, so that browsers with few connections have one for the next.
addEventListener('pagehide', () => news.close());
addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
