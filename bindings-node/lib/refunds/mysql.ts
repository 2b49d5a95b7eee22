// MySQL and MariaDB, through mysql2.

import { bracket, whole } from './bracket.js'
import { onConnection } from './callers.js'
import { questioned } from './statement.js'
import type { AsyncQuery, AsyncStore, Rows } from './store.js'

interface Statement {
  sql: string
  rowsAsArray: boolean
  nestTables: boolean
}

// Whatever the connection was made with.
const ROWS = { rowsAsArray: true, nestTables: false }

/** What the store uses of a connection of mysql2/promise. */
export interface MysqlConnection {
  query(statement: Statement): Promise<[unknown, ...unknown[]]>
  execute(statement: Statement, values: (string | null)[]): Promise<[unknown, ...unknown[]]>
}

/** What the store uses of a pool of mysql2/promise. */
export interface MysqlPool extends MysqlConnection {
  getConnection(): Promise<MysqlConnection & { release(): void; destroy(): void }>
}

/**
 * Keeps refunds in MySQL or MariaDB, through mysql2/promise.
 *
 * Given a pool, it is the ledger's own store. Given a connection on which `beginTransaction` was called, it is a caller's: its
 * statements run within that transaction, which it never commits.
 */
export function mysqlStore(handle: MysqlPool | MysqlConnection): AsyncStore {
  const query = over(handle)
  if ('getConnection' in handle) {
    return { dialect: 'mysql', query, inTransaction: () => false, transaction: (work) => lent(handle, work) }
  }
  return onConnection(handle, 'mysql', query, () => isOpen(handle))
}

function over(handle: MysqlConnection): AsyncQuery {
  return async (pieces, values) => {
    const statement = { sql: questioned(pieces), ...ROWS }
    // Prepared, so that the server puts the values in, whatever a session says about backslashes. Some statements without
    // values can't be prepared.
    const [rows] = await (values.length === 0 ? handle.query(statement) : handle.execute(statement, [...values]))
    return Array.isArray(rows) ? (rows as Rows) : []
  }
}

async function lent<T>(pool: MysqlPool, work: (query: AsyncQuery) => T | Promise<T>): Promise<T> {
  const connection = await pool.getConnection()
  let failed = true
  try {
    const result = await bracket(over(connection), whole, work)
    failed = false
    return result
  } finally {
    if (failed) connection.destroy()
    else connection.release()
  }
}

/** Whether a transaction is open: a bit of the server's status, which comes with each answer that has no rows. */
async function isOpen(connection: MysqlConnection): Promise<boolean> {
  const [header] = await connection.query({ sql: 'DO 0', ...ROWS })
  return ((header as { serverStatus: number }).serverStatus & 1) === 1
}
