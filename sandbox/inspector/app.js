// Puts the page together: its sections, the address that says what is open, and the live stream.

import { call } from './api.js';
import { open } from './dialog.js';
import { focusOn, h } from './dom.js';
import { faults } from './faults.js';
import { choose, language, show } from './language.js';
import { follow } from './live.js';
import { paymentContent } from './payment.js';
import { payments } from './payments.js';
import { requestContent } from './request.js';
import { requests } from './requests.js';
import { settings } from './settings.js';

let info = { url: location.origin, mid: '' };

const news = h('p', { class: 'unseen', 'aria-live': 'polite' });
const state = h('span', { class: 'live off', role: 'status' }, h('span', { t: 'live.begin' }));
const mid = h('span', { class: 'code' });
const rehearsal = h('span', { hidden: true });
const time = h('span', { class: 'time' });
const sections = {
  payments: payments(),
  requests: requests({ announce: (key, values) => show(news, 'text', key, values), url: () => info.url }),
  faults: faults(),
  settings: settings({ ticked }),
};
const links = Object.fromEntries(Object.keys(sections).map((name) => [name, h('a', { href: `#/${name}` }, h('span', { t: `nav.${name}` }))]));
const main = h('main', { id: 'content', tabindex: '-1' }, Object.values(sections).map((section) => section.element));
const korean = tongue('ko', '한국어');
const english = tongue('en', 'English');
let dialog = null;

function ticked(text) {
  time.textContent = text;
}

function tongue(code, name) {
  const button = h('button', { type: 'button', lang: code, 'aria-pressed': String(language() === code) }, name);
  button.addEventListener('click', () => {
    choose(code);
    for (const [other, one] of [['ko', korean], ['en', english]]) one.setAttribute('aria-pressed', String(other === code));
    sections.payments.render();
    sections.requests.render();
    sections.faults.render();
    namePage();
  });
  return button;
}

function namePage() {
  show(document.querySelector('title'), 'text', 'title');
}

/** What the address asks for: a section, and something within it. */
function asked() {
  const [, name, detail] = location.hash.split('/');
  let within = null;
  try {
    within = detail === undefined || detail === '' ? null : decodeURIComponent(detail);
  } catch {
    // An address somebody mistyped shows the section alone.
  }
  return { name: name in sections ? name : 'payments', within };
}

const CONTENT = {
  payments: async (tid) => {
    const [payment, content] = await paymentContent(tid);
    return { key: 'payment.title', values: { number: payment.number }, content };
  },
  requests: async (number) => ({ key: 'request.title', values: { number }, content: await requestContent(number) }),
};

async function navigate() {
  const { name, within } = asked();
  for (const [other, section] of Object.entries(sections)) {
    section.element.hidden = other !== name;
    if (other === name) links[other].setAttribute('aria-current', 'page');
    else links[other].removeAttribute('aria-current');
  }
  const before = dialog;
  dialog = null;
  before?.close();
  if (within === null) return;
  if (name === 'faults') sections.faults.aim(within);
  if (name in CONTENT) await detail(name, within);
}

/** Opens a dialog on what the address names; closing it goes back to the section. */
async function detail(name, within) {
  const here = location.hash;
  let found;
  try {
    found = await CONTENT[name](within);
  } catch (error) {
    const key = error.code === 'not_found' ? `${name.slice(0, -1)}.gone` : 'unreachable';
    found = { key: `nav.${name}`, values: {}, content: [h('p', { t: key })] };
  }
  if (location.hash !== here || dialog !== null) return;
  const opened = open({ title: found.key, values: found.values, wide: true, closed: () => {
    if (dialog !== opened) return;
    dialog = null;
    // Whoever went elsewhere meanwhile stays there.
    if (location.hash !== here) return;
    history.replaceState(null, '', `#/${name}`);
    focusOn(`${name.slice(0, -1)}-${found.values.number}`);
  } }, ...found.content.filter(Boolean));
  opened.of = { name, within, number: String(found.values.number) };
  dialog = opened;
}

/** Draws an open dialog again once what it shows has changed. */
async function refresh(name, is) {
  const shown = dialog;
  if (shown === null || shown.of.name !== name || !is(shown.of)) return;
  const { content } = await CONTENT[name](shown.of.within);
  // Whoever is reading or copying bytes in it is not disturbed.
  if (dialog === shown && !shown.body.contains(document.activeElement)) shown.body.replaceChildren(...content.filter(Boolean));
}

function apply(name, data) {
  if (name === 'reset') {
    sections.payments.reset();
    sections.requests.reset();
    return;
  }
  for (const section of Object.values(sections)) section[name]?.(data);
  const again = {
    request: () => refresh('requests', (of) => of.number === String(data.number)),
    payment: () => refresh('payments', (of) => of.within === data.tid),
  }[name];
  again?.().catch(() => {});
}

async function load() {
  info = await call('info');
  mid.textContent = info.mid;
  rehearsal.hidden = info.rehearsal === null;
  if (info.rehearsal !== null) show(rehearsal, 'text', 'rehearsal', info.rehearsal);
  await Promise.all(Object.values(sections).map((section) => section.load()));
}

function status(connected) {
  state.className = `live ${connected ? 'on' : 'off'}`;
  show(state.firstElementChild, 'text', connected ? 'live.on' : 'live.off');
}

document.body.append(
  h('a', { class: 'skip', href: '#content', t: 'skip', on: { click: (event) => { event.preventDefault(); main.focus(); } } }),
  h('p', { class: 'notice', t: 'no_money' }),
  h('header', { class: 'top' },
    h('h1', { t: 'title' }),
    h('p', { class: 'facts' }, state, h('span', {}, h('span', { class: 'muted', t: 'merchant' }), ' ', mid), h('span', {}, h('span', { class: 'muted', t: 'clock' }), ' ', time), rehearsal),
    h('div', { class: 'tongues', role: 'group', label: 'language' }, korean, english)),
  h('nav', { class: 'sections', label: 'nav' }, Object.values(links)),
  main,
  news,
);
namePage();
addEventListener('hashchange', navigate);
navigate();
follow({ load, apply, status });
