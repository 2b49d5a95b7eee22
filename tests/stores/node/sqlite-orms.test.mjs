// SQLite through the ORMs, all of them over better-sqlite3: the ledger's own store, and one of a caller's transaction.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { drizzle } from 'drizzle-orm/better-sqlite3'
import knex from 'knex'
import { Kysely, ParseJSONResultsPlugin, SqliteDialect } from 'kysely'
import { DataSource } from 'typeorm'

import { drizzleStore, knexStore, kyselyStore, prismaStore, sqliteStore, typeormStore } from '../../../bindings-node/dist/refunds.mjs'
import { betterSqlite3 } from './better-sqlite3.mjs'
import { checkCases } from './checked.mjs'

const { Database, skip } = betterSqlite3
const { PrismaClient } = createRequire(import.meta.url)('./node_modules/.generated/sqlite')

/** How each opens a file, makes a store of it, begins a caller's transaction, and closes it. */
const orms = {
  knex: {
    open: (filename) => knex({ client: 'better-sqlite3', connection: { filename }, useNullAsDefault: true }),
    store: knexStore,
    caller: (db, work) => db.transaction(async (trx) => work(knexStore(trx))),
    close: (db) => db.destroy(),
  },
  drizzle: {
    open: (file) => drizzle(new Database(file)),
    store: drizzleStore,
    caller: (db, work) => db.transaction((tx) => work(drizzleStore(tx))),
    close: (db) => db.$client.close(),
  },
  kysely: {
    open: (file) => new Kysely({ dialect: new SqliteDialect({ database: new Database(file) }) }),
    store: kyselyStore,
    caller: (db, work) => db.transaction().execute(async (trx) => work(kyselyStore(trx))),
    close: (db) => db.destroy(),
  },
  // The two that mix transactions, beside a handle of the ledger's own.
  typeorm: {
    open: (database) => new DataSource({ type: 'better-sqlite3', database }).initialize(),
    own: (file) => sqliteStore(new Database(file)),
    caller: (source, work) => source.transaction(async (manager) => work(typeormStore(manager))),
    close: (source) => source.destroy(),
  },
  prisma: {
    open: (file) => new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: `file:${file}` }) }),
    own: (file) => sqliteStore(new Database(file)),
    caller: (prisma, work) => prisma.$transaction(async (tx) => work(prismaStore(tx))),
    close: (prisma) => prisma.$disconnect(),
  },
}

for (const [name, { open, store, own, caller, close }] of Object.entries(orms)) {
  checkCases(
    `SQLite, ${name}`,
    async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
      t.after(() => rmSync(folder, { recursive: true }))
      const file = join(folder, 'refunds.db')
      const opened = [await open(file), await open(file), await open(file)]
      const stores = opened.slice(1).map((db) => (own ? own(file) : store(db)))
      let made = 0
      return {
        make: () => stores[made++ % 2],
        caller: (work) => caller(opened[0], work),
        close: () => Promise.all(opened.map(close)),
      }
    },
    { skip },
  )
}

test('a plugin of Kysely’s changes nothing of what is read', { skip }, async () => {
  const plugins = [new ParseJSONResultsPlugin()]
  const db = new Kysely({ dialect: new SqliteDialect({ database: new Database(':memory:') }), plugins })
  const rows = [{ it: '{"ResultCode":"00"}' }]
  assert.deepEqual(await kyselyStore(db).query(['SELECT ', ' AS it'], [rows[0].it]), rows)
  const within = await db.transaction().execute((trx) => kyselyStore(trx).query(['SELECT ', ' AS it'], [rows[0].it]))
  assert.deepEqual(within, rows)
  await db.destroy()
})

test('those that mix transactions are not stores of the ledger’s own', { skip }, async () => {
  const source = new DataSource({ type: 'better-sqlite3', database: ':memory:' })
  assert.throws(() => typeormStore(source), { name: 'TypeError', message: /sqliteStore/ })
  const prisma = orms.prisma.open(':memory:')
  assert.throws(() => prismaStore(prisma), { name: 'TypeError', message: /sqliteStore/ })
  await prisma.$disconnect()
})
