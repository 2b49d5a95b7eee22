// PostgreSQL, MySQL or SQLite, through Kysely.

import { bracket, immediate, whole } from './bracket.js'
import { inCallers } from './callers.js'
import { written } from './statement.js'
import type { AsyncQuery, AsyncStore, Dialect, Rows } from './store.js'

/** A statement as Kysely takes it. */
interface Compiled {
  readonly sql: string
  readonly parameters: readonly unknown[]
  readonly query: { readonly kind: 'RawNode'; readonly sqlFragments: readonly string[]; readonly parameters: readonly never[] }
  readonly queryId: { readonly queryId: string }
}

/** What the store uses of a `Kysely` or of its `Transaction`. */
export interface KyselyHandle {
  readonly isTransaction: boolean
  getExecutor(): { readonly adapter: { readonly supportsReturning?: boolean; readonly supportsTransactionalDdl?: boolean } }
  withoutPlugins(): KyselyHandle
  executeQuery(statement: Compiled): Promise<{ readonly rows: unknown }>
  connection(): { execute<T>(work: (one: KyselyHandle) => Promise<T>): Promise<T> }
}

/**
 * Keeps refunds where Kysely leads to: PostgreSQL, MySQL or MariaDB, or SQLite.
 *
 * Given a `Kysely`, it is the ledger's own store. Given a `Transaction`, it is a caller's.
 *
 * On SQLite, open it with `synchronous=FULL`: with less, a power cut may take back that a refund was sent.
 */
export function kyselyStore(kysely: KyselyHandle): AsyncStore {
  const dialect = dialectOf(kysely)
  const query = over(kysely, dialect)
  if (kysely.isTransaction) return inCallers(kysely, dialect, query)
  return {
    dialect,
    query,
    inTransaction: () => false,
    // On a connection of its own rather than in a transaction of Kysely's, which on SQLite does not begin at once.
    transaction: (work) =>
      kysely.connection().execute((one) => bracket(over(one, dialect), dialect === 'sqlite' ? immediate : whole, work)),
  }
}

function dialectOf(kysely: KyselyHandle): Dialect {
  const { supportsReturning, supportsTransactionalDdl } = kysely.getExecutor().adapter
  if (!supportsReturning) return 'mysql'
  return supportsTransactionalDdl ? 'postgres' : 'sqlite'
}

let last = 0

function over(kysely: KyselyHandle, dialect: Dialect): AsyncQuery {
  // A plugin may make something else of texts, such as objects of those that look like JSON.
  const plain = kysely.withoutPlugins()
  return async (pieces, values) => {
    const sql = written(dialect, pieces)
    last += 1
    const { rows } = await plain.executeQuery({
      sql,
      parameters: values,
      query: { kind: 'RawNode', sqlFragments: [sql], parameters: [] },
      queryId: { queryId: `paywelcome-${last}` },
    })
    return rows as Rows
  }
}
