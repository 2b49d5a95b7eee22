// The client itself: closing, defaults from the environment, and what it never shows.

import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import test from 'node:test'
import { inspect, promisify } from 'node:util'

import { Client, NotSentError } from 'paywelcome'
import { Sandbox } from 'paywelcome/testing'
import { CANCEL, done, gateway, http, MID, rejection, settings, SIGN_KEY, TID } from './gateway.mjs'

const run = promisify(execFile)
const here = new URL('.', import.meta.url)

test('close refuses new calls and waits for what is under way', async (t) => {
  let release
  const released = new Promise((resolve) => { release = resolve })
  const server = await gateway(t, async (request) => {
    await released
    return done(request)
  })
  const client = new Client(settings(server))
  const arrived = server.arrived()
  const pending = client.cancel(CANCEL)
  await arrived
  let closed = false
  const closing = Promise.all([client.close(), client.close()]).then(() => { closed = true })
  const error = await rejection(client.cancel(CANCEL))
  assert.ok(error instanceof NotSentError)
  assert.deepEqual([error.kind, error.tid, error.safeToResend], ['closed', TID, true])
  assert.equal(closed, false)
  release()
  assert.equal((await pending).price, 12_000)
  await closing
  await client.close()
  assert.equal(server.requests.length, 1)
})

test('close waits also for a call that nobody waits for', async (t) => {
  const told = []
  let release
  const released = new Promise((resolve) => { release = resolve })
  const server = await gateway(t, async (request) => {
    await released
    return done(request)
  })
  const client = new Client(settings(server, { onSettled: (what) => told.push(what.outcome) }))
  const controller = new AbortController()
  const arrived = server.arrived()
  const failed = rejection(client.cancel(CANCEL, { signal: controller.signal }))
  await arrived
  controller.abort()
  await failed
  const closing = client.close()
  release()
  await closing
  assert.deepEqual(told, ['done'])
})

test('the caller’s async context is kept', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  const storage = new AsyncLocalStorage()
  const call = (name) => storage.run(name, () => client.cancel(CANCEL).then(() => storage.getStore()))
  assert.deepEqual(await Promise.all(['a', 'b', 'c'].map(call)), ['a', 'b', 'c'])
})

test('Symbol.asyncDispose closes', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  await client[Symbol.asyncDispose]()
  assert.equal((await rejection(client.cancel(CANCEL))).kind, 'closed')
  const bank = new Sandbox()
  bank[Symbol.dispose]()
  const error = await rejection(bank.client({ connectRetries: 0 }).cancel(CANCEL))
  assert.equal(error.kind, 'connect')
  await new Sandbox()[Symbol.asyncDispose]()
})

test('the form is the documented one, and the whole exchange is one POST', async (t) => {
  const server = await gateway(t, done)
  await new Client(settings(server)).cancel(CANCEL)
  const [{ method, path, headers, fields, body }] = server.requests
  assert.deepEqual([method, path], ['POST', '/cancel/cancel'])
  assert.equal(headers['content-type'], 'application/x-www-form-urlencoded; charset=utf-8')
  const mkey = createHash('sha256').update(SIGN_KEY).digest('hex')
  const text = `mid=${MID}&mkey=${mkey}&timestamp=${fields.timestamp}`
  assert.equal(fields.signature, createHash('sha256').update(text).digest('hex'))
  assert.equal(Object.keys(fields).join(), 'payType,mid,tid,price,currency,timestamp,signature')
  assert.doesNotMatch(body, new RegExp(`${mkey}|${SIGN_KEY}`))
})

/** Runs a script in a process whose environment has only what is given. */
async function script(source, env = {}) {
  const clean = { PATH: process.env.PATH, ...env }
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', source], { env: clean, cwd: here })
  return stdout
}

test('the default client is made from the environment, at its first use', async () => {
  const bank = new Sandbox()
  const tids = [bank.approve({ price: 10 }), bank.approve({ price: 20 })]
  const source = `
    import { cancel, partialCancel, partial_cancel, Client } from 'paywelcome'
    const [full, part] = ${JSON.stringify(tids)}
    console.log((await cancel({ payType: 'card', tid: full, price: 10 })).price)
    console.log((await partial_cancel({ payType: 'card', tid: part, cancelPrice: 5, confirmPrice: 15 })).remainingPrice)
    console.log((await partialCancel({ payType: 'card', tid: part, cancelPrice: 5, confirmPrice: 10 })).remainingPrice)
    console.log(new Client().mid, new Client({ mid: 'other' }).mid)`
  const env = { PAYWELCOME_MID: bank.mid, PAYWELCOME_BASE_URL: bank.url, PAYWELCOME_ENVIRONMENT: '' }
  const mkey = createHash('sha256').update(bank.signKey).digest('hex')
  const expected = `10\n15\n10\n${bank.mid} other\n`
  assert.equal(await script(source, { ...env, PAYWELCOME_SIGN_KEY: bank.signKey }), expected)
  const again = [bank.approve({ price: 10 }), bank.approve({ price: 20 })]
  const other = source.replace(JSON.stringify(tids), JSON.stringify(again))
  assert.equal(await script(other, { ...env, PAYWELCOME_MKEY: mkey }), expected)
  assert.equal(bank.executions, 6)
  bank.close()
})

test('an empty environment rejects the call and names what is missing', async () => {
  const out = await script(`
    import { cancel, ConfigurationError } from 'paywelcome'
    const promise = cancel({ payType: 'card', tid: 't', price: 1 })
    const error = await promise.catch((error) => error)
    console.log(error instanceof ConfigurationError, error.errors.map(({ field }) => field).join())`)
  assert.equal(out, 'true mid,signKey,environment\n')
})

test('no key, mkey or signature in anything that can be printed, serialised or cloned', async (t) => {
  const seen = []
  const server = await gateway(t, (request) => {
    seen.push(request.fields.signature)
    return request.fields.price === '1' ? done(request) : http(500, null, '')
  })
  const mkey = createHash('sha256').update(SIGN_KEY).digest('hex')
  const shown = []
  const show = (value) => {
    const options = { showHidden: true, depth: 20, getters: true, showProxy: true }
    shown.push(inspect(value, options), JSON.stringify(value), String(value), value.stack, value.message)
    shown.push(inspect(structuredClone(value), options))
  }
  for (const key of [{ signKey: SIGN_KEY }, { signKey: null, mkey }]) {
    const client = new Client(settings(server, key))
    show(client)
    show({ ...(await client.cancel({ ...CANCEL, price: 1 })) })
    show(await rejection(client.cancel(CANCEL)))
    show(await rejection(client.cancel({ ...CANCEL, mkey, signKey: SIGN_KEY })))
    show(await rejection(client.cancel(CANCEL, { signal: AbortSignal.abort() })))
    await client.close()
    show(await rejection(client.cancel(CANCEL)))
  }
  assert.throws(() => new Client(settings(server, { signKey: `${SIGN_KEY}\n` })), (error) => show(error) ?? true)
  assert.throws(() => new Client(settings(server, { mkey: SIGN_KEY })), (error) => show(error) ?? true)
  assert.equal(seen.length, 4)
  for (const secret of [SIGN_KEY, mkey, ...seen]) {
    for (const text of shown) assert.ok(!text?.includes(secret), text)
  }
  assert.equal(inspect(new Client(settings(server))), `Client { mid: '${MID}', baseUrl: '${server.url}' }`)
})

test('the sandbox says what it can’t use', () => {
  assert.throws(() => new Sandbox({ mid: 'elevenchars' }), /mid/)
  assert.throws(() => new Sandbox({ port: 70_000 }), /port/)
  assert.throws(() => new Sandbox({ sign_key: 'x' }), /sign_key/)
  const bank = new Sandbox({ mid: 'myshop', signKey: 'my-key' })
  assert.deepEqual([bank.mid, bank.signKey], ['myshop', 'my-key'])
  assert.throws(() => new Sandbox({ port: Number(new URL(bank.url).port) }))
  for (const price of [0, -1, 1.5, '5', Number.NaN, 2 ** 60]) assert.throws(() => bank.approve({ price }), /price/)
  assert.throws(() => bank.approve({ price: 1, payType: 'Card' }), /payType/)
  assert.throws(() => bank.approve({ price: 1, currency: 'KRW' }), /currency/)
  assert.throws(() => bank.approve({ price: 1, moid: '' }), /moid/)
  assert.throws(() => bank.approve({ price: 1, pay_type: 'card' }), /pay_type/)
  assert.equal(bank.payment('none'), null)
  assert.doesNotMatch(inspect(bank, { showHidden: true }) + JSON.stringify(bank), /my-key/)
  bank.close()
  bank.close()
  assert.deepEqual(bank.payments(), [])
})
