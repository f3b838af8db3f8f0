// Without this the page works as well; with it, what is new appears by itself.
const parts = ['#conversations', '#conversation', '#deliveries', '#clock'];
let [wanted, busy] = [false, false];
// One at a time, so that an older page never takes the place of a newer one.
async function renew() {
  wanted = true;
  if (busy) return;
  busy = true;
  try {
    while (wanted) {
      await new Promise((done) => setTimeout(done, 60));
      wanted = false;
      await renewNow();
    }
  } finally {
    busy = false;
  }
}
async function renewNow() {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html');
  const open = new Set([...document.querySelectorAll('details[open]')].map((one) => one.id));
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
// What happened since the page was written was told to nobody.
news.onopen = () => { document.querySelector('#live').textContent = 'live'; renew(); };
news.onerror = () => { document.querySelector('#live').textContent = 'not connected'; };
