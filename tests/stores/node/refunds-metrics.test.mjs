// The metrics of OpenTelemetry for refunds, as its own SDK collects them, and what is told of transitions.

import assert from 'node:assert/strict'
import { channel } from 'node:diagnostics_channel'

import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'

import { each, meddled, until, warnings } from './shop.mjs'

/** Of gauges only what is new: otherwise the SDK repeats what they have shown. */
class Exporter extends InMemoryMetricExporter {
  selectAggregationTemporality(type) {
    return AggregationTemporality[type === InstrumentType.OBSERVABLE_GAUGE ? 'DELTA' : 'CUMULATIVE']
  }
}

/** Has the SDK collect for one test; gives what it has under a name: by some attributes, the value or how many. */
function measuring(t, shop) {
  const exporter = new Exporter()
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(provider)
  t.after(async () => {
    metrics.disable()
    await provider.shutdown()
  })
  return async (name, attributes) => {
    exporter.reset()
    await reader.forceFlush()
    const found = {}
    for (const { scopeMetrics } of exporter.getMetrics()) {
      for (const { scope, metrics } of scopeMetrics) {
        assert.equal(scope.name, 'paywelcome')
        for (const { dataPoints } of metrics.filter(({ descriptor }) => descriptor.name === name)) {
          for (const { attributes: about, value } of dataPoints) {
            if (about['paywelcome.mid'] !== shop.bank.mid) continue
            const key = attributes.split(' ').map((each) => about[`paywelcome.${each}`] ?? about[each] ?? '-').join(' ')
            found[key] = (found[key] ?? 0) + (value.count ?? value)
          }
        }
      }
    }
    return found
  }
}

const TRANSITION = 'refund.from refund.to outcome error.type'
const DURATION = 'operation outcome error.type'

each('each transition is counted and each attempt measured', async (shop, t) => {
  const measured = measuring(t, shop)
  const refunds = await shop.refunds()
  const done = await refunds.request(shop.ask({ amount: 12_000 }))
  const declined = await refunds.request(shop.ask({ tid: 'T1' }))
  const lost = await refunds.request(shop.ask())
  for (const { key } of [done, declined, done]) await refunds.process(key)
  const told = warnings(t, 'PAYWELCOME_REFUND_REVIEW')
  shop.bank.arm('close')
  await refunds.process(lost.key)
  await refunds.resolve(lost.key, 'done', { by: 'me' })
  assert.deepEqual(await measured('paywelcome.refund.transitions', TRANSITION), {
    'sending done done -': 1,
    'sending declined declined -': 1,
    'sending review unknown connection_lost': 1,
    'review done unknown connection_lost': 1,
  })
  assert.deepEqual(await measured('paywelcome.refund.attempt.duration', DURATION), {
    'cancel done -': 1,
    'partial_cancel declined -': 1,
    'partial_cancel unknown connection_lost': 1,
  })
  await until(() => told.length === 1)
})

each('what comes late is measured once', async (shop, t) => {
  const measured = measuring(t, shop)
  const refunds = await shop.refunds()
  const { key } = await refunds.request(shop.ask())
  shop.bank.arm('stall', { ms: 300 })
  assert.equal((await refunds.process(key, { waitMs: 50 })).state, 'sending')
  await shop.client.close()
  assert.deepEqual(await measured('paywelcome.refund.attempt.duration', DURATION), { 'partial_cancel done -': 1 })
  assert.deepEqual(await measured('paywelcome.refund.transitions', TRANSITION), { 'sending done done -': 1 })
}, ['sqlite'])

each('how the refunds fare', async (shop, t) => {
  const measured = measuring(t, shop)
  const refunds = await shop.refunds()
  const none = { refunds: 0, amount: 0 }
  assert.deepEqual(await refunds.health(), {
    open: { requested: none, sending: none, unknown: none, review: none },
    reviewOldestMs: null,
    dueLagMs: null,
    paused: {},
  })
  const first = shop.ask()
  await refunds.request(first)
  shop.bank.arm('close')
  await refunds.process(first.key)
  // It waits behind the one in review, so no worker could continue with it.
  await refunds.request(shop.ask({ tid: first.tid }))
  const { open, reviewOldestMs, dueLagMs } = await refunds.health()
  assert.deepEqual([open.review, open.requested], [{ refunds: 1, amount: 3_000 }, { refunds: 1, amount: 3_000 }])
  assert.ok(reviewOldestMs >= 0 && reviewOldestMs < 60_000)
  assert.equal(dueLagMs, null)
  await refunds.request(shop.ask())
  const waits = await refunds.health()
  assert.ok(waits.dueLagMs >= 0 && waits.dueLagMs < 60_000)
  const openNow = await measured('paywelcome.refund.open', 'refund.state')
  assert.deepEqual(openNow, { requested: 2, sending: 0, unknown: 0, review: 1 })
  for (const name of ['review.oldest', 'due.lag']) {
    const [value] = Object.values(await measured(`paywelcome.refund.${name}`, 'mid'))
    assert.ok(value >= 0 && value < 60, name)
  }
})

each('what a batch holds back is not late', async (shop, t) => {
  const measured = measuring(t, shop)
  const refunds = await shop.refunds()
  await refunds.request(shop.ask({ batch: 'one' }))
  await until(async () => (await refunds.health()).dueLagMs > 50)
  const set = async (what) => {
    const row = `'${shop.bank.mid}', 'one', ${what}, '', 0, 0, 1, 1`
    await shop.store.query([`DELETE FROM paywelcome_batch WHERE mid = '${shop.bank.mid}'`], [])
    const columns = 'mid, batch, state, gap_us, next_at_us, pause_reason, recent, created_at, updated_at, version, writer'
    await shop.store.query([`INSERT INTO paywelcome_batch (${columns}) VALUES (${row})`], [])
    return refunds.health()
  }
  const soon = BigInt(Date.now() + 3_600_000) * 1_000n
  // Its pace would have let it go long ago, or lets it go in an hour.
  assert.ok((await set("'running', 1000, NULL, NULL")).dueLagMs > 50)
  assert.ok((await set(`'running', 1000, ${soon - 3_600_000_000n - 10_000n}, NULL`)).dueLagMs > 0)
  assert.equal((await set(`'running', 1000, ${soon}, NULL`)).dueLagMs, 0)
  const { dueLagMs, paused } = await set("'paused', 1000, NULL, 'share'")
  assert.deepEqual([dueLagMs, paused], [null, { one: 'share' }])
  const shown = await measured('paywelcome.refund.batch.paused', 'refund.pause.reason')
  assert.deepEqual(shown, { person: 0, in_a_row: 0, share: 1 })
  // Nothing of it is to come.
  await refunds.resolve('refund-1', 'void', { by: 'me' })
  assert.deepEqual((await refunds.health()).paused, {})
})

each('what can not be seen is not shown, and a run looks by itself', async (shop, t) => {
  const measured = measuring(t, shop)
  const { store, on } = meddled(shop.store)
  const refunds = await shop.refunds({ store })
  on((_, run) => run())
  await refunds.request(shop.ask())
  await refunds.run({ untilIdle: true, pollMs: 10 })
  assert.equal(Object.keys(await measured('paywelcome.refund.open', 'refund.state')).length, 4)
  on(() => {
    throw new Error('the store can not be seen')
  })
  await assert.rejects(async () => refunds.health(), /can not be seen/)
  assert.deepEqual(await measured('paywelcome.refund.open', 'refund.state'), {})
  const [seen] = Object.values(await measured('paywelcome.refund.seen', 'mid'))
  assert.ok(Math.abs(seen - Date.now() / 1_000) < 60)
}, ['sqlite'])

each('a meter that fails changes nothing', async (shop, t) => {
  const told = warnings(t, 'PAYWELCOME_METRIC')
  metrics.setGlobalMeterProvider({
    getMeter() {
      throw new Error('theirs')
    },
  })
  t.after(() => metrics.disable())
  const refunds = await shop.refunds()
  const { key } = await refunds.request(shop.ask())
  assert.equal((await refunds.process(key)).state, 'done')
  assert.equal((await refunds.health()).open.requested.refunds, 0)
  await until(() => told.length > 0)
}, ['sqlite'])

each('each transition is told on a channel, in the words of every language', async (shop, t) => {
  const seen = []
  const listener = (message) => message.tid && seen.push(message)
  const refunds = await shop.refunds()
  channel('paywelcome:refund').subscribe(listener)
  t.after(() => channel('paywelcome:refund').unsubscribe(listener))
  const told = warnings(t, 'PAYWELCOME_REFUND_REVIEW')
  const { key, tid } = await refunds.request(shop.ask({ batch: 'concert-17' }))
  await refunds.process(key)
  await refunds.process(key)
  const lost = await refunds.request(shop.ask())
  shop.bank.arm('close')
  await refunds.process(lost.key)
  await refunds.resolve(lost.key, 'done', { by: 'me' })
  const about = { key, tid, batch: 'concert-17', amount: 3_000, from: 'sending', state: 'done' }
  assert.deepEqual(seen[0], { level: 'info', line: `refund ${key} sending → done`, ...about })
  const why = 'The cancel may have been sent, and no answer says how it ended.'
  assert.deepEqual(seen.slice(1).map(({ level, line }) => [level, line]), [
    ['warn', `refund ${lost.key} sending → review: ${why}`],
    ['info', `refund ${lost.key} review → done, ruled done`],
  ])
  await until(() => told.length === 1)
  assert.equal(told[0].message, seen[1].line)
}, ['sqlite'])

each('what becomes of a batch is told on a channel, in the words of every language', async (shop, t) => {
  const seen = []
  const listener = ({ level, line }) => seen.push([level, line])
  channel('paywelcome:batch').subscribe(listener)
  t.after(() => channel('paywelcome:batch').unsubscribe(listener))
  const told = warnings(t, 'PAYWELCOME_BATCH_PAUSED')
  const refunds = await shop.refunds()
  await refunds.setBatch('one', { mostInARow: 1 })
  const { key } = await refunds.request(shop.ask({ batch: 'one', tid: 'unknown-to-the-gateway' }))
  await refunds.request(shop.ask({ batch: 'one' }))
  await refunds.process(key)
  await refunds.resume('one', { by: 'Kim' })
  await refunds.pause('one', { by: 'Kim' })
  await refunds.voidUnsent('one', { by: 'Kim' })
  const why = 'None of the last 1 refunds is done: 0 in review, 0 unknown, 1 declined.'
  assert.ok(seen[0][1].startsWith(`refunds: batch one was paused automatically: ${why}`), seen[0][1])
  assert.deepEqual([seen[0][0], ...seen.slice(1)], [
    'warn',
    ['info', 'refunds: batch one was resumed by Kim'],
    ['info', 'refunds: batch one was paused by Kim'],
    ['info', 'refunds: batch one gave up unsent refunds: 1, by Kim'],
  ])
  await until(() => told.length === 1)
  assert.equal(told[0].message, seen[0][1])
}, ['sqlite'])
