// Batches: how far they have come, their pause, pace and error budget, and giving up what was not sent.

import assert from 'node:assert/strict'

import { Progress } from '../../../bindings-node/dist/refunds.mjs'
import { InvalidRequestError } from '../../../bindings-node/dist/index.mjs'
import { each, failure, until, warnings } from './shop.mjs'

const NAME = "콘서트 17 %s '?'"

/** Writes so many refunds of a batch down, each of a payment of its own; gives their keys. */
async function ordered(shop, refunds, count, batch = NAME) {
  const rows = Array.from({ length: count }, () => shop.ask({ amount: 1_000 }))
  assert.deepEqual({ ...(await refunds.requestMany(rows, { batch })) }, { requested: count, known: 0 })
  return rows.map(({ key }) => key)
}

const declined = { code: '9999', when: 'before_applying' }

each('how far a batch has come', async (shop) => {
  const refunds = await shop.refunds()
  const keys = await ordered(shop, refunds, 4)
  await ordered(shop, refunds, 1, 'another')
  const before = await refunds.progress(NAME)
  assert.ok(before instanceof Progress && Object.isFrozen(before))
  const { batch, state, total, rate, left, pace, mostInARow, mostPercent, why, pausedAt } = before
  assert.deepEqual(
    { batch, state, total, rate, left, pace, mostInARow, mostPercent, why, pausedAt },
    { batch: NAME, state: 'running', total: { refunds: 4, amount: 4_000 }, rate: 0, left: null, pace: null, mostInARow: 10, mostPercent: 25, why: null, pausedAt: null },
  )
  await refunds.process(keys[0])
  shop.bank.arm('result_code', declined)
  await refunds.process(keys[1])
  shop.bank.arm('close', { when: 'after_applying' })
  await refunds.process(keys[2])
  const now = await refunds.progress(NAME)
  assert.deepEqual(
    ['requested', 'sending', 'unknown', 'review', 'done', 'declined', 'void'].map((state) => now.counts[state].refunds),
    [1, 0, 0, 1, 1, 1, 0],
  )
  assert.ok(now.rate > 2 && now.left > 0 && now.left < 60, JSON.stringify(now))
  assert.deepEqual((await refunds.batches()).map(({ batch }) => batch).sort(), [NAME, 'another'].sort())
})

each('of a paused batch nothing is sent', async (shop) => {
  const refunds = await shop.refunds()
  const keys = await ordered(shop, refunds, 3)
  const others = await ordered(shop, refunds, 2, 'another')
  const paused = await refunds.pause(NAME, { by: 'Kim', note: 'the hall called' })
  assert.deepEqual([paused.state, paused.pausedBy, paused.pauseNote, paused.pauseReason], ['paused', 'Kim', 'the hall called', 'person'])
  assert.ok(paused.pausedAt instanceof Date)
  assert.deepEqual((await refunds.due()).sort(), [...others].sort())
  const refund = await refunds.process(keys[0])
  assert.deepEqual([refund.state, refund.dueInMs, refund.attempts], ['requested', null, 0])
  assert.equal(await refunds.run({ untilIdle: true }), 2)
  assert.equal(shop.bank.executions, 2)
  const resumed = await refunds.resume(NAME, { by: 'Lee' })
  assert.deepEqual([resumed.state, resumed.pausedBy, resumed.resumedBy], ['running', null, 'Lee'])
  assert.equal((await refunds.get(keys[0])).dueInMs, 0)
  assert.equal(await refunds.run({ untilIdle: true }), 3)
  assert.equal((await refunds.progress(NAME)).left, 0)
})

each('it pauses by itself after ten in a row that are not done', async (shop, t) => {
  const refunds = await shop.refunds()
  const keys = await ordered(shop, refunds, 24)
  const told = warnings(t, 'PAYWELCOME_BATCH_PAUSED')
  shop.bank.arm('result_code', { ...declined, times: 24 })
  await refunds.run({ untilIdle: true, concurrency: 6 })
  const paused = await refunds.progress(NAME)
  assert.deepEqual([paused.state, paused.pausedBy, paused.pauseReason], ['paused', 'paywelcome', 'in_a_row'])
  const count = paused.counts.declined.refunds
  assert.ok(count >= 10 && count <= 16, String(count))
  assert.equal(shop.bank.requestCount, count)
  assert.match(paused.why.en, /^None of the last 10 refunds is done: 0 in review, 0 unknown, 10 declined\./)
  assert.match(paused.why.ko, /^마지막 10건/)
  await until(() => told.length > 0)
  assert.equal(told.length, 1)
  assert.match(told[0].message, /was paused automatically: None of the last 10/)
  assert.equal(keys.length, 24)
})

each('a pace is that of all workers together, and others do not wait behind it', async (shop) => {
  const refunds = await shop.refunds()
  const other = await shop.refunds({ store: shop.makeStore(), client: shop.bank.client() })
  await ordered(shop, refunds, 20)
  const free = await ordered(shop, refunds, 20, 'without a pace')
  await refunds.setBatch(NAME, { pace: 0.01 })
  const runs = [refunds, other].map((each) => each.run({ untilIdle: true, pollMs: 20 }))
  await until(async () => (await refunds.progress('without a pace')).counts.done.refunds === free.length)
  assert.ok((await refunds.progress(NAME)).counts.done.refunds <= 1)
  const waiting = await refunds.process((await refunds.due(1, { batch: NAME }))[0])
  assert.equal(waiting.state, 'requested')
  assert.ok(waiting.dueInMs > 50_000, String(waiting.dueInMs))
  assert.equal((await refunds.setBatch(NAME, { pace: 10 })).pace, 10)
  const before = performance.now()
  await Promise.all(runs)
  assert.ok(performance.now() - before > 800, 'a second of the pace may be taken together, and no more')
  assert.equal((await refunds.progress(NAME)).counts.done.refunds, 20)
  assert.equal(shop.bank.executions, 40)
  assert.equal((await refunds.setBatch(NAME, { pace: null, mostInARow: null })).pace, null)
})

each('what was not sent is given up, once the batch is paused', async (shop) => {
  const refunds = await shop.refunds()
  const keys = await ordered(shop, refunds, 4)
  const refused = await failure(refunds.voidUnsent(NAME, { by: 'Kim' }))
  assert.equal(refused.kind, 'ruling')
  await refunds.process(keys[0])
  await refunds.pause(NAME, { by: 'Kim' })
  assert.deepEqual({ ...(await refunds.voidUnsent(NAME, { by: 'Kim', note: 'it takes place' })) }, { refunds: 3, amount: 3_000 })
  assert.deepEqual(await Promise.all(keys.map(async (key) => (await refunds.get(key)).state)), ['done', 'void', 'void', 'void'])
  const [entry] = await refunds.attempts(keys[1])
  assert.deepEqual([entry.what, entry.state, entry.ruledBy, entry.rulingNote], ['ruling', 'void', 'Kim', 'it takes place'])
})

each('what is wrong with a batch is named', async (shop) => {
  const refunds = await shop.refunds()
  for (const call of [() => refunds.progress('x'), () => refunds.pause('x', { by: 'Kim' }), () => refunds.resume('x', { by: 'Kim' })]) {
    assert.equal((await failure(call())).kind, 'not_found')
  }
  const wrong = [
    [() => refunds.progress(''), ['batch']],
    [() => refunds.pause('a', {}), ['by']],
    [() => refunds.setBatch('a', { pace: 0, mostInARow: 1.5, mostPercent: 101 }), ['pace', 'mostInARow', 'mostPercent']],
    [() => refunds.setBatch('a', { pace: false }), ['pace']],
    [() => refunds.setBatch('a', { pacing: 5 }), ['pacing']],
  ]
  for (const [call, fields] of wrong) {
    const error = await failure(call())
    assert.ok(error instanceof InvalidRequestError, String(call))
    assert.deepEqual(error.errors.map(({ field }) => field).sort(), [...fields].sort(), String(call))
  }
  assert.deepEqual(await refunds.batches(), [])
}, ['sqlite'])
