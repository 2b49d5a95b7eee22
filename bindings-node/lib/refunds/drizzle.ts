// PostgreSQL, MySQL or SQLite, through Drizzle.

import { inTurn } from './bracket.js'
import { isPromise } from './promised.js'
import { reads, written } from './statement.js'
import type { Dialect, Query, Rows, Store } from './store.js'

/** What the store uses of a database or transaction of Drizzle's; each of its drivers has its own types for it. */
export type DrizzleHandle = { transaction(...given: never[]): unknown } & (
  | { execute(...given: never[]): unknown }
  | { all(...given: never[]): unknown; run(...given: never[]): unknown }
)

/** A statement as Drizzle takes it: what its own `sql` template makes, as far as its drivers look at it. */
interface Statement {
  getSQL(): { toQuery(): { readonly sql: string; readonly params: readonly (string | null)[] } }
}

/** What is behind a handle. */
interface Database {
  /** On SQLite: whether the driver gives values in place of promises. */
  readonly resultKind?: 'sync' | 'async'
  /** On PostgreSQL. */
  readonly refreshMaterializedView?: unknown
  /** In a transaction. */
  readonly rollback?: unknown
  execute(statement: Statement): PromiseLike<unknown>
  all(statement: Statement): Rows | PromiseLike<Rows>
  run(statement: Statement): unknown
  transaction<T>(work: (tx: Database) => T | Promise<T>, config?: { behavior: 'immediate' }): T | Promise<T>
}

/**
 * Keeps refunds where Drizzle leads to: PostgreSQL, MySQL or MariaDB, or SQLite.
 *
 * Given a database made of a pool, it is the ledger's own store; one connection would run what anybody asks within the
 * transaction that anybody has open. Given the `tx` of a transaction, it is a caller's. With a driver of SQLite's
 * that waits for nothing (`better-sqlite3`), it gives values in place of promises.
 *
 * On SQLite, open it with `synchronous=FULL`: with less, a power cut may take back that a refund was sent.
 */
export function drizzleStore(handle: DrizzleHandle): Store {
  const db = handle as unknown as Database
  const dialect = dialectOf(db)
  const query = over(db, dialect)
  const nested = 'rollback' in db
  const begin = <T>(work: (query: Query) => T | Promise<T>) =>
    db.transaction((tx) => work(over(tx, dialect)), ...(dialect === 'sqlite' && !nested ? [{ behavior: 'immediate' } as const] : []))
  return {
    dialect,
    query,
    inTransaction: () => nested,
    transaction: (work) => (nested && db.resultKind !== 'sync' ? inTurn(db, async () => begin(work)) : begin(work)),
  }
}

function dialectOf(db: Database): Dialect {
  if ('all' in db && 'run' in db) return 'sqlite'
  return 'refreshMaterializedView' in db ? 'postgres' : 'mysql'
}

function over(db: Database, dialect: Dialect): Query {
  return (pieces, values) => {
    const statement = { getSQL: () => ({ toQuery: () => ({ sql: written(dialect, pieces), params: values }) }) }
    if (dialect !== 'sqlite') return executed(db.execute(statement), dialect)
    if (reads(pieces)) return settled(db.all(statement), (rows) => rows)
    return settled(db.run(statement), () => [])
  }
}

async function executed(answer: PromiseLike<unknown>, dialect: Dialect): Promise<Rows> {
  const told = await answer
  const rows = dialect === 'mysql' ? (told as [unknown])[0] : Array.isArray(told) ? told : (told as { rows: unknown }).rows
  return Array.isArray(rows) ? (rows as Rows) : []
}

function settled<T>(answer: T | PromiseLike<T>, give: (answer: T) => Rows): Rows | Promise<Rows> {
  return isPromise(answer) ? Promise.resolve(answer as PromiseLike<T>).then(give) : give(answer as T)
}
