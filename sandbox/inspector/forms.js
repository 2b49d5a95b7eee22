// Labelled fields, and forms that say what is wrong.

import { call } from './api.js';
import { h } from './dom.js';
import { show } from './language.js';

let made = 0;

/** A label with its control below it; `hint` is a key of words. */
export function labelled(control, t, hint) {
  made += 1;
  control.id ||= `field-${made}`;
  const below = hint && h('small', { t: hint, id: `${control.id}-hint` });
  if (below) control.setAttribute('aria-describedby', below.id);
  return h('div', { class: 'field' }, h('label', { for: control.id, t }), control, below);
}

/** A check box with its label beside it. */
export function checkbox(name, t, checked = false) {
  made += 1;
  const box = h('input', { type: 'checkbox', name, id: `field-${made}`, checked });
  return h('div', { class: 'check' }, box, h('label', { for: box.id, t }));
}

/** A select of `[value, key]`, the first one chosen. */
export function select(name, options) {
  return h('select', { name }, options.map(([value, t]) => h('option', { value, t })));
}

/** Radio buttons that look like one switch; `options` are `[value, key]`. */
export function segments(name, t, options, changed) {
  made += 1;
  const group = `${name}-${made}`;
  const radios = options.map(([value, word], index) => {
    const id = `${group}-${index}`;
    const radio = h('input', { type: 'radio', name: group, value, id, on: { change: () => changed?.(value) } });
    return [radio, h('label', { for: id, t: word })];
  });
  const element = h('fieldset', { class: 'segments' }, h('legend', { t }), h('div', { class: 'switch' }, radios));
  return {
    element,
    get value() {
      return radios.find(([radio]) => radio.checked)?.[0].value;
    },
    set value(value) {
      for (const [radio] of radios) radio.checked = radio.value === String(value);
    },
  };
}

/** Where a form says how it went; read out when it changes. */
export function outcome() {
  const element = h('p', { class: 'outcome', role: 'status' });
  return {
    element,
    say(key, values) {
      element.className = 'outcome good';
      show(element, 'text', key, values);
    },
    blame(error, form) {
      element.className = 'outcome bad';
      if (error.code === 'unreachable') show(element, 'text', 'unreachable');
      else show(element, 'text', '{message}', { message: error.message });
      const field = error.argument && form?.elements.namedItem(error.argument);
      if (field instanceof HTMLElement) {
        field.setAttribute('aria-invalid', 'true');
        field.focus();
      }
    },
    clear(form) {
      element.className = 'outcome';
      show(element, 'text', '');
      for (const field of form?.querySelectorAll('[aria-invalid]') ?? []) field.removeAttribute('aria-invalid');
    },
  };
}

/** Makes a form send a command with what `read` gives, once at a time. */
export function sends(form, command, read, said, done) {
  let busy = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    said.clear(form);
    try {
      done(await call(command, read(form)));
    } catch (error) {
      said.blame(error, form);
    }
    busy = false;
  });
}

/** What a form's named fields hold, without those that are empty or switched off. */
export function filled(form) {
  const values = {};
  for (const field of form.elements) {
    if (field.name === '' || field.disabled || field.type === 'radio') continue;
    if (field.type === 'checkbox') values[field.name] = field.checked;
    else if (field.value.trim() !== '') values[field.name] = field.type === 'number' ? Number(field.value) : field.value.trim();
  }
  return values;
}

/** What stands where there is nothing to list. */
export function nothing(title, why, values, ...more) {
  return h('div', { class: 'empty' }, h('h3', { t: title }), h('p', { t: why, values }), more);
}

