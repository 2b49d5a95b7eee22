// A gateway that is broken on purpose: each outcome rehearsed, with the ledger's truth beside it.

import assert from 'node:assert/strict'
import http from 'node:http'
import test from 'node:test'

import { DeclinedError, NotSentError, OutcomeUnknownError } from 'paywelcome'
import { Sandbox, SandboxError } from 'paywelcome/testing'
import { rejection } from './gateway.mjs'

const PRICE = 12_000

function start(t, options) {
  const bank = new Sandbox(options)
  t.after(() => bank.close())
  return bank
}

/** What an answer can do to a client that then knows nothing, and the word it has for it. */
const UNKNOWN = [
  ['close', {}, 'connection_lost'],
  ['close', { afterBytes: 40 }, 'connection_lost'],
  ['reset', {}, 'connection_lost'],
  ['stall', {}, 'timeout'],
  ['truncated_json', {}, 'malformed'],
  ['length_too_long', {}, 'connection_lost'],
  ['length_too_short', {}, 'malformed'],
  ['empty_body', {}, 'malformed'],
  ['html', {}, 'malformed'],
  ['redirect', { location: 'http://127.0.0.1:9/' }, 'redirect'],
  ['status', { status: 502 }, 'http_status'],
  ['status', { body: 'receipt' }, 'http_status'],
  ['missing_key', {}, 'malformed'],
  ['result_code', {}, 'undocumented_code'],
  ['duplicate_key', { conflicting: true }, 'malformed'],
  ['wrong_amount', {}, 'mismatch'],
  ['wrong_tid', { echo: 'another' }, 'mismatch'],
  ['huge_body', {}, 'malformed'],
]

for (const [kind, parameters, why] of UNKNOWN) {
  test(`${kind} ${JSON.stringify(parameters)}: unknown, whether the money moved or not`, async (t) => {
    const bank = start(t)
    const client = bank.client({ timeoutMs: kind === 'stall' ? 200 : 10_000 })
    const told = []
    for (const [when, moved] of [['before_applying', 0], ['after_applying', PRICE]]) {
      const tid = bank.approve({ price: PRICE })
      const fault = bank.arm(kind, { ...parameters, when, tid })
      const arrives = bank.nextRequest({ tid })
      const error = await rejection(client.cancel({ payType: 'card', tid, price: PRICE }))
      assert.ok(error instanceof OutcomeUnknownError, String(error))
      assert.deepEqual([error.outcome, error.safeToResend], ['unknown', false])
      assert.equal(bank.payment(tid).cancelled, moved)
      const request = await arrives
      assert.deepEqual(request.fault, { id: fault.id, kind, when })
      assert.deepEqual([request.executed, request.executedLate], [moved > 0, null])
      assert.deepEqual([fault.fired(), fault.kind], [1, kind])
      told.push(error.kind)
    }
    assert.deepEqual(told, [why, why])
    assert.equal(bank.executions, 1)
  })
}

test('an answer that is only odd is read all the same', async (t) => {
  const bank = start(t)
  for (const [kind, parameters] of [
    ['bom', {}],
    ['numbers', {}],
    ['trickle', { bytes: 100, ms: 1 }],
    ['close_idle', { at: 'after_answer' }],
  ]) {
    const tid = bank.approve({ price: PRICE })
    const fault = bank.arm(kind, { ...parameters, tid })
    const { price } = await bank.client().cancel({ payType: 'card', tid, price: PRICE })
    assert.deepEqual([price, fault.fired(), bank.payment(tid).remaining], [PRICE, 1, 0], kind)
  }
})

test('a decline, and connections that are refused', async (t) => {
  const bank = start(t)
  const tid = bank.approve({ price: PRICE })
  const request = { payType: 'card', tid, price: PRICE }
  const declined = await rejection(bank.client().cancel({ ...request, price: 1 }))
  assert.ok(declined instanceof DeclinedError)
  const shut = bank.arm('refuse_connections')
  const refused = await rejection(bank.client({ connectRetries: 0 }).cancel(request))
  assert.ok(refused instanceof NotSentError)
  assert.deepEqual([refused.kind, bank.payment(tid).cancelled], ['connect', 0])
  shut.disarm()
  assert.equal((await bank.client().cancel(request)).price, PRICE)
})

test('an idle connection that closes at its reuse does no harm', async (t) => {
  const bank = start(t)
  const client = bank.client()
  const tids = [1, 2].map(() => bank.approve({ price: PRICE }))
  bank.arm('close_idle')
  const settled = []
  for (const tid of tids) {
    const call = client.cancel({ payType: 'card', tid, price: PRICE })
    settled.push(await call.then(() => 'done', ({ outcome }) => outcome))
  }
  assert.equal(settled[0], 'done')
  // Whatever the client says of the second, it is the truth.
  const moved = bank.payment(tids[1]).cancelled > 0
  assert.ok({ done: moved, not_sent: !moved, unknown: true }[settled[1]], `${settled[1]} ${moved}`)
})

test('money that moves late is waited for', async (t) => {
  const bank = start(t)
  const tid = bank.approve({ price: PRICE })
  bank.arm('close', { when: 'late', lateMs: 20 })
  const error = await rejection(bank.client().cancel({ payType: 'card', tid, price: PRICE }))
  assert.equal(error.outcome, 'unknown')
  const request = await bank.waitFor(() => bank.requests({ tid }).find(({ executedLate }) => executedLate))
  assert.match(request.executedLate, /^\d{14}$/)
  assert.deepEqual([request.executed, bank.payment(tid).cancelled], [true, PRICE])
})

test('the n-th, so many of them, and only those that are meant', async (t) => {
  const bank = start(t)
  const client = bank.client()
  const tid = bank.approve({ price: PRICE })
  const part = (at) => client.partialCancel({ payType: 'card', tid, cancelPrice: 1, confirmPrice: PRICE - at })
  const outcome = (promise) => promise.then(() => 'done', (error) => error.outcome)
  const third = bank.arm('html', { nth: 3, times: 2, endpoint: 'repay' })
  const other = bank.arm('close', { endpoint: 'cancel', times: 0 })
  const seen = []
  for (let at = 1; at <= 5; at += 1) seen.push(await outcome(part(at)))
  assert.deepEqual(seen, ['done', 'done', 'unknown', 'unknown', 'done'])
  assert.deepEqual([third.fired(), other.fired()], [2, 0])
  assert.deepEqual(bank.faults().map(({ id, remaining }) => [id, remaining]), [[other.id, null]])
  other.disarm()
  other.disarm()
  assert.deepEqual(bank.faults(), [])
})

test('faults by chance fall as their seed says', async (t) => {
  const bank = start(t)
  const client = bank.client()
  const round = async (seed) => {
    bank.reset()
    bank.setClock({ at: '20260930120000' })
    const fault = bank.arm('status', { probability: 0.5, seed, when: 'before_applying' })
    const fell = []
    for (let at = 0; at < 20; at += 1) {
      const tid = bank.approve({ price: 1, tid: `WPSBX_CARDsandbox00120260930120000${String(at).padStart(6, '0')}` })
      await client.cancel({ payType: 'card', tid, price: 1 }).then(() => fell.push(0), () => fell.push(1))
    }
    const count = fell.reduce((sum, one) => sum + one)
    assert.equal(fault.fired(), count)
    assert.ok(count > 2 && count < 18, fell.join())
    return fell.join()
  }
  const [one, same, other] = [await round(7), await round(7), await round(8)]
  assert.equal(same, one)
  assert.notEqual(other, one)
  const fault = bank.faults()[0]
  assert.deepEqual([fault.probability, fault.seed, fault.remaining], [0.5, 8, null])
})

test('a fault ends with its block', { skip: !Symbol.dispose }, async (t) => {
  const bank = start(t)
  const fault = bank.arm('close', { times: 0 })
  fault[Symbol.dispose]()
  const tid = bank.approve({ price: 1 })
  await bank.client().cancel({ payType: 'card', tid, price: 1 })
  assert.equal(fault.fired(), 0)
  bank.arm('close')
  bank.arm('html')
  assert.deepEqual(bank.disarm().map(({ kind }) => kind), ['close', 'html'])
  assert.equal(JSON.stringify(fault), `{"id":${fault.id},"kind":"close"}`)
})

test('both kinds look the same on the wire', async (t) => {
  const bank = start(t)
  bank.setClock({ at: '20260930120000' })
  for (const [kind, parameters] of [
    ['truncated_json', {}],
    ['status', { body: 'receipt' }],
    ['close', { afterBytes: 99 }],
  ]) {
    const sent = []
    for (const when of ['before_applying', 'after_applying', 'late']) {
      const { tid, fields } = seedOne(bank)
      bank.arm(kind, { ...parameters, when, ...(when === 'late' ? { lateMs: 0 } : {}) })
      await bank.client().cancel(fields).catch(() => {})
      const over = (request) => when !== 'late' || request.executedLate
      const request = await bank.waitFor(() => bank.requests({ tid }).find(over))
      sent.push(request.sent)
    }
    assert.deepEqual(sent[1], sent[0], kind)
    assert.deepEqual(sent[2], sent[0], kind)
  }
})

function seedOne(bank) {
  bank.reset()
  bank.setClock({ at: '20260930120000' })
  const tid = bank.approve({ price: 5, tid: 'WPSBX_CARDsandbox00120260930120000000009', moid: 'one' })
  return { tid, fields: { payType: 'card', tid, price: 5 } }
}

test('a proxy that refuses its tunnel', async (t) => {
  const bank = start(t)
  const fault = bank.arm('proxy_refusal', { status: 407 })
  const { hostname, port } = new URL(bank.url)
  const status = await new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, method: 'CONNECT', path: 'example.invalid:443' })
    request.on('connect', (response, socket) => {
      socket.destroy()
      resolve(response.statusCode)
    })
    request.on('error', reject)
    request.end()
  })
  assert.deepEqual([status, fault.fired()], [407, 1])
})

test('what can’t be armed says so', (t) => {
  const bank = start(t)
  for (const [kind, parameters, argument] of [
    ['explode', {}, 'kind'],
    ['close', { ms: 5 }, 'ms'],
    ['close', { lateMs: 5 }, 'lateMs'],
    ['close', { when: 'sometimes' }, 'when'],
    ['close', { nth: 0 }, 'nth'],
    ['close', { times: 1.5 }, 'times'],
    ['close', { probability: Number.NaN }, 'probability'],
    ['redirect', {}, 'location'],
    ['refuse_connections', { tid: 'x' }, 'tid'],
    ['stall', { afterBytes: 'many' }, 'afterBytes'],
  ]) {
    assert.throws(
      () => bank.arm(kind, parameters),
      (error) => error instanceof SandboxError && error.code === 'invalid_argument' && error.argument === argument
        && error.message.includes(argument),
      argument,
    )
  }
  assert.deepEqual(bank.faults(), [])
})
