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

import { drizzleStore, knexStore, kyselyStore, mysqlStore, prismaStore, typeormStore } from '../../../bindings-node/dist/refunds.mjs'
import { checkCases } from './checked.mjs'
import { engine } from './engine.mjs'

const { PrismaClient } = createRequire(import.meta.url)('./node_modules/.generated/mysql')
const mariadb = await engine('mariadb', after)
const { skip, url, host, port, user, database } = mariadb

const drivers = {
  mysql2() {
    const pool = mysql.createPool({ uri: url, connectionLimit: 12 })
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
