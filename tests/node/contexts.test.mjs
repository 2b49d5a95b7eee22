// Asynchronous contexts: what a program is told of a call, it is told where the call was made, and nothing of that is kept.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { AsyncLocalStorage, createHook } from 'node:async_hooks'
import { channel, tracingChannel } from 'node:diagnostics_channel'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import { Client } from 'paywelcome'
import { Sandbox } from 'paywelcome/testing'
import { CANCEL, done, gateway, http, rejection, settings } from './gateway.mjs'

const TRACER = Symbol.for('opentelemetry.js.api.1')
const tenant = new AsyncLocalStorage()

/** Everything that a program can be told by; gives a list of what was told, of whom, and in whose context. */
function listen(t) {
  const seen = []
  const note = (what) => ({ reference }) => { seen.push([what, reference, tenant.getStore()]) }
  const attempts = channel('paywelcome:attempt')
  const calls = tracingChannel('paywelcome:call')
  const subscribers = Object.fromEntries(['start', 'end', 'asyncStart', 'asyncEnd', 'error'].map((event) => [event, note(event)]))
  const attempt = note('attempt')
  attempts.subscribe(attempt)
  calls.subscribe(subscribers)
  const warned = ({ message }) => note('warning')({ reference: /reference (\w+)/.exec(message)?.[1] })
  process.on('warning', warned)
  const startSpan = (_, { attributes }) => {
    const told = (what) => () => note(what)({ reference: attributes['paywelcome.reference'] })
    told('span')()
    return { isRecording: () => true, setAttribute: told('set'), addEvent: told('event'), setStatus: told('status'), end: told('span end') }
  }
  globalThis[TRACER] = { trace: { getTracer: () => ({ startSpan }) } }
  t.after(() => {
    attempts.unsubscribe(attempt)
    calls.unsubscribe(subscribers)
    process.off('warning', warned)
    delete globalThis[TRACER]
  })
  return { seen, hooks: { onAttempt: note('onAttempt'), onSettled: note('onSettled') } }
}

/** Makes a call in a context of its own, and gives its end and the context of whoever waited for it. */
function call(client, reference, more = {}) {
  return tenant.run(reference, async () => {
    const end = await client.cancel({ ...CANCEL, tid: reference }, { reference, ...more }).then(() => 'done', ({ outcome }) => outcome)
    return [end, tenant.getStore()]
  })
}

/** Holds that everything was told in the context of the call that it is of, and that each of `whats` was. */
function holds(seen, references, whats) {
  for (const [what, reference, store] of seen) assert.equal(store, reference, what)
  for (const reference of references) {
    const told = new Set(seen.filter(([, of]) => of === reference).map(([what]) => what))
    for (const what of whats) assert.ok(told.has(what), `${what} of ${reference}`)
  }
}

test('one after the other, together and amid failures: each in its own', async (t) => {
  const server = await gateway(t, (request) => (request.fields.tid.startsWith('bad') ? http(500, null, '') : done(request)))
  const { seen, hooks } = listen(t)
  const client = new Client(settings(server, hooks))
  const nobody = new Client(settings({ url: 'http://127.0.0.1:1' }, { ...hooks, connectRetries: 1 }))
  assert.deepEqual(await call(client, 'first'), ['done', 'first'])
  const together = ['a', 'b', 'bad1', 'c', 'bad2']
  const ends = await Promise.all(together.map((reference) => call(client, reference)))
  assert.deepEqual(ends, together.map((reference) => [reference.startsWith('bad') ? 'unknown' : 'done', reference]))
  assert.deepEqual(await call(nobody, 'refused'), ['not_sent', 'refused'])
  const all = ['first', ...together, 'refused']
  holds(seen, all, ['start', 'end', 'asyncStart', 'asyncEnd', 'span', 'attempt', 'onAttempt', 'set', 'span end'])
  holds(seen, ['refused'], ['event', 'status', 'error'])
  await tenant.run('closer', async () => {
    assert.deepEqual(await client.close({ timeoutMs: 1_000 }), [])
    assert.equal(tenant.getStore(), 'closer')
  })
})

test('given up by another’s signal, withdrawn or told late: each in its own', async (t) => {
  let release
  const released = new Promise((resolve) => { release = resolve })
  const server = await gateway(t, async (request) => {
    await released
    return done(request)
  })
  const { seen, hooks } = listen(t)
  const client = new Client(settings(server, hooks))
  // Its first connection is closed, so that it has an attempt to tell when it is withdrawn.
  const silent = await gateway(t)
  silent.server.once('connection', (socket) => socket.destroy())
  const second = new Promise((resolve) => silent.server.on('connection', (socket) => socket.once('data', () => resolve())))
  const never = new Client(settings(silent, { ...hooks, baseUrl: silent.url.replace('http:', 'https:'), connectRetries: 1 }))

  const controller = new AbortController()
  const { signal } = controller
  const calls = ['a', 'b', 'c'].map((reference) => call(client, reference, { signal }))
  const withdrawn = call(never, 'withdrawn', { signal })
  const mine = call(client, 'mine')
  while (server.requests.length < 4) await server.arrived()
  await second
  tenant.run('the one who aborts', () => controller.abort())
  assert.deepEqual(await Promise.all(calls), ['a', 'b', 'c'].map((reference) => ['unknown', reference]))
  assert.deepEqual(await withdrawn, ['not_sent', 'withdrawn'])
  const closing = tenant.run('closer', async () => [await client.close(), tenant.getStore()])
  tenant.run('the one who answers', () => release())
  assert.deepEqual(await mine, ['done', 'mine'])
  assert.deepEqual(await closing, [[], 'closer'])
  await never.close()
  holds(seen, ['a', 'b', 'c'], ['attempt', 'onAttempt', 'onSettled', 'warning', 'error', 'span end'])
  holds(seen, ['withdrawn'], ['attempt', 'onAttempt', 'span end', 'error'])
})

test('what a subscriber has bound to the start is there for whatever is told later', async (t) => {
  const server = await gateway(t, done)
  const store = new AsyncLocalStorage()
  const calls = tracingChannel('paywelcome:call')
  calls.start.bindStore(store, ({ reference }) => reference)
  t.after(() => calls.start.unbindStore(store))
  const seen = []
  const client = new Client(settings(server, { onAttempt: ({ reference }) => seen.push([reference, store.getStore()]) }))
  const { signal } = new AbortController()
  const of = (reference) => client.cancel(CANCEL, { reference, ...(reference > 'b' && { signal }) })
  await Promise.all(['a', 'b', 'c', 'd'].map(of))
  assert.deepEqual(seen.sort(), ['a', 'b', 'c', 'd'].map((reference) => [reference, reference]))
})

test('a receipt is warned of in the context of its call', async (t) => {
  const server = await gateway(t, (request) => done(request, { Tid: 'the refund’s own' }))
  const seen = []
  const warned = ({ code }) => seen.push([code, tenant.getStore()])
  process.on('warning', warned)
  t.after(() => process.off('warning', warned))
  const client = new Client(settings(server, { requiredEchoes: ['price'] }))
  for (const reference of ['a', 'b']) assert.deepEqual(await call(client, reference), ['done', reference])
  await new Promise(setImmediate)
  assert.deepEqual(seen, ['a', 'b'].map((reference) => ['PAYWELCOME_MISMATCH', reference]))
})

test('functions that fail warn in the context of their call', async (t) => {
  const server = await gateway(t, done)
  const seen = []
  const warned = ({ code }) => seen.push([code, tenant.getStore()])
  process.on('warning', warned)
  t.after(() => process.off('warning', warned))
  await call(new Client(settings(server)), 'first')
  for (const onAttempt of [() => { throw new Error('theirs') }, async () => { throw new Error('theirs') }]) {
    await call(new Client(settings(server, { onAttempt })), 'failing')
  }
  await new Promise(setImmediate)
  assert.deepEqual(seen, Array(2).fill(['PAYWELCOME_ON_ATTEMPT', 'failing']))
})

test('where nobody looks, a call makes no asynchronous resource but promises', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  await client.cancel(CANCEL)
  const made = []
  const hook = createHook({ init: (_, type) => { if (/paywelcome|napi|bound/i.test(type)) made.push(type) } }).enable()
  t.after(() => hook.disable())
  await client.cancel(CANCEL)
  assert.deepEqual(made, [])
  await client.cancel(CANCEL, { signal: AbortSignal.timeout(60_000) })
  assert.deepEqual(made, ['PAYWELCOME'])
})

test('nothing of a call that has ended is held, nor of the program’s first', (t) => {
  const bank = new Sandbox()
  t.after(() => bank.close())
  bank.arm('stall', { ms: 300, times: 2 })
  const tids = Array.from({ length: 5 }, () => bank.approve({ price: 5 }))
  const source = `
    const { AsyncLocalStorage } = require('node:async_hooks')
    const { createServer } = require('node:net')
    const { Client } = require('paywelcome')
    const store = new AsyncLocalStorage()
    const kept = new Map()
    const sockets = []
    const server = createServer(() => {}).listen(0)
    // What outlives the call that it was made for: a pool's connection, in no context of the program's.
    const connect = (resolve) => store.exit(() => sockets.push(require('node:net').connect(server.address().port, resolve)))
    const onSettled = async () => { await new Promise(connect) }
    const settings = ${JSON.stringify({ mid: bank.mid, signKey: bank.signKey, baseUrl: bank.url })}
    const client = new Client({ ...settings, onSettled, onAttempt() {} })
    const bare = new Client(settings)
    const shared = new AbortController()
    async function call(client, tid, more) {
      const held = { tid }
      kept.set(tid, new WeakRef(held))
      if (more?.signal !== undefined && more.signal !== shared.signal) kept.set('signal', new WeakRef(more.signal))
      await store.run(held, () => client.cancel({ payType: 'card', tid, price: 5 }, more)).catch(() => {})
    }
    async function main() {
      const [a, b, c, d, e] = ${JSON.stringify(tids)}
      let late = new AbortController()
      const calls = [call(bare, a), call(client, b, { signal: late.signal })]
      setTimeout(() => { late.abort(); late = undefined }, 100)
      await Promise.all(calls)
      await call(client, c, { signal: shared.signal })
      await call(bare, d)
      await call(client, e)
      while (sockets.length === 0) await new Promise(setImmediate)
      for (let round = 0; round < 50; round += 1) {
        globalThis.gc()
        await new Promise(setImmediate)
      }
      const held = [...kept].filter(([, ref]) => ref.deref() !== undefined).map(([what]) => what)
      console.log(JSON.stringify(held))
      process.exit(0)
    }
    main()`
  const here = fileURLToPath(new URL('.', import.meta.url))
  const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '--no-warnings', '-e', source], { cwd: here, encoding: 'utf8' })
  assert.equal(stderr, '')
  assert.deepEqual(JSON.parse(stdout), [])
})
