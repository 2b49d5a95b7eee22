// Amounts, times and bytes as people read them.

import { language, t } from './language.js';

/** An amount: won as they are, dollars from cents. */
export function amount(number, currency) {
  if (currency === 'USD') {
    return `$${(Number(number) / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  }
  const digits = Number(number).toLocaleString('en-US');
  return language() === 'ko' ? `${digits}원` : `₩${digits}`;
}

/** What a form's amount field says, which need not be a number. */
export function amountField(text, currency) {
  return /^\d{1,15}$/.test(text) ? amount(text, currency) : text;
}

/** `yyyyMMddHHmmss` as a date and a time. */
export function moment(digits) {
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits);
  return found === null ? digits : `${found[1]}-${found[2]}-${found[3]} ${found[4]}:${found[5]}:${found[6]}`;
}

/** Milliseconds since 1970 of `yyyyMMddHHmmss` in KST, and back. */
export function instant(digits) {
  return Date.parse(`${moment(digits).replace(' ', 'T')}+09:00`);
}

export function kst(milliseconds) {
  return new Date(milliseconds + 9 * 3_600_000).toISOString().replace(/\D/g, '').slice(0, 14);
}

/** The value of a date field, as 14 digits. */
export function digitsOf(field) {
  const digits = field.replace(/\D/g, '');
  return digits.length === 12 ? `${digits}00` : digits;
}

export function bytes(length) {
  return t('bytes', { length: length.toLocaleString('en-US') });
}

/** A transcript as text; bytes that are not a text are spelled `\xHH`. */
export function transcript({ text, base64 }) {
  if (base64 === undefined) return text ?? '';
  return atob(base64).replace(/[^\t\r\n\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
