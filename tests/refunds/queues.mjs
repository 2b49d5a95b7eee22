// A worker of a storm on a queue that merchants have: `node queues.mjs bullmq`, or `pg-boss`. Commands as those of `worker.mjs`.

import { pgStore, Refunds } from 'paywelcome/refunds'
import { bullmqProcessor, sweepEvery, wake } from 'paywelcome/refunds/bullmq'

import { clientOf, driver, inMs, pause, poolOf, serve } from './merchant.mjs'

const SWEEP_EVERY = 300
/** A job whose worker died is given to another after a second or two, in place of a minute. */
const STALLED = { lockDuration: 1_000, stalledInterval: 500 }
const ignore = () => {}
let refunds
let queue

const bullmq = {
  open({ redis }) {
    const { Queue, Worker } = driver('bullmq')
    const connection = { url: redis, maxRetriesPerRequest: null }
    const jobs = new Queue('refunds', { connection }).on('error', ignore)
    return {
      wake: (key) => wake(jobs, key),
      run({ concurrency }) {
        new Worker('refunds', bullmqProcessor(refunds), { connection, concurrency, ...STALLED }).on('error', ignore)
        return sweepEvery(jobs, refunds, { everyMs: SWEEP_EVERY })
      },
    }
  },
}

const pgBoss = {
  async open({ postgres }) {
    const { PgBoss } = await import(driver.resolve('pg-boss'))
    const boss = new PgBoss({ connectionString: postgres, max: 4 })
    boss.on('error', ignore)
    await boss.start()
    await boss.createQueue('refunds', { policy: 'short', retryLimit: 0, expireInSeconds: 5 })
    const wakeUp = (key, startAfter = 0) => boss.send('refunds', { key }, { singletonKey: key, startAfter })
    const work = async ([{ data }]) => {
      const { dueInMs } = await refunds.process(data.key)
      if (dueInMs !== null && dueInMs < 5_000) await wakeUp(data.key, Math.ceil(dueInMs / 1_000))
    }
    return {
      wake: wakeUp,
      async run({ concurrency }) {
        for (let at = 0; at < concurrency; at += 1) await boss.work('refunds', { pollingIntervalSeconds: 0.5 }, work)
        for (;;) {
          try {
            for (const key of await refunds.due()) await wakeUp(key)
          } catch {
            // The database is gone.
          }
          await pause(SWEEP_EVERY)
        }
      },
    }
  },
}

await serve({
  async open(line) {
    const pool = poolOf(line.store.url, 10)
    const settings = { confirmPriceEnforced: line.enforced, quietMs: inMs(line.quiet) }
    refunds = new Refunds(clientOf(line.client), pgStore(pool), settings)
    queue = await { bullmq, 'pg-boss': pgBoss }[process.argv[2]].open(line.engines)
  },
  async wake({ keys }) {
    for (const key of keys) await queue.wake(key)
  },
  run: (line) => queue.run(line),
})
