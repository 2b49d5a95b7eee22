// PostgreSQL, through postgres.js.

import { inCallers } from './callers.js'
import { inTurn } from './bracket.js'
import { numbered } from './statement.js'
import type { AsyncQuery, AsyncStore, Rows } from './store.js'

/** What the store uses of a transaction's `sql` of postgres.js. */
export interface PostgresTransaction {
  unsafe(text: string, values: (string | null)[]): { values(): PromiseLike<unknown> }
  savepoint(work: (sql: PostgresTransaction) => Promise<unknown>): Promise<unknown>
}

/** What the store uses of a `sql` of postgres.js. */
export interface PostgresSql {
  unsafe(text: string, values: (string | null)[]): { values(): PromiseLike<unknown> }
  begin(work: (sql: PostgresTransaction) => Promise<unknown>): Promise<unknown>
}

/**
 * Keeps refunds in PostgreSQL, through postgres.js.
 *
 * Given what `postgres()` gives, it is the ledger's own store. Given the `sql` that `sql.begin` calls its function with, it is a
 * caller's.
 */
export function postgresStore(sql: PostgresSql | PostgresTransaction): AsyncStore {
  const query = over(sql)
  if ('savepoint' in sql) {
    // The driver's own, since it has a transaction fail of which a statement failed outside of one.
    const transaction: AsyncStore['transaction'] = (work) => inTurn(sql, () => boxed((run) => sql.savepoint(run), work))
    return { ...inCallers(sql, 'postgres', query), transaction }
  }
  return {
    dialect: 'postgres',
    query,
    inTransaction: () => false,
    transaction: (work) => boxed((run) => sql.begin(run), work),
  }
}

function over(sql: PostgresSql | PostgresTransaction): AsyncQuery {
  return async (pieces, values) => (await sql.unsafe(numbered(pieces), [...values]).values()) as Rows
}

/** Runs it, and gives what it gave in a box: the driver takes an array for queries that are to be awaited. */
async function boxed<T>(
  begin: (run: (sql: PostgresTransaction) => Promise<unknown>) => Promise<unknown>,
  work: (query: AsyncQuery) => T | Promise<T>,
): Promise<T> {
  const { result } = (await begin(async (sql) => ({ result: await work(over(sql)) }))) as { result: T }
  return result
}
