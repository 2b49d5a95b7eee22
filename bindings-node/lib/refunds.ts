// `paywelcome/refunds`: refunds that outlive calls, in the merchant's own database.

export { pgStore } from './refunds/pg.js'
export { sqliteStore } from './refunds/sqlite.js'
export type { Dialect, Query, Rows, Store, SyncQuery, SyncStore } from './refunds/store.js'
