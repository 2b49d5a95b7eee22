// `paywelcome/refunds`: refunds that outlive calls, in the merchant's own database.

export type { RefundRequest } from './refunds/asked.js'
export type { BatchLimits, BatchOptions, NotedBatchOptions } from './refunds/batches.js'
export type { RefundCount } from './refunds/count.js'
export { drizzleStore } from './refunds/drizzle.js'
export { JournalEntry } from './refunds/entry.js'
export { RefundsError, type RefundsErrorDetails, type RefundsErrorKind } from './refunds/error.js'
export type { Given } from './refunds/given.js'
export { knexStore } from './refunds/knex.js'
export { kyselyStore } from './refunds/kysely.js'
export { mysqlStore } from './refunds/mysql.js'
export type { Health, OpenState, PauseReason } from './refunds/health.js'
export type { ProcessOptions } from './refunds/options.js'
export { pgStore } from './refunds/pg.js'
export { postgresStore } from './refunds/postgres.js'
export { prismaStore } from './refunds/prisma.js'
export { type PauseText, Progress } from './refunds/progress.js'
export { Refund } from './refunds/refund.js'
export {
  type DueOptions,
  Refunds,
  type RefundsOptions,
  type Requested,
  type RequestManyOptions,
  type RulingOptions,
  schema,
} from './refunds/refunds.js'
export type { Finding, ReconcileOptions, Reconciliation, StatementRow } from './refunds/reconciliation.js'
export type { Review, ReviewText } from './refunds/review.js'
export type { RunOptions } from './refunds/run.js'
export { sqliteStore } from './refunds/sqlite.js'
export type { AsyncQuery, AsyncStore, Dialect, Query, Rows, Store, SyncQuery, SyncStore } from './refunds/store.js'
export type { BatchNotice, RefundTransition } from './refunds/telling.js'
export type { Told } from './refunds/told.js'
export { typeormStore } from './refunds/typeorm.js'
export type { AttemptOutcome, Evidence, RefundNote, RefundState, Ruling } from './refunds/words.js'
