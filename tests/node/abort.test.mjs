// Abort signals: giving up the wait is not giving up the refund.

import assert from 'node:assert/strict'
import { getEventListeners, once } from 'node:events'
import test from 'node:test'

import { CancelReceipt, Client, OutcomeUnknownError } from 'paywelcome'
import { CANCEL, done, gateway, http, rejection, settings, TID } from './gateway.mjs'

/** A gateway that answers when it is told to, and a client whose onSettled is awaited. */
async function slow(t, answer = done) {
  let release
  const released = new Promise((resolve) => { release = resolve })
  const server = await gateway(t, async (request, socket) => {
    await released
    return answer(request, socket)
  })
  const told = []
  let tell
  const settled = new Promise((resolve) => { tell = resolve })
  const onSettled = (what) => {
    told.push(what)
    tell(what)
  }
  return { server, release, told, settled, client: new Client(settings(server, { onSettled })) }
}

test('a signal that has fired already: nothing is sent', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server, { onSettled: () => assert.fail('nothing was under way') }))
  const reason = new Error('changed my mind')
  const error = await rejection(client.cancel(CANCEL, { signal: AbortSignal.abort(reason) }))
  assert.equal(error, reason)
  assert.equal(error.outcome, 'not_sent')
  await client.close()
  assert.equal(server.requests.length, 0)
})

test('before the request left: it is withdrawn', async (t) => {
  // A server that takes the connection and never shakes hands, so that nothing can leave.
  const server = await gateway(t)
  const baseUrl = server.url.replace('http:', 'https:')
  const client = new Client(settings(server, { baseUrl, onSettled: () => assert.fail('it was withdrawn') }))
  const controller = new AbortController()
  const connected = server.connected()
  const failed = rejection(client.cancel(CANCEL, { signal: controller.signal }))
  await connected
  controller.abort()
  const error = await failed
  assert.equal(error, controller.signal.reason)
  assert.deepEqual([error.name, error.outcome, error.tid, error.reference], ['AbortError', 'not_sent', TID, null])
  await client.close()
})

test('after the request left: it continues, and is reported once', async (t) => {
  const { server, client, release, settled, told } = await slow(t)
  const controller = new AbortController()
  const arrived = server.arrived()
  const failed = rejection(client.cancel(CANCEL, { signal: controller.signal }))
  await arrived
  controller.abort()
  const error = await failed
  assert.equal(error, controller.signal.reason)
  assert.equal(error.outcome, 'unknown')
  assert.equal(told.length, 0)
  release()
  const report = await settled
  assert.deepEqual([report.operation, report.tid, report.outcome], ['cancel', TID, 'done'])
  assert.ok(report.receipt instanceof CancelReceipt)
  assert.equal(report.receipt.price, 12_000)
  await client.close()
  assert.equal(told.length, 1)
  assert.equal(server.requests.length, 1)
})

test('what is reported may be a decline or remain unknown', async (t) => {
  const declines = () => http(200, 'application/json', '{"ResultCode":"01","ResultMsg":"no"}')
  for (const [answer, outcome] of [[declines, 'declined'], [(_, socket) => void socket.destroy(), 'unknown']]) {
    const { server, client, release, settled } = await slow(t, answer)
    const controller = new AbortController()
    const arrived = server.arrived()
    const request = { payType: 'card', tid: TID, cancelPrice: 1, confirmPrice: 2 }
    const failed = rejection(client.partialCancel(request, { signal: controller.signal }))
    await arrived
    controller.abort()
    await failed
    release()
    const report = await settled
    assert.deepEqual([report.operation, report.outcome, report.error.outcome], ['partial_cancel', outcome, outcome])
    assert.match(report.error.stack, /abort\.test\.mjs/)
  }
})

test('without onSettled a process warning of one line tells', async (t) => {
  const { server, release } = await slow(t, () => http(500, null, ''))
  const client = new Client(settings(server))
  const controller = new AbortController()
  const arrived = server.arrived()
  const failed = rejection(client.cancel(CANCEL, { signal: controller.signal }))
  await arrived
  controller.abort()
  await failed
  const warned = once(process, 'warning')
  release()
  const [warning] = await warned
  assert.deepEqual([warning.name, warning.code], ['PaywelcomeWarning', 'PAYWELCOME_SETTLED'])
  assert.match(warning.message, new RegExp(`^cancel of ${TID}, .*unknown`))
  assert.doesNotMatch(warning.message, /\n/)
})

test('AbortSignal.timeout gives its TimeoutError', async (t) => {
  const { server, client, release, settled } = await slow(t)
  const arrived = server.arrived()
  const failed = rejection(client.cancel(CANCEL, { signal: AbortSignal.timeout(100) }))
  await arrived
  const error = await failed
  assert.deepEqual([error.name, error.outcome], ['TimeoutError', 'unknown'])
  release()
  assert.equal((await settled).outcome, 'done')
})

test('a reason that can carry nothing becomes a cause', async (t) => {
  const { server, client, release } = await slow(t)
  const foreign = Object.assign(new Error('theirs'), { outcome: 'theirs' })
  const hostile = new Proxy({}, { has: () => { throw new Error('hands off') } })
  for (const reason of ['a text', null, 7, Object.freeze(new Error('frozen')), foreign, hostile]) {
    const controller = new AbortController()
    const arrived = server.arrived()
    const failed = rejection(client.cancel(CANCEL, { signal: controller.signal }))
    await arrived
    controller.abort(reason)
    const error = await failed
    assert.ok(error instanceof Error)
    assert.deepEqual([error.name, error.code, error.outcome], ['AbortError', 'ABORT_ERR', 'unknown'])
    assert.equal(error.cause, reason)
  }
  assert.equal(foreign.outcome, 'theirs')
  release()
  await client.close()
})

test('one signal for calls of different fates: each tells its own', async (t) => {
  const { server, client, release } = await slow(t)
  const silent = await gateway(t)
  const never = new Client(settings(silent, { baseUrl: silent.url.replace('http:', 'https:') }))
  const controller = new AbortController()
  const [arrived, connected] = [server.arrived(), silent.connected()]
  const failed = [client, never, client].map((one) => rejection(one.cancel(CANCEL, { signal: controller.signal })))
  await Promise.all([arrived, connected])
  while (server.requests.length < 2) await server.arrived()
  controller.abort()
  const errors = await Promise.all(failed)
  assert.deepEqual(errors.map(({ outcome }) => outcome), ['unknown', 'not_sent', 'unknown'])
  assert.deepEqual([errors[0], errors[2]], [controller.signal.reason, controller.signal.reason])
  assert.equal(errors[1].cause, controller.signal.reason)
  release()
  await client.close()
})

test('one signal for calls of different payments: each reason names its own', async (t) => {
  const { server, client, release } = await slow(t)
  for (const [signal, name] of [
    [(controller) => controller.signal, 'AbortError'],
    [() => AbortSignal.timeout(100), 'TimeoutError'],
  ]) {
    const controller = new AbortController()
    const one = signal(controller)
    const sent = server.requests.length
    const failed = ['a', 'b', 'c'].map((tid) =>
      rejection(client.cancel({ ...CANCEL, tid }, { signal: one, reference: `refund ${tid}` })))
    while (server.requests.length < sent + 3) await server.arrived()
    controller.abort()
    const errors = await Promise.all(failed)
    const marks = errors.map(({ name, outcome, tid, reference }) => [name, outcome, tid, reference])
    assert.deepEqual(marks, ['a', 'b', 'c'].map((tid) => [name, 'unknown', tid, `refund ${tid}`]))
    assert.equal(errors[0], one.reason)
    assert.deepEqual([errors[1].cause, errors[2].cause], [one.reason, one.reason])
  }
  // A signal that has fired ends further calls before they start.
  const fired = AbortSignal.abort()
  for (const tid of ['d', 'e']) {
    const { outcome, tid: told, reference } = await rejection(client.cancel({ ...CANCEL, tid }, { signal: fired }))
    assert.deepEqual([outcome, told, reference], ['not_sent', tid, null])
  }
  const sent = server.requests.length
  const { outcome, tid } = await rejection(client.cancel({ ...CANCEL, tid: { toString: () => 'no text' } }, { signal: fired }))
  assert.deepEqual([outcome, tid], ['not_sent', null])
  assert.equal(server.requests.length, sent)
  release()
  assert.deepEqual(await client.close(), [])
})

test('a reason that says something of its own keeps it', async (t) => {
  const { server, client, release } = await slow(t)
  const writes = []
  const careful = new Proxy(new Error('theirs'), { defineProperty: (_, name) => { writes.push(name); return true } })
  class Theirs extends Error {
    get reference() { return 'theirs' }
  }
  for (const reason of [{ tid: 'theirs' }, { reference: null }, new Theirs(), careful, Object.seal(new Error('sealed'))]) {
    const before = [reason.tid, reason.reference, reason.outcome]
    const controller = new AbortController()
    const arrived = server.arrived()
    const failed = rejection(client.cancel(CANCEL, { signal: controller.signal, reference: 'ours' }))
    await arrived
    controller.abort(reason)
    const error = await failed
    assert.deepEqual([error.name, error.cause], ['AbortError', reason])
    assert.deepEqual([error.outcome, error.tid, error.reference], ['unknown', TID, 'ours'])
    assert.deepEqual([reason.tid, reason.reference, reason.outcome], before)
  }
  assert.deepEqual(writes, ['outcome', 'tid', 'reference'])
  release()
  await client.close()
})

test('a shared signal keeps no listener, and its onabort stays', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  const { signal } = new AbortController()
  const onabort = () => {}
  signal.onabort = onabort
  const before = getEventListeners(signal, 'abort').length
  await Promise.all(Array.from({ length: 30 }, () => client.cancel(CANCEL, { signal })))
  await rejection(client.cancel({}, { signal }))
  assert.equal(getEventListeners(signal, 'abort').length, before)
  assert.equal(signal.onabort, onabort)
})

test('a signal that fires after the receipt changes nothing', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server, { onSettled: () => assert.fail('nobody gave up') }))
  const controller = new AbortController()
  const receipt = await client.cancel(CANCEL, { signal: controller.signal })
  controller.abort()
  assert.equal(receipt.price, 12_000)
  await client.close()
})

test('a signal that fires at once either withdraws or is reported, never both', async (t) => {
  const server = await gateway(t, done)
  let told = 0
  const client = new Client(settings(server, { onSettled: () => { told += 1 } }))
  let unknown = 0
  for (let round = 0; round < 200; round += 1) {
    const controller = new AbortController()
    const failed = client.cancel(CANCEL, { signal: controller.signal }).then(() => 'done', ({ outcome }) => outcome)
    if (round % 2) await new Promise(setImmediate)
    controller.abort()
    const outcome = await failed
    assert.ok(['done', 'unknown', 'not_sent'].includes(outcome), outcome)
    if (outcome === 'unknown') unknown += 1
  }
  await client.close()
  assert.equal(told, unknown)
})

test('a time limit and a signal together: the error names what came first', async (t) => {
  const { server, client } = await slow(t)
  const controller = new AbortController()
  const error = await rejection(client.cancel(CANCEL, { signal: controller.signal, timeoutMs: 100 }))
  assert.ok(error instanceof OutcomeUnknownError)
  assert.equal(error.kind, 'timeout')
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0)
  assert.equal(server.requests.length, 1)
})
