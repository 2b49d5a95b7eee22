// What the web server and the worker share: the shop's refunds, and the queue that wakes workers up.

import { Client } from 'paywelcome'
import { pgStore, Refunds } from 'paywelcome/refunds'
import pg from 'pg'
import { PgBoss } from 'pg-boss'

// [region: refunds]
export const pool = new pg.Pool() // PGHOST, PGDATABASE and so on
pool.on('error', console.error) // a connection that breaks while nobody uses it must not end the process
export const client = new Client({ timeoutMs: 20_000 })
export const refunds = new Refunds(client, pgStore(pool))
await refunds.init() // in production, a migration with the SQL of `schema('postgres')`

export const boss = new PgBoss({ max: 4 }) // connections of its own
boss.on('error', console.error)
await boss.start()
// `short`: of each refund one job waits. One that is under way swallows no wake-up.
await boss.createQueue('refunds', { policy: 'short', retryLimit: 0 })

/** Wakes a worker up for a refund. With `db`, in the transaction that this belongs to. */
export function wake(key, options) {
  return boss.send('refunds', { key }, { singletonKey: key, ...options })
}
// [end]
