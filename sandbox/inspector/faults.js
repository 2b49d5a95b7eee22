// Arms and disarms faults.

import { call } from './api.js';
import { badge } from './cells.js';
import { fill, h } from './dom.js';
import { GROUPS, KINDS } from './fault-kinds.js';
import { checkbox, filled, labelled, nothing, outcome, segments, select, sends } from './forms.js';
import { t } from './language.js';

const WHENS = ['after_applying', 'before_applying', 'late'];
const SELECTORS = ['tid', 'endpoint', 'nth', 'times', 'probability', 'seed'];
const SHOWN_APART = ['id', 'kind', 'when', 'fired', 'remaining'];

const input = (name, attributes = {}) => h('input', { type: 'text', name, autocomplete: 'off', spellcheck: 'false', ...attributes });
const count = (name, attributes = {}) => input(name, { type: 'number', step: '1', min: '0', ...attributes });

function control({ name, type, value, low, high, options, needed }) {
  if (type === 'flag') return checkbox(name, `param.${name}`, value);
  const field = {
    number: () => count(name, { value, min: low, max: high, required: needed }),
    text: () => input(name, { value, required: needed }),
    choice: () => select(name, options.map((option) => [option, /^\d+$/.test(option) ? option : `value.${option}`])),
  }[type]();
  return labelled(field, `param.${name}`, value === '' ? 'optional' : undefined);
}

export function faults() {
  const said = outcome();
  const kind = h('select', { name: 'kind' }, GROUPS.map(([group, kinds]) =>
    h('optgroup', { group: `group.${group}` }, kinds.map((entry) => h('option', { value: entry.kind, t: `kind.${entry.kind}` })))));
  const note = h('p', { class: 'muted' });
  const own = h('div', { class: 'columns' });
  const why = h('p', { class: 'muted' });
  const late = h('div', { hidden: true }, labelled(count('late_ms', { value: 1000, max: 3_600_000 }), 'param.late_ms'));
  const when = segments('when', 'faults.when', WHENS.map((word) => [word, `when.${word}`]), adjust);
  when.value = WHENS[0];
  const whenPart = h('div', { class: 'stack' }, when.element, why, late);
  const selectors = {
    tid: labelled(input('tid'), 'param.tid', 'optional'),
    endpoint: labelled(select('endpoint', [['', 'option.any'], ['cancel', 'value.cancel'], ['repay', 'value.repay']]), 'param.endpoint'),
    nth: labelled(count('nth', { value: 1, min: 1 }), 'param.nth'),
    times: labelled(count('times'), 'param.times', 'optional'),
    probability: labelled(count('probability', { step: 'any', max: 1 }), 'param.probability', 'optional'),
    seed: labelled(count('seed'), 'param.seed', 'optional'),
  };
  const which = h('fieldset', {}, h('legend', { t: 'faults.which' }), h('div', { class: 'columns' }, Object.values(selectors)));
  const form = h('form', { class: 'stack panel' }, h('h2', { t: 'faults.arm' }), labelled(kind, 'faults.kind'), note, own, whenPart, which,
    h('div', { class: 'actions' }, said.element, h('button', { class: 'primary', t: 'faults.submit', 'data-focus': 'arm' })));

  const list = h('ul', { class: 'armed' });
  const empty = h('div');
  const all = h('button', { type: 'button', t: 'faults.disarm_all', 'data-focus': 'disarm-all', on: { click: () => disarm() } });
  const told = outcome();
  const element = h('section', { class: 'split', label: 'nav.faults' }, form,
    h('div', { class: 'panel' }, h('div', { class: 'panel-head' }, h('h2', { t: 'faults.armed' }), all), list, empty, told.element));
  let armed = [];

  /** Shows what belongs to the kind, and only that; what is not shown is not sent. */
  function adjust() {
    const { when: hides = true, selects = true } = KINDS.get(kind.value);
    whenPart.hidden = !hides;
    late.hidden = when.value !== 'late';
    late.querySelector('input').disabled = late.hidden || !hides;
    why.replaceChildren(h('span', { t: `when.${when.value}.why` }));
    for (const name of SELECTORS) {
      const shown = selects === true || selects === name;
      selectors[name].hidden = !shown;
      form.elements.namedItem(name).disabled = !shown;
    }
    which.hidden = selects === false;
  }

  function offer() {
    const entry = KINDS.get(kind.value);
    own.replaceChildren(...entry.own.map(control));
    note.replaceChildren();
    if (entry.success) note.append(h('span', { t: 'faults.success' }));
    if (entry.kind === 'refuse_connections') note.append(h('span', { t: 'faults.offline' }));
    note.hidden = note.childElementCount === 0;
    adjust();
  }

  function read() {
    const values = filled(form);
    if (!whenPart.hidden) values.when = when.value;
    return values;
  }

  async function disarm(id) {
    try {
      await call('disarm', id === undefined ? {} : { id });
      told.say('faults.gone');
    } catch (error) {
      told.blame(error);
    }
  }

  function draw(fault) {
    const details = Object.entries(fault).filter(([name]) => !SHOWN_APART.includes(name));
    return h('li', {},
      h('div', { class: 'grow' },
        h('p', {}, h('span', { class: 'muted' }, `${fault.id}`), ' ', h('strong', { t: `kind.${fault.kind}` }), ' ', fault.when !== undefined && badge(fault.when === 'before_applying' ? 'plain' : 'warn', `when.${fault.when}`)),
        h('small', {}, h('span', { t: 'faults.fired', values: fault }), ' · ', h('span', { t: fault.remaining === null ? 'faults.always' : 'faults.left', values: fault }),
          details.map(([name, value]) => h('span', {}, ' · ', h('span', { class: 'code' }, `${name}: ${value}`))))),
      h('button', { type: 'button', t: 'faults.disarm', label: 'faults.disarm_one', values: fault, 'data-focus': `disarm-${fault.id}`, on: { click: () => disarm(fault.id) } }));
  }

  function render() {
    fill(list, armed, (fault) => fault.id, draw);
    all.hidden = armed.length === 0;
    empty.replaceChildren(...(armed.length === 0 ? [nothing('faults.empty', 'faults.empty_why')] : []));
  }

  kind.addEventListener('change', offer);
  sends(form, 'arm', read, said, (fault) => said.say('faults.done', { id: fault.id, kind: t(`kind.${fault.kind}`) }));
  offer();
  render();

  return {
    element,
    render,
    load: async () => {
      armed = (await call('faults')).faults;
      render();
    },
    faults(data) {
      armed = data.faults;
      render();
    },
    /** Sets the form up for one payment. */
    aim(tid) {
      form.elements.namedItem('tid').value = tid;
      kind.focus();
    },
  };
}
