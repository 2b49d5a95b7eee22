// While the sandbox of `useSandbox` is up, a client of another gateway refuses to send, whichever was made first.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import { Worker } from 'node:worker_threads'

import { cancel, Client, ConfigurationError, partialCancel } from 'paywelcome'
import { Sandbox, SandboxError, useSandbox } from 'paywelcome/testing'
import { CANCEL, done, gateway, MID, rejection, settings, SIGN_KEY } from './gateway.mjs'

for (const name of Object.keys(process.env)) {
  if (/^PAYWELCOME_|^(https?|all|no)_proxy$/i.test(name)) delete process.env[name]
}

const PRODUCTION = 'https://payapi.paywelcome.co.kr'
const PART = { payType: 'card', tid: CANCEL.tid, cancelPrice: 3000, confirmPrice: 9000 }
const atImport = new Client({ mid: MID, signKey: SIGN_KEY, environment: 'production' })

/** Hooks that are run by hand. */
function byHand() {
  const runs = { beforeEach: [], after: [] }
  const hooks = { beforeEach: (run) => runs.beforeEach.push(run), after: (run) => runs.after.push(run) }
  return { hooks, end: () => runs.after.forEach((run) => run()) }
}

async function assertRefused(call, ...hosts) {
  const error = await rejection(call)
  assert.ok(error instanceof ConfigurationError, error.stack)
  assert.deepEqual([error.outcome, error.kind, error.safeToResend], ['not_sent', 'configuration', true])
  assert.deepEqual(error.errors.map(({ field }) => field), ['baseUrl'])
  for (const host of hosts) assert.ok(error.message.includes(host), error.message)
  return error
}

test('clients of before and after are refused, until the sandbox is closed', async (t) => {
  const elsewhere = await gateway(t, done)
  const early = new Client(settings(elsewhere))
  await early.cancel(CANCEL)
  const { hooks, end } = byHand()
  const bank = useSandbox(hooks)
  const late = new Client(settings(elsewhere))
  for (const [client, host] of [[atImport, PRODUCTION], [early, elsewhere.url], [late, elsewhere.url]]) {
    await assertRefused(client.cancel(CANCEL), host, bank.url)
    await assertRefused(client.partialCancel(PART), host, bank.url)
    await assertRefused(client.warmUp(), host, bank.url)
  }
  const error = await assertRefused(early.cancel(CANCEL, { reference: 'R1', signal: new AbortController().signal }))
  assert.deepEqual([error.operation, error.tid, error.reference, error.attempts], ['cancel', CANCEL.tid, 'R1', 0])
  const tid = bank.approve({ price: 10 })
  assert.equal((await bank.client().cancel({ payType: 'card', tid, price: 10 })).price, 10)
  assert.equal(elsewhere.requests.length, 1)
  end()
  await early.cancel(CANCEL)
  assert.equal(elsewhere.requests.length, 2)
})

test('the module functions are refused, whatever the variables say', async (t) => {
  const elsewhere = await gateway(t, done)
  Object.assign(process.env, { PAYWELCOME_MID: MID, PAYWELCOME_SIGN_KEY: SIGN_KEY, PAYWELCOME_BASE_URL: elsewhere.url })
  const bank = useSandbox(t)
  try {
    await assertRefused(cancel(CANCEL), elsewhere.url, bank.url)
    await assertRefused(partialCancel(PART), elsewhere.url, bank.url)
  } finally {
    for (const name of Object.keys(bank.environment)) delete process.env[name]
  }
  assert.equal(elsewhere.requests.length, 0)
})

test('every sandbox of the process may be called, and one of one’s own guards where it is told to', async (t) => {
  const elsewhere = await gateway(t, done)
  const early = new Client(settings(elsewhere))
  const plain = new Sandbox()
  t.after(() => plain.close())
  await early.cancel(CANCEL)
  const { hooks, end } = byHand()
  const [first, second] = [useSandbox(hooks), new Sandbox({ guard: true, tls: true })]
  for (const bank of [plain, first, second]) {
    const tid = bank.approve({ price: 10 })
    assert.equal((await bank.client().cancel({ payType: 'card', tid, price: 10 })).price, 10)
  }
  const otherName = first.client({ baseUrl: first.url.replace('127.0.0.1', 'localhost') })
  await otherName.cancel({ payType: 'card', tid: first.approve({ price: 10 }), price: 10 })
  await assertRefused(early.cancel(CANCEL), elsewhere.url, first.url, second.url)
  const of = plain.client()
  plain.close()
  await assertRefused(of.cancel(CANCEL), plain.url, first.url)
  end()
  await assertRefused(early.cancel(CANCEL), elsewhere.url, second.url)
  second.close()
  second.close()
  await early.cancel(CANCEL)
})

test('the guard can be turned off, and hooks that are none leave nothing behind', async (t) => {
  const early = new Client(settings(await gateway(t, done)))
  useSandbox(t, { guard: false })
  await early.cancel(CANCEL)
  assert.throws(() => useSandbox({ beforeEach() {} }), TypeError)
  assert.throws(() => useSandbox({ beforeEach() { throw new RangeError() }, after() {} }), RangeError)
  assert.throws(() => useSandbox(t, { guard: 'yes' }), (error) => error instanceof SandboxError && error.argument === 'guard')
  await early.cancel(CANCEL)
})

test('a thread of the process is guarded too, and a guard ends with its thread', async (t) => {
  const elsewhere = await gateway(t, done)
  const source = (body) => `
    const { parentPort } = require('node:worker_threads')
    const { Client } = require('paywelcome')
    const { Sandbox } = require('paywelcome/testing')
    ${body}`
  const { hooks, end } = byHand()
  const bank = useSandbox(hooks)
  const calls = `const client = new Client(${JSON.stringify(settings(elsewhere))})
    client.cancel(${JSON.stringify(CANCEL)}).then(() => 'done', (error) => error.message).then((told) => parentPort.postMessage(told))`
  const [told] = await once(new Worker(source(calls), { eval: true }), 'message')
  assert.ok(told.includes(bank.url) && told.includes(elsewhere.url), told)
  end()
  const worker = new Worker(source('parentPort.postMessage(new Sandbox({ guard: true }).url); setInterval(() => {}, 1e6)'), {
    eval: true,
  })
  const [url] = await once(worker, 'message')
  const early = new Client(settings(elsewhere))
  await assertRefused(early.cancel(CANCEL), elsewhere.url, url)
  await worker.terminate()
  await early.cancel(CANCEL)
})
