// Waits that end before the call does, and writes that meet a store which fails: no answer is lost on the way to the store.

import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'

import { NotSentError } from '../../../bindings-node/dist/index.mjs'
import { each, failure, meddled, until, warnings } from './shop.mjs'

/** The statements of a process, by their places. */
const [LOAD, CLAIM, WRITE] = [1, 2, 3]

each('a wait that is over gives the refund as it stands, and the end is recorded when it comes', async (shop, t) => {
  const settled = warnings(t, 'PAYWELCOME_SETTLED')
  const refunds = await shop.refunds()
  const asked = shop.ask()
  await refunds.request(asked)
  shop.bank.arm('stall', { ms: 400 })
  const refund = await refunds.process(asked.key, { waitMs: 50 })
  assert.deepEqual([refund.state, refund.attempts, refund.outcome, refund.isEnded], ['sending', 1, null, false])
  assert.deepEqual((await refunds.process(asked.key, { waitMs: 5 })).state, 'sending')
  assert.deepEqual(await shop.client.close(), [])
  const after = await refunds.get(asked.key)
  assert.deepEqual([after.state, after.outcome, shop.cancelled(asked.tid), shop.bank.requestCount], ['done', 'done', 3_000, 1])
  while (settled.length < 1) await once(process, 'warning')
})

each('a wait that is long enough changes nothing', async (shop) => {
  const refunds = await shop.refunds()
  const asked = shop.ask()
  await refunds.request(asked)
  const { signal } = new AbortController()
  assert.equal((await refunds.process(asked.key, { waitMs: 3_600_000, signal })).state, 'done')
})

each('a signal ends the wait, and the end is recorded when it comes', async (shop) => {
  const refunds = await shop.refunds()
  const asked = shop.ask({ reference: 'mine' })
  await refunds.request(asked)
  shop.bank.arm('stall', { ms: 300 })
  const controller = new AbortController()
  const processed = failure(refunds.process(asked.key, { signal: controller.signal }))
  await shop.bank.waitFor(() => shop.bank.payment(asked.tid).cancelled > 0)
  // The error of another call is no end of this one.
  const reason = new NotSentError({ message: 'of another call', tid: 'other' })
  controller.abort(reason)
  const thrown = await processed
  assert.deepEqual([thrown.name, thrown.outcome, thrown.tid, thrown.reference, thrown.cause], ['AbortError', 'unknown', asked.tid, 'mine', reason])
  assert.equal((await refunds.get(asked.key)).state, 'sending')
  assert.deepEqual(await shop.client.close(), [])
  assert.deepEqual([(await refunds.get(asked.key)).state, shop.cancelled(asked.tid)], ['done', 3_000])
})

each('a signal that fires before anything was sent gives the refund back', async (shop) => {
  const { store, on } = meddled(shop.store)
  const refunds = await shop.refunds({ store })
  const asked = shop.ask()
  await refunds.request(asked)
  const controller = new AbortController()
  on(async (number, run) => {
    const rows = await run()
    if (number === CLAIM) controller.abort()
    return rows
  })
  const thrown = await failure(refunds.process(asked.key, { signal: controller.signal }))
  assert.deepEqual([thrown, thrown.outcome, thrown.tid], [controller.signal.reason, 'not_sent', asked.tid])
  assert.deepEqual(await shop.client.close(), [])
  const refund = await refunds.get(asked.key)
  assert.deepEqual([refund.state, refund.kind, refund.confirmPrice, shop.bank.requestCount], ['requested', 'aborted', null, 0])

  const early = await failure(refunds.process(asked.key, { signal: AbortSignal.abort('why') }))
  assert.deepEqual([early.cause, early.outcome, early.reference], ['why', 'not_sent', asked.key])
})

each('a close waits for the claim, the call and the write, and lists a refund once', async (shop) => {
  const { store, on } = meddled(shop.store)
  const refunds = await shop.refunds({ store })
  const asked = shop.ask()
  await refunds.request(asked)
  const gates = []
  on((number, run) => new Promise((go) => { gates[number] = () => go(run()) }))
  const gate = (number) => until(() => gates[number])
  shop.bank.arm('stall', { ms: 100 })
  const arrived = shop.bank.nextRequest()
  const processed = refunds.process(asked.key)
  for (const number of [LOAD, CLAIM]) (await gate(number))()
  await arrived
  const closed = shop.client.close()
  let isClosed = false
  void closed.then(() => { isClosed = true })
  const listed = async () => (await shop.client.close({ timeoutMs: 0 })).map(({ operation, tid, reference }) => [operation, tid, reference])
  const itself = [['partial_cancel', asked.tid, asked.key]]
  assert.deepEqual(await listed(), itself)
  await gate(WRITE)
  assert.deepEqual([await listed(), isClosed], [itself, false])
  gates[WRITE]()
  assert.equal((await processed).state, 'done')
  assert.deepEqual(await closed, [])
})

each('a client that is closed before the claim is written sends nothing', async (shop) => {
  const { store, on } = meddled(shop.store)
  const refunds = await shop.refunds({ store })
  const asked = shop.ask()
  await refunds.request(asked)
  let closed
  on(async (number, run) => {
    if (number === CLAIM) closed = shop.client.close()
    return run()
  })
  const refund = await refunds.process(asked.key)
  assert.deepEqual([refund.state, refund.outcome, refund.kind, shop.bank.requestCount], ['requested', 'not_sent', 'closed', 0])
  assert.deepEqual(await closed, [])
})

for (const when of ['before', 'after']) {
  each(`a write that fails ${when} it was run is tried again until it is written, once`, async (shop) => {
    const { store, on } = meddled(shop.store)
    const refunds = await shop.refunds({ store })
    for (const times of [1, 2, 3]) {
      const asked = shop.ask()
      await refunds.request(asked)
      let failed = 0
      on(async (number, run) => {
        if (number < WRITE || failed === times) return run()
        failed += 1
        if (when === 'after') await run()
        throw new Error('the connection is lost')
      })
      const refund = await refunds.process(asked.key)
      assert.deepEqual([refund.state, refund.remaining, failed], ['done', 9_000, times])
      const entries = (await refunds.attempts(asked.key)).map(({ what }) => what)
      assert.deepEqual(entries, ['sent', 'answer'])
    }
    assert.equal(shop.bank.requestCount, 3)
  })
}

each('an answer that no store takes is told whole, and the sweep finds the refund', async (shop, t) => {
  const told = warnings(t, 'PAYWELCOME_REFUND_LOST')
  const { store, on } = meddled(shop.store)
  const client = shop.bank.client({ timeoutMs: 1_500 })
  const refunds = await shop.refunds({ store, client })
  const asked = shop.ask()
  await refunds.request(asked)
  const broken = new Error('the disk is full')
  on(async (number, run) => {
    if (number >= WRITE) throw broken
    return run()
  })
  assert.equal(await failure(refunds.process(asked.key)), broken)
  while (told.length < 1) await once(process, 'warning')
  const answer = JSON.parse(told[0].message.slice(told[0].message.indexOf('{')))
  assert.deepEqual([answer.outcome, answer.result_code, JSON.parse(answer.raw).Tid], ['done', '00', asked.tid])
  assert.match(told[0].detail, /the disk is full/)
  assert.ok(!told[0].message.includes(shop.bank.signKey))
  assert.deepEqual(await client.close(), [])
  const again = await shop.refunds()
  await until(async () => (await again.due()).length > 0)
  assert.equal((await again.process(asked.key)).state, 'review')
  assert.deepEqual([shop.cancelled(asked.tid), shop.bank.requestCount, told.length], [3_000, 1, 1])
})

each('an answer that the store does not take in time is told while the store hangs', async (shop, t) => {
  const told = warnings(t, 'PAYWELCOME_REFUND_LOST')
  const { store, on } = meddled(shop.store)
  const refunds = await shop.refunds({ store, client: shop.bank.client({ timeoutMs: 1_500 }) })
  const asked = shop.ask()
  await refunds.request(asked)
  let go
  on(async (number, run) => {
    if (number === WRITE) await new Promise((resolve) => { go = resolve })
    return run()
  })
  const processed = refunds.process(asked.key)
  // Nothing else holds the process open.
  const held = setInterval(() => {}, 1_000)
  while (told.length < 1) await once(process, 'warning')
  clearInterval(held)
  assert.match(told[0].detail, /not taken it yet/)
  go()
  assert.equal((await processed).state, 'done')
})

each('a store that fails before the claim is written leaves the refund as it was', async (shop) => {
  const { store, on } = meddled(shop.store)
  const refunds = await shop.refunds({ store })
  const asked = shop.ask()
  await refunds.request(asked)
  const before = await refunds.get(asked.key)
  const failing = new Error('no connection')
  for (const at of [LOAD, CLAIM]) {
    on(async (number, run) => {
      if (number === at) throw failing
      return run()
    })
    assert.equal(await failure(refunds.process(asked.key)), failing)
    on((_, run) => run())
    assert.deepEqual(await refunds.get(asked.key), before)
  }
  assert.equal(shop.bank.requestCount, 0)
  assert.equal((await refunds.process(asked.key)).state, 'done')
})

each('a claim that may be written is never sent: it is given back, or found when its lease is over', async (shop) => {
  const { store, on } = meddled(shop.store)
  const refunds = await shop.refunds({ store, client: shop.bank.client({ timeoutMs: 1_500 }) })
  const failing = new Error('the connection is lost')
  for (const comesBack of [true, false]) {
    const asked = shop.ask()
    await refunds.request(asked)
    on(async (number, run) => {
      if (number > CLAIM && !comesBack) throw failing
      const rows = await run()
      if (number === CLAIM) throw failing
      return rows
    })
    assert.equal(await failure(refunds.process(asked.key)), failing)
    on((_, run) => run())
    assert.equal((await refunds.get(asked.key)).state, comesBack ? 'requested' : 'sending')
    await until(async () => (await refunds.due()).length > 0)
    assert.equal((await refunds.process(asked.key)).state, comesBack ? 'done' : 'review')
  }
  assert.equal(shop.bank.requestCount, 1)
})

each('a store that gives what is not a row of texts is told as such', async (shop) => {
  const { store, on } = meddled(shop.store)
  const refunds = await shop.refunds({ store })
  const asked = shop.ask()
  await refunds.request(asked)
  for (const rows of [undefined, 'rows', [[1]], [{ a: true }], [[undefined]]]) {
    on(() => rows)
    const error = await failure(refunds.process(asked.key))
    assert.deepEqual([error.name, error.kind], ['RefundsError', 'store'], JSON.stringify(rows))
    assert.match(error.message, /checkStore/)
  }
  on(() => [[]])
  assert.equal((await failure(refunds.get(asked.key))).kind, 'store')
  on(() => [])
  assert.equal((await failure(refunds.get(asked.key))).kind, 'not_found')
  assert.equal(shop.bank.requestCount, 0)
}, ['sqlite'])

each('the end comes in the context of whoever asked', async (shop) => {
  const storage = new AsyncLocalStorage()
  const seen = []
  const { store, on } = meddled(shop.store)
  const refunds = await shop.refunds({ store })
  const asked = shop.ask()
  await refunds.request(asked)
  on((_, run) => {
    seen.push(storage.getStore())
    return run()
  })
  shop.bank.arm('stall', { ms: 200 })
  await storage.run('mine', () => refunds.process(asked.key, { waitMs: 20 }))
  await shop.client.close()
  on((_, run) => run())
  assert.ok(seen.length >= 4)
  assert.deepEqual(new Set(seen), new Set(['mine']))
  assert.equal((await refunds.get(asked.key)).state, 'done')
})
