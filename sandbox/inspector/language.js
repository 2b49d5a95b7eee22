// The page's words in the language that was chosen; elements remember which words they show.

import { english } from './english.js';
import { korean } from './korean.js';

const KEY = 'paywelcome-sandbox-language';
const WORDS = { en: english, ko: korean };
const TARGETS = { text: 'textContent', label: 'aria-label', placeholder: 'placeholder', group: 'label' };
const shown = new WeakMap();

let current = chosen();
document.documentElement.lang = current;

function chosen() {
  let kept = null;
  try {
    kept = localStorage.getItem(KEY);
  } catch {
    // A browser that keeps nothing still shows the page.
  }
  if (kept in WORDS) return kept;
  return navigator.language.toLowerCase().startsWith('ko') ? 'ko' : 'en';
}

export const language = () => current;

/** The words of a key, with `{name}` replaced. A key nobody wrote words for is shown as it is. */
export function t(key, values = {}) {
  const words = WORDS[current][key] ?? key;
  return words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Shows words in an element now, and in the other language when that is chosen. */
export function show(element, target, key, values) {
  const all = shown.get(element) ?? {};
  all[target] = [key, values];
  shown.set(element, all);
  element.toggleAttribute('data-words', true);
  put(element, target, key, values);
}

function put(element, target, key, values) {
  if (target === 'text') element.textContent = t(key, values);
  else element.setAttribute(TARGETS[target], t(key, values));
}

/** Changes the language of everything on the page. */
export function choose(next) {
  current = next;
  document.documentElement.lang = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Then it is chosen again next time.
  }
  for (const element of document.querySelectorAll('[data-words]')) {
    for (const [target, [key, values]] of Object.entries(shown.get(element) ?? {})) put(element, target, key, values);
  }
}
