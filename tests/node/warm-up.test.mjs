// Reaching the gateway ahead of the first call: no money moves, and calls then use the connection.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'

import { Client, InvalidRequestError, NotSentError } from 'paywelcome'

import { CANCEL, done, gateway, rejection, settings } from './gateway.mjs'

const REACHED = 'HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n'

test('a warm-up asks for the front page, and a call then uses its connection', async (t) => {
  const there = await gateway(t, (request) => (request.method === 'HEAD' ? REACHED : done(request)))
  let connections = 0
  there.server.on('connection', () => (connections += 1))
  const client = new Client(settings(there))
  assert.equal(await client.warmUp(), undefined)
  await client.cancel(CANCEL)
  const seen = there.requests.map(({ method, path }) => `${method} ${path}`)
  assert.deepEqual([...new Set(seen)], ['HEAD /', 'POST /cancel/cancel'])
  assert.equal(seen.filter((line) => line.startsWith('POST')).length, 1)
  assert.equal(connections, 1)
})

test('what keeps the gateway from being reached is told', async (t) => {
  const gone = await gateway(t)
  await gone.close()
  const error = await rejection(new Client(settings(gone)).warmUp())
  assert.ok(error instanceof NotSentError)
  assert.deepEqual([error.kind, error.operation, error.tid], ['connect', 'warm_up', null])
})

test('its options are those of a call', async (t) => {
  const silent = await gateway(t)
  const client = new Client(settings(silent))
  const wrong = await rejection(client.warmUp({ timeoutMs: 0, seconds: 1 }))
  assert.ok(wrong instanceof InvalidRequestError)
  assert.deepEqual(wrong.errors.map(({ field }) => field).sort(), ['seconds', 'timeoutMs'])
  assert.equal(silent.requests.length, 0)
  const late = await rejection(client.warmUp({ timeoutMs: 200 }))
  assert.deepEqual([late.outcome, late.kind], ['not_sent', 'timeout'])
  const giving = new AbortController()
  const arrived = once(silent.server, 'arrived')
  const given = rejection(client.warmUp({ signal: giving.signal }))
  await arrived
  giving.abort(new Error('enough'))
  assert.deepEqual([(await given).message, (await given).outcome], ['enough', 'not_sent'])
  await client.close()
  assert.equal((await rejection(client.warmUp())).kind, 'closed')
})
