// Waiting for a sandbox: it stops nothing else, and ends.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test, { after, afterEach, beforeEach } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

import { Sandbox, SandboxError, useSandbox } from 'paywelcome/testing'
import { rejection } from './gateway.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const bank = useSandbox({ beforeEach, after })

let before = 0
afterEach(() => {
  before = bank.payments().length
})

for (const round of ['first', 'second']) {
  test(`a shared sandbox is as new in the ${round} test`, () => {
    assert.deepEqual([bank.payments(), bank.faults(), bank.rules().confirmPrice], [[], [], 'enforced'])
    assert.equal(before, round === 'first' ? 0 : 1)
    bank.approve({ price: 1 })
    bank.arm('close')
    bank.setRules({ confirmPrice: 'ignored' })
  })
}

test('a test’s own hooks do as well, and those of other runners', async (t) => {
  let url
  await t.test('in here', (inner) => {
    const mine = useSandbox(inner, { mid: 'mine' })
    url = mine.url
    assert.equal(mine.mid, 'mine')
  })
  await assert.rejects(fetch(`${url}/_sandbox/api/info`))
  const runs = []
  const other = useSandbox({ beforeEach: (run) => runs.push(run), afterAll: (run) => runs.push(run) })
  other.approve({ price: 1 })
  runs[0]()
  assert.deepEqual(other.payments(), [])
  runs[1]()
  assert.equal((await rejection(other.waitFor(() => false))).code, 'unavailable')
})

test('the next request, and the next about a payment', async () => {
  const tids = [1, 2].map(() => bank.approve({ price: 5 }))
  const client = bank.client()
  await client.cancel({ payType: 'card', tid: tids[0], price: 5 })
  const next = bank.nextRequest()
  const second = bank.nextRequest({ tid: tids[1] })
  await assert.rejects(client.cancel({ payType: 'card', tid: tids[0], price: 5 }))
  await client.cancel({ payType: 'card', tid: tids[1], price: 5 })
  assert.deepEqual([(await next).number, (await next).fields.tid], [2, tids[0]])
  assert.deepEqual([(await second).number, (await second).resultCode], [3, '00'])
  assert.match((await second).received.text, /^POST \/cancel\/cancel HTTP\/1\.1\r\n/)
  assert.match((await second).sent.text, /^HTTP\/1\.1 200 /)
  assert.deepEqual(bank.requests({ latest: 1 }).map(({ number }) => number), [3])
  assert.deepEqual(bank.requests({ since: 1 }).map(({ number }) => number), [2, 3])
})

test('a wait leaves the thread free, and sees what other ways in did', async () => {
  const waited = bank.waitFor(async () => bank.payments().at(-1)?.price)
  const response = await fetch(`${bank.url}/_sandbox/api/approve`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"price": 77}',
  })
  assert.equal(response.status, 200)
  assert.equal(await waited, 77)
})

test('a wait that is in vain ends with a word', async () => {
  const error = await rejection(bank.waitFor(() => false, { timeoutMs: 30 }))
  assert.ok(error instanceof SandboxError)
  assert.deepEqual([error.code, error.message], ['timeout', 'it did not happen within 30 ms'])
  assert.equal((await rejection(bank.nextRequest({ timeoutMs: 10 }))).code, 'timeout')
  assert.equal((await rejection(bank.waitFor(() => false, { timeoutMs: Number.NaN }))).argument, 'timeoutMs')
  const thrown = new Error('of the condition')
  assert.equal(await rejection(bank.waitFor(() => { throw thrown })), thrown)
})

test('closing ends a wait', async () => {
  const closing = new Sandbox()
  const waited = rejection(closing.waitFor(() => false, { timeoutMs: 60_000 }))
  const events = closing.events({ timeoutMs: 60_000 })
  setImmediate(() => closing.close())
  assert.equal((await waited).code, 'unavailable')
  assert.deepEqual(await events, { events: [], next: 0, lost: false })
})

test('events come in order, with what changed', async () => {
  const { next } = await bank.events({ limit: 1_000 })
  const waited = bank.events({ since: next, timeoutMs: 5_000 })
  const tid = bank.approve({ price: 9 })
  const { events } = await waited
  assert.deepEqual(events.map(({ event, data }) => [event, data.tid, data.payType]), [['payment', tid, 'card']])
  await bank.client().cancel({ payType: 'card', tid, price: 9 })
  const later = await bank.events({ since: events[0].number, timeoutMs: 5_000 })
  const request = later.events.find(({ event }) => event === 'request')
  assert.equal(request.data.fields.tid, tid)
  assert.equal((await rejection(bank.events({ timeoutMs: 60_001 }))).argument, 'timeoutMs')
})

test('a wait holds the process open, and its end lets it go', async () => {
  const source = `
    const { Sandbox } = await import('paywelcome/testing')
    await new Sandbox().waitFor(() => false, { timeoutMs: 50 }).catch(({ code }) => console.log(code))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { cwd: here })
  let out = ''
  child.stdout.on('data', (chunk) => { out += chunk })
  assert.deepEqual(await once(child, 'close'), [0, null])
  assert.equal(out, 'timeout\n')
})

test('a worker thread that ends in the middle of a wait takes its sandbox along', async () => {
  const source = `
    const { parentPort } = require('node:worker_threads')
    const { Sandbox } = require('paywelcome/testing')
    const bank = new Sandbox()
    bank.waitFor(() => false, { timeoutMs: 60_000 })
    parentPort.postMessage(bank.url)`
  const thread = new Worker(source, { eval: true })
  const [url] = await once(thread, 'message')
  await thread.terminate()
  await assert.rejects(fetch(`${url}/_sandbox/api/info`))
})
