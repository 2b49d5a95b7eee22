// The payments: what was approved, what was cancelled, and what remains.

import { call } from './api.js';
import { approveDialog } from './approve.js';
import { badge, row, table } from './cells.js';
import { calmly, fill, h } from './dom.js';
import { nothing } from './forms.js';
import { amount, moment } from './format.js';
import { show } from './language.js';

const PAGE = 25;
const COLUMNS = [['col.number', 'first'], ['col.payment', 'grow'], ['col.method', 'pair'], ['col.approved', 'sum'], ['col.cancelled', 'sum'], ['col.remaining', 'sum']];

/** The name of a method; those without words of their own are told as they are. */
export const method = (word) => (['card', 'hpp', 'vbank', 'bank'].includes(word) ? `pay.${word}` : word);

/** What is special about a payment. */
export function traits(payment) {
  return [
    !payment.partially_cancellable && badge('plain', 'trait.not_partial'),
    payment.deposited && badge('plain', 'trait.deposited'),
    payment.escrow && badge('plain', 'trait.escrow'),
  ];
}

/** How much of a payment is left, as a bar. */
export function bar(payment) {
  const part = h('span', { class: 'bar', 'aria-hidden': 'true' }, h('span'));
  part.firstElementChild.style.width = `${payment.price === 0 ? 0 : (100 * payment.remaining) / payment.price}%`;
  return part;
}

export function payments() {
  const { element: list, body } = table('nav.payments', COLUMNS);
  const empty = h('div');
  const find = h('input', { type: 'search', name: 'find', label: 'payments.find', placeholder: 'payments.find', autocomplete: 'off', spellcheck: 'false' });
  const newer = h('button', { type: 'button', t: 'payments.newer', 'data-focus': 'newer' });
  const older = h('button', { type: 'button', t: 'payments.older', 'data-focus': 'older' });
  const range = h('p', { class: 'muted', role: 'status' });
  const pages = h('nav', { class: 'pages', label: 'payments.pages' }, range, newer, older);
  const approve = h('button', { type: 'button', class: 'primary', t: 'payments.approve', 'data-focus': 'approve', on: { click: approveDialog } });
  const element = h('section', { label: 'nav.payments' }, h('div', { class: 'bar-top' }, find, approve), list, empty, pages);
  /** The `before` of every page up to this one; the newest page has none. */
  let trail = [undefined];
  let page = { payments: [], total: 0, next: null };
  let asked = 0;

  async function load() {
    asked += 1;
    const mine = asked;
    const before = trail.at(-1) ?? Number.MAX_SAFE_INTEGER;
    const found = await call('payments', { before, limit: PAGE, find: find.value.trim() || null });
    if (mine === asked) {
      page = found;
      render();
    }
  }

  // While the sandbox is away there is nothing to show; once it is back, everything is looked at again.
  const reload = () => load().catch(() => {});
  const soon = calmly(250, reload);

  function render() {
    fill(body, page.payments, (payment) => payment.number, draw);
    const some = page.payments.length > 0;
    list.hidden = !some;
    pages.hidden = !some;
    empty.replaceChildren();
    if (!some && find.value.trim() !== '') empty.append(nothing('payments.none', 'payments.none_why', { find: find.value.trim() }));
    else if (!some) empty.append(nothing('payments.empty', 'payments.empty_why'));
    if (some) show(range, 'text', 'payments.range', { first: page.payments[0].number, last: page.payments.at(-1).number, total: page.total.toLocaleString('en-US') });
    newer.disabled = trail.length === 1;
    older.disabled = page.next === null;
  }

  function draw(payment, changed) {
    const money = (number) => amount(number, payment.currency);
    const open = h('a', { href: `#/payments/${encodeURIComponent(payment.tid)}`, class: 'open', label: 'payment.open', values: { number: payment.number }, 'data-focus': `payment-${payment.number}` }, String(payment.number));
    const drawn = row(COLUMNS, [
      ['first', open],
      ['grow', h('span', { class: 'code' }, payment.tid), h('small', {}, `${payment.moid} · ${moment(payment.approved_at)}`)],
      ['pair', h('span', { t: method(payment.pay_type) }), ' ', traits(payment)],
      ['sum', money(payment.price)],
      [payment.cancelled > 0 ? 'sum gone' : 'sum muted', payment.cancelled > 0 ? `−${money(payment.cancelled)}` : '–'],
      ['sum left', money(payment.remaining), bar(payment)],
    ]);
    drawn.classList.toggle('changed', changed);
    return drawn;
  }

  find.addEventListener('input', () => {
    trail = [undefined];
    soon();
  });
  older.addEventListener('click', () => {
    trail.push(page.next);
    reload();
  });
  newer.addEventListener('click', () => {
    trail.pop();
    reload();
  });

  return {
    element,
    load,
    render,
    payment(payment) {
      const place = page.payments.findIndex((shown) => shown.number === payment.number);
      if (place >= 0) {
        page.payments[place] = payment;
        render();
      } else {
        soon();
      }
    },
    reset() {
      trail = [undefined];
    },
  };
}
