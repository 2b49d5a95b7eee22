// What the web server and the worker share: the shop's refunds, and the queue that wakes workers up.

import { Queue } from 'bullmq'
import { Client } from 'paywelcome'
import { pgStore, Refunds } from 'paywelcome/refunds'
import pg from 'pg'

// [region: refunds]
export const pool = new pg.Pool() // PGHOST, PGDATABASE and so on
pool.on('error', console.error) // a connection that breaks while nobody uses it must not end the process
export const client = new Client({ timeoutMs: 20_000 })
export const refunds = new Refunds(client, pgStore(pool))
await refunds.init() // in production, a migration with the SQL of `schema('postgres')`

export const connection = { host: process.env.REDIS_HOST ?? '127.0.0.1', port: Number(process.env.REDIS_PORT ?? 6379) }
export const queue = new Queue('refunds', { connection }) // a queue of its own: no other jobs, no other merchant's refunds
queue.on('error', console.error)
// [end]
