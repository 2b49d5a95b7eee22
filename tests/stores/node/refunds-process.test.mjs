// Processing refunds at every kind of gateway: what is stored is what happened, and what nobody knows waits for a person.

import assert from 'node:assert/strict'
import { once } from 'node:events'

import { InvalidRequestError } from '../../../bindings-node/dist/index.mjs'
import { RefundsError } from '../../../bindings-node/dist/refunds.mjs'
import { each, failure, meddled, until, warnings } from './shop.mjs'

each('a part, another part and the rest go back, each once', async (shop) => {
  const refunds = await shop.refunds()
  const tid = shop.bank.approve({ price: 12_000 })
  for (const [amount, remaining, operation] of [[3_000, 9_000, 'partial_cancel'], [4_000, 5_000, 'partial_cancel'], [5_000, 0, 'partial_cancel']]) {
    const { key } = await refunds.request(shop.ask({ tid, amount }))
    const refund = await refunds.process(key)
    assert.deepEqual(
      [refund.state, refund.operation, refund.remaining, refund.confirmPrice, refund.evidence, refund.outcome, refund.kind],
      ['done', operation, remaining, remaining, 'answer', 'done', null],
    )
    assert.deepEqual([refund.resultCode, refund.raw.RmainPrice, refund.attempts, refund.isEnded], ['00', String(remaining), 1, true])
    assert.equal(refund.cancelTid, shop.bank.payment(tid).cancels.at(-1).cancelTid)
    const korean = new Date(refund.cancelledAt.getTime() + 9 * 3_600_000).toISOString().replace(/\D/g, '')
    assert.equal(korean.slice(0, 14), `${refund.raw.CancelDate}${refund.raw.CancelTime}`)
    assert.deepEqual(await refunds.process(key), refund)
  }
  assert.deepEqual([shop.cancelled(tid), shop.bank.executions], [12_000, 3])
})

each('no time is ahead of the clock, however slow the store was before the claim', async (shop) => {
  const slow = meddled(shop.store)
  const refunds = await shop.refunds({ store: slow.store })
  const asked = shop.ask()
  await refunds.request(asked)
  slow.on(async (number, run) => {
    if (number === 1) await new Promise((resolve) => setTimeout(resolve, 300))
    return run()
  })
  const refund = await refunds.process(asked.key)
  assert.equal(refund.state, 'done')
  assert.ok(refund.endedAt <= new Date(), `${refund.endedAt.toISOString()} is ahead`)
})

each('the whole is sent as a full cancel', async (shop) => {
  const refunds = await shop.refunds()
  const asked = shop.ask({ amount: 12_000 })
  await refunds.request(asked)
  const refund = await refunds.process(asked.key)
  assert.deepEqual([refund.state, refund.operation, refund.confirmPrice, refund.remaining], ['done', 'cancel', 0, 0])
  assert.deepEqual(shop.bank.requests().map(({ path }) => path), ['/cancel/cancel'])
  const entries = await refunds.attempts(asked.key)
  assert.deepEqual(entries.map(({ what, state, token }) => [what, state, token]), [
    ['sent', 'sending', entries[0].token], ['answer', 'done', entries[0].token],
  ])
  assert.equal(entries[1].raw.ResultCode, '00')
  assert.ok(entries[1].at >= entries[0].at && Object.isFrozen(entries[0]))
})

each('taxes and references are handed on', async (shop) => {
  const refunds = await shop.refunds()
  const asked = shop.ask({ tax: 300, taxfree: 0, reference: 'mine' })
  await refunds.request(asked)
  assert.equal((await refunds.process(asked.key)).state, 'done')
  const [{ fields }] = shop.bank.requests()
  assert.deepEqual([fields.tax, fields.taxfree, fields.cancelPrice, fields.confirmPrice], ['300', '0', '3000', '9000'])
})

each('what the gateway declines is declined, and frees the payment', async (shop) => {
  const refunds = await shop.refunds()
  const asked = shop.ask({ tid: 'unknown-to-the-gateway' })
  await refunds.request(asked)
  const refund = await refunds.process(asked.key)
  assert.deepEqual([refund.state, refund.outcome, refund.kind, refund.isEnded], ['declined', 'declined', 'declined', true])
  assert.ok(refund.resultCode && refund.resultMsg && refund.message && refund.raw && refund.signedTimestamp)
  await refunds.request({ ...asked, key: 'again', amount: 12_000 })
})

// Where the outcome is unknown: what the gateway did, and its answer’s kind.
const unknown = [
  ['close', {}, 'connection_lost', 'no_answer'],
  ['reset', { afterBytes: 40 }, 'connection_lost', 'no_answer'],
  ['stall', {}, 'timeout', 'no_answer'],
  ['truncated_json', {}, 'malformed', 'no_answer'],
  ['status', { status: 502, body: 'html' }, 'http_status', 'no_answer'],
  ['redirect', { location: 'http://127.0.0.1:1/' }, 'redirect', 'no_answer'],
  ['result_code', { code: '0000' }, 'undocumented_code', 'mismatch'],
  ['wrong_amount', {}, 'mismatch', 'mismatch'],
]
for (const [kind, parameters, expected, note] of unknown) {
  each(`an answer that tells nothing (${kind}) waits for a person`, async (shop, t) => {
    const told = warnings(t, 'PAYWELCOME_REFUND_REVIEW')
    // Only silence is to be ended by the time limit. The quiet time is not over before the refund is read again.
    const timeoutMs = kind === 'stall' ? 1_500 : 30_000
    const refunds = await shop.refunds({ client: shop.bank.client({ timeoutMs }), quietMs: 600_000 })
    for (const when of ['after_applying', 'before_applying']) {
      const asked = shop.ask()
      await refunds.request(asked)
      const fault = shop.bank.arm(kind, { ...parameters, when })
      // On a machine that is busy, the time may be over before the request has left.
      const refund = await until(async () => {
        const found = await refunds.process(asked.key)
        return found.state !== 'requested' && found
      })
      await until(() => fault.fired() === 1)
      assert.deepEqual([refund.state, refund.kind, refund.note, refund.outcome], ['review', expected, note, 'unknown'])
      assert.deepEqual([refund.review.en.lookFor.length, Object.keys(refund.review.ko.rulings).length], [3, 3])
      assert.ok(Object.isFrozen(refund.review) && refund.review.en.why)
      const requests = shop.bank.requestCount
      assert.deepEqual(await refunds.process(asked.key), refund)
      assert.equal(shop.bank.requestCount, requests)
      assert.equal(shop.cancelled(asked.tid), when === 'after_applying' ? 3_000 : 0)
    }
    assert.equal((await refunds.inReview()).length, 2)
    assert.equal((await refunds.inReview(1)).length, 1)
    while (told.length < 2) await once(process, 'warning')
    assert.match(told[0].message, /^refund refund-1 sending → review: /)
    assert.equal(told.length, 2)
  }, kind === 'close' ? undefined : ['sqlite'])
}

each('a faithful answer in odd clothes is done', async (shop) => {
  const refunds = await shop.refunds()
  for (const kind of ['letter_case', 'bom', 'euc_kr', 'numbers']) {
    const asked = shop.ask()
    await refunds.request(asked)
    shop.bank.arm(kind)
    const refund = await refunds.process(asked.key)
    assert.deepEqual([refund.state, refund.resultCode], ['done', '00'], kind)
  }
}, ['sqlite'])

each('where confirmPrice is enforced, an unknown refund is sent again until it is known, and goes back once', async (shop) => {
  const refunds = await shop.refunds({ confirmPriceEnforced: true, client: shop.bank.client({ timeoutMs: 1_500 }) })
  const lost = shop.ask()
  await refunds.request(lost)
  shop.bank.arm('close', { when: 'before_applying' })
  const first = await refunds.process(lost.key)
  assert.deepEqual([first.state, first.review, first.attempts], ['unknown', null, 1])
  assert.equal(await refunds.run({ untilIdle: true, pollMs: 20 }), 0)
  await until(async () => (await refunds.due()).length > 0)
  assert.equal(await refunds.run({ untilIdle: true, pollMs: 20 }), 1)
  const second = await refunds.get(lost.key)
  assert.deepEqual([second.state, second.attempts, shop.cancelled(lost.tid)], ['done', 2, 3_000])

  const applied = shop.ask()
  await refunds.request(applied)
  shop.bank.arm('close', { when: 'after_applying' })
  assert.equal((await refunds.process(applied.key)).state, 'unknown')
  await until(async () => (await refunds.due()).length > 0)
  const declined = await refunds.process(applied.key)
  assert.deepEqual([declined.state, declined.note], ['review', 'probably_done'])
  assert.equal(shop.cancelled(applied.tid), 3_000)
})

each('what surely was not sent is tried again after a pause', async (shop) => {
  const refunds = await shop.refunds()
  const asked = shop.ask()
  await refunds.request(asked)
  const fault = shop.bank.arm('refuse_connections')
  const refund = await refunds.process(asked.key)
  assert.deepEqual([refund.state, refund.outcome, refund.confirmPrice, refund.attempts], ['requested', 'not_sent', null, 1])
  assert.ok(refund.dueAt > refund.updatedAt)
  fault.disarm()
  await until(async () => (await refunds.due()).length > 0)
  assert.deepEqual([(await refunds.process(asked.key)).state, shop.cancelled(asked.tid)], ['done', 3_000])
})

each('two workers at once send one refund once', async (shop) => {
  const refunds = await shop.refunds()
  const other = await shop.refunds({ store: shop.makeStore(), client: shop.bank.client() })
  const asked = shop.ask()
  await refunds.request(asked)
  shop.bank.arm('stall', { ms: 100 })
  const made = await Promise.all([refunds, other, refunds, other].map((each) => each.process(asked.key)))
  assert.deepEqual([shop.bank.requestCount, shop.cancelled(asked.tid)], [1, 3_000])
  assert.ok(made.some(({ state }) => state === 'done'))
  assert.ok(made.every(({ state }) => state === 'done' || state === 'sending'))
})

each('two refunds of one payment go one after the other', async (shop) => {
  const refunds = await shop.refunds()
  const one = shop.ask()
  const two = shop.ask({ tid: one.tid, amount: 5_000 })
  await refunds.requestMany([one, two])
  shop.bank.arm('stall', { ms: 100, times: 0 })
  const states = (await Promise.all([refunds.process(one.key), refunds.process(two.key)])).map(({ state }) => state).sort()
  assert.deepEqual(states, ['done', 'requested'])
  await Promise.all([refunds.process(one.key), refunds.process(two.key)])
  assert.deepEqual([shop.cancelled(one.tid), shop.bank.executions], [8_000, 2])
})

each('within an open transaction of its handle a process is refused, and nothing is sent', async (shop) => {
  const refunds = await shop.refunds()
  const asked = shop.ask()
  await refunds.request(asked)
  const handle = shop.handles[0]
  handle.exec('BEGIN')
  const error = await failure(refunds.process(asked.key))
  handle.exec('ROLLBACK')
  assert.ok(error instanceof RefundsError)
  assert.deepEqual([error.kind, error.mid, shop.bank.requestCount], ['in_transaction', shop.bank.mid, 0])
  assert.match(error.message, /call it after the commit/)
  assert.equal((await refunds.process(asked.key)).state, 'done')
}, ['sqlite'])

each('a transaction that is opened on its handle meanwhile does not take the answer along', async (shop) => {
  const [handle] = shop.handles
  let refused = 0
  const inTransaction = () => {
    const isOpen = shop.store.inTransaction()
    if (isOpen && ++refused === 2) queueMicrotask(() => handle.exec('ROLLBACK'))
    return isOpen
  }
  const refunds = await shop.refunds({ store: { ...shop.store, inTransaction } })
  const asked = shop.ask()
  await refunds.request(asked)
  shop.bank.arm('stall', { ms: 100 })
  const processed = refunds.process(asked.key)
  await shop.bank.nextRequest()
  handle.exec('BEGIN IMMEDIATE')
  assert.equal((await processed).state, 'done')
  assert.deepEqual([(await refunds.get(asked.key)).state, refused], ['done', 2])
}, ['sqlite'])

each('a transaction that is opened on its handle before the claim does not take the claim along', async (shop) => {
  const [handle] = shop.handles
  let looks = 0
  const inTransaction = () => {
    const isOpen = shop.store.inTransaction()
    looks += 1
    // The first look is for the refund; the tables were looked for.
    if (looks === 2) queueMicrotask(() => handle.exec('BEGIN'))
    return isOpen
  }
  const refunds = await shop.refunds({ store: { ...shop.store, inTransaction } })
  const asked = shop.ask()
  await refunds.request(asked)
  looks = 0
  shop.bank.arm('stall', { ms: 100 })
  const processed = refunds.process(asked.key)
  await shop.bank.nextRequest()
  handle.exec('ROLLBACK')
  assert.equal((await refunds.get(asked.key)).state, 'sending')
  assert.equal((await processed).state, 'done')
}, ['sqlite'])

each('whatever a test made of timers, the answer is recorded', async (shop, t) => {
  const refunds = await shop.refunds()
  const asked = shop.ask()
  await refunds.request(asked)
  // As in jsdom: a number, and it never fires.
  t.mock.method(globalThis, 'setTimeout', () => 1)
  const { state } = await refunds.process(asked.key)
  t.mock.restoreAll()
  assert.deepEqual([state, (await refunds.get(asked.key)).state, shop.bank.executions], ['done', 'done', 1])
}, ['sqlite'])

each('what is asked wrongly is refused, and nothing is sent', async (shop) => {
  const refunds = await shop.refunds()
  const unknown = await failure(refunds.process('no-such-key'))
  assert.ok(unknown instanceof RefundsError)
  assert.deepEqual([unknown.kind, unknown.code], ['not_found', 'PAYWELCOME_REFUNDS'])
  const wrong = [
    [() => refunds.process(17), 'key'],
    [() => refunds.process(), 'key'],
    [() => refunds.process('k', { waitMs: 0 }), 'waitMs'],
    [() => refunds.process('k', { waitMs: '5' }), 'waitMs'],
    [() => refunds.process('k', { waitMs: 3_600_001 }), 'waitMs'],
    [() => refunds.process('k', { waitMs: Number.NaN }), 'waitMs'],
    [() => refunds.process('k', { signal: {} }), 'signal'],
    [() => refunds.process('k', { wait: 5 }), 'wait'],
    [() => refunds.process('k', 5), 'options'],
    [() => refunds.get({}), 'key'],
    [() => refunds.attempts(''), 'key'],
    [() => refunds.due(0), 'limit'],
    [() => refunds.due('x'), 'limit'],
    [() => refunds.due(5, { batch: 5 }), 'batch'],
    [() => refunds.inReview(100_001), 'limit'],
    [() => refunds.restored('2026-01-01'), 'since'],
    [() => refunds.restored(new Date('x')), 'since'],
    [() => refunds.run({ concurrency: 1.5 }), 'concurrency'],
    [() => refunds.run({ concurrency: 513 }), 'concurrency'],
    [() => refunds.run({ pace: 0 }), 'pace'],
    [() => refunds.run({ pollMs: 1 }), 'pollMs'],
    [() => refunds.run({ untilIdle: 1 }), 'untilIdle'],
    [() => refunds.run({ signal: 1 }), 'signal'],
    [() => refunds.run({ batch: '', untilIdle: true }), 'batch'],
    [() => refunds.run({ untilidle: true }), 'untilidle'],
  ]
  for (const [call, field] of wrong) {
    const error = await failure(call)
    assert.ok(error instanceof InvalidRequestError, `${call}: ${error.stack}`)
    assert.deepEqual(error.errors.map((found) => found.field), [field], String(call))
  }
  assert.equal(shop.bank.requestCount, 0)
}, ['sqlite'])

each('a closed client sends nothing, and gives the refund back', async (shop) => {
  const refunds = await shop.refunds()
  const asked = shop.ask()
  await refunds.request(asked)
  await shop.client.close()
  const refund = await refunds.process(asked.key)
  assert.deepEqual([refund.state, refund.outcome, refund.kind, shop.bank.requestCount], ['requested', 'not_sent', 'closed', 0])
  assert.equal(await refunds.run(), 0)
}, ['sqlite'])
