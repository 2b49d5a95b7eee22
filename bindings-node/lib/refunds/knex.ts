// PostgreSQL, MySQL or SQLite, through Knex.

import { bracket, immediate, whole } from './bracket.js'
import { inCallers } from './callers.js'
import { questioned } from './statement.js'
import type { AsyncQuery, AsyncStore, Dialect, Rows } from './store.js'

interface KnexRaw extends PromiseLike<unknown> {
  connection(connection: unknown): PromiseLike<unknown>
}

/** What the store uses of a `Knex`. */
export interface KnexHandle {
  readonly client: {
    readonly dialect: string
    acquireConnection(): Promise<unknown>
    releaseConnection(connection: unknown): Promise<unknown>
  }
  readonly isTransaction?: boolean
  raw(text: string, values: Bindings): KnexRaw
}

type Bindings = readonly (string | null)[] | Record<string, string | null>

const DIALECTS: Record<string, Dialect> = { postgresql: 'postgres', mysql: 'mysql', sqlite3: 'sqlite' }

/**
 * Keeps refunds where Knex leads to: PostgreSQL (`pg`), MySQL or MariaDB (`mysql2`), or SQLite (`better-sqlite3`).
 *
 * Given a `Knex`, it is the ledger's own store. Given a transaction's `trx`, it is a caller's.
 *
 * On SQLite, open it with `synchronous=FULL`: with less, a power cut may take back that a refund was sent.
 *
 * @throws `TypeError` where Knex leads to another database.
 */
export function knexStore(knex: KnexHandle): AsyncStore {
  const dialect = DIALECTS[knex.client.dialect]
  if (dialect === undefined) throw new TypeError(`refunds can't be kept in ${knex.client.dialect}`)
  const query = over(dialect, (text, values) => knex.raw(text, values))
  if (knex.isTransaction) return inCallers(knex, dialect, query)
  return { dialect, query, inTransaction: () => false, transaction: (work) => lent(knex, dialect, work) }
}

function over(dialect: Dialect, run: (text: string, values: Bindings) => PromiseLike<unknown>): AsyncQuery {
  const bound = dialect === 'postgres' ? byPlace : byName
  return async (pieces, values) => {
    const answer = await run(...bound(pieces, values))
    if (dialect === 'postgres') return (answer as { rows: Rows }).rows
    const rows = dialect === 'mysql' ? (answer as [unknown])[0] : answer
    return Array.isArray(rows) ? (rows as Rows) : []
  }
}

function byPlace(pieces: readonly string[], values: readonly (string | null)[]): [string, Bindings] {
  return [questioned(pieces.map((piece) => piece.replaceAll('?', '\\?'))), values]
}

/** Where Knex does not take back the backslash that has it leave a question mark alone. */
function byName(pieces: readonly string[], values: readonly (string | null)[]): [string, Bindings] {
  const texts = pieces.map((piece) => piece.replaceAll(/\\(?=:\w)/g, '\\\\'))
  const text = texts.reduce((before, piece, at) => `${before}:paywelcome${at}${piece}`)
  return [text, Object.fromEntries(values.map((value, at) => [`paywelcome${at + 1}`, value]))]
}

/** On a connection of its own rather than in a transaction of Knex's, which on SQLite does not begin at once. */
async function lent<T>(knex: KnexHandle, dialect: Dialect, work: (query: AsyncQuery) => T | Promise<T>): Promise<T> {
  const connection = await knex.client.acquireConnection()
  try {
    const query = over(dialect, (text, values) => knex.raw(text, values).connection(connection))
    return await bracket(query, dialect === 'sqlite' ? immediate : whole, work)
  } finally {
    await knex.client.releaseConnection(connection)
  }
}
