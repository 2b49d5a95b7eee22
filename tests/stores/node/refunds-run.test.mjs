// Runs of workers: everything that is due goes back once, whoever fails, and a run ends when it is told to.

import assert from 'node:assert/strict'
import { once } from 'node:events'

import { each, meddled, until, warnings } from './shop.mjs'

/** Writes so many refunds down, each of a payment of its own unless `of` gives their payments. */
async function ordered(shop, refunds, count, of = () => undefined) {
  const rows = Array.from({ length: count }, (_, at) => shop.ask({ amount: 100, tid: of(at) }))
  await refunds.requestMany(rows)
  return rows
}

each('two runs on one store send each refund once', async (shop) => {
  const refunds = await shop.refunds()
  const other = await shop.refunds({ store: shop.makeStore(), client: shop.bank.client() })
  const rows = await ordered(shop, refunds, 60)
  const counts = await Promise.all([refunds, other].map((each) => each.run({ untilIdle: true, pollMs: 20 })))
  assert.equal(counts[0] + counts[1], 60)
  assert.deepEqual({ ...(await refunds.counts()).done }, { refunds: 60, amount: 6_000 })
  assert.equal(shop.bank.executions, 60)
  for (const { tid } of rows) assert.equal(shop.cancelled(tid), 100)
})

each('refunds of one payment follow each other', async (shop) => {
  const refunds = await shop.refunds()
  const tid = shop.bank.approve({ price: 12_000 })
  await ordered(shop, refunds, 10, () => tid)
  assert.equal(await refunds.run({ untilIdle: true, concurrency: 4, pollMs: 60_000 }), 10)
  assert.deepEqual([shop.cancelled(tid), shop.bank.executions], [1_000, 10])
})

each('no more than its concurrency is under way, and no more than its pace is begun', async (shop) => {
  const refunds = await shop.refunds()
  await ordered(shop, refunds, 8)
  shop.bank.arm('stall', { ms: 50, times: 0 })
  const { store, on } = meddled(shop.store)
  const paced = await shop.refunds({ store })
  let open = 0
  let most = 0
  const process = paced.process
  assert.equal(typeof process, 'function')
  on((_, run) => run())
  const watching = setInterval(() => {
    open = shop.bank.requests().filter(({ status }) => status === 0).length
    most = Math.max(most, open)
  }, 5)
  const before = performance.now()
  assert.equal(await paced.run({ untilIdle: true, concurrency: 2, pace: 40, pollMs: 10 }), 8)
  clearInterval(watching)
  // Eight begin in the time of seven gaps, at least.
  assert.ok(performance.now() - before >= 7 * 25 - 5)
  assert.ok(most <= 2)
}, ['sqlite'])

each('a run is kept to its batch', async (shop) => {
  const refunds = await shop.refunds()
  const mine = shop.ask({ batch: 'mine' })
  const other = shop.ask({ batch: 'other' })
  await refunds.requestMany([mine, other])
  assert.equal(await refunds.run({ untilIdle: true, batch: 'mine' }), 1)
  assert.deepEqual([(await refunds.get(mine.key)).state, (await refunds.get(other.key)).state], ['done', 'requested'])
})

each('a signal ends a run once what is under way is recorded', async (shop) => {
  const refunds = await shop.refunds()
  await ordered(shop, refunds, 5)
  shop.bank.arm('stall', { ms: 150, times: 0 })
  const controller = new AbortController()
  const arrived = shop.bank.nextRequest()
  const running = refunds.run({ signal: controller.signal, concurrency: 2 })
  await arrived
  controller.abort()
  const moved = await running
  assert.ok(moved >= 1 && moved <= 2, String(moved))
  const { done, requested, sending } = await refunds.counts()
  assert.deepEqual([done.refunds, requested.refunds, sending.refunds], [moved, 5 - moved, 0])
  assert.equal(await refunds.run({ signal: AbortSignal.abort() }), 0)
})

each('a signal ends a run that waits for work', async (shop) => {
  const refunds = await shop.refunds()
  const controller = new AbortController()
  const running = refunds.run({ signal: controller.signal, pollMs: 3_600_000 })
  setImmediate(() => controller.abort())
  assert.equal(await running, 0)
})

each('work that comes meanwhile is found', async (shop) => {
  const refunds = await shop.refunds()
  const controller = new AbortController()
  const running = refunds.run({ signal: controller.signal, pollMs: 10 })
  const asked = shop.ask()
  await refunds.request(asked)
  await until(() => shop.cancelled(asked.tid) > 0)
  controller.abort()
  assert.equal(await running, 1)
})

each('a close of the client ends a run, and waits for what it has under way', async (shop) => {
  const refunds = await shop.refunds()
  await ordered(shop, refunds, 3)
  shop.bank.arm('stall', { ms: 100, times: 0 })
  const arrived = shop.bank.nextRequest()
  const running = refunds.run({ concurrency: 1, pollMs: 10 })
  await arrived
  assert.deepEqual(await shop.client.close(), [])
  assert.equal((await refunds.counts()).sending.refunds, 0)
  await running
  assert.ok(shop.bank.requestCount < 3)
})

each('neither a store that fails nor one bad refund ends a run; each kind is told once', async (shop, t) => {
  const told = warnings(t, 'PAYWELCOME_REFUNDS_RUN')
  const { store, on } = meddled(shop.store)
  const refunds = await shop.refunds({ store })
  const rows = await ordered(shop, refunds, 3)
  let failures = 0
  on(async (number, run) => {
    if (number <= 2) {
      failures += 1
      throw Object.assign(new Error('no connection'), { code: 'ECONNREFUSED' })
    }
    return run()
  })
  assert.equal(await refunds.run({ untilIdle: true, pollMs: 10 }), 3)
  assert.equal(failures, 2)
  while (told.length < 1) await once(process, 'warning')
  assert.match(told[0].message, /^refunds: the look for refunds that are due failed; another try in 0.5 s$/)
  assert.match(told[0].detail, /no connection/)
  assert.equal(told.length, 1)
  for (const { tid } of rows) assert.equal(shop.cancelled(tid), 100)

  // One whose row can't be read fails for ever, and the others continue.
  const [bad, good] = await ordered(shop, refunds, 2)
  on(async (_, run) => {
    const given = await run()
    const texts = given.flatMap((row) => Object.values(row))
    if (texts.includes(bad.tid) && texts.includes('requested')) throw new TypeError('a row that can not be read')
    return given
  })
  assert.equal(await refunds.run({ untilIdle: true, pollMs: 10 }), 1)
  on((_, run) => run())
  assert.deepEqual([shop.cancelled(bad.tid), shop.cancelled(good.tid)], [0, 100])
  while (told.length < 2) await once(process, 'warning')
  assert.match(told[1].message, /^refunds: refund refund-4 failed; /)
}, ['sqlite'])
