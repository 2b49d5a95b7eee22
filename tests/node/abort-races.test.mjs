// Abort signals at the worst moments: every ending is told once, and is what the gateway saw.

import assert from 'node:assert/strict'
import { getEventListeners, once } from 'node:events'
import test from 'node:test'
import { Worker } from 'node:worker_threads'

import { Client } from 'paywelcome'
import { CANCEL, done, gateway, rejection, settings } from './gateway.mjs'

const ROUNDS = 1_500

/** A client that keeps what it is told late, and a gateway that keeps how often each payment arrived. */
async function ledger(t, answer = done) {
  const arrivals = new Map()
  const server = await gateway(t, (request, socket) => {
    const { tid } = request.fields
    arrivals.set(tid, (arrivals.get(tid) ?? 0) + 1)
    return answer(request, socket)
  })
  const reports = new Map()
  const onSettled = ({ tid, outcome }) => { reports.set(tid, [...(reports.get(tid) ?? []), outcome]) }
  return { server, arrivals, reports, client: new Client(settings(server, { onSettled })) }
}

/** Holds what was told of each payment against what the gateway saw; gives how often each outcome came. */
function audit({ arrivals, reports }, told) {
  const counts = { done: 0, unknown: 0, not_sent: 0 }
  for (const [tid, outcome] of told) {
    counts[outcome] += 1
    const [seen, late] = [arrivals.get(tid) ?? 0, reports.get(tid) ?? []]
    if (outcome === 'done') assert.deepEqual([seen, late], [1, []], tid)
    else if (outcome === 'not_sent') assert.deepEqual([seen, late], [0, []], tid)
    // What may have left is told once; it may have been withdrawn by no one, so it arrived.
    else assert.deepEqual([seen, late], [1, ['done']], tid)
  }
  assert.equal(reports.size, counts.unknown)
  return counts
}

/** Where an abort can fall between the call and its end. */
const moments = {
  'in the same tick': () => {},
  'in a microtask': () => Promise.resolve(),
  'in the next phase of the loop': () => new Promise(setImmediate),
  'three phases on': async () => { for (let at = 0; at < 3; at += 1) await new Promise(setImmediate) },
  'as the request arrives': (server) => server.arrived(),
  'around the answer': async (server, round) => {
    await server.arrived()
    for (let at = 0; at < round % 12; at += 1) await new Promise(setImmediate)
  },
}

for (const [what, moment] of Object.entries(moments)) {
  test(`an abort ${what}, ${ROUNDS / 6} times`, async (t) => {
    const book = await ledger(t)
    const told = new Map()
    for (let round = 0; round < ROUNDS / 6; round += 1) {
      const tid = `race-${round}`
      const controller = new AbortController()
      const reached = moment(book.server, round)
      const call = book.client.cancel({ ...CANCEL, tid }, { signal: controller.signal })
      const ended = call.then(() => 'done', ({ outcome }) => outcome)
      await Promise.race([reached, ended])
      controller.abort()
      told.set(tid, await ended)
    }
    assert.deepEqual(await book.client.close(), [])
    t.diagnostic(JSON.stringify(audit(book, told)))
  })
}

test('one abort for a thousand calls: each tells its own truth, and one listener waits for all', async (t) => {
  const warnings = []
  const warned = (warning) => warnings.push(warning.code)
  process.on('warning', warned)
  t.after(() => process.off('warning', warned))
  const book = await ledger(t)
  const controller = new AbortController()
  const { signal } = controller
  const told = new Map()
  const enough = new Promise((resolve) => {
    book.server.server.on('arrived', () => book.arrivals.size >= 100 && resolve())
  })
  const calls = Array.from({ length: 1_000 }, async (_, at) => {
    const tid = `shared-${at}`
    told.set(tid, await book.client.cancel({ ...CANCEL, tid }, { signal }).then(() => 'done', ({ outcome }) => outcome))
  })
  assert.equal(getEventListeners(signal, 'abort').length, 1)
  await enough
  controller.abort()
  await Promise.all(calls)
  assert.equal(getEventListeners(signal, 'abort').length, 0)
  assert.deepEqual(await book.client.close(), [])
  const counts = audit(book, told)
  t.diagnostic(JSON.stringify(counts))
  await new Promise(setImmediate)
  // One for each late end, and none of too many listeners.
  assert.deepEqual(warnings, Array(counts.unknown).fill('PAYWELCOME_SETTLED'))
})

test('a signal shared by calls that end one by one keeps a listener for as long as one is under way', async (t) => {
  const held = []
  const book = await ledger(t, (request) => new Promise((resolve) => held.push(() => resolve(done(request)))))
  const { signal } = new AbortController()
  const calls = ['a', 'b', 'c'].map((tid) => book.client.cancel({ ...CANCEL, tid }, { signal }))
  while (held.length < 3) await book.server.arrived()
  for (const [at, answer] of held.entries()) {
    assert.equal(getEventListeners(signal, 'abort').length, 1, `${at} are answered`)
    answer()
    const before = at + 1
    let ended = 0
    await new Promise((resolve) => calls.forEach((call) => call.then(() => (ended += 1) === before && resolve())))
  }
  assert.equal(getEventListeners(signal, 'abort').length, 0)
  // A signal that was let go can be waited for again.
  const controller = new AbortController()
  const again = book.client.cancel({ ...CANCEL, tid: 'd' }, { signal: controller.signal })
  await book.server.arrived()
  controller.abort()
  assert.equal((await rejection(again)).outcome, 'unknown')
  held.at(-1)()
  assert.deepEqual(await book.client.close(), [])
})

test('AbortSignal.any: whichever fires first', { skip: !AbortSignal.any && 'Node.js 20.3' }, async (t) => {
  let release
  const released = new Promise((resolve) => { release = resolve })
  const book = await ledger(t, async (request) => {
    await released
    return done(request)
  })
  const controller = new AbortController()
  const both = () => AbortSignal.any([controller.signal, AbortSignal.timeout(60_000)])
  const first = rejection(book.client.cancel({ ...CANCEL, tid: 'first' }, { signal: both() }))
  await book.server.arrived()
  const reason = new Error('enough')
  controller.abort(reason)
  const error = await first
  assert.equal(error, reason)
  assert.equal(error.outcome, 'unknown')
  const already = await rejection(book.client.cancel({ ...CANCEL, tid: 'second' }, { signal: both() }))
  assert.deepEqual([already.outcome, already.cause], ['not_sent', reason])
  const { signal } = new AbortController()
  const slow = AbortSignal.any([signal, AbortSignal.timeout(30)])
  const third = await rejection(book.client.cancel({ ...CANCEL, tid: 'third' }, { signal: slow }))
  assert.equal(third.name, 'TimeoutError')
  release()
  assert.deepEqual(await book.client.close(), [])
  audit(book, new Map([['first', 'unknown'], ['second', 'not_sent'], ['third', third.outcome]]))
})

test('reasons of every kind carry the outcome, themselves or as a cause', async (t) => {
  const book = await ledger(t)
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  const sealed = Object.preventExtensions(new Error('sealed'))
  let unknown = 0
  const getter = Object.defineProperty({}, 'outcome', { get: () => 'done' })
  const bare = Object.create(null)
  for (const reason of [undefined, 0n, Symbol('s'), () => {}, proxy, sealed, getter, bare, [], new Map()]) {
    for (const before of [true, false]) {
      const controller = new AbortController()
      if (before) controller.abort(reason)
      const call = rejection(book.client.cancel(CANCEL, { signal: controller.signal }))
      controller.abort(reason)
      const error = await call
      assert.ok(before ? error.outcome === 'not_sent' : ['not_sent', 'unknown'].includes(error.outcome))
      if (error.outcome === 'unknown') unknown += 1
      const given = controller.signal.reason
      assert.ok(error === given || (error.name === 'AbortError' && error.cause === given))
    }
  }
  assert.deepEqual(await book.client.close(), [])
  assert.equal((book.reports.get(CANCEL.tid) ?? []).length, unknown)
  assert.equal(book.server.requests.length, unknown)
})

test('an abort inside onSettled, of a call of the same batch, is told once', async (t) => {
  const held = []
  const server = await gateway(t, (request) => new Promise((resolve) => held.push(() => resolve(done(request)))))
  const controllers = Array.from({ length: 20 }, () => new AbortController())
  const reports = []
  const onSettled = ({ tid }) => {
    reports.push(tid)
    for (const controller of controllers) controller.abort()
  }
  const client = new Client(settings(server, { onSettled }))
  const calls = controllers.map(({ signal }, at) =>
    client.cancel({ ...CANCEL, tid: `batch-${at}` }, { signal }).then(() => 'done', ({ outcome }) => outcome))
  while (held.length < 20) await server.arrived()
  controllers[0].abort()
  for (const answer of held) answer()
  const outcomes = await Promise.all(calls)
  assert.deepEqual(await client.close(), [])
  assert.equal(new Set(reports).size, reports.length)
  assert.deepEqual(reports.sort(), outcomes.flatMap((outcome, at) => (outcome === 'done' ? [] : [`batch-${at}`])).sort())
})

test('in a worker thread a signal works as it does here', async (t) => {
  const held = []
  const server = await gateway(t, (request) => new Promise((resolve) => held.push(() => resolve(done(request)))))
  const source = `
    const { parentPort, workerData } = require('node:worker_threads')
    const { Client } = require('paywelcome')
    const onSettled = ({ outcome, tid }) => parentPort.postMessage([tid, outcome])
    const client = new Client({ ...workerData.settings, onSettled })
    const controller = new AbortController()
    const call = client.cancel(workerData.request, { signal: controller.signal })
    call.catch((error) => parentPort.postMessage([error.name, error.outcome]))
    parentPort.once('message', () => controller.abort())`
  const worker = new Worker(source, { eval: true, workerData: { settings: settings(server), request: CANCEL } })
  // What the thread said last may come with its end, before anyone who waits for the one can listen to the other.
  const ended = once(worker, 'exit')
  await server.arrived()
  worker.postMessage('abort')
  assert.deepEqual(await once(worker, 'message'), [['AbortError', 'unknown']])
  held[0]()
  assert.deepEqual(await once(worker, 'message'), [[CANCEL.tid, 'done']])
  assert.deepEqual(await ended, [0])
  assert.equal(server.requests.length, 1)
})
