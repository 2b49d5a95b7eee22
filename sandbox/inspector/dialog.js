// One dialog at a time. Escape, the close button and a click beside it close it; the focus goes back where it was.

import { focusOn, h } from './dom.js';

/** Opens a dialog and gives it; `closed` is called once it is gone. */
export function open({ title, values, wide = false, closed }, ...content) {
  const opener = document.activeElement?.dataset.focus;
  const heading = h('h2', { t: title, values, id: 'dialog-title', tabindex: '-1' });
  const close = h('button', { type: 'button', class: 'quiet', t: 'close', on: { click: () => dialog.close() } });
  const body = h('div', { class: 'dialog-body' }, content);
  const dialog = h('dialog', { class: wide ? 'wide' : null, 'aria-labelledby': 'dialog-title' },
    h('header', { class: 'dialog-head' }, heading, close), body);
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    closed?.();
    if (opener !== undefined && !document.querySelector('dialog[open]') && document.activeElement === document.body) {
      focusOn(opener);
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  if (body.querySelector('[autofocus]') === null) heading.focus();
  return { dialog, body, close: () => dialog.close() };
}
