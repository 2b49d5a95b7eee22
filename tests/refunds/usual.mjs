// What is usually written by hand for BullMQ: `node usual.mjs 3` with three attempts, `node usual.mjs 1` with one.
//
// It is here to be compared with, and not to be copied: it pays twice. Commands as those of `worker.mjs`.

import { clientOf, driver, poolOf, serve } from './merchant.mjs'

const attempts = Number(process.argv[2])
/** As in `queues.mjs`. */
const STALLED = { lockDuration: 1_000, stalledInterval: 500 }
const TABLES = `
CREATE TABLE IF NOT EXISTS usual_payment (tid TEXT PRIMARY KEY, remaining INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS usual_refund (key TEXT PRIMARY KEY, tid TEXT NOT NULL, amount BIGINT NOT NULL,
state TEXT NOT NULL DEFAULT 'waiting')`
const ignore = () => {}
let pool
let client
let queue
let connection

async function refund({ data: { key } }) {
  const { rows } = await pool.query('SELECT * FROM usual_refund JOIN usual_payment USING (tid) WHERE key = $1', [key])
  const [{ tid, remaining, state }] = rows
  const amount = Number(rows[0].amount)
  if (state === 'done') return
  await client.partialCancel({ payType: 'card', tid, cancelPrice: amount, confirmPrice: Math.max(0, remaining - amount) })
  const lent = await pool.connect()
  lent.on('error', ignore)
  try {
    await lent.query('BEGIN')
    await lent.query("UPDATE usual_refund SET state = 'done' WHERE key = $1", [key])
    await lent.query('UPDATE usual_payment SET remaining = remaining - $2 WHERE tid = $1', [tid, amount])
    await lent.query('COMMIT')
  } finally {
    lent.off('error', ignore)
    lent.release(true)
  }
}

await serve({
  async open({ store, client: settings, engines }) {
    pool = poolOf(store.url, 10)
    client = clientOf(settings)
    connection = { url: engines.redis, maxRetriesPerRequest: null }
    queue = new (driver('bullmq').Queue)('refunds', { connection }).on('error', ignore)
  },
  async request({ rows }) {
    await pool.query(TABLES)
    for (const { key, tid, amount, paid } of rows) {
      await pool.query('INSERT INTO usual_payment VALUES ($1, $2) ON CONFLICT DO NOTHING', [tid, paid])
      await pool.query('INSERT INTO usual_refund VALUES ($1, $2, $3)', [key, tid, amount])
    }
  },
  async wake({ keys }) {
    for (const key of keys) {
      await queue.add('refund', { key }, { jobId: key, attempts, backoff: { type: 'exponential', delay: 500 } })
    }
  },
  run({ concurrency }) {
    const worker = new (driver('bullmq').Worker)('refunds', refund, { connection, concurrency, ...STALLED })
    worker.on('error', ignore)
    worker.on('failed', async (job) => {
      if (job === undefined || job.attemptsMade < attempts) return
      await pool.query("UPDATE usual_refund SET state = 'failed' WHERE key = $1", [job.data.key]).catch(ignore)
    })
    return new Promise(() => {})
  },
})
