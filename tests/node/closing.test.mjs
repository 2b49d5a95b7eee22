// Closing a client: it waits for what is under way, at most as long as it is told, and says what is left.

import assert from 'node:assert/strict'
import test from 'node:test'

import { Client, InvalidRequestError } from 'paywelcome'
import { Sandbox } from 'paywelcome/testing'
import { CANCEL, done, gateway, rejection, settings, TID } from './gateway.mjs'

const PARTIAL = { payType: 'card', tid: 'another', cancelPrice: 3_000, confirmPrice: 9_000 }
const open = (operation, tid) => ({ operation, tid, reference: null, outcome: 'unknown' })

/** A gateway that answers when `release` is called. */
async function held(t) {
  let release
  const released = new Promise((resolve) => { release = resolve })
  const server = await gateway(t, async (request) => {
    await released
    return done(request, { RmainPrice: request.fields.confirmPrice, Price: request.fields.price })
  })
  return { server, release }
}

/** Waits until so many requests have arrived. */
async function arrive(server, count) {
  while (server.requests.length < count) await server.arrived()
}

test('nothing under way: an empty list, however long it may wait', async (t) => {
  const server = await gateway(t, done)
  for (const options of [undefined, {}, { timeoutMs: 0 }, { timeoutMs: null }, { timeoutMs: 3_600_000 }]) {
    const client = new Client(settings(server))
    await client.cancel(CANCEL)
    assert.deepEqual(await client.close(options), [])
    assert.deepEqual(await client.close(options), [])
    assert.equal((await rejection(client.cancel(CANCEL))).kind, 'closed')
  }
})

test('what is still under way is told, continues, and is told to who waits', async (t) => {
  const { server, release } = await held(t)
  const told = []
  const client = new Client(settings(server, { onSettled: ({ tid, outcome }) => told.push([tid, outcome]) }))
  const controller = new AbortController()
  const full = client.cancel(CANCEL)
  const part = rejection(client.partialCancel(PARTIAL, { signal: controller.signal }))
  await arrive(server, 2)
  controller.abort()
  assert.equal((await part).outcome, 'unknown')

  const both = [open('cancel', TID), open('partial_cancel', 'another')]
  assert.deepEqual(await client.close({ timeoutMs: 0 }), both)
  assert.deepEqual(await client.close({ timeoutMs: 20.5 }), both)
  assert.equal((await rejection(client.cancel(CANCEL))).kind, 'closed')
  assert.deepEqual(told, [])

  const closing = [client.close(), client.close({ timeoutMs: 60_000 })]
  release()
  assert.deepEqual(await Promise.all(closing), [[], []])
  assert.equal((await full).price, 12_000)
  assert.deepEqual(told.map(([tid]) => tid), ['another'])
  assert.equal(server.requests.length, 2)
})

test('only what is not settled is told', async (t) => {
  const held = []
  const server = await gateway(t, (request) =>
    request.fields.tid === TID ? done(request) : new Promise((resolve) => held.push(() => resolve(done(request)))))
  const client = new Client(settings(server))
  const calls = ['a', 'b', 'c'].map((tid) => client.cancel({ ...CANCEL, tid }))
  await client.cancel(CANCEL)
  await arrive(server, 4)
  held[1]()
  await Promise.any(calls)
  const left = await client.close({ timeoutMs: 0 })
  assert.equal(left.length, 2)
  for (const answer of held) answer()
  assert.deepEqual((await Promise.all(calls)).map(({ tid }) => tid), ['a', 'b', 'c'])
  assert.deepEqual(await client.close(), [])
})

test('a call that is withdrawn, refused or never started is not waited for', async (t) => {
  const server = await gateway(t)
  const client = new Client(settings(server, { baseUrl: server.url.replace('http:', 'https:') }))
  const controller = new AbortController()
  const connected = server.connected()
  const failed = rejection(client.cancel(CANCEL, { signal: controller.signal }))
  await rejection(client.cancel({ ...CANCEL, price: -1 }))
  await rejection(client.cancel(CANCEL, { signal: AbortSignal.abort() }))
  const own = new Error('their own')
  const theirs = { aborted: false, addEventListener() { throw own }, removeEventListener() {} }
  assert.equal(await rejection(client.cancel(CANCEL, { signal: theirs })), own)
  const eager = { aborted: false, addEventListener: (_, fire) => fire(), removeEventListener() {}, reason: new Error() }
  assert.equal((await rejection(client.cancel(CANCEL, { signal: eager }))).outcome, 'not_sent')
  await connected
  assert.deepEqual(await client.close({ timeoutMs: 0 }), [open('cancel', TID)])
  const closing = client.close()
  controller.abort()
  assert.equal((await failed).outcome, 'not_sent')
  assert.deepEqual(await closing, [])
})

test('a call whose answer is there but was not told yet is not open', async (t) => {
  // It answers from a thread of its own, so that this one need not come to its event loop.
  const bank = new Sandbox()
  t.after(() => bank.close())
  const client = bank.client()
  const tid = bank.approve({ price: 500 })
  const pending = client.cancel({ payType: 'card', tid, price: 500 })
  const still = new Int32Array(new SharedArrayBuffer(4))
  let left
  for (let rounds = 0; rounds < 2_000; rounds += 1) {
    if ((left = await client.close({ timeoutMs: 0 })).length === 0) break
    Atomics.wait(still, 0, 0, 5)
  }
  assert.deepEqual(left, [])
  assert.equal((await pending).price, 500)
})

test('wrong options are refused by name, and the client stays open', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  for (const [options, field, message] of [
    [{ timeout: 5 }, 'timeout', /unknown; did you mean timeoutMs\?/],
    [{ timeoutMs: 5, force: true }, 'force', /unknown; there are timeoutMs/],
    [{ timeoutMs: '5' }, 'timeoutMs', /is a string; pass a number of milliseconds/],
    [{ timeoutMs: 5n }, 'timeoutMs', /is a bigint/],
    [{ timeoutMs: new Number(5) }, 'timeoutMs', /is an object/],
    [{ timeoutMs: -1 }, 'timeoutMs', /is -1; pass 0 to 3600000 milliseconds/],
    [{ timeoutMs: Number.NaN }, 'timeoutMs', /is NaN/],
    [{ timeoutMs: Number.POSITIVE_INFINITY }, 'timeoutMs', /is Infinity/],
    [{ timeoutMs: 3_600_001 }, 'timeoutMs', /pass 0 to 3600000/],
    [5, 'options', /is a number; pass an object/],
    [null, 'options', /is null; pass an object/],
  ]) {
    const error = await rejection(client.close(options))
    assert.ok(error instanceof InvalidRequestError)
    assert.deepEqual(error.errors.map(({ field }) => field), [field])
    assert.match(error.message, message)
    assert.match(error.message, /^the client was not closed/)
  }
  const own = new Error('their own')
  assert.equal(await rejection(client.close({ get timeoutMs() { throw own } })), own)
  assert.equal((await client.cancel(CANCEL)).price, 12_000)
  assert.deepEqual(await client.close(), [])
})

test('Symbol.asyncDispose waits for everything, and takes no options', async (t) => {
  const { server, release } = await held(t)
  const client = new Client(settings(server))
  const pending = client.cancel(CANCEL)
  await arrive(server, 1)
  const disposing = client[Symbol.asyncDispose]({ timeoutMs: 0 })
  release()
  assert.equal(await disposing, undefined)
  assert.equal((await pending).price, 12_000)
})
