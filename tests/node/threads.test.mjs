// Worker threads that end in the middle of calls, and copies of the package in one process.
//
// PAYWELCOME_LONG=1 ends more of them.

import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

import { CancelReceipt, Client } from 'paywelcome'
import { CANCEL, done, gateway, settings } from './gateway.mjs'

const require = createRequire(import.meta.url)
const TIMES = process.env.PAYWELCOME_LONG ? 25 : 3
const dist = fileURLToPath(new URL('../../bindings-node/dist', import.meta.url))

const start = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { Client } = require('paywelcome')
  const client = new Client(workerData.settings)
  const calls = Array.from({ length: 30 }, () => client.cancel(workerData.request))
  for (const call of calls) call.catch(() => {})\n`

/** How a thread ends: its source, what it ends with, and what is done to it from here; it may be the faster one. */
const ends = {
  'terminate before it started': ['', [0, 1], (worker) => void worker.terminate()],
  'terminate with calls under way': [`parentPort.postMessage('on')`, [0, 1], async (worker) => {
    await once(worker, 'message')
    worker.terminate()
  }],
  'terminate while answers come in': [`calls[3].then(() => parentPort.postMessage('on'))`, [0, 1], async (worker) => {
    await once(worker, 'message')
    worker.terminate()
  }],
  'terminate while a close waits for a function that hangs': [
    `const held = new Client({ ...workerData.settings, onSettled: () => { parentPort.postMessage('on'); return new Promise(() => {}) } })
    const controller = new AbortController()
    held.cancel(workerData.request, { signal: controller.signal }).catch(() => parentPort.postMessage('on'))
    setTimeout(() => controller.abort(), 1)
    held.close({ timeoutMs: 60_000 })
    held.close()
    client.close({ timeoutMs: 60_000 })`, [0, 1], async (worker) => {
      await Promise.race([once(worker, 'message'), once(worker, 'exit')])
      worker.terminate()
    }],
  'process.exit at once': ['process.exit(3)', 3],
  'process.exit in a promise': ['calls[7].then(() => process.exit(4))', 4],
  'an uncaught error': [`setImmediate(() => { throw new Error('the merchant’s own') })`, 1],
  'an uncaught error in a promise': [`calls[2].then(() => { throw new Error('the merchant’s own') })`, 1],
  'a busy end': [`calls[1].then(() => { for (;;) client.cancel(workerData.request).catch(() => {}) })
    parentPort.postMessage('on')`, 1, async (worker) => {
    await once(worker, 'message')
    await worker.terminate()
  }],
}

test('threads that end in every way take nobody along', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  let ended = false
  t.after(() => { ended = true })
  const own = (async () => {
    let count = 0
    while (!ended) {
      const receipts = await Promise.all(Array.from({ length: 10 }, () => client.cancel({ ...CANCEL, tid: 'own' })))
      count += receipts.length
    }
    return count
  })()
  for (let round = 0; round < TIMES; round += 1) {
    for (const [what, [source, code, end]] of Object.entries(ends)) {
      const workerData = { settings: settings(server), request: CANCEL }
      const worker = new Worker(start + source, { eval: true, workerData })
      const errors = []
      worker.on('error', (error) => errors.push(error.message))
      // Not by once(), which an error of the thread's would reject.
      const exit = new Promise((resolve) => worker.once('exit', resolve))
      await end?.(worker)
      const got = await exit
      assert.ok([code].flat().includes(got), `${what}: ${got}`)
      assert.deepEqual(errors, what.startsWith('an uncaught') ? ['the merchant’s own'] : [], what)
    }
  }
  ended = true
  const count = await own
  assert.equal(server.requests.filter(({ fields }) => fields.tid === 'own').length, count)
  assert.deepEqual(await client.close(), [])
})

test('many threads at once, each with the package of its own, beside a second and a third copy here', async (t) => {
  const server = await gateway(t, done)
  const folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
  t.after(() => rmSync(folder, { recursive: true }))
  // The same addon by another name is loaded again; its thread and its connections are its own.
  cpSync(dist, join(folder, 'bindings-node/dist'), { recursive: true })
  const copies = [require('paywelcome'), require(join(folder, 'bindings-node/dist/index.js'))]
  for (const name of Object.keys(require.cache)) if (name.startsWith(dist)) delete require.cache[name]
  copies.push(require('paywelcome'))
  assert.equal(new Set(copies.map((copy) => copy.Client)).size, 3)

  const workers = Array.from({ length: 6 }, async () => {
    const source = `${start} Promise.all(calls).then((all) => parentPort.postMessage(all.length))`
    const worker = new Worker(source, { eval: true, workerData: { settings: settings(server), request: CANCEL } })
    const [[count]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')])
    return count
  })
  const prices = (at) => Array.from({ length: 20 }, (_, n) => at * 100 + n + 1)
  const receipts = await Promise.all(copies.flatMap((copy, at) => {
    const client = new copy.Client(settings(server))
    return prices(at).map((price) => client.cancel({ ...CANCEL, price }))
  }))
  assert.deepEqual(receipts.map(({ price }) => price), copies.flatMap((_, at) => prices(at)))
  assert.ok(receipts[0] instanceof CancelReceipt)
  assert.deepEqual(await Promise.all(workers), Array(6).fill(30))
  assert.equal(server.requests.length, 60 + 180)
})

test('the addon refuses what is not a client of its own, and lives on', async (t) => {
  const server = await gateway(t, done)
  const { native } = require(join(dist, 'internals.js'))
  const calls = new native.Calls(() => {})
  const strangers = [{}, null, new Client(settings(server)), calls, Object.create(native.NativeClient.prototype)]
  for (const client of strangers) {
    assert.throws(() => calls.start(1, client, 'cancel', { ...CANCEL }, false))
  }
  assert.equal(server.requests.length, 0)
})
