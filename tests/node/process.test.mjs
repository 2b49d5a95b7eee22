// Processes and threads: what ends in the middle of a call, and what must not keep a process running.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'node:test'
import { Worker } from 'node:worker_threads'

import { Client } from 'paywelcome'
import { Sandbox } from 'paywelcome/testing'
import { CANCEL, done, gateway, settings } from './gateway.mjs'

const here = new URL('.', import.meta.url)
const LIMIT = 60_000

/** Runs a script in a process of its own to its end; what it writes goes to `on(child)` as it comes. */
async function script(source, on) {
  const options = { cwd: here, timeout: LIMIT, stdio: ['pipe', 'pipe', 'pipe'] }
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], options)
  let out = ''
  let noise = ''
  child.stdout.on('data', (chunk) => { out += chunk })
  child.stderr.on('data', (chunk) => { noise += chunk })
  on?.(child)
  const [code, signal] = await once(child, 'close')
  return { code, signal, out, noise }
}

/** The source of a client; of these, and of requests, the scripts below are made. */
const client = (server, more = '') =>
  `const { Client } = await import('paywelcome')
   const client = new Client({ ...${JSON.stringify(settings(server))}${more} })
   const request = ${JSON.stringify(CANCEL)}\n`

test('process.exit in the middle of a call: the exit code is right, and there is no noise', async (t) => {
  const server = await gateway(t)
  const ends = Array.from({ length: 20 }, (_, round) =>
    script(
      `${client(server)}
       for (let at = 0; at < 20; at += 1) client.cancel(request).catch(() => {})
       setTimeout(() => process.exit(${10 + round}), ${round * 3})`,
    ),
  )
  for (const [round, end] of (await Promise.all(ends)).entries()) {
    assert.deepEqual(end, { code: 10 + round, signal: null, out: '', noise: '' })
  }
})

test('process.exit while answers come in', async (t) => {
  const server = await gateway(t, done)
  const ends = Array.from({ length: 20 }, (_, round) =>
    script(
      `${client(server)}
       let settled = 0
       for (let at = 0; at < 100; at += 1) {
         client.cancel(request).then(() => { if (++settled === ${1 + round * 4}) process.exit(3) })
       }`,
    ),
  )
  for (const end of await Promise.all(ends)) assert.deepEqual(end, { code: 3, signal: null, out: '', noise: '' })
})

test('an uncaught error in the middle of a call ends the process as ever', async (t) => {
  const server = await gateway(t)
  const source = `${client(server)} client.cancel(request); setImmediate(() => { throw new Error('x') })`
  const { code, noise } = await script(source)
  assert.equal(code, 1)
  assert.match(noise, /Error: x/)
})

test('a call under way keeps the process running until it is settled', async (t) => {
  const server = await gateway(t, done)
  const source = `${client(server)} client.cancel(request).then(({ price }) => console.log(price))`
  assert.deepEqual(await script(source), { code: 0, signal: null, out: '12000\n', noise: '' })
})

test('a call nobody waits for keeps the process running until it is reported', async (t) => {
  let release
  const released = new Promise((resolve) => { release = resolve })
  const server = await gateway(t, async (request) => {
    await released
    return done(request)
  })
  const source = `${client(server, ', onSettled: ({ outcome }) => console.log(outcome)')}
    const controller = new AbortController()
    process.stdin.once('data', () => { process.stdin.destroy(); controller.abort() })
    await client.cancel(request, { signal: controller.signal }).catch(({ outcome }) => console.log(outcome))`
  const arrived = server.arrived()
  const end = await script(source, (child) => {
    arrived.then(() => child.stdin.write('abort'))
    child.stdout.once('data', release)
  })
  assert.deepEqual([end.code, end.signal, end.out], [0, null, 'unknown\ndone\n'])
  assert.match(end.noise, /PAYWELCOME_SETTLED.* is settled: done/)
})

test('an idle client, a used one and a sandbox hold nothing open', async (t) => {
  const server = await gateway(t, done)
  const source = `${client(server)}
    const { Sandbox } = await import('paywelcome/testing')
    new Client({ mid: 'm', signKey: 'k', environment: 'test' })
    new Sandbox()
    await client.cancel(request)
    process.on('exit', () => console.log('by itself'))`
  assert.deepEqual(await script(source), { code: 0, signal: null, out: 'by itself\n', noise: '' })
})

test('a connection that is kept for the next call holds nothing open', async (t) => {
  const server = await gateway(t, done)
  // Connections are kept once one was found alive after a pause; see ARCHITECTURE.md.
  const source = `${client(server)}
    for (let at = 0; at < 4; at += 1) {
      await client.cancel(request)
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
    await Promise.all([client.cancel(request), client.cancel(request)])
    process.on('exit', () => console.log('by itself'))`
  const ports = new Set()
  server.server.on('arrived', (_, socket) => ports.add(socket.remotePort))
  assert.deepEqual(await script(source), { code: 0, signal: null, out: 'by itself\n', noise: '' })
  assert.equal(server.requests.length, 6)
  assert.ok(ports.size < 6, 'no connection was kept')
})

test('a close that could wait for an hour holds nothing open', async (t) => {
  const server = await gateway(t, done)
  const source = `${client(server)}
    client.cancel(request).then(({ price }) => console.log(price))
    console.log((await client.close({ timeoutMs: 3_600_000 })).length)
    await client.close({ timeoutMs: 3_600_000 })`
  assert.deepEqual(await script(source), { code: 0, signal: null, out: '12000\n0\n', noise: '' })
})

test('a close whose time is up leaves the process to what is still under way', async (t) => {
  const server = await gateway(t)
  const source = `${client(server, ', timeoutMs: 2_000')}
    client.cancel(request).catch(({ outcome, kind }) => console.log(outcome, kind))
    console.log(JSON.stringify(await client.close({ timeoutMs: 20 })))`
  const out = `[{"operation":"cancel","tid":"${CANCEL.tid}","reference":null,"outcome":"unknown"}]\nunknown timeout\n`
  assert.deepEqual(await script(source), { code: 0, signal: null, out, noise: '' })
})

test('each process of a cluster has calls of its own', async (t) => {
  const server = await gateway(t, done)
  const env = { ...process.env, CASE: JSON.stringify({ settings: settings(server), request: CANCEL }) }
  const child = spawn(process.execPath, ['cluster.mjs'], { cwd: here, env, timeout: LIMIT })
  let out = ''
  child.stdout.on('data', (chunk) => { out += chunk })
  assert.deepEqual(await once(child, 'close'), [0, null])
  assert.deepEqual(out.trim().split('\n').sort(), ['12000', '12001', '12002', '12003'])
})

const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { Client } = require('paywelcome')
  const client = new Client(workerData.settings)
  const calls = Array.from({ length: workerData.calls }, () => client.cancel(workerData.request))
  const done = (all) => all.filter(({ status }) => status === 'fulfilled').length
  Promise.allSettled(calls).then((all) => parentPort.postMessage(done(all)))
  parentPort.postMessage('started')`

function worker(server, calls) {
  const workerData = { settings: settings(server), request: CANCEL, calls }
  return new Worker(WORKER, { eval: true, workerData })
}

test('worker threads have calls of their own, beside the main thread’s', async (t) => {
  const server = await gateway(t, done)
  const workers = Array.from({ length: 4 }, () => worker(server, 25))
  const own = Promise.all(Array.from({ length: 25 }, () => new Client(settings(server)).cancel(CANCEL)))
  const counts = workers.map(async (thread) => {
    const got = []
    thread.on('message', (message) => got.push(message))
    const [code] = await once(thread, 'exit')
    return [got, code]
  })
  for (const count of await Promise.all(counts)) assert.deepEqual(count, [['started', 25], 0])
  assert.equal((await own).length, 25)
  assert.equal(server.requests.length, 125)
})

test('a worker thread that ends in the middle of its calls takes nobody along', async (t) => {
  for (let round = 0; round < 10; round += 1) {
    const held = []
    const server = await gateway(t, (request) => new Promise((resolve) => held.push(() => resolve(done(request)))))
    const arrived = server.arrived()
    const thread = worker(server, 20)
    await arrived
    // The answers come in while the thread ends.
    const ended = thread.terminate()
    for (const answer of held.splice(0)) answer()
    assert.equal(await ended, 1)

    const again = server.arrived()
    const own = new Client(settings(server)).cancel({ ...CANCEL, price: 5 })
    await again
    while (!server.requests.some(({ fields }) => fields.price === '5')) await server.arrived()
    for (const answer of held.splice(0)) answer()
    assert.equal((await own).price, 5)
  }
})

test('a worker thread’s sandbox ends with it', async () => {
  const source = `
    const { parentPort } = require('node:worker_threads')
    const { Sandbox } = require('paywelcome/testing')
    parentPort.postMessage(new Sandbox().url)
    setInterval(() => {}, 1000)`
  const thread = new Worker(source, { eval: true })
  const [baseUrl] = await once(thread, 'message')
  await thread.terminate()
  const client = new Client({ mid: 'm', signKey: 'k', baseUrl, connectRetries: 0 })
  await assert.rejects(client.cancel(CANCEL), { kind: 'connect' })
})

test('a sandbox whose handle is forgotten continues', async () => {
  const source = `
    const { Sandbox } = await import('paywelcome/testing')
    const { Client } = await import('paywelcome')
    const { url: baseUrl, mid, signKey } = new Sandbox()
    for (let at = 0; at < 5; at += 1) { await new Promise(setImmediate); globalThis.gc() }
    const client = new Client({ baseUrl, mid, signKey })
    await client.cancel({ payType: 'card', tid: 'none', price: 1 }).catch(({ outcome }) => console.log(outcome))`
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', source], { cwd: here })
  const [out] = await once(child.stdout, 'data')
  assert.equal(String(out), 'declined\n')
  await once(child, 'close')
})
