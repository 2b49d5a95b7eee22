// What a program's own code does where it runs amid ours: it changes nothing of a call, and of no other.

import assert from 'node:assert/strict'
import { channel, tracingChannel } from 'node:diagnostics_channel'
import test from 'node:test'

import { CancelReceipt, Client, DeclinedError, OutcomeUnknownError } from 'paywelcome'
import { Sandbox } from 'paywelcome/testing'
import { CANCEL, done, gateway, rejection, settings, TID } from './gateway.mjs'

const TRACER = Symbol.for('opentelemetry.js.api.1')

/** Keeps this thread busy. */
function busy(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
}

/** Puts something in the place of a member for the length of a test. */
function replace(t, object, name, value) {
  const before = Object.getOwnPropertyDescriptor(object, name)
  Object.defineProperty(object, name, { value, configurable: true, writable: true, enumerable: true })
  t.after(() => (before ? Object.defineProperty(object, name, before) : delete object[name]))
}

/** The sandbox answers from a thread of its own: what is asked here while this thread is busy ends in one batch. */
function bank(t) {
  const sandbox = new Sandbox()
  t.after(() => sandbox.close())
  return sandbox
}

const theirs = () => { throw new Error('theirs') }

for (const [what, prepare] of [
  ['throws', theirs],
  ['gives no text', () => ({})],
  ['gives nothing', () => undefined],
]) {
  test(`an Error.prepareStackTrace that ${what} silences no call, whatever it ends in`, async (t) => {
    const sandbox = bank(t)
    const told = []
    const client = sandbox.client({ onSettled: ({ outcome, error }) => told.push([outcome, error?.resultCode]) })
    sandbox.arm('stall', { ms: 200, times: 1 })
    const controller = new AbortController()
    const request = { payType: 'card', tid: sandbox.approve({ price: 500 }), price: 499 }
    const arrived = sandbox.nextRequest()
    const late = rejection(client.cancel(request, { signal: controller.signal }))
    await arrived
    controller.abort()
    assert.equal((await late).outcome, 'unknown')
    const { prepareStackTrace } = Error
    Error.prepareStackTrace = prepare
    try {
      const good = Array.from({ length: 5 }, () => client.cancel({ payType: 'card', tid: sandbox.approve({ price: 1 }), price: 1 }))
      const signal = AbortSignal.timeout(60_000)
      const bad = [undefined, { signal }].map((more) => client.cancel({ ...request, price: 1 }, more).catch((error) => error))
      const refused = client.cancel({ ...request, price: -1 }).catch((error) => error)
      busy(500)
      const receipts = await Promise.all(good)
      assert.ok(receipts.every((receipt) => receipt instanceof CancelReceipt))
      for (const error of await Promise.all(bad)) assert.deepEqual([error instanceof DeclinedError, error.outcome], [true, 'declined'])
      assert.equal((await refused).outcome, 'not_sent')
      assert.deepEqual(await client.close(), [])
    } finally {
      Error.prepareStackTrace = prepareStackTrace
    }
    assert.deepEqual(told, [['declined', 'SBX403']])
  })
}

test('one end that can not be told is told as unknown, and the others of its batch as they are', async (t) => {
  const sandbox = bank(t)
  const client = sandbox.client()
  const tids = [1, 2, 3].map((price) => sandbox.approve({ price }))
  // Nothing but a receipt's own making reads this.
  replace(t, Object, 'freeze', new Proxy(Object.freeze, {
    apply(freeze, self, args) {
      if (args[0] instanceof CancelReceipt && args[0].price === 2) theirs()
      return Reflect.apply(freeze, self, args)
    },
  }))
  const calls = tids.map((tid, at) => client.cancel({ payType: 'card', tid, price: at + 1 }, { reference: `row ${at}` }))
  busy(300)
  const [first, second, third] = await Promise.allSettled(calls)
  assert.deepEqual([first.value.price, third.value.price], [1, 3])
  const { reason } = second
  assert.ok(reason instanceof OutcomeUnknownError)
  assert.deepEqual([reason.kind, reason.tid, reason.reference, reason.cause.message], ['internal', tids[1], 'row 1', 'theirs'])
  assert.deepEqual(await client.close(), [])
  assert.equal(sandbox.executions, 3)
})

/** What is run where a span would be started: between the call's start and its promise. */
function atTheStart(t, run) {
  const span = { isRecording: () => true, setAttribute() {}, addEvent() {}, setStatus() {}, end() {} }
  const startSpan = () => { run(); return span }
  globalThis[TRACER] = { trace: { getTracer: () => ({ startSpan }) } }
  t.after(() => delete globalThis[TRACER])
}

test('a tracer that waits until the call has ended, and closes its client', async (t) => {
  const sandbox = bank(t)
  const client = sandbox.client()
  const tid = sandbox.approve({ price: 5 })
  let closing
  atTheStart(t, () => {
    busy(300)
    closing = client.close({ timeoutMs: 0 })
  })
  const receipt = await client.cancel({ payType: 'card', tid, price: 5 })
  assert.equal(receipt.price, 5)
  assert.deepEqual(await closing, [])
})

test('a tracer that gives the call up, before and after it has left', async (t) => {
  const silent = await gateway(t)
  const told = []
  const onSettled = ({ outcome }) => told.push(outcome)
  const never = new Client(settings(silent, { baseUrl: silent.url.replace('http:', 'https:'), onSettled }))
  let controller = new AbortController()
  atTheStart(t, () => controller.abort())
  const withdrawn = await rejection(never.cancel(CANCEL, { signal: controller.signal }))
  assert.deepEqual([withdrawn.outcome, withdrawn.tid], ['not_sent', TID])
  assert.deepEqual(await never.close(), [])

  const sandbox = bank(t)
  const client = sandbox.client({ onSettled })
  const tid = sandbox.approve({ price: 5 })
  controller = new AbortController()
  atTheStart(t, () => {
    busy(300)
    controller.abort()
  })
  const error = await rejection(client.cancel({ payType: 'card', tid, price: 5 }, { signal: controller.signal }))
  assert.deepEqual([error.outcome, error.tid, sandbox.executions], ['unknown', tid, 1])
  assert.deepEqual(await client.close(), [])
  assert.deepEqual(told, ['done'])
})

test('getters that close the client, or give up, while they are read: nothing was started', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  const controller = new AbortController()
  const odd = { ...CANCEL, get price() { controller.abort(); return 5 } }
  assert.equal((await rejection(client.cancel(odd, { signal: controller.signal }))).outcome, 'not_sent')
  let closing
  const error = await rejection(client.cancel({ ...CANCEL, get price() { closing = client.close(); return 5 } }))
  assert.equal(error.kind, 'closed')
  assert.deepEqual(await closing, [])
  assert.equal(server.requests.length, 0)
})

test('what a test puts in the place of JSON.parse and Error.captureStackTrace later on', async (t) => {
  const sandbox = bank(t)
  const told = []
  const client = sandbox.client({ onSettled: ({ outcome }) => told.push(outcome), onAttempt() {} })
  const tids = [1, 2].map((price) => sandbox.approve({ price }))
  sandbox.arm('stall', { ms: 200, times: 2 })
  const controller = new AbortController()
  const calls = [
    client.cancel({ payType: 'card', tid: tids[0], price: 1 }),
    client.cancel({ payType: 'card', tid: tids[0], price: 5 }),
    client.cancel({ payType: 'card', tid: tids[1], price: 2 }, { signal: controller.signal }),
    client.cancel({ payType: 'card', tid: tids[1], price: 0 }),
  ]
  replace(t, JSON, 'parse', theirs)
  replace(t, Error, 'captureStackTrace', theirs)
  while (sandbox.requestCount < 3) busy(5)
  controller.abort()
  const ends = calls.map((call) => call.then(({ price }) => price, ({ outcome }) => outcome))
  const refused = client.cancel({}, { signal: AbortSignal.timeout(60_000) }).catch(({ outcome }) => outcome)
  assert.deepEqual(await Promise.all(ends), [1, 'declined', 'unknown', 'not_sent'])
  assert.equal(await refused, 'not_sent')
  assert.deepEqual(await client.close(), [])
  assert.deepEqual(told, ['done'])
})

test('signals of someone else’s making', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server, { onSettled: () => assert.fail('nobody gave up') }))
  const make = (more) =>
    Object.create({ aborted: false, addEventListener() {}, removeEventListener() {} }, Object.getOwnPropertyDescriptors(more))
  for (const signal of [
    make({ removeEventListener: theirs }),
    make({ addEventListener: () => { channel('nobody’s').publish({}) } }),
    make({ get reason() { return theirs() } }),
  ]) {
    assert.equal((await client.cancel(CANCEL, { signal })).price, 12_000)
  }
  const sent = server.requests.length
  // One that fires for every listener as it comes, twice; and one that closes the client instead.
  const eager = make({ addEventListener: (_, fire) => { fire(); fire() }, get reason() { return theirs() } })
  const error = await rejection(client.cancel(CANCEL, { signal: eager }))
  assert.deepEqual([error.name, error.outcome, error.tid], ['AbortError', 'not_sent', TID])
  let asked = 0
  const fickle = { addEventListener() {}, removeEventListener() {}, get aborted() { return (asked += 1) > 1 } }
  assert.equal((await rejection(client.cancel(CANCEL, { signal: fickle }))).outcome, 'not_sent')
  let closing
  const closer = make({ addEventListener: () => { closing = client.close() } })
  assert.equal((await rejection(client.cancel(CANCEL, { signal: closer }))).kind, 'closed')
  assert.deepEqual(await closing, [])
  assert.equal(server.requests.length, sent)
})

test('functions and subscribers that throw, abort and close amid a batch', async (t) => {
  const sandbox = bank(t)
  const uncaught = []
  process.setUncaughtExceptionCaptureCallback((error) => uncaught.push(error.message))
  t.after(() => process.setUncaughtExceptionCaptureCallback(null))
  const controllers = Array.from({ length: 10 }, () => new AbortController())
  const closes = []
  const told = []
  const onAttempt = () => {
    for (const controller of controllers) controller.abort()
    closes.push(client.close({ timeoutMs: 0 }))
    theirs()
  }
  const onSettled = ({ tid }) => { told.push(tid); theirs() }
  const client = sandbox.client({ onAttempt, onSettled })
  const attempts = channel('paywelcome:attempt')
  const calls = tracingChannel('paywelcome:call')
  const subscribers = Object.fromEntries(['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((event) => [event, theirs]))
  attempts.subscribe(theirs)
  calls.subscribe(subscribers)
  t.after(() => { attempts.unsubscribe(theirs); calls.unsubscribe(subscribers) })
  const tids = controllers.map(() => sandbox.approve({ price: 5 }))
  const pending = tids.map((tid, at) => client.cancel({ payType: 'card', tid, price: 5 }, { signal: controllers[at].signal }))
  const ends = Promise.all(pending.map((call) => call.then(() => 'done', ({ outcome }) => outcome)))
  busy(500)
  const outcomes = await ends
  assert.deepEqual(await client.close(), [])
  // The first of them was told its receipt; it gave the others up, which were told late.
  assert.deepEqual(outcomes.sort(), ['done', ...Array(9).fill('unknown')])
  assert.equal(new Set(told).size, 9)
  await Promise.all(closes)
  assert.ok(uncaught.length > 0 && uncaught.every((message) => message === 'theirs'))
})

test('calls that are made where the stack ends were sent and are told, or were not', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server, { onAttempt() {} }))
  const bare = new Client(settings(server))
  const calls = []
  const deeper = (depth) => {
    try {
      deeper(depth + 1)
    } finally {
      if (calls.length < 600) {
        const tid = `deep-${calls.length}`
        calls.push(undefined)
        const one = calls.length % 2 ? client : bare
        calls[calls.length - 1] = one.cancel({ ...CANCEL, tid }).then(({ tid }) => tid, (error) => error)
      }
    }
  }
  assert.throws(() => deeper(0), RangeError)
  const ends = await Promise.all(calls)
  assert.deepEqual([await client.close(), await bare.close()], [[], []])
  const told = ends.filter((end) => typeof end === 'string')
  assert.deepEqual(server.requests.map(({ fields }) => fields.tid).sort(), told.sort())
  assert.ok(told.length > 0 && ends.some((end) => end === undefined || end instanceof RangeError), `${told.length}`)
})

test('calls that are refused and made amid a batch take no other’s end', async (t) => {
  const sandbox = bank(t)
  const further = []
  const ask = (price) => client.cancel({ payType: 'card', tid: sandbox.approve({ price }), price })
  const onAttempt = () => {
    if (further.length > 0) return
    // Nothing is under way for the native half now, so that this has it let go of everything.
    client.cancel({}).catch(() => {})
    for (let price = 101; price <= 130; price += 1) further.push(ask(price).then((receipt) => receipt.price - price))
  }
  const client = sandbox.client({ onAttempt })
  const first = Array.from({ length: 20 }, (_, at) => ask(at + 2))
  busy(500)
  const receipts = await Promise.all(first)
  assert.deepEqual(receipts.map(({ price }) => price), Array.from({ length: 20 }, (_, at) => at + 2))
  assert.deepEqual(await Promise.all(further), Array(30).fill(0))
  assert.deepEqual(await client.close(), [])
})

test('more than a text can hold has ended while this thread was busy', async (t) => {
  const big = 'x'.repeat(60_000)
  const server = await gateway(t, (request) => done(request, { Note: big }))
  const client = new Client(settings(server))
  const calls = Array.from({ length: 200 }, (_, at) => client.cancel({ ...CANCEL, tid: `big-${at}` }))
  const receipts = await Promise.all(calls)
  assert.ok(receipts.every(({ raw }) => raw.Note === big))
  assert.deepEqual(await client.close(), [])
})
