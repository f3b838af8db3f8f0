// Without this the page works as well; with it, what is new appears by itself.
const parts = ['#conversations', '#conversation', '#deliveries', '#clock'];
let pending = false;
async function renew() {
  if (pending) return;
  pending = true;
  await new Promise((done) => setTimeout(done, 60));
  pending = false;
  const open = new Set([...document.querySelectorAll('details[open]')].map((one) => one.id));
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html');
  for (const part of parts) {
    const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
    if (!old || !fresh || old.contains(document.activeElement) && document.activeElement.matches('input, select')) continue;
    for (const one of fresh.querySelectorAll('details')) one.open = open.has(one.id);
    old.replaceWith(fresh);
  }
}
document.getElementById('live').textContent = 'connecting';
const news = new EventSource('/_emulator/news');
news.onmessage = renew;
news.onopen = () => { document.querySelector('#live').textContent = 'live'; };
news.onerror = () => { document.querySelector('#live').textContent = 'not connected'; };
