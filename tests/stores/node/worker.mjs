// A worker in a process of its own, which processes one refund and may stop on the way: it says where, as a line of JSON.

import mysql from 'mysql2/promise'
import pg from 'pg'

import { Client } from '../../../bindings-node/dist/index.mjs'
import { mysqlStore, pgStore, Refunds, sqliteStore } from '../../../bindings-node/dist/refunds.mjs'
import { betterSqlite3 } from './better-sqlite3.mjs'
import { meddled } from './meddled.mjs'

const { kind, url, settings, key, stops, goesOn, waitMs } = JSON.parse(process.argv[2])
const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`)

const handles = {
  sqlite: () => [new betterSqlite3.Database(url), sqliteStore],
  postgres: () => [new pg.Pool({ connectionString: url }), pgStore],
  mysql: () => [mysql.createPool({ uri: url }), mysqlStore],
}
const [handle, storeOf] = handles[kind]()
const { store, on } = meddled(storeOf(handle))
const client = new Client(settings)
const refunds = new Refunds(client, store, { quietMs: 0 })
await refunds.due()

/** Blocks everything for long enough to be stopped, or for ever. */
function stop(at) {
  say({ at })
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, goesOn ? 2_500 : undefined)
}

on(async (number, run) => {
  if (number === 3 && stops === 'answered') stop(stops)
  const rows = await run()
  if (number === 2 && stops === 'claimed') stop(stops)
  return rows
})
const { state, outcome, kind: why } = await refunds.process(key, { waitMs })
say({ state, outcome, kind: why })
await client.close()
await (handle.end ?? handle.close).call(handle)
