// PostgreSQL, MySQL or SQLite, through Prisma.

import { inCallers } from './callers.js'
import { reads, written } from './statement.js'
import type { AsyncQuery, AsyncStore, Dialect, Rows } from './store.js'

/** What the store uses of a transaction's client. */
export interface PrismaTransaction {
  $queryRawUnsafe(text: string, ...values: (string | null)[]): PromiseLike<unknown>
  $executeRawUnsafe(text: string, ...values: (string | null)[]): PromiseLike<number>
}

/** What the store uses of a `PrismaClient`. */
export interface PrismaHandle extends PrismaTransaction {
  $connect(): Promise<void>
  /** Where the extension for read replicas is used: the client that asks none of them. */
  $primary?(): PrismaHandle
  $transaction<T>(work: (tx: PrismaTransaction) => Promise<T>, options: { maxWait: number; timeout: number }): Promise<T>
}

const DIALECTS: Record<string, Dialect> = { postgresql: 'postgres', mysql: 'mysql', sqlite: 'sqlite' }

// Of milliseconds. Prisma's own are 2,000 and 5,000, which a slow disk or a batch of many refunds may exceed.
const LIMITS = { maxWait: 10_000, timeout: 60_000 }

/**
 * Keeps refunds where Prisma leads to: PostgreSQL, MySQL or MariaDB, or SQLite.
 *
 * Given a `PrismaClient`, it is the ledger's own store. Given the client of an interactive transaction, it is a caller's; Prisma
 * ends such a transaction after 5 seconds, unless `$transaction` was given a longer `timeout`.
 *
 * On SQLite it is only ever a caller's: Prisma has one connection there, and runs what anybody asks within the transaction that
 * anybody has open. The ledger's own store is then a `sqliteStore` with a handle of its own to the same file.
 *
 * @param dialect The SQL of the database; by default as the client's schema says.
 * @throws `TypeError` for a `PrismaClient` on SQLite, for another database, and where the client does not say which it is.
 */
export function prismaStore(prisma: PrismaHandle | PrismaTransaction, dialect: Dialect = dialectOf(prisma)): AsyncStore {
  if (!('$connect' in prisma && prisma.$connect)) return inCallers(prisma, dialect, over(prisma, dialect))
  if (dialect === 'sqlite') throw new TypeError('on SQLite Prisma mixes transactions: give the ledger a sqliteStore of its own')
  const primary = prisma.$primary?.() ?? prisma
  return {
    dialect,
    query: over(primary, dialect),
    inTransaction: () => false,
    transaction: (work) => primary.$transaction(async (tx) => work(over(tx, dialect)), LIMITS),
  }
}

function dialectOf(prisma: object): Dialect {
  const provider = '_activeProvider' in prisma ? String(prisma._activeProvider) : 'a database that this client does not name'
  const dialect = DIALECTS[provider]
  if (dialect === undefined) throw new TypeError(`refunds can't be kept in ${provider}; pass the dialect if its SQL is understood there`)
  return dialect
}

function over(prisma: PrismaTransaction, dialect: Dialect): AsyncQuery {
  return async (pieces, values) => {
    const text = written(dialect, pieces)
    if (reads(pieces)) return (await prisma.$queryRawUnsafe(text, ...values)) as Rows
    await prisma.$executeRawUnsafe(text, ...values)
    return []
  }
}
