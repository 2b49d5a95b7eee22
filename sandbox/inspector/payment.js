// One payment: its cancels, and the requests that named it.

import { call } from './api.js';
import { badge, pairs } from './cells.js';
import { h } from './dom.js';
import { amount, moment } from './format.js';
import { clientSaw, endpoint, ledgerSays } from './outcome.js';
import { bar, method, traits } from './payments.js';
import { clientBadge, ledgerBadge } from './requests.js';

const REQUESTS = 50;

/** Everything about a payment, as content of a dialog. */
export async function paymentContent(tid) {
  const [payment, { requests }] = await Promise.all([call('payment', { tid }), call('requests', { tid, latest: REQUESTS })]);
  const money = (number) => amount(number, payment.currency);
  const name = (t) => h('dt', { t });
  return [payment, [
    h('div', { class: 'totals' },
      total('col.approved', money(payment.price)), total('col.cancelled', money(payment.cancelled)), total('col.remaining', money(payment.remaining), 'left')),
    bar(payment),
    pairs([
      [h('dt', {}, 'tid'), h('span', { class: 'code' }, payment.tid)],
      [name('payment.moid'), h('span', { class: 'code' }, payment.moid)],
      [name('payment.mid'), h('span', { class: 'code' }, payment.mid)],
      [name('col.method'), h('span', { t: method(payment.pay_type) }), ' ', traits(payment)],
      [name('payment.at'), moment(payment.approved_at)],
    ]),
    h('p', {}, h('a', { class: 'button', href: `#/faults/${encodeURIComponent(payment.tid)}`, t: 'payment.arm' })),
    h('h3', { t: 'payment.cancels' }),
    payment.cancels.length === 0
      ? h('p', { class: 'muted', t: 'payment.no_cancels' })
      : h('ol', { class: 'lines' }, payment.cancels.map((cancel) => h('li', {},
        h('span', { class: 'sum gone' }, `−${money(cancel.amount)}`),
        h('span', { class: 'grow' }, h('span', { t: 'payment.left', values: { amount: money(cancel.remaining) } }), h('small', {}, `${moment(cancel.date_time)} · `, h('span', { class: 'code' }, cancel.cancel_tid)))))),
    h('h3', { t: 'payment.requests' }),
    requests.length === 0
      ? h('p', { class: 'muted', t: 'payment.no_requests' })
      : h('ol', { class: 'lines' }, requests.reverse().map(line)),
  ]];
}

function total(t, text, type = '') {
  return h('div', { class: `total ${type}` }, h('span', { class: 'muted', t }), h('strong', {}, text));
}

function line(request) {
  const what = endpoint(request);
  return h('li', {},
    h('a', { href: `#/requests/${request.number}`, label: 'request.open', values: { number: request.number } }, String(request.number)),
    h('span', { class: 'grow' }, what === null ? request.path : h('span', { t: `endpoint.${what}` }), h('small', {}, `${moment(request.at)} · ${request.result_code ?? `HTTP ${request.status}`}`)),
    request.fault !== null && badge('warn', `kind.${request.fault.kind}`),
    clientBadge(clientSaw(request), request), ledgerBadge(ledgerSays(request)));
}
