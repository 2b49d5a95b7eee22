// The text of a statement that comes in pieces.

import type { Dialect } from './store.js'

/** The statement with `?` between its pieces. */
export function questioned(pieces: readonly string[]): string {
  return pieces.join('?')
}

/** The statement with `$1`, `$2` … between its pieces. */
export function numbered(pieces: readonly string[]): string {
  return pieces.reduce((text, piece, at) => `${text}$${at}${piece}`)
}

/** The statement with the placeholders that the dialect's databases read. */
export function written(dialect: Dialect, pieces: readonly string[]): string {
  return dialect === 'postgres' ? numbered(pieces) : questioned(pieces)
}

/** Whether the statement gives rows, for drivers that have two functions. */
export function reads(pieces: readonly string[]): boolean {
  return /^\s*(?:SELECT|WITH|PRAGMA)\b/i.test(pieces[0] ?? '')
}
