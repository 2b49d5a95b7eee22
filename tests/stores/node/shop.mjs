// A shop whose refunds are kept in a database of the tests' own, at a sandbox of its own: for each kind of store.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'

import mysql from 'mysql2/promise'
import pg from 'pg'

import { mysqlStore, pgStore, Refunds, sqliteStore } from '../../../bindings-node/dist/refunds.mjs'
import { Sandbox } from '../../../bindings-node/dist/testing.mjs'
import { betterSqlite3 } from './better-sqlite3.mjs'
import { engine } from './engine.mjs'

export { meddled } from './meddled.mjs'

const postgres = await engine('postgres', after)
const mariadb = await engine('mariadb', after)

const kinds = {
  sqlite: {
    skip: betterSqlite3.skip,
    /** Returns how to make a store, and how a caller opens a transaction and works in it. */
    open(t) {
      const folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
      const handles = []
      const file = join(folder, 'refunds.db')
      t.after(() => {
        for (const handle of handles) handle.close()
        rmSync(folder, { recursive: true })
      })
      const make = () => {
        handles.push(new betterSqlite3.Database(file))
        return sqliteStore(handles.at(-1))
      }
      // On the handle of the shop's own store, as a shop with one handle does.
      const caller = async (work) => handles[0].transaction(() => work(sqliteStore(handles[0])))()
      return { make, caller, url: file, handles }
    },
  },
  postgres: {
    skip: postgres.skip,
    open(t) {
      const pool = new pg.Pool({ connectionString: postgres.url })
      pool.on('error', () => {})
      t.after(() => pool.end())
      const caller = async (work) => {
        const client = await pool.connect()
        try {
          await client.query('BEGIN')
          const made = await work(pgStore(client))
          await client.query('COMMIT')
          return made
        } catch (error) {
          await client.query('ROLLBACK')
          throw error
        } finally {
          client.release()
        }
      }
      return { make: () => pgStore(pool), caller, url: postgres.url }
    },
  },
  mysql: {
    skip: mariadb.skip,
    open(t) {
      const pool = mysql.createPool({ uri: mariadb.url, connectionLimit: 12 })
      t.after(() => pool.end())
      const caller = async (work) => {
        const connection = await pool.getConnection()
        try {
          await connection.beginTransaction()
          const made = await work(mysqlStore(connection))
          await connection.commit()
          return made
        } catch (error) {
          await connection.rollback()
          throw error
        } finally {
          connection.release()
        }
      }
      return { make: () => mysqlStore(pool), caller, url: mariadb.url }
    },
  },
}

/** Makes a test for each kind of store; `body` is given its shop. */
export function each(name, body, only = Object.keys(kinds)) {
  for (const kind of only) {
    const { skip, open } = kinds[kind]
    test(`${kind}: ${name}`, { skip }, async (t) => body(new Shop(t, kind, open(t)), t))
  }
}

/** A shop: its merchant, its sandbox, its database. */
class Shop {
  #orders = 0

  constructor(t, kind, { make, caller, url, handles }) {
    this.t = t
    this.kind = kind
    this.makeStore = make
    this.caller = caller
    this.url = url
    /** Those that stores were made of, of SQLite. */
    this.handles = handles
    // Tests share a database, and refunds of another merchant are none of theirs.
    this.bank = new Sandbox({ mid: `m${randomBytes(4).toString('hex')}` })
    t.after(() => this.bank.close())
    this.store = make()
    this.client = this.bank.client({ timeoutMs: 2_000 })
  }

  /** Refunds with tables, of the shop's own client and store unless others are given. */
  async refunds({ client = this.client, store = this.store, ...options } = {}) {
    const refunds = new Refunds(client, store, { quietMs: 0, ...options })
    await refunds.init()
    return refunds
  }

  /** What asks for a refund of a payment that was just made. */
  ask(more = {}) {
    this.#orders += 1
    const paid = more.paid ?? 12_000
    const tid = more.tid ?? this.bank.approve({ price: paid })
    return { key: `refund-${this.#orders}`, amount: 3_000, paid, payType: 'card', ...more, tid }
  }

  /** What has gone back of a payment, as the gateway knows. */
  cancelled(tid) {
    return this.bank.payment(tid).cancelled
  }
}

/** Collects the warnings of the process with this code. */
export function warnings(t, code) {
  const seen = []
  const listen = (warning) => {
    if (warning.code === code) seen.push(warning)
  }
  process.on('warning', listen)
  t.after(() => process.off('warning', listen))
  return seen
}

/** What `promise` is rejected with, or what a function throws. */
export async function failure(of) {
  let value
  try {
    value = await (typeof of === 'function' ? of() : of)
  } catch (error) {
    return error
  }
  throw new Error(`it did not fail but gave ${JSON.stringify(value)}`)
}

/** Waits until something is so, which nobody tells of; gives what the condition gave. */
export async function until(condition) {
  for (;;) {
    const met = await condition()
    if (met) return met
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
