// The same module for `import`.

export {
  drizzleStore,
  knexStore,
  kyselyStore,
  mysqlStore,
  pgStore,
  postgresStore,
  prismaStore,
  sqliteStore,
  typeormStore,
} from './refunds.js'
export type { Dialect, Query, Rows, Store, SyncQuery, SyncStore } from './refunds.js'
