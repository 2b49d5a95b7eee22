// PostgreSQL, MySQL or SQLite, through TypeORM.

import { bracket, whole } from './bracket.js'
import { onConnection } from './callers.js'
import { written } from './statement.js'
import type { AsyncQuery, AsyncStore, Dialect, Rows } from './store.js'

interface TypeormRunner {
  readonly isTransactionActive: boolean
  query(text: string, values: (string | null)[], structured: true): Promise<{ records?: unknown }>
  release(): Promise<void>
}

/** What the store uses of a `DataSource`. */
export interface TypeormSource {
  readonly options: { readonly type: string }
  createQueryRunner(): TypeormRunner
}

/** What the store uses of a transaction's `EntityManager`. */
export interface TypeormManager {
  readonly connection: TypeormSource
  readonly queryRunner?: TypeormRunner | undefined
}

const DIALECTS: Record<string, Dialect> = {
  postgres: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
  'better-sqlite3': 'sqlite',
}

/**
 * Keeps refunds where TypeORM leads to: PostgreSQL, MySQL or MariaDB, or SQLite (`better-sqlite3`).
 *
 * Given a `DataSource`, it is the ledger's own store. Given the `EntityManager` of a transaction, it is a caller's.
 *
 * On SQLite it is only ever a caller's: TypeORM has one connection there, and runs what anybody asks within the transaction
 * that anybody has open. The ledger's own store is then a `sqliteStore` with a handle of its own to the same file.
 *
 * @throws `TypeError` for a `DataSource` on SQLite or another database, and for an `EntityManager` outside of a transaction.
 */
export function typeormStore(handle: TypeormSource | TypeormManager): AsyncStore {
  const source = 'createQueryRunner' in handle ? handle : handle.connection
  const dialect = DIALECTS[source.options.type]
  if (dialect === undefined) throw new TypeError(`refunds can't be kept in ${source.options.type}`)
  if (!('createQueryRunner' in handle)) {
    const { queryRunner } = handle
    if (queryRunner === undefined) throw new TypeError('this manager is of no transaction: pass a transaction’s, or the DataSource')
    return onConnection(queryRunner, dialect, over(queryRunner, dialect), async () => queryRunner.isTransactionActive)
  }
  if (dialect === 'sqlite') throw new TypeError('on SQLite TypeORM mixes transactions: give the ledger a sqliteStore of its own')
  return overPool(source, dialect)
}

function overPool(source: TypeormSource, dialect: Dialect): AsyncStore {
  const lent = async <T>(use: (query: AsyncQuery) => T | Promise<T>): Promise<T> => {
    const runner = source.createQueryRunner()
    try {
      return await use(over(runner, dialect))
    } finally {
      await runner.release()
    }
  }
  return {
    dialect,
    query: (pieces, values) => lent((query) => query(pieces, values)),
    inTransaction: () => false,
    transaction: (work) => lent((query) => bracket(query, whole, work)),
  }
}

function over(runner: TypeormRunner, dialect: Dialect): AsyncQuery {
  return async (pieces, values) => {
    const { records } = await runner.query(written(dialect, pieces), [...values], true)
    return Array.isArray(records) ? (records as Rows) : []
  }
}
