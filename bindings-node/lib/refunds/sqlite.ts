// SQLite, through node:sqlite or better-sqlite3.

import { isPromise } from './promised.js'
import { questioned } from './statement.js'
import type { Rows, SyncQuery, SyncStore } from './store.js'

/** What the store uses of a statement. */
export interface SqliteStatement {
  /** Of better-sqlite3: whether it gives rows; `all` refuses one that does not. */
  readonly reader?: boolean
  all(...values: (string | null)[]): unknown[]
  run(...values: (string | null)[]): unknown
}

/** What the store uses of a `DatabaseSync` of node:sqlite, or of a `Database` of better-sqlite3. */
export interface SqliteHandle {
  /** Of better-sqlite3. */
  readonly inTransaction?: boolean
  /** Of node:sqlite, since Node.js 22.16. */
  readonly isTransaction?: boolean
  prepare(text: string): SqliteStatement
  exec(text: string): unknown
}

/**
 * Keeps refunds in a SQLite file, through a `DatabaseSync` of node:sqlite or a `Database` of better-sqlite3, which the store
 * neither opens nor closes. Several processes of one machine may use the file at once; it must be on a disk of that machine.
 *
 * The same call makes the ledger's own store and a caller's: while a transaction is open on the handle, the store works within
 * it. A program that keeps transactions open while it awaits something gives the ledger a handle of its own.
 *
 * A commit must survive a power cut, or a refund could be sent twice. So on a handle without an open transaction the store sets
 * `synchronous` to `FULL` where it is less, and `busy_timeout` to 5,000 ms where it is 0. A file that has no tables yet is
 * set to write-ahead logging (`journal_mode=WAL`), with which reading does not wait for writing; of a file with tables that
 * stays as it is.
 */
export function sqliteStore(handle: SqliteHandle): SyncStore {
  const query: SyncQuery = (pieces, values) => run(handle, questioned(pieces), values)
  if (!isOpen(handle)) makeDurable(handle)
  return {
    dialect: 'sqlite',
    query,
    inTransaction: () => isOpen(handle),
    transaction: (work) =>
      isOpen(handle)
        ? together(handle, ['SAVEPOINT paywelcome', 'RELEASE paywelcome', 'ROLLBACK TO paywelcome'], query, work)
        : together(handle, ['BEGIN IMMEDIATE', 'COMMIT', 'ROLLBACK'], query, work),
  }
}

function run(handle: SqliteHandle, text: string, values: readonly (string | null)[]): Rows {
  const statement = handle.prepare(text)
  if (statement.reader !== false) return statement.all(...values) as unknown as Rows
  statement.run(...values)
  return []
}

function isOpen(handle: SqliteHandle): boolean {
  const told = handle.inTransaction ?? handle.isTransaction
  if (told !== undefined) return told
  // Takes no lock, so it fails for one reason alone.
  try {
    handle.exec('BEGIN')
  } catch {
    return true
  }
  handle.exec('ROLLBACK')
  return false
}

function together<T>(
  handle: SqliteHandle,
  [begin, end, undo]: readonly [string, string, string],
  query: SyncQuery,
  work: (query: SyncQuery) => T,
): T {
  let over = false
  const within: SyncQuery = (pieces, values) => {
    if (over) throw new Error('the transaction of this query is over')
    return query(pieces, values)
  }
  handle.exec(begin)
  try {
    const result = work(within)
    if (isPromise(result)) {
      result.then(undefined, () => {})
      throw new TypeError('a transaction on SQLite takes no promise: its work must be synchronous')
    }
    handle.exec(end)
    return result
  } catch (error) {
    // After some errors SQLite has taken everything back by itself.
    if (isOpen(handle)) handle.exec(undo)
    throw error
  } finally {
    over = true
  }
}

function makeDurable(handle: SqliteHandle): void {
  const told = (text: string) => Number(Object.values(run(handle, text, [])[0] ?? {})[0])
  if (told('PRAGMA busy_timeout') === 0) handle.exec('PRAGMA busy_timeout = 5000')
  const empty = told('SELECT count(*) FROM sqlite_master') === 0
  try {
    if (empty) handle.exec('PRAGMA journal_mode = WAL')
  } catch {
    // Another process is at it, for which SQLite does not wait; or the file can't be written, as the first statement will say.
  }
  if (told('PRAGMA synchronous') < 2) handle.exec('PRAGMA synchronous = FULL')
}
