// A worker: any number may run at once, on any machine.

import { setTimeout as pause } from 'node:timers/promises'

import { boss, client, pool, refunds, wake } from './refunding.js'

// [region: worker]
async function work([{ data }]) {
  const { dueInMs } = await refunds.process(data.key)
  if (dueInMs === null || dueInMs > 5_000) return // what is due later is left to the sweep
  // It waits for its batch's pace, say: many that do come back spread out.
  await wake(data.key, { startAfter: Math.ceil(dueInMs / 1_000 + 4 * Math.random()) })
}
await boss.work('refunds', { localConcurrency: 8, pollingIntervalSeconds: 0.5 }, work)

// Finds what no wake-up came for, what was not sent, and what a dead worker has left.
const stop = new AbortController()
async function sweep() {
  while (!stop.signal.aborted) {
    try {
      for (const key of await refunds.due(200)) await wake(key)
    } catch (error) {
      console.error('the sweep:', error)
    }
    await pause(5_000, undefined, { signal: stop.signal }).catch(() => {})
  }
}
const sweeps = sweep()
// [end]

// [region: close]
let closing
const close = () => {
  closing ??= (async () => {
    stop.abort()
    await sweeps
    await boss.stop() // waits for the jobs that are under way
    await client.close() // waits until the result of each sent request is recorded
    await pool.end()
  })()
}
// `on`, not `once`: a second signal would find no listener, and end the process at once.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, close)
// [end]

console.log('working')
