// What a merchant's compiler holds of the stores. This is compiled, never run.

import Database from 'better-sqlite3'
import { drizzle as drizzleSqlite } from 'drizzle-orm/better-sqlite3'
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2'
import { drizzle as drizzlePg } from 'drizzle-orm/node-postgres'
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js'
import knex, { type Knex } from 'knex'
import { Kysely, PostgresDialect } from 'kysely'
import mysql from 'mysql2/promise'
import pg from 'pg'
import postgres from 'postgres'
import { DataSource } from 'typeorm'

import { PrismaClient } from '../node_modules/.generated/postgres/index.js'

import {
  drizzleStore,
  knexStore,
  kyselyStore,
  mysqlStore,
  pgStore,
  postgresStore,
  prismaStore,
  type Query,
  type Rows,
  sqliteStore,
  type Store,
  type SyncStore,
  typeormStore,
} from '../../../../bindings-node/dist/refunds.mjs'
import { checkStore } from '../../../../bindings-node/dist/testing.mjs'

/** Holds where the two types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <T extends true>(): T | undefined => undefined

const pool = new pg.Pool()
pgStore(pool) satisfies Store
pgStore(new pg.Client()) satisfies Store
pgStore(await pool.connect()) satisfies Store

const db = new Database('refunds.db')
const sqlite = sqliteStore(db)
holds<Same<typeof sqlite, SyncStore>>()
sqlite.query(['SELECT 1'], []) satisfies Rows
sqlite.transaction((query) => query(['SELECT 1'], []).length) satisfies number
sqlite satisfies Store

const sql = postgres()
postgresStore(sql) satisfies Store
await sql.begin(async (tx) => void (postgresStore(tx) satisfies Store))

const mysqlPool = mysql.createPool({})
mysqlStore(mysqlPool) satisfies Store
mysqlStore(await mysqlPool.getConnection()) satisfies Store
mysqlStore(await mysql.createConnection({})) satisfies Store

const knexed: Knex = knex({ client: 'pg' })
knexStore(knexed) satisfies Store
await knexed.transaction(async (trx) => void (knexStore(trx) satisfies Store))

declare const prisma: PrismaClient
prismaStore(prisma) satisfies Store
prismaStore(prisma, 'postgres') satisfies Store
await prisma.$transaction(async (tx) => void (prismaStore(tx) satisfies Store))
prismaStore(prisma.$extends({ name: 'a merchant’s' })) satisfies Store

const source = new DataSource({ type: 'postgres' })
typeormStore(source) satisfies Store
await source.transaction(async (manager) => void (typeormStore(manager) satisfies Store))

const drizzled = drizzlePg(pool)
drizzleStore(drizzled) satisfies Store
await drizzled.transaction(async (tx) => void (drizzleStore(tx) satisfies Store))
drizzleStore(drizzlePostgres(sql)) satisfies Store
const drizzledMysql = drizzleMysql(mysqlPool)
drizzleStore(drizzledMysql) satisfies Store
await drizzledMysql.transaction(async (tx) => void (drizzleStore(tx) satisfies Store))
const drizzledSqlite = drizzleSqlite(db)
drizzleStore(drizzledSqlite) satisfies Store
drizzledSqlite.transaction((tx) => void (drizzleStore(tx) satisfies Store))

const kysely = new Kysely<{ orders: { id: number } }>({ dialect: new PostgresDialect({ pool }) })
kyselyStore(kysely) satisfies Store
await kysely.transaction().execute(async (trx) => void (kyselyStore(trx) satisfies Store))

// @ts-expect-error: a pool's options are not a pool
pgStore({ connectionString: 'postgresql://localhost' })
// @ts-expect-error: a pool of pg is not a Knex
knexStore(pool)
// @ts-expect-error: a Knex is not a Kysely
kyselyStore(knexed)
// @ts-expect-error: a pool of mysql2 is not a Prisma
prismaStore(mysqlPool)
// @ts-expect-error: a handle of SQLite is not a DataSource
typeormStore(db)
// @ts-expect-error: a pool of pg is not a database of Drizzle's
drizzleStore(pool)
// @ts-expect-error: a handle of SQLite is not a pool
mysqlStore(db)
// @ts-expect-error: a pool of pg is not a sql
postgresStore(pool)
// @ts-expect-error: a file's name is not a handle
sqliteStore('refunds.db')
// @ts-expect-error: a number is not a text
sqlite.query(['SELECT ', ''], [1])

/** A merchant's own store, as the documentation has it. */
const own = (query: Query): Store => ({
  dialect: 'postgres',
  query,
  transaction: (work) => work(query),
  inTransaction: () => false,
})
await checkStore(() => own(() => []), { caller: (work) => work(own(async () => [['a', null]])) })
// @ts-expect-error: rows hold texts
own(() => [[1]])
