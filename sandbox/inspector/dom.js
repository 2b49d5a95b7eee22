// Elements, and lists that change in place. Whatever is shown goes in as text or as an attribute, never as markup.

import { language, show } from './language.js';

/**
 * Makes an element. `t`, `label`, `placeholder` and `group` are keys of words (`values` fill them in), `on` holds
 * listeners, and everything else is an attribute.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  const { t, label, placeholder, group, values, on = {}, ...attributes } = properties;
  for (const [target, key] of Object.entries({ text: t, label, placeholder, group })) {
    if (key !== undefined) show(element, target, key, values);
  }
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  for (const [name, listener] of Object.entries(on)) element.addEventListener(name, listener);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * Makes a list show these items, in this order, and draws only those that changed: `draw` hears whether the item is
 * another than before, and whether it is new here. The focus stays where it was: what
 * can have it carries a `data-focus` of its own.
 */
export function fill(list, items, keyOf, draw) {
  const before = new Map([...list.children].map((element) => [element.dataset.key, element]));
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  let place = list.firstElementChild;
  for (const item of items) {
    const key = String(keyOf(item));
    const content = JSON.stringify(item);
    const version = `${language()} ${content}`;
    let element = before.get(key);
    before.delete(key);
    if (element?.version !== version) {
      const drawn = draw(item, element !== undefined && element.content !== content, element === undefined);
      drawn.dataset.key = key;
      Object.assign(drawn, { content, version });
      if (element !== undefined) {
        if (place === element) place = drawn;
        element.replaceWith(drawn);
      }
      element = drawn;
    }
    if (place === element) place = place.nextElementSibling;
    else list.insertBefore(element, place);
  }
  for (const element of before.values()) element.remove();
  if (focused !== undefined && !list.contains(document.activeElement)) focusOn(focused, list);
}

/** Puts the focus on the element that carries this `data-focus`, where there is one. */
export function focusOn(name, within = document) {
  within.querySelector(`[data-focus="${CSS.escape(name)}"]`)?.focus();
}

/** Runs at most once in so many milliseconds, and always after the last time it was asked to. */
export function calmly(ms, run) {
  let timer = null;
  return () => {
    timer ??= setTimeout(() => {
      timer = null;
      run();
    }, ms);
  };
}
