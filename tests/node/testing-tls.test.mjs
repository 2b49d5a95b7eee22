// A gateway that speaks https: what tests take is the client's default path.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import https from 'node:https'
import { dirname } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import { Client } from 'paywelcome'
import { Sandbox } from 'paywelcome/testing'
import { rejection } from './gateway.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))

function start(t) {
  const bank = new Sandbox({ tls: true })
  t.after(() => bank.close())
  const tid = bank.approve({ price: 1000 })
  return { bank, request: { payType: 'card', tid, price: 1000 } }
}

test('its client trusts it, and nobody else does', async (t) => {
  const { bank, request } = start(t)
  assert.match(bank.url, /^https:/)
  const { mid, signKey, url: baseUrl, caBundle } = bank
  const stranger = await rejection(new Client({ mid, signKey, baseUrl, connectRetries: 0 }).cancel(request))
  assert.deepEqual([stranger.outcome, stranger.kind, bank.requestCount], ['not_sent', 'tls', 0])
  assert.equal((await bank.client().cancel(request)).price, 1000)
  const part = { payType: 'card', tid: bank.approve({ price: 2 }), cancelPrice: 1, confirmPrice: 1 }
  assert.equal((await new Client({ mid, signKey, baseUrl, caBundle }).partialCancel(part)).price, 1)
  const { enabled, mode, caPem, handshakes } = bank.tls()
  assert.deepEqual([enabled, mode, caPem], [true, 'normal', readFileSync(caBundle, 'utf8')])
  assert.ok(handshakes >= 3)
})

test('Node.js itself takes the file', async (t) => {
  const { bank } = start(t)
  const status = await new Promise((resolve, reject) => {
    const options = { ca: readFileSync(bank.caBundle), agent: false }
    https.get(`${bank.url}/_sandbox/api/info`, options, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
  assert.equal(status, 200)
})

for (const mode of ['wrong_name', 'expired', 'self_signed', 'tls_1_1', 'handshake_stall']) {
  test(`${mode}: provably not sent`, async (t) => {
    const { bank, request } = start(t)
    assert.equal(bank.setTls(mode).mode, mode)
    const client = bank.client({ connectRetries: 0, connectTimeoutMs: mode === 'handshake_stall' ? 200 : 5_000 })
    const error = await rejection(client.cancel(request))
    const kind = mode === 'handshake_stall' ? 'timeout' : 'tls'
    assert.deepEqual([error.outcome, error.kind, error.safeToResend], ['not_sent', kind, true])
    assert.deepEqual([bank.requestCount, bank.payment(request.tid).cancelled], [0, 0])
    bank.setTls('normal')
    assert.equal((await client.cancel(request)).price, 1000)
  })
}

test('a fault behind TLS', async (t) => {
  const { bank, request } = start(t)
  bank.arm('close')
  const error = await rejection(bank.client().cancel(request))
  assert.deepEqual([error.outcome, bank.payment(request.tid).remaining], ['unknown', 0])
})

test('the file goes when the sandbox is closed, or with the process', (t) => {
  const { bank } = start(t)
  const file = bank.caBundle
  assert.ok(existsSync(file))
  bank.close()
  assert.equal(existsSync(dirname(file)), false)
  const source = `
    const { Sandbox } = await import('paywelcome/testing')
    const [one, two] = [1, 2].map(() => new Sandbox({ tls: true }))
    one.close()
    console.log(two.caBundle)`
  const options = { cwd: here, encoding: 'utf8' }
  const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', source], options)
  assert.equal(status, 0)
  assert.match(stdout, /ca\.pem\n$/)
  assert.equal(existsSync(dirname(stdout.trim())), false)
  const plain = new Sandbox()
  assert.equal(plain.caBundle, null)
  plain.close()
})
