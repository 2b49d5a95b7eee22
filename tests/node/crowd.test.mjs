// Thousands of calls under way at once: nothing is lost, mixed up or sent twice.
//
// PAYWELCOME_LONG=1 makes it twenty thousand.

import assert from 'node:assert/strict'
import test from 'node:test'

import { Client } from 'paywelcome'
import { CANCEL, done, gateway, settings } from './gateway.mjs'

const CALLS = process.env.PAYWELCOME_LONG ? 20_000 : 5_000

test(`${CALLS} calls under way at once are all settled, each with its own answer`, async (t) => {
  const server = await gateway(t, async (request, socket) => {
    await new Promise(setImmediate)
    if (Number(request.fields.price) % 10 > 0) return done(request)
    socket.destroy()
    return null
  })
  const client = new Client(settings(server, { timeoutMs: 600_000 }))
  const before = process.memoryUsage.rss()
  const began = performance.now()
  const told = new Array(CALLS)
  const answered = []
  for (let at = 0; at < CALLS; at += 1) {
    const call = client.cancel({ ...CANCEL, tid: `crowd-${at}`, price: at + 1 })
    const end = call.then(({ tid, price }) => [tid, price], ({ tid, outcome }) => [tid, outcome])
    answered.push(end.then((what) => { told[at] = what }))
  }
  const started = performance.now()
  const top = process.memoryUsage.rss()
  // The gateway is in this thread, and has not had its turn.
  assert.equal((await client.close({ timeoutMs: 0 })).length, CALLS)
  await Promise.all(answered)
  const ended = performance.now()
  const figures = { started: started - began, ended: ended - began, grown: top - before, perCall: (top - before) / CALLS }
  t.diagnostic(JSON.stringify(figures))
  const outcomes = { done: 0, unknown: 0, not_sent: 0 }
  for (const [at, [tid, end]] of told.entries()) {
    assert.equal(tid, `crowd-${at}`)
    if (typeof end === 'number') assert.equal(end, at + 1)
    outcomes[typeof end === 'number' ? 'done' : end] += 1
  }
  t.diagnostic(JSON.stringify(outcomes))
  const arrived = new Set(server.requests.map(({ fields }) => fields.tid))
  assert.equal(arrived.size, server.requests.length)
  assert.equal(server.requests.length, outcomes.done + outcomes.unknown)
  assert.deepEqual(await client.close(), [])
})
