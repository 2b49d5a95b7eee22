// One request: what its client saw beside what the ledger says, why its signature is wrong, and the bytes.

import { call } from './api.js';
import { badge, pairs } from './cells.js';
import { h } from './dom.js';
import { amount, bytes, moment, transcript } from './format.js';
import { language } from './language.js';
import { clientSaw, endpoint, field, ledgerSays, verdict } from './outcome.js';
import { askedFor, clientBadge, ledgerBadge } from './requests.js';

/** Everything about a request, as content of a dialog. */
export async function requestContent(number) {
  const request = await call('request', { number });
  const tid = field(request, 'tid');
  const payment = await paymentOf(tid);
  const what = endpoint(request);
  return [
    h('p', { class: 'lead' }, what === null ? h('span', { class: 'code' }, `${request.method} ${request.path}`) : h('strong', { t: `endpoint.${what}` }),
      h('span', { class: 'muted' }, moment(request.at)), h('span', { class: 'muted', t: 'request.peer', values: { peer: request.peer } })),
    h('div', { class: 'sides' }, client(request), ledger(request, payment)),
    ['unknown', 'altered'].includes(clientSaw(request)) && h('p', { class: 'note', t: 'side.differ' }),
    request.explanation !== null && explanation(request.explanation),
    h('h3', { t: 'request.result' }),
    h('p', { class: 'result' }, badge({ accepted: 'good' }[verdict(request)] ?? 'bad', `verdict.${verdict(request)}`), ' ',
      h('span', { class: 'code' }, request.result_code ?? `HTTP ${request.status}`), ' ', request.result_msg),
    h('h3', { t: 'request.fields' }),
    request.fields.length === 0
      ? h('p', { class: 'muted', t: 'request.no_fields' })
      : pairs(request.fields.map(([name, value]) => [h('dt', { class: 'code' }, name), h('span', { class: 'code' }, value)]), 'fields'),
    h('div', { class: 'sides' }, bytesOf('request.received', request.received), bytesOf('request.sent', request.sent)),
  ];
}

/** The payment a request names, or null: what arrived may be anything. */
async function paymentOf(tid) {
  if (tid === '') return null;
  const { payments } = await call('payments', { find: tid });
  return payments.find((payment) => payment.tid === tid) ?? null;
}

function client(request) {
  const saw = clientSaw(request);
  const met = request.fault;
  return h('section', { class: 'side', 'data-side': 'client' },
    h('h3', { t: 'side.client' }), h('p', { class: 'says' }, clientBadge(saw, request)),
    h('p', { t: `saw.${saw}`, values: { code: request.result_code, status: request.status } }),
    h('p', { class: 'muted', t: 'side.sent', values: { bytes: bytes(request.sent.length) } }),
    met !== null && h('p', { class: 'muted' }, h('span', { t: 'side.fault', values: { id: met.id } }), h('span', { t: `kind.${met.kind}` }), ' · ', h('span', { t: `when.${met.when}` })),
    request.ended !== null && h('p', { class: 'muted' }, h('span', { t: 'side.ended' }), h('span', { t: `ended.${request.ended}` })));
}

function ledger(request, payment) {
  const says = ledgerSays(request);
  const money = (number) => amount(number, payment?.currency);
  return h('section', { class: 'side', 'data-side': 'ledger' },
    h('h3', { t: 'side.ledger' }), h('p', { class: 'says' }, ledgerBadge(says)),
    h('p', { t: `knows.${says}`, values: { amount: askedFor(request), at: moment(request.executed_late ?? '') } }),
    payment === null
      ? h('p', { class: 'muted', t: 'knows.no_payment' })
      : h('p', {}, h('span', { t: 'knows.payment', values: { price: money(payment.price), cancelled: money(payment.cancelled), remaining: money(payment.remaining) } }), ' ',
        h('a', { href: `#/payments/${encodeURIComponent(payment.tid)}`, t: 'payment.title', values: { number: payment.number } })));
}

function explanation({ mistakes, korean, english }) {
  const [first, second] = language() === 'ko' ? [korean, english] : [english, korean];
  return h('section', { class: 'explanation' },
    h('h3', { t: 'explain.title' }), h('p', { class: 'says' }, first), h('p', { class: 'muted' }, second),
    h('p', {}, mistakes.map((mistake) => h('code', { class: 'badge bad' }, mistake))));
}

function bytesOf(t, side) {
  return h('section', { class: 'bytes' },
    h('h3', {}, h('span', { t }), ' ', h('small', { class: 'muted' }, bytes(side.length))),
    side.length === 0
      ? h('p', { class: 'muted', t: 'request.nothing' })
      : h('pre', { tabindex: '0', label: t }, transcript(side)),
    side.truncated && h('p', { class: 'muted', t: 'request.cut' }));
}
