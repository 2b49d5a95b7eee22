// The sink of an attempt learns its end where its promise does not give that: for refunds that are recorded elsewhere.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'

import { CancelReceipt, Client, InvalidRequestError, NotSentError, OutcomeUnknownError } from 'paywelcome'
import { attempt, native } from '../../bindings-node/dist/internals.js'
import { CANCEL, done, gateway, http, rejection, settings, TID } from './gateway.mjs'

const waitMs = 20
const PARTIAL = { payType: 'card', tid: TID, cancelPrice: 3000, confirmPrice: 9000 }

/** A gateway that answers when it is told to; its client; and a sink, with the order in which all are told. */
async function held(t, answer = done, late = () => {}) {
  let release
  const released = new Promise((resolve) => { release = resolve })
  const server = await gateway(t, async (request, socket) => {
    await released
    return answer(request, socket)
  })
  const order = []
  const lates = []
  const sink = {
    late: (end) => {
      lates.push(end)
      order.push('late')
      return late()
    },
  }
  const client = new Client(settings(server, { onSettled: ({ outcome }) => order.push(outcome) }))
  return { server, client, release, order, lates, sink }
}

test('what the promise gives, a sink is not told', async (t) => {
  const { server, client, release, sink, order } = await held(t)
  release()
  const receipt = await attempt(client, 'cancel', CANCEL, { sink, reference: 'R-1', timeoutMs: 20_000 })
  assert.ok(receipt instanceof CancelReceipt)
  const declines = await held(t, () => http(200, 'application/json', '{"ResultCode":"01","ResultMsg":"no"}'))
  declines.release()
  const declined = await rejection(attempt(declines.client, 'partial_cancel', PARTIAL, { sink }))
  assert.deepEqual([declined.outcome, declined.operation], ['declined', 'partial_cancel'])
  assert.match(declined.stack, /sink\.test\.mjs/)
  const refused = await rejection(attempt(client, 'cancel', { ...CANCEL, price: 0 }, { sink, waitMs: 0 }))
  assert.ok(refused instanceof InvalidRequestError)
  assert.deepEqual(refused.errors.map(({ field }) => field), ['price', 'waitMs'])
  await client.close()
  assert.equal((await rejection(attempt(client, 'cancel', CANCEL, { sink }))).kind, 'closed')
  assert.deepEqual(order, [])
  assert.equal(server.requests.length, 1)
})

test('a wait that is over: told late, before onSettled, and a close waits for its promise', async (t) => {
  let written
  const row = new Promise((resolve) => { written = resolve })
  const { server, client, release, sink, order, lates } = await held(t, done, () => row.then(() => order.push('written')))
  const arrived = server.arrived()
  const error = await rejection(attempt(client, 'cancel', CANCEL, { sink, waitMs, reference: 'R-1' }))
  assert.ok(error instanceof OutcomeUnknownError)
  assert.equal(error.kind, 'pending')
  await arrived
  assert.deepEqual(order, [])
  release()
  await once(process, 'warning')
  const open = { operation: 'cancel', tid: TID, reference: 'R-1', outcome: 'unknown' }
  while (order.length < 2) assert.deepEqual(await client.close({ timeoutMs: 1 }), [open])
  assert.deepEqual(order, ['late', 'done'])
  const closing = client.close()
  written()
  assert.deepEqual(await closing, [])
  assert.deepEqual(order, ['late', 'done', 'written'])
  assert.equal(lates.length, 1)
  assert.ok(lates[0] instanceof CancelReceipt)
})

test('a sink that fails, now or later, hides nothing', async (t) => {
  const fails = [() => { throw new Error('the store is gone') }, async () => { throw new Error('the store is gone') }]
  for (const late of fails) {
    const { server, client, release, sink, order } = await held(t, done, late)
    const arrived = server.arrived()
    await rejection(attempt(client, 'cancel', CANCEL, { sink, waitMs }))
    await arrived
    const warnings = []
    const warned = (warning) => warnings.push(warning)
    process.on('warning', warned)
    release()
    assert.deepEqual(await client.close(), [])
    while (warnings.length < 2) await once(process, 'warning')
    process.off('warning', warned)
    assert.deepEqual(order, ['late', 'done'])
    const [{ message, detail }] = warnings.filter(({ code }) => code === 'PAYWELCOME_SINK')
    assert.equal(message, `the end of cancel of ${TID} could not be recorded`)
    assert.match(detail, /the store is gone/)
  }
})

test('a signal that fires after the request left: the end is told late', async (t) => {
  const { server, client, release, sink, order, lates } = await held(t, (_, socket) => void socket.destroy())
  const controller = new AbortController()
  const arrived = server.arrived()
  const failed = rejection(attempt(client, 'cancel', CANCEL, { sink, signal: controller.signal }))
  await arrived
  controller.abort()
  assert.equal((await failed).outcome, 'unknown')
  release()
  assert.deepEqual(await client.close(), [])
  assert.deepEqual(order, ['late', 'unknown'])
  assert.deepEqual([lates[0].outcome, lates[0].kind], ['unknown', 'connection_lost'])
})

test('a signal that fires before: told late that nothing was sent, and nobody else is', async (t) => {
  // A server that takes the connection and never shakes hands, so that nothing can leave.
  const server = await gateway(t)
  const baseUrl = server.url.replace('http:', 'https:')
  const lates = []
  const sink = { late: (end) => lates.push(end) }
  const client = new Client(settings(server, { baseUrl, onSettled: () => assert.fail('it was withdrawn') }))
  const controller = new AbortController()
  const connected = server.connected()
  const failed = rejection(attempt(client, 'cancel', CANCEL, { sink, signal: controller.signal, reference: 'R-1' }))
  await connected
  controller.abort()
  assert.equal((await failed).outcome, 'not_sent')
  const fired = attempt(client, 'cancel', CANCEL, { sink, signal: AbortSignal.abort(), reference: 'R-2' })
  assert.equal((await rejection(fired)).outcome, 'not_sent')
  assert.deepEqual(await client.close(), [])
  for (const [at, reference] of ['R-1', 'R-2'].entries()) {
    const end = lates[at]
    assert.ok(end instanceof NotSentError)
    assert.deepEqual([end.kind, end.operation, end.tid, end.reference], ['aborted', 'cancel', TID, reference])
    assert.equal(end.message, `nothing was sent: the caller gave up (cancel of ${TID}, reference ${reference})`)
  }
  assert.equal(lates.length, 2)
})

test('a sink may close the client', async (t) => {
  const { server, client, release, sink, order } = await held(t, done, async () => {
    assert.deepEqual(await client.close(), [])
    order.push('closed')
  })
  const arrived = server.arrived()
  await rejection(attempt(client, 'cancel', CANCEL, { sink, waitMs }))
  await arrived
  release()
  assert.deepEqual(await client.close(), [])
  assert.deepEqual([...order].sort(), ['closed', 'done', 'late'])
})

test('a time limit counts from where the attempt began', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  const sink = { late: () => assert.fail('the promise gives it') }
  for (const [ago, timeoutMs] of [[1, 1_000], [0.5, 400], [1, 1]]) {
    const late = attempt(client, 'cancel', CANCEL, { sink, began: native.moment() - ago, timeoutMs })
    const error = await rejection(late)
    assert.ok(error instanceof NotSentError)
    assert.equal(error.kind, 'timeout')
  }
  assert.equal(server.requests.length, 0)
  for (const began of [native.moment() - 1, native.moment(), native.moment() + 1_000, undefined]) {
    assert.equal((await attempt(client, 'cancel', CANCEL, { sink, began, timeoutMs: 20_000 })).price, 12_000)
  }
  for (const wrong of [-1, Number.NaN, Infinity]) {
    assert.match((await rejection(attempt(client, 'cancel', CANCEL, { sink, began: wrong }))).message, /moment\(\)/)
  }
  assert.deepEqual(await client.close(), [])
  assert.equal(server.requests.length, 4)
})
