// MySQL, or its sibling MariaDB, through every driver and ORM: the ledger's own store, and one of a caller's transaction.

import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import test, { after } from 'node:test'

import { PrismaMariaDb } from '@prisma/adapter-mariadb'
import { drizzle } from 'drizzle-orm/mysql2'
import knex from 'knex'
import { Kysely, MysqlDialect } from 'kysely'
import mysqlCallbacks from 'mysql2'
import mysql from 'mysql2/promise'
import { DataSource } from 'typeorm'

import { drizzleStore, knexStore, kyselyStore, mysqlStore, prismaStore, Refunds, typeormStore } from '../../../bindings-node/dist/refunds.mjs'
import { Sandbox } from '../../../bindings-node/dist/testing.mjs'
import { checkCases } from './checked.mjs'
import { engine } from './engine.mjs'

const { PrismaClient } = createRequire(import.meta.url)('./node_modules/.generated/mysql')
const mariadb = await engine('mariadb', after)
const { skip, url, host, port, user, database } = mariadb

// The handles are set up as merchants do, who have values and rows changed on the way.
const drivers = {
  mysql2() {
    const pool = mysql.createPool({ uri: url, connectionLimit: 12, namedPlaceholders: true, nestTables: true, decimalNumbers: true })
    const caller = async (work) => {
      const connection = await pool.getConnection()
      try {
        await connection.beginTransaction()
        await work(mysqlStore(connection))
        await connection.commit()
      } catch (error) {
        await connection.rollback()
        throw error
      } finally {
        connection.release()
      }
    }
    return { make: () => mysqlStore(pool), caller, close: () => pool.end() }
  },
  knex() {
    const db = knex({ client: 'mysql2', connection: { host, port, user, database }, pool: { min: 0, max: 12 } })
    return { make: () => knexStore(db), caller: (work) => db.transaction(async (trx) => work(knexStore(trx))), close: () => db.destroy() }
  },
  prisma() {
    const prisma = new PrismaClient({ adapter: new PrismaMariaDb({ host, port, user, database, connectionLimit: 12 }) })
    const caller = (work) => prisma.$transaction(async (tx) => work(prismaStore(tx)))
    return { make: () => prismaStore(prisma), caller, close: () => prisma.$disconnect() }
  },
  async typeorm() {
    const source = new DataSource({ type: 'mysql', host, port, username: user, database, poolSize: 12, connectorPackage: 'mysql2' })
    await source.initialize()
    const caller = (work) => source.transaction(async (manager) => work(typeormStore(manager)))
    return { make: () => typeormStore(source), caller, close: () => source.destroy() }
  },
  drizzle() {
    const pool = mysql.createPool({ uri: url, connectionLimit: 12 })
    const db = drizzle(pool)
    return { make: () => drizzleStore(db), caller: (work) => db.transaction(async (tx) => work(drizzleStore(tx))), close: () => pool.end() }
  },
  kysely() {
    const pool = mysqlCallbacks.createPool({ uri: url, connectionLimit: 12 })
    const db = new Kysely({ dialect: new MysqlDialect({ pool }) })
    return { make: () => kyselyStore(db), caller: (work) => db.transaction().execute(async (trx) => work(kyselyStore(trx))), close: () => db.destroy() }
  },
}

for (const [name, opened] of Object.entries(drivers)) checkCases(`MySQL, ${name}`, opened, { skip })

test('connections that do not commit by themselves are refused, before they show refunds as they were', { skip }, async () => {
  const bank = new Sandbox()
  const client = bank.client()
  const [pool, held] = [1, 0].map((autocommit) => {
    const pool = mysql.createPool({ uri: url, connectionLimit: 2 })
    pool.on('connection', (connection) => connection.query(`SET autocommit = ${autocommit}`))
    return pool
  })
  try {
    const refunds = new Refunds(client, mysqlStore(pool), { quietMs: 0 })
    await refunds.init()
    const asked = { key: 'refund-17', tid: bank.approve({ price: 12_000 }), amount: 3_000, paid: 12_000, payType: 'card' }
    const stale = new Refunds(client, mysqlStore(held), { quietMs: 0 })
    const connection = await held.getConnection()
    await stale.request(asked, mysqlStore(connection))
    await connection.commit()
    connection.release()
    for (const use of [() => stale.get(asked.key), () => stale.due(), () => stale.process(asked.key)]) {
      await assert.rejects(use, { name: 'RefundsError', kind: 'store', mid: bank.mid, message: /set autocommit = 1/ })
    }
    assert.deepEqual([(await refunds.process(asked.key)).state, bank.executions], ['done', 1])
  } finally {
    await client.close()
    bank.close()
    await Promise.all([pool.end(), held.end()])
  }
})

test('mysql2: one connection, with a transaction and without', { skip }, async () => {
  const connection = await mysql.createConnection(url)
  try {
    const store = mysqlStore(connection)
    await store.query(['CREATE TEMPORARY TABLE a (b text) ENGINE=InnoDB'], [])
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
    assert.deepEqual(await store.query(['SELECT b FROM a'], []), [['2']])
    assert.equal(await store.inTransaction(), false)
  } finally {
    await connection.end()
  }
})

test('mysql2: a connection that breaks in the middle of a transaction fails it, and nothing else', { skip }, async () => {
  const pool = mysql.createPool({ uri: url, connectionLimit: 2 })
  try {
    const store = mysqlStore(pool)
    const work = async (query) => {
      const [[id]] = await query(['SELECT CAST(connection_id() AS char) AS id'], [])
      await store.query([`KILL ${id}`], [])
      await query(['SELECT 1'], [])
    }
    await assert.rejects(async () => store.transaction(work))
    assert.deepEqual(await store.query(["SELECT 'alive' AS it"], []), [['alive']])
  } finally {
    await pool.end()
  }
})
