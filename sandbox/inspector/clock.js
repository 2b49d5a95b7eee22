// The sandbox's clock, in KST.

import { call } from './api.js';
import { h } from './dom.js';
import { labelled, outcome, segments } from './forms.js';
import { digitsOf, instant, kst, moment } from './format.js';

const MODES = ['fixed', 'running', 'machine'];
const HOUR = 3600;
const STEPS = [['clock.hour', HOUR], ['clock.day', 24 * HOUR], ['clock.month', 31 * 24 * HOUR]];

/** `ticked` hears the time whenever it is another second, and the mode. */
export function clock({ ticked }) {
  const said = outcome();
  const now = h('p', { class: 'clock-now' });
  const mode = segments('mode', 'clock.mode', MODES.map((word) => [word, `mode.${word}`]), (word) => set({ mode: word }));
  const at = h('input', { type: 'datetime-local', step: '1', name: 'at', required: true });
  const form = h('form', { class: 'inline' }, labelled(at, 'clock.at'), h('button', { t: 'clock.set' }));
  const steps = h('div', { class: 'inline', role: 'group', label: 'clock.advance' }, h('span', { t: 'clock.advance' }),
    STEPS.map(([t, seconds]) => h('button', { type: 'button', t, on: { click: () => set({ advance_seconds: seconds }) } })));
  const element = h('section', { class: 'panel stack' }, h('h2', { t: 'settings.clock' }), h('p', { class: 'muted', t: 'settings.clock_why' }), now, mode.element, form, steps, said.element);
  /** What the clock said, and when it said so by this machine's steady time. */
  let told = null;

  async function set(body) {
    said.clear(form);
    try {
      render(await call('set_clock', body));
      said.say('saved');
    } catch (error) {
      said.blame(error, form);
      await load().catch(() => {});
    }
  }

  function render(data) {
    told = { at: instant(data.now), mode: data.mode, heard: performance.now() };
    mode.value = data.mode;
    if (document.activeElement !== at) at.value = moment(data.now).replace(' ', 'T');
    tick();
  }

  function tick() {
    if (told === null) return;
    const gone = told.mode === 'fixed' ? 0 : performance.now() - told.heard;
    const text = moment(kst(told.at + gone));
    now.textContent = text;
    ticked(text, told.mode);
  }

  const load = async () => render(await call('clock'));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    set({ at: digitsOf(at.value) });
  });
  setInterval(tick, 1000);
  return { element, render, load };
}
