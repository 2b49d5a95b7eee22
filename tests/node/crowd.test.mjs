// Thousands of calls under way at once: nothing is lost, mixed up or sent twice.
//
// PAYWELCOME_LONG=1 makes it twenty thousand.

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import test from 'node:test'

import { Client } from 'paywelcome'

const CALLS = process.env.PAYWELCOME_LONG ? 20_000 : 5_000

test(`${CALLS} calls under way at once are all settled, each with its own answer`, async (t) => {
  const gateway = fork(new URL('gateway-process.mjs', import.meta.url))
  t.after(() => gateway.disconnect())
  const [port] = await once(gateway, 'message')
  gateway.send('wait')
  const baseUrl = `http://127.0.0.1:${port}`
  const client = new Client({ mid: 'm', signKey: 'k', baseUrl, timeoutMs: 600_000, connectTimeoutMs: 600_000 })
  const before = process.memoryUsage.rss()
  const [began, cpu] = [performance.now(), process.cpuUsage()]
  const told = new Map()
  const answered = []
  for (let at = 0; at < CALLS; at += 1) {
    const tid = `${at % 10 === 0 ? 'lost' : 'done'}-${at}`
    const call = client.cancel({ payType: 'card', tid, price: at + 1 })
    const end = call.then((receipt) => [receipt.tid, receipt.price], (error) => [error.tid, error.outcome])
    answered.push(end.then((what) => told.set(tid, [at, ...what])))
  }
  const started = performance.now()
  const starting = process.cpuUsage(cpu)
  const top = process.memoryUsage.rss()
  assert.equal((await client.close({ timeoutMs: 0 })).length, CALLS)
  gateway.send('go')
  await Promise.all(answered)
  const outcomes = { done: 0, unknown: 0, not_sent: 0 }
  for (const [, , end] of told.values()) outcomes[typeof end === 'number' ? 'done' : end] += 1
  t.diagnostic(JSON.stringify({
    outcomes,
    startedMs: started - began,
    startedCpuMs: (starting.user + starting.system) / 1_000,
    endedMs: performance.now() - began,
    bytesPerCall: (top - before) / CALLS,
    topRssKilobytes: process.resourceUsage().maxRSS,
  }))

  gateway.send('arrived')
  const [arrived] = await once(gateway, 'message')
  const seen = new Set(arrived)
  assert.equal(seen.size, arrived.length, 'something was sent twice')
  assert.equal(told.size, CALLS)
  for (const [tid, [at, own, end]] of told) {
    assert.equal(own, tid)
    if (typeof end === 'number') assert.deepEqual([end, tid.slice(0, 4), seen.has(tid)], [at + 1, 'done', true])
    else if (end === 'not_sent') assert.ok(!seen.has(tid), tid)
  }
  // Where descriptors run out, calls are not sent, or leave for a gateway that never takes them.
  if (Number(process.report.getReport().userLimits?.open_files.soft) > CALLS + 1_000) {
    assert.deepEqual(outcomes, { done: CALLS * 0.9, unknown: CALLS * 0.1, not_sent: 0 })
  }
  assert.ok(outcomes.done > 0 && seen.size <= outcomes.done + outcomes.unknown)
  assert.deepEqual(await client.close(), [])
})
