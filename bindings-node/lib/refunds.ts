// `paywelcome/refunds`: refunds that outlive calls, in the merchant's own database.

export { drizzleStore } from './refunds/drizzle.js'
export { knexStore } from './refunds/knex.js'
export { kyselyStore } from './refunds/kysely.js'
export { mysqlStore } from './refunds/mysql.js'
export { pgStore } from './refunds/pg.js'
export { postgresStore } from './refunds/postgres.js'
export { prismaStore } from './refunds/prisma.js'
export { sqliteStore } from './refunds/sqlite.js'
export type { Dialect, Query, Rows, Store, SyncQuery, SyncStore } from './refunds/store.js'
export { typeormStore } from './refunds/typeorm.js'
