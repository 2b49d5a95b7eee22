// Statements → a store → rows of texts.

import { ask, type Steps, take } from './steps.js'
import { RefundsError } from './error.js'
import type { Query, Rows, Store } from './store.js'

/** A statement as the native half hands it over. */
export type Statement = readonly [pieces: readonly string[], values: readonly (string | null)[]]

/** Rows as the native half takes them. */
export type Texts = (string | null)[][]

/** Runs statements by themselves, all or none, and gives the rows of the last. */
export function runAlone(store: Store, statements: readonly Statement[]): Rows | Promise<Rows> {
  const [only, ...more] = statements
  if (only !== undefined && more.length === 0) return store.query(...only)
  return store.transaction((query) => runWithin(query, statements))
}

/** Runs statements within a transaction, one after the other, and gives the rows of the last. */
export function runWithin(query: Query, statements: readonly Statement[]): Rows | Promise<Rows> {
  return take(inOrder(query, statements))
}

function* inOrder(query: Query, statements: readonly Statement[]): Steps<Rows> {
  let rows: Rows = []
  for (const [pieces, values] of statements) rows = yield* ask(query(pieces, values))
  return rows
}

/** Reads the rows that a store gave. */
export function textsOf(rows: unknown): Texts {
  if (!Array.isArray(rows)) throw unfit(`gave ${typeof rows} in place of an array of rows`)
  return rows.map((row: unknown) => {
    const columns: unknown[] = Array.isArray(row) ? row : Object.values((row ?? {}) as object)
    for (const value of columns) {
      if (typeof value !== 'string' && value !== null) throw unfit(`gave a ${typeof value} in a row; each column is a text or null`)
    }
    return columns as (string | null)[]
  })
}

function unfit(what: string): RefundsError {
  return new RefundsError({ kind: 'store', message: `the store ${what}; checkStore of paywelcome/testing tests a store` })
}
