// The same module for `import`.

export { pgStore, sqliteStore } from './refunds.js'
export type { Dialect, Query, Rows, Store, SyncQuery, SyncStore } from './refunds.js'
