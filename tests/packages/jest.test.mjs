// Merchants' own tests in jest, which gives each file a world of its own, stops the clock, and looks for what is left open.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import { readdirSync, writeFileSync } from 'node:fs'

import { end, project, run, tarballs, tool } from './merchant.mjs'

const refund = `
  const { Client, DeclinedError } = require('paywelcome')
  const { Sandbox, useSandbox } = require('paywelcome/testing')
  const gateway = useSandbox({ beforeEach, afterAll })
  const onSettled = jest.fn(async () => {})
  const client = new Client({ mid: gateway.mid, signKey: gateway.signKey, baseUrl: gateway.url, onSettled, onAttempt() {} })
  const request = () => ({ payType: 'card', tid: gateway.approve({ price: 500 }), price: 500 })

  test('a refund', async () => {
    const arrived = gateway.nextRequest()
    const { signal } = new AbortController()
    expect((await client.cancel(request(), { signal })).price).toBe(500)
    await arrived
    await expect(client.cancel({ ...request(), price: 1 })).rejects.toThrow(DeclinedError)
    await expect(client.cancel({ ...request(), price: 0 })).rejects.toMatchObject({ outcome: 'not_sent' })
  })

  test('an abandoned call', async () => {
    gateway.arm('stall', { ms: 300 })
    const controller = new AbortController()
    const arrived = gateway.nextRequest()
    const given = client.cancel(request(), { signal: controller.signal })
    await arrived
    controller.abort()
    await expect(given).rejects.toMatchObject({ outcome: 'unknown' })
  })`
const settled = `
  test('the end of that wait', async () => {
    while (onSettled.mock.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 10))
  })`
const closing = `
  afterAll(async () => {
    expect(await client.close({ timeoutMs: 60_000 })).toEqual([])
    expect(await client.close()).toEqual([])
    expect(onSettled).toHaveBeenCalledTimes(1)
    await expect(client.cancel(request())).rejects.toMatchObject({ kind: 'closed' })
  })`

/** Runs jest in a fresh project, and gives its exit code and what it said. */
async function jest(t, source, ...args) {
  const folder = project(t)
  const files = readdirSync(tarballs).map((file) => join(tarballs, file))
  await run(folder, 'npm', 'install', '--offline', '--no-audit', '--no-fund', ...files)
  writeFileSync(join(folder, 'refund.test.js'), source)
  const { status, stderr } = await end(folder, process.execPath, tool('jest/bin/jest.js'), '--ci', '--rootDir', folder, ...args)
  return { status, said: stderr }
}

for (const [what, args] of [
  ['a clock that goes', []],
  ['a clock that stands', ['--config', '{ "fakeTimers": { "enableGlobally": true } }']],
]) {
  test(`jest, and ${what}: closed clients leave nothing open`, { timeout: 240_000 }, async (t) => {
    const { status, said } = await jest(t, refund + closing, '--detectOpenHandles', ...args)
    assert.equal(status, 0, said)
    assert.match(said, /2 passed/)
    assert.doesNotMatch(said, /open handle|did not exit/i)
  })
}

test('jest, and a sandbox that is closed: clients need not be', { timeout: 240_000 }, async (t) => {
  const { status, said } = await jest(t, refund + settled, '--detectOpenHandles')
  assert.equal(status, 0, said)
  assert.doesNotMatch(said, /open handle|did not exit/i)
})

test('jest ends by itself, also where no client is closed', { timeout: 240_000 }, async (t) => {
  const { status, said } = await jest(t, refund)
  assert.equal(status, 0, said)
  assert.doesNotMatch(said, /did not exit|failed to exit/i)
})
