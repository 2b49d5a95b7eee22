// PostgreSQL through every driver and ORM: the ledger's own store, and one of a caller's transaction.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import test, { after } from 'node:test'

import { PrismaPg } from '@prisma/adapter-pg'
import { drizzle } from 'drizzle-orm/node-postgres'
import { withReplicas } from 'drizzle-orm/pg-core'
import { drizzle as drizzlePostgres } from 'drizzle-orm/postgres-js'
import knex from 'knex'
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import postgresJs from 'postgres'
import { DataSource } from 'typeorm'

import {
  drizzleStore,
  knexStore,
  kyselyStore,
  pgStore,
  postgresStore,
  prismaStore,
  typeormStore,
} from '../../../bindings-node/dist/refunds.mjs'
import { checkCases } from './checked.mjs'
import { engine } from './engine.mjs'

const { PrismaClient } = createRequire(import.meta.url)('./node_modules/.generated/postgres')
const postgres = await engine('postgres', after)
const { skip, url, host, port, user, database } = postgres

function pooled() {
  const pool = new pg.Pool({ connectionString: url })
  // What a merchant's own does with a connection that the server has ended.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}

async function begun(client, work) {
  await client.query('BEGIN')
  try {
    await work(pgStore(client))
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
}

/** What merchants have Knex do with the names of columns. */
const shouting = {
  wrapIdentifier: (name, wrap) => wrap(name.toLowerCase()),
  postProcessResponse: (answer) =>
    answer.rows ? { ...answer, rows: answer.rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name.toUpperCase(), value]))) } : answer,
}

// The handles are set up as merchants do, who have names and types changed on the way.
const drivers = {
  pg() {
    const pool = pooled()
    const caller = async (work) => {
      const client = await pool.connect()
      await begun(client, work).finally(() => client.release())
    }
    return { make: () => pgStore(pool), caller, close: () => pool.end() }
  },
  postgres() {
    const sql = postgresJs(url, { onnotice: () => {}, transform: postgresJs.camel })
    return { make: () => postgresStore(sql), caller: (work) => sql.begin((tx) => work(postgresStore(tx))), close: () => sql.end() }
  },
  knex() {
    const db = knex({ client: 'pg', connection: url, pool: { min: 0, max: 12 }, ...shouting })
    return { make: () => knexStore(db), caller: (work) => db.transaction(async (trx) => work(knexStore(trx))), close: () => db.destroy() }
  },
  async prisma() {
    const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: url }, { onPoolError: () => {}, onConnectionError: () => {} }) })
    const caller = (work) => prisma.$transaction(async (tx) => work(prismaStore(tx)))
    return { make: () => prismaStore(prisma), caller, close: () => prisma.$disconnect() }
  },
  async typeorm() {
    const source = new DataSource({ type: 'postgres', host, port, username: user, database, poolErrorHandler: () => {} })
    await source.initialize()
    const caller = (work) => source.transaction(async (manager) => work(typeormStore(manager)))
    return { make: () => typeormStore(source), caller, close: () => source.destroy() }
  },
  'drizzle, pg'() {
    const pool = pooled()
    const db = drizzle(pool)
    return { make: () => drizzleStore(db), caller: (work) => db.transaction(async (tx) => work(drizzleStore(tx))), close: () => pool.end() }
  },
  'drizzle, postgres.js'() {
    const sql = postgresJs(url, { onnotice: () => {} })
    const db = drizzlePostgres(sql)
    return { make: () => drizzleStore(db), caller: (work) => db.transaction(async (tx) => work(drizzleStore(tx))), close: () => sql.end() }
  },
  kysely() {
    const db = new Kysely({ dialect: new PostgresDialect({ pool: pooled() }), plugins: [new CamelCasePlugin()] })
    return { make: () => kyselyStore(db), caller: (work) => db.transaction().execute(async (trx) => work(kyselyStore(trx))), close: () => db.destroy() }
  },
}

for (const [name, opened] of Object.entries(drivers)) checkCases(`PostgreSQL, ${name}`, opened, { skip })

test('pg: one client, with a transaction and without', { skip }, async () => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const store = pgStore(client)
    await store.query(['CREATE TEMPORARY TABLE a (b text)'], [])
    assert.equal(await store.inTransaction(), false)
    await assert.rejects(
      async () =>
        store.transaction(async (query) => {
          await query(['INSERT INTO a VALUES (', ')'], ['1'])
          throw new RangeError()
        }),
      RangeError,
    )
    await store.transaction((query) => query(['INSERT INTO a VALUES (', ')'], ['2']))
    assert.deepEqual(await store.query(['SELECT b FROM a'], []), [{ b: '2' }])
    assert.equal(await store.inTransaction(), false)
  } finally {
    await client.end()
  }
})

test('pg: a connection that breaks in the middle of a transaction fails it, and nothing else', { skip }, async () => {
  const pool = new pg.Pool({ connectionString: url })
  pool.on('error', () => {})
  try {
    const store = pgStore(pool)
    const work = async (query) => {
      const [{ pid }] = await query(['SELECT CAST(pg_backend_pid() AS text) AS pid'], [])
      await store.query(['SELECT CAST(pg_terminate_backend(CAST(', ' AS integer), 5000) AS text)'], [pid])
      await query(['SELECT 1'], [])
    }
    await assert.rejects(async () => store.transaction(work))
    assert.deepEqual(await store.query(["SELECT 'alive' AS it"], []), [{ it: 'alive' }])
    assert.equal(pool.totalCount, 1)
  } finally {
    await pool.end()
  }
})

test('replicas that may be behind are never asked', () => {
  const asked = (name) => ({ name, query: async () => ({ rows: [{ from: name }] }) })
  const [primary, replica] = [drizzle(asked('primary')), drizzle(asked('replica'))]
  const store = drizzleStore(withReplicas(primary, [replica]))
  assert.equal(store.dialect, 'postgres')
  const client = (name, more) => ({
    _activeProvider: 'postgresql',
    $connect: async () => {},
    $queryRawUnsafe: async () => [{ from: name }],
    $transaction: (work) => work(client(`${name}, in a transaction`)),
    ...more,
  })
  const prisma = prismaStore(client('replica', { $primary: () => client('primary') }))
  return Promise.all([
    store.query(['SELECT 1'], []).then((rows) => assert.deepEqual(rows, [{ from: 'primary' }])),
    prisma.query(['SELECT 1'], []).then((rows) => assert.deepEqual(rows, [{ from: 'primary' }])),
    prisma.transaction((query) => query(['SELECT 1'], [])).then((rows) => assert.deepEqual(rows, [{ from: 'primary, in a transaction' }])),
  ])
})

test('what leads to another database, or to no transaction, is refused', () => {
  assert.throws(() => knexStore({ client: { dialect: 'oracle' } }), { name: 'TypeError', message: /oracle/ })
  assert.throws(() => typeormStore({ options: { type: 'mssql' }, createQueryRunner: () => {} }), { name: 'TypeError', message: /mssql/ })
  assert.throws(() => typeormStore({ connection: { options: { type: 'postgres' } } }), { name: 'TypeError', message: /no transaction/ })
  assert.throws(() => prismaStore({ _activeProvider: 'sqlserver' }), { name: 'TypeError', message: /sqlserver/ })
  assert.throws(() => prismaStore({}), { name: 'TypeError', message: /pass the dialect/ })
  assert.equal(prismaStore({ _activeProvider: 'cockroachdb' }, 'postgres').dialect, 'postgres')
})
