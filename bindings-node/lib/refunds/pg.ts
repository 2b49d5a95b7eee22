// PostgreSQL, through pg.

import { bracket, whole } from './bracket.js'
import { onConnection } from './callers.js'
import { isOpen } from './pg-status.js'
import { numbered } from './statement.js'
import type { AsyncQuery, AsyncStore, Rows } from './store.js'

/** What the store uses of a `Client` or `PoolClient` of pg. */
export interface PgClient {
  query(text: string, values: (string | null)[]): Promise<{ rows: Rows }>
}

/** What the store uses of a `Pool` of pg. */
export interface PgPool extends PgClient {
  readonly totalCount: number
  connect(): Promise<PgLent>
}

/** What the store uses of a client that a pool has lent. */
export interface PgLent extends PgClient {
  on(event: 'error', listener: () => void): unknown
  off(event: 'error', listener: () => void): unknown
  release(destroy: boolean): void
}

/**
 * Keeps refunds in PostgreSQL, through pg.
 *
 * Given a `Pool`, it is the ledger's own store. Given a client on which `BEGIN` was run, it is a caller's: its statements run
 * within that transaction, which it never commits.
 */
export function pgStore(handle: PgPool | PgClient): AsyncStore {
  const query = over(handle)
  if ('totalCount' in handle) {
    return { dialect: 'postgres', query, inTransaction: () => false, transaction: (work) => lent(handle, work) }
  }
  return onConnection(handle, 'postgres', query, () => isOpen(query))
}

function over(handle: PgClient): AsyncQuery {
  return async (pieces, values) => (await handle.query(numbered(pieces), [...values])).rows
}

async function lent<T>(pool: PgPool, work: (query: AsyncQuery) => T | Promise<T>): Promise<T> {
  const client = await pool.connect()
  // A connection that breaks between two statements says so here, where nobody listening would end the process.
  const ignore = () => {}
  client.on('error', ignore)
  let failed = true
  try {
    const result = await bracket(over(client), whole, work)
    failed = false
    return result
  } finally {
    client.off('error', ignore)
    client.release(failed)
  }
}
