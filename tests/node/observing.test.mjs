// What can be seen of calls: attempts, channels, a reference, and receipts and errors as JSON.

import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { channel, tracingChannel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import test from 'node:test'

import { Client, ConfigurationError, DeclinedError } from 'paywelcome'
import { Sandbox } from 'paywelcome/testing'
import { CANCEL, done, gateway, http, json, rejection, settings, SIGN_KEY, TID } from './gateway.mjs'

const PARTIAL = { payType: 'card', tid: TID, cancelPrice: 3_000, confirmPrice: 9_000 }
const reference = '환불-7 (order 12)'
// Nothing listens on port 1 of this machine.
const NOBODY = { url: 'http://127.0.0.1:1' }

/** Subscribes to a tracing channel for the length of a test, and gives what is published: the event's name and message. */
function published(t, name = 'paywelcome:call') {
  const events = []
  const subscribers = Object.fromEntries(
    ['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((event) => [event, (message) => events.push([event, message])]),
  )
  const calls = tracingChannel(name)
  calls.subscribe(subscribers)
  t.after(() => calls.unsubscribe(subscribers))
  return events
}

test('attempts are told in order, before the promise is settled', async () => {
  const told = []
  const client = new Client(settings(NOBODY, { onAttempt: (attempt) => told.push(attempt) }))
  const before = Date.now()
  const pending = client.cancel(CANCEL, { reference }).catch((error) => told.push(error))
  await pending
  const error = told.pop()
  assert.equal(error.attempts, 3)
  assert.deepEqual(told.map(({ number }) => number), [1, 2, 3])
  assert.deepEqual(told.map(({ pauseMs }) => pauseMs), [100, 200, null])
  for (const attempt of told) {
    const { operation, tid, kind, httpStatus } = attempt
    assert.deepEqual({ operation, tid, kind, httpStatus }, { operation: 'cancel', tid: TID, kind: 'connect', httpStatus: null })
    assert.equal(attempt.reference, reference)
    assert.ok(attempt.beganAt.getTime() >= before - 1 && attempt.durationMs > 0)
    assert.ok(Object.isFrozen(attempt))
  }
})

test('a call that is answered has one attempt; what is refused, or only reaches the gateway, has none', async (t) => {
  const server = await gateway(t, (request) => (request.method === 'HEAD' ? http(200, null, '') : done(request)))
  const told = []
  const client = new Client(settings(server, { onAttempt: (attempt) => told.push(attempt) }))
  await client.cancel(CANCEL)
  await client.warmUp()
  await rejection(client.cancel({ ...CANCEL, price: 0 }))
  const [{ number, kind, httpStatus, pauseMs, reference }, ...more] = told
  assert.deepEqual([number, kind, httpStatus, pauseMs, reference], [1, null, 200, null, null])
  assert.deepEqual(more, [])
})

for (const [what, onAttempt] of [
  ['throws', () => { throw new Error('theirs') }],
  ['rejects', async () => { throw new Error('theirs') }],
]) {
  test(`an onAttempt that ${what} breaks nothing`, async (t) => {
    const server = await gateway(t, done)
    const warned = once(process, 'warning')
    const receipt = await new Client(settings(server, { onAttempt })).cancel(CANCEL)
    assert.equal(receipt.price, 12_000)
    const [warning] = await warned
    assert.equal(warning.code, 'PAYWELCOME_ON_ATTEMPT')
    assert.equal(warning.message, `onAttempt failed for attempt 1 of cancel of ${TID}`)
  })
}

test('an onAttempt that is not a function is refused', () => {
  const fails = () => new Client(settings(NOBODY, { onAttempt: 'log' }))
  assert.throws(fails, (error) => error instanceof ConfigurationError && error.errors[0].field === 'onAttempt')
})

test('a late end tells its attempts and its reference', async (t) => {
  const server = await gateway(t)
  const told = []
  const settled = withResolvers()
  const onSettled = (late) => { told.push(late); settled.resolve() }
  const client = new Client(settings(server, { onSettled, onAttempt: (attempt) => told.push(attempt) }))
  const controller = new AbortController()
  const failed = rejection(client.partialCancel(PARTIAL, { signal: controller.signal, reference }))
  const arrived = new Promise((resolve) => server.server.once('arrived', (request, socket) => resolve([request, socket])))
  const [request, socket] = await arrived
  controller.abort()
  assert.equal((await failed).outcome, 'unknown')
  const [open] = await client.close({ timeoutMs: 0 })
  assert.deepEqual(open, { operation: 'partial_cancel', tid: TID, reference, outcome: 'unknown' })
  assert.deepEqual(told, [])
  const { mid: Mid, tid: Tid, cancelPrice: Price, confirmPrice: RmainPrice } = request.fields
  socket.write(json({ ResultCode: '00', Mid, Tid, Price, RmainPrice }))
  await settled.promise
  assert.deepEqual(told.map((one) => [one.number, one.outcome, one.reference]), [[1, undefined, reference], [undefined, 'done', reference]])
})

test('a late end that nobody asked to be told is a warning with the reference', async (t) => {
  const server = await gateway(t)
  const client = new Client(settings(server))
  const warned = new Promise((resolve) => process.once('warning', resolve))
  const events = published(t)
  const controller = new AbortController()
  const failed = rejection(client.cancel(CANCEL, { signal: controller.signal, reference }))
  const arrived = new Promise((resolve) => server.server.once('arrived', (_, socket) => resolve(socket)))
  const socket = await arrived
  controller.abort()
  await failed
  // How often it tried is not known before its end.
  const [[, { outcome, kind, ...message }]] = events
  assert.deepEqual([outcome, kind, 'attempts' in message], ['unknown', 'aborted', false])
  socket.write(json({ ResultCode: 'V801', ResultMsg: 'no' }))
  const { code, message: line } = await warned
  assert.equal(code, 'PAYWELCOME_SETTLED')
  assert.ok(line.startsWith(`cancel of ${TID}, reference ${reference}, which was abandoned, is settled: declined (`), line)
  await client.close()
})

test('a call that is withdrawn tells the attempts that had ended', async (t) => {
  const told = []
  const controller = new AbortController()
  const onAttempt = (attempt) => told.push(attempt.number)
  const server = await gateway(t)
  const client = new Client(settings({ url: server.url.replace('http:', 'https:') }, { onAttempt, connectRetries: 1 }))
  server.server.once('connection', (socket) => socket.destroy())
  const second = new Promise((resolve) => server.server.on('connection', (socket) => socket.once('data', () => resolve())))
  const failed = rejection(client.cancel(CANCEL, { signal: controller.signal }))
  await second
  controller.abort()
  assert.equal((await failed).outcome, 'not_sent')
  assert.deepEqual(told, [1])
})

test('a call is traced as tracePromise does, and its message is filled', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  const events = published(t)
  const pending = client.cancel(CANCEL, { reference })
  assert.deepEqual(events.map(([event]) => event), ['start', 'end'])
  const receipt = await pending
  assert.deepEqual(events.map(([event]) => event), ['start', 'end', 'asyncStart', 'asyncEnd'])
  const [[, message]] = events
  assert.ok(events.every(([, other]) => other === message))
  const { durationMs, ...rest } = message
  assert.ok(durationMs > 0)
  const expected = { operation: 'cancel', tid: TID, reference, outcome: 'done', kind: null, attempts: 1, httpStatus: 200 }
  assert.deepEqual(rest, { ...expected, result: receipt })
})

test('errors of every kind are published', async (t) => {
  const declining = await gateway(t, () => json({ ResultCode: 'V801', ResultMsg: 'no' }))
  const events = published(t)
  const errors = [
    await rejection(new Client(settings(declining)).cancel(CANCEL)),
    await rejection(new Client(settings(NOBODY, { connectRetries: 1 })).partialCancel(PARTIAL)),
    await rejection(new Client(settings(NOBODY)).cancel({ ...CANCEL, tid: 'x'.repeat(41) })),
    await rejection(new Client(settings(NOBODY)).cancel(CANCEL, { signal: AbortSignal.abort() })),
  ]
  const told = events.filter(([event]) => event === 'error').map(([, message]) => message)
  assert.deepEqual(told.map(({ error }) => error), errors)
  assert.deepEqual(told.map(({ tid, outcome, kind, attempts, httpStatus }) => [tid, outcome, kind, attempts, httpStatus]), [
    [TID, 'declined', 'declined', 1, 200],
    [TID, 'not_sent', 'connect', 2, null],
    [null, 'not_sent', 'invalid_request', 0, null],
    [TID, 'not_sent', 'aborted', 0, null],
  ])
})

test('a store that is bound to the start is there for the whole call', async (t) => {
  const server = await gateway(t, done)
  const store = new AsyncLocalStorage()
  const calls = tracingChannel('paywelcome:call')
  calls.start.bindStore(store, ({ reference }) => reference)
  t.after(() => calls.start.unbindStore(store))
  const seen = []
  const asyncEnd = () => seen.push(store.getStore())
  calls.asyncEnd.subscribe(asyncEnd)
  t.after(() => calls.asyncEnd.unsubscribe(asyncEnd))
  const client = new Client(settings(server))
  await Promise.all(['a', 'b', 'c'].map((reference) => client.cancel(CANCEL, { reference })))
  assert.deepEqual(seen.sort(), ['a', 'b', 'c'])
})

test('the channel of attempts', async (t) => {
  const told = []
  const subscriber = (attempt) => told.push(attempt.number)
  channel('paywelcome:attempt').subscribe(subscriber)
  t.after(() => channel('paywelcome:attempt').unsubscribe(subscriber))
  await rejection(new Client(settings(NOBODY, { connectRetries: 1 })).cancel(CANCEL))
  assert.deepEqual(told, [1, 2])
})

test('no key in what is seen', async (t) => {
  const server = await gateway(t, ({ fields }) => json({ ResultCode: '01', ...fields, Key: SIGN_KEY }))
  const told = []
  const events = published(t)
  const client = new Client(settings(server, { onAttempt: (attempt) => told.push(attempt) }))
  const error = await rejection(client.cancel(CANCEL, { reference }))
  const text = JSON.stringify([told, events, error])
  assert.equal(told.length, 1)
  assert.ok(text.includes(TID) && !text.includes(SIGN_KEY) && !/[0-9a-f]{64}/i.test(text))
})

test('a reference is a short text, is never sent, and comes back with an error', async (t) => {
  const server = await gateway(t, () => http(500, 'text/html', 'oops'))
  const client = new Client(settings(server))
  for (const right of ['', reference, '가'.repeat(200), null, undefined]) {
    assert.equal((await rejection(client.cancel(CANCEL, { reference: right }))).reference, right ?? null)
  }
  const sent = server.requests.length
  for (const wrong of ['x'.repeat(201), 'a\nb', '\ud800', 7, 7n, {}, true]) {
    const error = await rejection(client.cancel(CANCEL, { reference: wrong }))
    assert.deepEqual(error.errors.map(({ field }) => field), ['reference'])
    assert.equal(error.reference, null)
  }
  assert.equal(server.requests.length, sent)
  assert.ok(server.requests.every(({ fields }) => !('reference' in fields)))
  const misplaced = await rejection(client.cancel({ ...CANCEL, reference }))
  assert.match(misplaced.message, /reference: unknown here; pass it in the second argument/)
})

test('receipts and errors as JSON have the fields of Python’s to_dict', async (t) => {
  const bank = new Sandbox()
  t.after(() => bank.close())
  const client = bank.client()
  const tid = bank.approve({ price: 12_000 })
  const receipt = await client.partialCancel({ ...PARTIAL, tid })
  assert.deepEqual(Object.keys(receipt.toJSON()), Object.keys(receipt))
  const names =
    'outcome result_code result_msg mid tid cancel_tid price remaining_price cancel_date cancel_time cancelled_at raw ' +
    'mismatches'
  const told = JSON.parse(JSON.stringify(receipt))
  assert.deepEqual(Object.keys(told).sort(), names.split(' ').map(camel).sort())
  assert.equal(told.cancelledAt, receipt.cancelledAt.toISOString())

  const error = await rejection(client.cancel({ ...CANCEL, tid: 'nobody’s' }, { reference }))
  assert.ok(error instanceof DeclinedError)
  const ofErrors =
    'outcome kind message errors safe_to_resend operation tid reference timestamp attempts host mid http_status content_type body_excerpt result_code result_msg raw'
  const known = [...ofErrors.split(' ').map(camel), 'name', 'code']
  assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(error))).sort(), known.sort())
})

function camel(name) {
  return name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
}

function withResolvers() {
  let resolve
  const promise = new Promise((given) => { resolve = given })
  return { promise, resolve }
}
