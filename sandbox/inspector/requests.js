// Every request as it arrives, with what its client saw and what the ledger knows.

import { call } from './api.js';
import { badge, row, table } from './cells.js';
import { calmly, fill, h } from './dom.js';
import { nothing } from './forms.js';
import { amountField, moment } from './format.js';
import { show, t } from './language.js';
import { clientSaw, endpoint, field, ledgerSays, verdict } from './outcome.js';

const PAGE = 100;
const KEPT = 1000;
const COLUMNS = [['col.number', 'first'], ['col.time', ''], ['col.request', 'grow'], ['col.amount', 'sum'], ['col.verdict', ''], ['col.client', ''], ['col.ledger', '']];
const TONES = { accepted: 'good', declined: 'bad', refused: 'bad', unknown: 'warn', altered: 'warn', waiting: 'plain', executed: 'good', late: 'good', pending: 'warn', not_executed: 'plain' };

export const clientBadge = (saw, request) => badge(TONES[saw], `client.${saw}`, { status: request.status });
export const ledgerBadge = (says) => badge(TONES[says], `ledger.${says}`);

/** The amount a request asks to cancel, as it came. */
export function askedFor(request) {
  return amountField(field(request, endpoint(request) === 'repay' ? 'cancelPrice' : 'price'), field(request, 'currency'));
}

/** `announce` reads a sentence out; `url` gives the address clients are to use. */
export function requests({ announce, url }) {
  const { element: list, body } = table('nav.requests', COLUMNS);
  const empty = h('div');
  const follow = h('button', { type: 'button', class: 'toggle', t: 'requests.follow', 'aria-pressed': 'true', 'data-focus': 'follow' });
  const waiting = h('span', { class: 'muted', role: 'status' });
  const older = h('button', { type: 'button', t: 'requests.older', 'data-focus': 'older-requests' });
  const foot = h('p', { class: 'foot' }, older, h('span', { class: 'muted', t: 'requests.kept' }));
  const element = h('section', { label: 'nav.requests' }, h('div', { class: 'bar-top' }, follow, waiting), list, empty, foot);
  /** By number; what is shown of them is the newest `shown`, as of `held` where the list stands still. */
  let known = new Map();
  let shown = PAGE;
  let held = null;
  let fresh = [];

  async function load() {
    const found = await call('requests', { latest: KEPT });
    known = new Map(found.requests.map((request) => [request.number, request]));
    render();
  }

  function render() {
    const all = [...known.values()].filter((request) => held === null || request.number <= held).sort((one, other) => other.number - one.number);
    fill(body, all.slice(0, shown), (request) => request.number, draw);
    list.hidden = all.length === 0;
    foot.hidden = all.length === 0;
    older.hidden = all.length <= shown;
    empty.replaceChildren();
    if (all.length === 0) empty.append(nothing('requests.empty', 'requests.empty_why', { url: url() }));
    const missed = known.size - all.length;
    show(waiting, 'text', missed > 0 ? 'requests.waiting' : '', { count: missed });
  }

  function draw(request, changed, added) {
    const what = endpoint(request);
    const says = verdict(request);
    const drawn = row(COLUMNS, [
      ['first', h('a', { href: `#/requests/${request.number}`, class: 'open', label: 'request.open', values: { number: request.number }, 'data-focus': `request-${request.number}` }, String(request.number))],
      ['', moment(request.at).slice(11)],
      ['grow', what === null ? h('span', { class: 'code' }, `${request.method} ${request.path}`) : h('span', { t: `endpoint.${what}` }), ' ',
        request.fault !== null && badge('warn', `kind.${request.fault.kind}`), h('small', { class: 'code' }, field(request, 'tid'))],
      ['sum', askedFor(request) || '–'],
      ['', badge(TONES[says], `verdict.${says}`, {}, ' ', h('span', { class: 'code' }, request.result_code ?? String(request.status || '')))],
      ['', clientBadge(clientSaw(request), request)],
      ['', ledgerBadge(ledgerSays(request))],
    ]);
    drawn.classList.toggle('changed', changed);
    drawn.classList.toggle('new', added && fresh.includes(request.number));
    return drawn;
  }

  // A thousand requests a second are drawn a few times a second, and read out as one sentence.
  const soon = calmly(100, render);
  const tell = calmly(700, () => {
    const request = known.get(fresh.at(-1));
    if (fresh.length > 1) announce('request.many', { count: fresh.length });
    else if (request !== undefined) {
      announce('request.new', {
        number: request.number,
        what: t(`verdict.${verdict(request)}`),
        client: t(`client.${clientSaw(request)}`, { status: request.status }),
        ledger: t(`ledger.${ledgerSays(request)}`),
      });
    }
    fresh = [];
  });

  follow.addEventListener('click', () => {
    held = held === null ? Math.max(0, ...known.keys()) : null;
    follow.setAttribute('aria-pressed', String(held === null));
    render();
  });
  older.addEventListener('click', () => {
    shown += PAGE;
    render();
  });

  return {
    element,
    load,
    render,
    request(request) {
      if (!known.has(request.number)) {
        fresh.push(request.number);
        tell();
      }
      known.set(request.number, request);
      if (known.size > KEPT) known.delete(Math.min(...known.keys()));
      soon();
    },
    reset() {
      shown = PAGE;
      held = null;
      follow.setAttribute('aria-pressed', 'true');
    },
  };
}
