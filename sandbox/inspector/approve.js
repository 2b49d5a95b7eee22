// Approves a made-up payment.

import { open } from './dialog.js';
import { h } from './dom.js';
import { checkbox, filled, labelled, outcome, select, sends } from './forms.js';
import { amount, digitsOf } from './format.js';

const field = (name, attributes = {}) => h('input', { type: 'text', name, autocomplete: 'off', spellcheck: 'false', ...attributes });

function read(form) {
  const values = filled(form);
  values.price = (values.price ?? '').replace(/[,\s]/g, '');
  if (values.approved_at !== undefined) values.approved_at = digitsOf(values.approved_at);
  return values;
}

export function approveDialog() {
  const said = outcome();
  const price = field('price', { inputmode: 'numeric', value: '12000', required: true, autofocus: true, class: 'sum' });
  const form = h('form', { class: 'stack' },
    h('div', { class: 'columns' },
      labelled(price, 'approve.price', 'approve.cents'),
      labelled(select('currency', [['WON', 'won'], ['USD', 'usd']]), 'approve.currency'),
      labelled(select('pay_type', ['card', 'hpp', 'vbank', 'bank'].map((word) => [word, `pay.${word}`])), 'approve.pay_type')),
    h('div', { class: 'checks' },
      checkbox('partially_cancellable', 'approve.partially_cancellable', true),
      checkbox('deposited', 'approve.deposited'),
      checkbox('escrow', 'approve.escrow')),
    h('details', {}, h('summary', { t: 'approve.more' }),
      h('div', { class: 'columns' },
        labelled(field('moid'), 'approve.moid', 'optional'),
        labelled(field('mid'), 'approve.mid', 'optional'),
        labelled(h('input', { type: 'datetime-local', step: '1', name: 'approved_at' }), 'approve.approved_at', 'optional'))),
    h('div', { class: 'actions' }, said.element, h('button', { class: 'primary', t: 'approve.submit' })));
  sends(form, 'approve', read, said, (payment) => {
    said.say('approve.done', { number: payment.number, amount: amount(payment.price, payment.currency) });
  });
  open({ title: 'approve.title' }, form);
  price.select();
}
