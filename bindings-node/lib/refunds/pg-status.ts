// Whether a transaction is open on a connection to PostgreSQL.

import type { Query } from './store.js'

/** Asks the server: a statement by itself is as old as its transaction. For drivers that send a text without values as it is. */
export async function isOpen(query: Query): Promise<boolean> {
  const [row] = await query(['SELECT CAST(now() <> statement_timestamp() AS text) AS open'], [])
  return Object.values(row ?? {})[0] === 'true'
}
