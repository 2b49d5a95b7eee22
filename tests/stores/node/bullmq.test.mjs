// Refunds on BullMQ, with its real queues and workers: a job only wakes a worker up, and no job that is lost loses a refund.

import assert from 'node:assert/strict'
import { after } from 'node:test'

import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'

import { bullmqProcessor, sweep, sweepEvery, wake } from '../../../bindings-node/dist/bullmq.mjs'
import { engine } from './engine.mjs'
import { each, failure, meddled, until, warnings } from './shop.mjs'

const redis = await engine('redis', after)
const connection = { host: redis.host, port: redis.port, maxRetriesPerRequest: null }
let queues = 0

/** Makes a queue, and a worker of it where it is called. */
function made(t, refunds, settings = {}) {
  const name = `refunds-${++queues}`
  const queue = new Queue(name, { connection })
  queue.on('error', () => {})
  t.after(() => queue.close())
  const work = () => {
    const worker = new Worker(name, bullmqProcessor(refunds), { connection, ...settings })
    worker.on('error', () => {})
    t.after(() => worker.close(true))
    return worker
  }
  return { queue, work }
}

const real = (name, body) => each(name, body, redis.skip ? [] : ['sqlite'])
const jobs = (queue) => queue.getJobCounts('wait', 'active', 'delayed', 'completed', 'failed')
const isEmpty = async (queue) => Object.values(await jobs(queue)).every((many) => many === 0)

real('a wake-up has a worker send the refund, and leaves no job behind', async (shop, t) => {
  const refunds = await shop.refunds()
  const { queue, work } = made(t, refunds)
  // A colon and digits alone are what BullMQ refuses in an id.
  for (const key of ['order:7:1', '17', '환불-1', 'x'.repeat(100)]) {
    await refunds.request(shop.ask({ key }))
    assert.equal(await wake(queue, key), true)
    assert.equal(await wake(queue, key), true)
  }
  assert.equal((await jobs(queue)).wait, 4)
  work()
  await until(async () => (await refunds.counts()).done.refunds === 4)
  await until(() => isEmpty(queue))
  assert.equal(shop.bank.executions, 4)
})

real('the sweep finds what no wake-up came for, and puts nothing twice into the queue', async (shop, t) => {
  const refunds = await shop.refunds()
  const { queue, work } = made(t, refunds, { concurrency: 4 })
  const rows = Array.from({ length: 30 }, () => shop.ask())
  await refunds.requestMany(rows, { batch: 'concert-17' })
  assert.equal(await sweep(queue, refunds, { limit: 10 }), 10)
  assert.equal(await sweep(queue, refunds, { batch: 'concert-18' }), 0)
  for (const _ of [1, 2]) assert.equal(await sweep(queue, refunds), 30)
  assert.equal((await jobs(queue)).wait, 30)
  work()
  await until(async () => (await refunds.counts()).done.refunds === 30)
  assert.equal(await sweep(queue, refunds), 0)
  assert.equal(shop.bank.executions, 30)
})

real('a refund of which nothing left has its job delayed until it is due again', async (shop, t) => {
  const refunds = await shop.refunds()
  const { queue, work } = made(t, refunds)
  const { key } = await refunds.request(shop.ask())
  const fault = shop.bank.arm('refuse_connections')
  const worker = work()
  let failures = 0
  worker.on('failed', () => (failures += 1))
  await wake(queue, key)
  await until(async () => (await jobs(queue)).delayed === 1)
  assert.equal((await refunds.get(key)).outcome, 'not_sent')
  fault.disarm()
  // No sweep is running: the job alone sends it.
  await until(async () => (await refunds.get(key)).state === 'done')
  assert.deepEqual([failures, shop.bank.executions], [0, 1])
  await until(() => isEmpty(queue))
})

real('what waits for longer has no job, so that nothing is swallowed that wakes it up', async (shop) => {
  const refunds = await shop.refunds({ client: shop.bank.client({ timeoutMs: 60_000 }) })
  const { key } = await refunds.request(shop.ask())
  shop.bank.arm('stall', { ms: 800 })
  const arrived = shop.bank.nextRequest()
  const processing = refunds.process(key)
  await arrived
  // Another has it for a minute and more.
  const moved = []
  const job = { data: { key }, moveToDelayed: async (at) => moved.push(at) }
  assert.equal(await bullmqProcessor(refunds)(job, 'token'), 'sending')
  assert.deepEqual(moved, [])
  assert.equal((await processing).state, 'done')
})

real('jobs that wait for the same moment come back spread out', async (shop) => {
  const refunds = { process: async () => ({ state: 'requested', dueInMs: 40 }), due: async () => [] }
  const process = bullmqProcessor(refunds)
  const delays = async (attemptsStarted) => {
    const found = []
    const moveToDelayed = async (at, token) => void found.push([at - Date.now(), token])
    for (let number = 0; number < 50; number += 1) {
      const error = await failure(process({ data: { key: 'k' }, attemptsStarted, moveToDelayed }, 'token'))
      assert.deepEqual([error.name, Object.keys(error).includes('name')], ['DelayedError', true])
    }
    assert.ok(found.every(([, token]) => token === 'token'))
    return found.map(([delay]) => delay)
  }
  const first = await delays(1)
  assert.ok(Math.min(...first) >= 35 && Math.max(...first) <= 40 + 201, String(first))
  const late = await delays(1_100)
  assert.ok(Math.max(...late) > 1_000 && Math.max(...late) <= 40 + 5_001, String(late))
})

real('a store that fails fails the job, and the sweep has another one sent', async (shop, t) => {
  const { store, on } = meddled(shop.store)
  const refunds = await shop.refunds({ store })
  const { queue, work } = made(t, refunds)
  const { key } = await refunds.request(shop.ask())
  let isBroken = true
  on((_, run) => {
    if (isBroken) throw new Error('the database is gone')
    return run()
  })
  const failed = []
  work().on('failed', (job, error) => failed.push([job.data.key, error.message]))
  await wake(queue, key)
  await until(() => failed.length === 1)
  assert.deepEqual(failed, [[key, 'the database is gone']])
  const told = warnings(t, 'PAYWELCOME_REFUNDS_RUN')
  const stop = new AbortController()
  t.after(() => stop.abort())
  const sweeping = sweepEvery(queue, refunds, { everyMs: 100, signal: stop.signal })
  await until(() => told.length === 1)
  assert.match(told[0].message, /the sweep failed; another try in 0.1 s/)
  isBroken = false
  await until(async () => (await refunds.get(key)).state === 'done')
  stop.abort()
  await sweeping
  assert.deepEqual([told.length, shop.bank.executions], [1, 1])
})

real('workers keep the pace of a batch together, and leave one that is paused alone', async (shop, t) => {
  const refunds = await shop.refunds()
  const { queue, work } = made(t, refunds, { concurrency: 8 })
  const many = (count, batch) => refunds.requestMany(Array.from({ length: count }, () => shop.ask({ batch })))
  await many(50, 'paced')
  await many(5, 'paused')
  await refunds.setBatch('paced', { pace: 25 })
  await refunds.pause('paused', { by: 'Kim' })
  const stop = new AbortController()
  t.after(() => stop.abort())
  const began = performance.now()
  const sweeping = sweepEvery(queue, refunds, { everyMs: 100, signal: stop.signal })
  for (const _ of [1, 2]) work()
  await until(() => shop.bank.executions === 50)
  // Those of one second may go at once.
  assert.ok(performance.now() - began >= 24 * 40)
  stop.abort()
  await sweeping
  assert.equal((await refunds.counts()).requested.refunds, 5)
  // One that was waiting is told so, too.
  const { key } = await refunds.request(shop.ask({ batch: 'paused' }))
  await wake(queue, key)
  await until(() => isEmpty(queue))
  assert.equal(shop.bank.executions, 50)
  await refunds.resume('paused', { by: 'Kim' })
  assert.equal(await sweep(queue, refunds), 6)
  await until(() => shop.bank.executions === 56)
})

real('a batch that pauses by itself leaves no job that continues', async (shop, t) => {
  const refunds = await shop.refunds()
  const { queue, work } = made(t, refunds, { concurrency: 2 })
  await refunds.requestMany(Array.from({ length: 40 }, () => shop.ask({ batch: 'concert-17' })))
  shop.bank.arm('close', { when: 'after_applying', times: 0 })
  assert.equal(await sweep(queue, refunds), 40)
  work()
  await until(() => isEmpty(queue))
  const { state, counts } = await refunds.progress('concert-17')
  assert.equal(state, 'paused')
  // Ten in a row, and what was under way beside the tenth.
  assert.ok(counts.review.refunds >= 10 && counts.review.refunds <= 11, JSON.stringify(counts))
  assert.equal(shop.bank.requestCount, counts.review.refunds)
  assert.equal(await sweep(queue, refunds), 0)
})

real('a Redis that has lost everything, and one that is gone for a while, lose no refund', async (shop, t) => {
  const refunds = await shop.refunds()
  const { queue, work } = made(t, refunds, { concurrency: 2 })
  const rows = Array.from({ length: 20 }, () => shop.ask())
  await refunds.requestMany(rows)
  const stop = new AbortController()
  t.after(() => stop.abort())
  const sweeping = sweepEvery(queue, refunds, { everyMs: 100, signal: stop.signal })
  work()
  await until(() => shop.bank.executions >= 3)
  const client = new Redis(connection)
  await client.flushall()
  client.disconnect()
  await until(() => shop.bank.executions >= 6)
  // Nothing is on its disk.
  await redis.again(0.5)
  await until(async () => (await refunds.counts()).done.refunds === 20)
  stop.abort()
  await sweeping
  assert.equal(shop.bank.executions, 20)
})

real('a wake-up waits for a Redis that is gone one second, and a sweep ends all the same', async (shop, t) => {
  const refunds = await shop.refunds()
  // As one does that waits for its connection.
  const hanging = () => new Promise(() => {})
  const queue = { add: hanging, addBulk: hanging }
  const { key } = await refunds.request(shop.ask())
  const began = performance.now()
  assert.equal(await wake(queue, key), false)
  assert.ok(performance.now() - began >= 990)
  const stop = new AbortController()
  t.after(() => stop.abort())
  const sweeping = sweepEvery(queue, refunds, { everyMs: 3_600_000, signal: stop.signal })
  setTimeout(() => stop.abort(), 50)
  await sweeping
  await sweepEvery(queue, refunds, { signal: AbortSignal.abort() })
  const refusing = { add: async () => assert.fail('no connection'), addBulk: hanging }
  assert.equal(await wake(refusing, key), false)
})

real('what is wrong is named', async (shop) => {
  const refunds = await shop.refunds()
  const queue = { add: async () => {}, addBulk: async () => {} }
  const fields = async (of) => (await failure(of)).errors.map(({ field }) => field)
  assert.deepEqual(await fields(() => bullmqProcessor(undefined)), ['refunds'])
  assert.deepEqual(await fields(wake(queue, 17)), ['key'])
  assert.deepEqual(await fields(wake({}, '')), ['queue', 'key'])
  assert.deepEqual(await fields(sweep(queue, shop.client)), ['refunds'])
  assert.deepEqual(await fields(sweep(queue, refunds, { limit: 0 })), ['limit'])
  assert.deepEqual(await fields(sweepEvery(queue, refunds, { every: 10 })), ['every'])
  assert.deepEqual(await fields(sweepEvery(queue, refunds, { everyMs: 99 })), ['everyMs'])
  assert.deepEqual(await fields(sweepEvery(queue, refunds, { limit: 0 })), ['limit'])
  assert.deepEqual(await fields(sweepEvery(queue, refunds, { signal: 'stop' })), ['signal'])
})
