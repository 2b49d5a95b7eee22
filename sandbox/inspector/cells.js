// Tables that become cards on a phone: every cell carries the name of its column.

import { h } from './dom.js';

/** A table with a caption for those who hear it; `columns` are `[key, class]`. */
export function table(caption, columns) {
  const head = columns.map(([t, type]) => h('th', { scope: 'col', role: 'columnheader', class: type, t }));
  const body = h('tbody', { role: 'rowgroup' });
  const element = h('table', { role: 'table', label: caption },
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, head)), body);
  return { element, body };
}

/** A row of such a table; `cells` are `[class, ...content]`, in the order of the columns. */
export function row(columns, cells) {
  return h('tr', { role: 'row' }, cells.map(([type, ...content], index) =>
    h('td', { role: 'cell', class: type }, h('span', { class: 'of', 'aria-hidden': 'true', t: columns[index][0] }), h('span', { class: 'is' }, content))));
}

/** A small coloured word. */
export function badge(tone, t, values, ...more) {
  return h('span', { class: `badge ${tone}` }, h('span', { t, values }), more);
}

/** Names and values, one below the other. */
export function pairs(entries, type = '') {
  return h('dl', { class: `pairs ${type}` }, entries.map(([name, ...value]) => h('div', {}, name, h('dd', {}, value))));
}
