// `waitMs`: the caller stops waiting after so long, and the call continues to its end.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import test from 'node:test'

import { cancel, CancelReceipt, Client, InvalidRequestError, OutcomeUnknownError, partialCancel } from 'paywelcome'
import { CANCEL, done, gateway, http, MID, rejection, settings, TID } from './gateway.mjs'

/** Shorter than any answer of a gateway that holds it back, and soon over. */
const waitMs = 20
const PARTIAL = { payType: 'card', tid: TID, cancelPrice: 3000, confirmPrice: 9000 }

/** A gateway that answers when it is told to, and what `onSettled` of its client is told. */
async function held(t, answer = done, more = {}) {
  let release
  const released = new Promise((resolve) => { release = resolve })
  const server = await gateway(t, async (request, socket) => {
    await released
    return answer(request, socket)
  })
  const told = []
  const client = new Client(settings(server, { onSettled: (settled) => told.push(settled), ...more }))
  /** Makes a call whose wait is over before its end, and whose request has arrived. */
  const pending = async (options = {}) => {
    const arrived = server.arrived()
    const error = await rejection(client.cancel(CANCEL, { waitMs, reference: 'R-1', ...options }))
    await arrived
    return error
  }
  return { server, client, release, told, pending }
}

test('a wait that is over: the call continues, is listed by a close, and told once', async (t) => {
  const { server, client, release, told, pending } = await held(t)
  const error = await pending()
  assert.ok(error instanceof OutcomeUnknownError)
  assert.deepEqual([error.kind, error.outcome, error.safeToResend], ['pending', 'unknown', false])
  assert.deepEqual([error.operation, error.tid, error.reference, error.mid], ['cancel', TID, 'R-1', MID])
  assert.equal(error.host, server.url.replace('http://', ''))
  assert.ok(error.attempts === 0 || error.attempts === 1)
  assert.match(error.message, /^the outcome is unknown, .*the wait for it is over, and it continues/)
  assert.match(error.stack, /waits\.test\.mjs/)
  assert.deepEqual(told, [])
  const open = { operation: 'cancel', tid: TID, reference: 'R-1', outcome: 'unknown' }
  assert.deepEqual(await client.close({ timeoutMs: 0 }), [open])
  release()
  assert.deepEqual(await client.close(), [])
  assert.equal(told.length, 1)
  assert.deepEqual([told[0].operation, told[0].reference, told[0].outcome], ['cancel', 'R-1', 'done'])
  assert.ok(told[0].receipt instanceof CancelReceipt)
  assert.equal(server.requests.length, 1)
})

test('partial cancels and the functions of the module', async (t) => {
  const { server, client, release } = await held(t)
  const error = await rejection(client.partialCancel(PARTIAL, { waitMs }))
  assert.deepEqual([error.kind, error.operation], ['pending', 'partial_cancel'])
  const variables = { PAYWELCOME_MID: MID, PAYWELCOME_SIGN_KEY: 'made-up', PAYWELCOME_BASE_URL: server.url }
  Object.assign(process.env, variables)
  t.after(() => { for (const name of Object.keys(variables)) delete process.env[name] })
  const settled = []
  const warned = (warning) => settled.push(warning.code)
  process.on('warning', warned)
  t.after(() => process.off('warning', warned))
  assert.equal((await rejection(cancel(CANCEL, { waitMs }))).kind, 'pending')
  assert.equal((await rejection(partialCancel(PARTIAL, { waitMs }))).kind, 'pending')
  release()
  while (settled.filter((code) => code === 'PAYWELCOME_SETTLED').length < 3) await once(process, 'warning')
})

test('an end within the wait is the caller’s', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server, { onSettled: () => assert.fail('its caller has it') }))
  for (const long of [3_600_000, 20_000.5, null, undefined]) {
    assert.equal((await client.cancel(CANCEL, { waitMs: long })).price, 12_000)
  }
  const lost = await gateway(t, (_, socket) => void socket.destroy())
  const error = await rejection(new Client(settings(lost)).cancel(CANCEL, { waitMs: 20_000 }))
  assert.equal(error.kind, 'connection_lost')
  await client.close()
})

test('the time limit ends a wait that is longer', async (t) => {
  const { client, told } = await held(t)
  for (const long of [51, 3_600_000]) {
    const error = await rejection(client.cancel(CANCEL, { timeoutMs: 50, waitMs: long }))
    assert.deepEqual([error.kind, error.outcome], ['timeout', 'unknown'])
  }
  assert.deepEqual(await client.close(), [])
  assert.deepEqual(told, [])
})

test('what has not left is not called back', async (t) => {
  // A server that takes the connection and never shakes hands, so that nothing can leave.
  const server = await gateway(t)
  const told = []
  const baseUrl = server.url.replace('http:', 'https:')
  const client = new Client(settings(server, { baseUrl, connectRetries: 0, onSettled: (settled) => told.push(settled) }))
  const error = await rejection(client.cancel(CANCEL, { waitMs, timeoutMs: 500 }))
  assert.equal(error.kind, 'pending')
  assert.equal((await client.close({ timeoutMs: 0 })).length, 1)
  assert.deepEqual(await client.close(), [])
  assert.deepEqual(told.map(({ outcome, error }) => [outcome, error.kind]), [['not_sent', 'timeout']])
})

test('what is told late may be a decline or remain unknown', async (t) => {
  const declines = () => http(200, 'application/json', '{"ResultCode":"01","ResultMsg":"no"}')
  for (const [answer, outcome] of [[declines, 'declined'], [(_, socket) => void socket.destroy(), 'unknown']]) {
    const { client, release, told, pending } = await held(t, answer)
    assert.equal((await pending()).kind, 'pending')
    release()
    await client.close()
    assert.deepEqual(told.map((settled) => [settled.outcome, settled.error.outcome]), [[outcome, outcome]])
    assert.match(told[0].error.stack, /waits\.test\.mjs/)
  }
})

test('what is not a time is refused, as a time limit is', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  for (const wrong of [0, -1, 3_600_001, Number.NaN, Infinity, 5n, '5', true, {}, []]) {
    const refused = await rejection(client.cancel(CANCEL, { waitMs: wrong }))
    const likewise = await rejection(client.cancel(CANCEL, { timeoutMs: wrong }))
    assert.ok(refused instanceof InvalidRequestError)
    assert.deepEqual(refused.errors.map(({ field }) => field), ['waitMs'])
    assert.equal(refused.errors[0].message, likewise.errors[0].message)
  }
  const warming = await rejection(client.warmUp({ waitMs: 5 }))
  assert.deepEqual(warming.errors, [{ field: 'waitMs', message: 'unknown; there are signal, timeoutMs, reference' }])
  assert.equal(server.requests.length, 0)
})

test('a signal gives up a wait that has a limit, and fires in vain after it', async (t) => {
  const { client, release, told, server, pending } = await held(t)
  const controller = new AbortController()
  const arrived = server.arrived()
  const failed = rejection(client.cancel(CANCEL, { waitMs: 20_000, signal: controller.signal }))
  await arrived
  controller.abort()
  assert.deepEqual([(await failed).name, (await failed).outcome], ['AbortError', 'unknown'])
  const later = new AbortController()
  assert.equal((await pending({ signal: later.signal })).kind, 'pending')
  later.abort()
  assert.equal(later.signal.reason.outcome, undefined)
  release()
  assert.deepEqual(await client.close(), [])
  assert.deepEqual(told.map(({ outcome }) => outcome), ['done', 'done'])
})

test('an end that has come while JavaScript was busy is the caller’s', async (t) => {
  const server = await gateway(t, done)
  const script = `
    const { Client } = require('paywelcome')
    const client = new Client({ mid: '${MID}', signKey: 'k', baseUrl: '${server.url}' })
    const call = client.cancel(${JSON.stringify(CANCEL)}, { waitMs: 100 })
    // Far longer than the wait, and than the answer takes.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000)
    call.then(({ price }) => console.log(price), ({ kind }) => console.log(kind))`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (data) => { output += data })
  assert.deepEqual(await once(child, 'close'), [0, null])
  assert.match(output, /^12000\n$/)
})

test('many waits end, each by itself', async (t) => {
  const { client, release, told, server } = await held(t)
  const names = Array.from({ length: 50 }, (_, at) => `R-${at}`)
  const errors = await Promise.all(
    names.map((reference, at) => rejection(client.cancel(CANCEL, { reference, waitMs: 1 + (at % 7) * 10 }))),
  )
  assert.deepEqual(errors.map(({ kind, reference }) => [kind, reference]), names.map((name) => ['pending', name]))
  while (server.requests.length < names.length) await server.arrived()
  release()
  assert.deepEqual(await client.close(), [])
  assert.deepEqual(told.map(({ reference }) => reference).sort(), names.sort())
})

test('a watch is told that it is pending, and the attempts at the end', async (t) => {
  const attempts = []
  const { client, release, pending } = await held(t, done, { onAttempt: ({ number }) => attempts.push(number) })
  const { tracingChannel } = await import('node:diagnostics_channel')
  const messages = []
  const listener = { error: (message) => messages.push(message) }
  tracingChannel('paywelcome:call').subscribe(listener)
  t.after(() => tracingChannel('paywelcome:call').unsubscribe(listener))
  assert.equal((await pending()).kind, 'pending')
  assert.deepEqual(messages.map(({ outcome, kind, attempts }) => [outcome, kind, attempts]), [['unknown', 'pending', undefined]])
  assert.deepEqual(attempts, [])
  release()
  await client.close()
  assert.deepEqual(attempts, [1])
})

test('onSettled runs in the asynchronous context of its call', async (t) => {
  const storage = new AsyncLocalStorage()
  const seen = []
  const { client, release, pending } = await held(t, done, { onSettled: () => seen.push(storage.getStore()) })
  await storage.run('the order', () => pending())
  release()
  await client.close()
  assert.deepEqual(seen, ['the order'])
})

test('a program that ends waits for the call', async (t) => {
  const { server, release } = await held(t)
  const script = `
    const { Client } = require('paywelcome')
    const onSettled = ({ outcome }) => console.log('settled', outcome)
    const client = new Client({ mid: '${MID}', signKey: 'k', baseUrl: '${server.url}', onSettled })
    client.cancel(${JSON.stringify(CANCEL)}, { waitMs: 20 }).catch(({ kind }) => console.log(kind))`
  const arrived = server.arrived()
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] })
  let output = ''
  child.stdout.on('data', (data) => { output += data })
  const [first] = await once(child.stdout, 'data')
  assert.equal(String(first), 'pending\n')
  await arrived
  release()
  assert.deepEqual(await once(child, 'close'), [0, null])
  assert.equal(output, 'pending\nsettled done\n')
})
