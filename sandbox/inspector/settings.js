// Rules, clock and TLS.

import { call } from './api.js';
import { clock as clockPart } from './clock.js';
import { open } from './dialog.js';
import { h } from './dom.js';
import { labelled, outcome, segments } from './forms.js';

/** Rules with a few values, and what these are called. */
// Made by sandbox/surface/make.py: rules
const SWITCHED = {
  confirm_price: ['enforced', 'too_high', 'too_low', 'tolerant', 'ignored', 'declined'],
  confirm_price_at_once: ['enforced', 'ignored'],
  same_again: ['judged', 'replayed'],
  full_price: ['enforced', 'ignored'],
  full_after_partial: ['declined', 'done'],
  more_than_remains: ['declined', 'clipped'],
  checked_first: ['signature', 'tid'],
  signature_format: ['name_value', 'concatenated', 'both', 'ignored'],
  timestamp: ['14', '13', 'both'],
  cancel_tid_length: ['40', '22'],
  connections: ['kept', 'closed'],
};
// End of rules

function rules() {
  const said = outcome();
  const set = async (rule, value, field) => {
    said.clear();
    field?.removeAttribute('aria-invalid');
    try {
      render(await call('set_rules', { [rule]: value }));
      said.say('saved');
    } catch (error) {
      said.blame(error);
      field?.setAttribute('aria-invalid', 'true');
      if (field === undefined) await load().catch(() => {});
    }
  };
  const switches = Object.entries(SWITCHED).map(([rule, values]) => {
    const options = values.map((value) => [value, /^\d+$/.test(value) ? value : `value.${value}`]);
    const convert = rule === 'cancel_tid_length' ? Number : String;
    return [rule, segments(rule, `rule.${rule}`, options, (value) => set(rule, convert(value)))];
  });
  const code = h('input', { type: 'text', maxlength: '6', autocomplete: 'off', spellcheck: 'false' });
  const seconds = h('input', { type: 'number', min: '0', step: '1' });
  code.addEventListener('change', () => set('already_cancelled_code', code.value, code));
  seconds.addEventListener('change', () => set('freshness_seconds', seconds.value === '' ? 'off' : Number(seconds.value), seconds));

  function render(data) {
    for (const [rule, part] of switches) part.value = data[rule];
    // What is being typed is left alone.
    if (document.activeElement !== code) code.value = data.already_cancelled_code;
    if (document.activeElement !== seconds) seconds.value = data.freshness_seconds ?? '';
  }

  const load = async () => render(await call('rules'));
  const element = h('section', { class: 'panel stack' }, h('h2', { t: 'settings.rules' }), h('p', { class: 'muted', t: 'settings.rules_why' }),
    switches.map(([, part]) => part.element),
    h('div', { class: 'columns' }, labelled(code, 'rule.already_cancelled_code'), labelled(seconds, 'rule.freshness_seconds')), said.element);
  return { element, load, render };
}

function tls() {
  const said = outcome();
  const inside = h('div', { class: 'stack' });
  let modes;

  function render(data) {
    if (!data.enabled) {
      inside.replaceChildren(h('p', { t: 'settings.tls_off' }));
      return;
    }
    if (modes === undefined) {
      const set = async (mode) => {
        said.clear();
        try {
          render(await call('set_tls', { mode }));
          said.say('saved');
        } catch (error) {
          said.blame(error);
        }
      };
      modes = segments('tls', 'settings.tls', data.modes.map((mode) => [mode, `tls.${mode}`]), set);
      inside.replaceChildren(modes.element,
        h('details', {}, h('summary', { t: 'tls.ca' }), h('pre', { tabindex: '0', label: 'tls.ca' }, data.ca_pem)));
    }
    modes.value = data.mode;
  }

  const element = h('section', { class: 'panel stack' }, h('h2', { t: 'settings.tls' }), h('p', { class: 'muted', t: 'settings.tls_why' }), inside, said.element);
  return { element, render, load: async () => render(await call('tls')) };
}

function startOver() {
  const ask = () => {
    const said = outcome();
    const yes = h('button', { type: 'button', class: 'danger', t: 'settings.reset_yes' });
    const no = h('button', { type: 'button', t: 'cancel', autofocus: true });
    const { close } = open({ title: 'settings.start' }, h('p', { t: 'settings.reset_sure' }), h('div', { class: 'actions' }, said.element, no, yes));
    no.addEventListener('click', close);
    yes.addEventListener('click', async () => {
      try {
        await call('reset');
        close();
      } catch (error) {
        said.blame(error);
      }
    });
  };
  return h('section', { class: 'panel stack' }, h('h2', { t: 'settings.start' }), h('p', { class: 'muted', t: 'settings.reset_why' }),
    h('p', {}, h('button', { type: 'button', t: 'settings.reset', 'data-focus': 'reset', on: { click: ask } })));
}

/** `ticked` hears the sandbox's time as it goes. */
export function settings({ ticked }) {
  const parts = { rules: rules(), clock: clockPart({ ticked }), tls: tls() };
  return {
    element: h('section', { class: 'settings', label: 'nav.settings' }, parts.rules.element, h('div', { class: 'stack' }, parts.clock.element, parts.tls.element, startOver())),
    load: () => Promise.all(Object.values(parts).map((part) => part.load())),
    rules: parts.rules.render,
    clock: parts.clock.render,
    tls: parts.tls.render,
  };
}
