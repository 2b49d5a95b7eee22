// A worker: any number may run at once, on any machine.

import { Worker } from 'bullmq'
import { bullmqProcessor, sweepEvery } from 'paywelcome/refunds/bullmq'

import { client, connection, pool, queue, refunds } from './refunding.js'

// [region: worker]
// Another worker gets a dead one's job after 20 seconds at most. Many times is harmless, too.
const stalled = { lockDuration: 10_000, stalledInterval: 10_000 }
const worker = new Worker('refunds', bullmqProcessor(refunds), { connection, concurrency: 8, ...stalled })
worker.on('error', console.error)
// A job fails where the database does. The sweep has its refund processed again.
worker.on('failed', (job, error) => console.error(`refund ${job?.data.key}:`, error))

// Finds what no wake-up came for, what was not sent, and what a dead worker has left.
const stop = new AbortController()
const sweeps = sweepEvery(queue, refunds, { signal: stop.signal })
// [end]

// [region: close]
let closing
const close = () => {
  closing ??= (async () => {
    stop.abort()
    await sweeps
    await worker.close() // waits for the jobs that are under way
    await client.close() // waits until the result of each sent request is recorded
    await queue.close()
    await pool.end()
  })()
}
// `on`, not `once`: a second signal would find no listener, and end the process at once.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, close)
// [end]

console.log('working')
