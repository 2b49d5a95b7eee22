// What may have happened to the money: every way a call can fail, against servers that count.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import test from 'node:test'

import { Client, NotSentError, OutcomeUnknownError } from 'paywelcome'
import { CANCEL, done, gateway, http, rejection, settings, TID } from './gateway.mjs'

test('a connection that closes after the request leaves the outcome unknown, and nothing is sent again', async (t) => {
  const server = await gateway(t, (_, socket) => void socket.destroy())
  const error = await rejection(new Client(settings(server)).cancel(CANCEL))
  assert.ok(error instanceof OutcomeUnknownError)
  const { outcome, kind, safeToResend, code, attempts, tid, httpStatus, raw } = error
  assert.deepEqual(
    { outcome, kind, safeToResend, code, attempts, tid, httpStatus, raw },
    {
      outcome: 'unknown',
      kind: 'connection_lost',
      safeToResend: false,
      code: 'PAYWELCOME_OUTCOME_UNKNOWN',
      attempts: 1,
      tid: TID,
      httpStatus: null,
      raw: null,
    },
  )
  assert.match(error.timestamp, /^\d{14}$/)
  assert.equal(server.requests.length, 1)
})

test('a refused port is tried three times, and provably nothing was sent', async (t) => {
  const server = await gateway(t)
  await server.close()
  const error = await rejection(new Client(settings(server)).cancel(CANCEL))
  assert.ok(error instanceof NotSentError)
  assert.deepEqual([error.outcome, error.kind, error.attempts, error.safeToResend], ['not_sent', 'connect', 3, true])
})

test('no re-sends where none are wanted', async (t) => {
  const server = await gateway(t)
  await server.close()
  const error = await rejection(new Client(settings(server, { connectRetries: 0 })).cancel(CANCEL))
  assert.deepEqual([error.outcome, error.attempts], ['not_sent', 1])
})

test('time that runs out before the request left: not sent', async (t) => {
  // A server that takes the connection and never shakes hands.
  const server = await gateway(t)
  const baseUrl = server.url.replace('http:', 'https:')
  const client = new Client(settings(server, { baseUrl, timeoutMs: 150, connectRetries: 0 }))
  const error = await rejection(client.cancel(CANCEL))
  assert.ok(error instanceof NotSentError)
  assert.equal(error.kind, 'timeout')
  const short = new Client(settings(server, { baseUrl, connectTimeoutMs: 50.5, connectRetries: 1 }))
  const again = await rejection(short.cancel(CANCEL))
  assert.deepEqual([again.outcome, again.kind, again.attempts], ['not_sent', 'timeout', 2])
  assert.equal(server.requests.length, 0)
})

test('time that runs out after the request left: unknown', async (t) => {
  const server = await gateway(t, () => null)
  const client = new Client(settings(server))
  const error = await rejection(client.cancel(CANCEL, { timeoutMs: 150 }))
  assert.ok(error instanceof OutcomeUnknownError)
  assert.deepEqual([error.outcome, error.kind, error.attempts], ['unknown', 'timeout', 1])
  assert.equal(server.requests.length, 1)
})

test('time that runs out within a dripping answer: unknown, within the limit', async (t) => {
  const server = await gateway(t, (_, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n')
    const drip = setInterval(() => socket.write(' '), 20)
    socket.on('close', () => clearInterval(drip))
    return null
  })
  const error = await rejection(new Client(settings(server)).cancel(CANCEL, { timeoutMs: 200 }))
  assert.deepEqual([error.outcome, error.kind], ['unknown', 'timeout'])
})

for (const status of [301, 302, 303, 307, 308]) {
  test(`a redirect of status ${status} is never followed`, async (t) => {
    const target = await gateway(t, done)
    const server = await gateway(t, () =>
      Buffer.from(`HTTP/1.1 ${status} -\r\nLocation: ${target.url}/cancel/cancel\r\nContent-Length: 0\r\n\r\n`),
    )
    const error = await rejection(new Client(settings(server)).cancel(CANCEL))
    assert.deepEqual([error.outcome, error.kind, error.httpStatus], ['unknown', 'redirect', status])
    assert.equal(server.requests.length, 1)
    assert.equal(target.requests.length, 0)
  })
}

test('an answer that is not HTTP, and one too large', async (t) => {
  const noise = await gateway(t, (_, socket) => void socket.end('SSH-2.0-OpenSSH\r\n\r\n'))
  const first = await rejection(new Client(settings(noise)).cancel(CANCEL))
  assert.deepEqual([first.outcome, first.kind], ['unknown', 'malformed'])
  const large = await gateway(t, () => http(200, 'application/json', ' '.repeat(300_000)))
  const second = await rejection(new Client(settings(large)).cancel(CANCEL))
  assert.deepEqual([second.outcome, second.kind], ['unknown', 'malformed'])
})

test('a proxy that refuses the tunnel: not sent', async (t) => {
  const proxy = await gateway(t, () => http(407, null, ''))
  const client = new Client({
    mid: 'm',
    signKey: 'k',
    environment: 'test',
    proxy: proxy.url,
    connectRetries: 0,
  })
  const error = await rejection(client.cancel(CANCEL))
  assert.deepEqual([error.outcome, error.kind], ['not_sent', 'proxy'])
  assert.ok(proxy.requests.every(({ method }) => method === 'CONNECT'))
})

test('half of fifty lose their connection, and each tells its own truth', async (t) => {
  const server = await gateway(t, (request, socket) => {
    if (Number(request.fields.price) % 2 === 0) return done(request)
    socket.destroy()
    return null
  })
  const client = new Client(settings(server))
  const calls = Array.from({ length: 50 }, (_, at) => client.cancel({ ...CANCEL, price: at + 1 }))
  const settled = await Promise.allSettled(calls)
  settled.forEach(({ status, value, reason }, at) => {
    if ((at + 1) % 2 === 0) assert.deepEqual([status, value?.price], ['fulfilled', at + 1])
    else assert.deepEqual([status, reason?.outcome], ['rejected', 'unknown'])
  })
  assert.equal(server.requests.length, 50)
})

test('TLS that breaks off: not sent', async (t) => {
  const server = net.createServer((socket) => socket.once('data', () => socket.destroy()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const baseUrl = `https://127.0.0.1:${server.address().port}`
  const error = await rejection(new Client({ mid: 'm', signKey: 'k', baseUrl, connectRetries: 0 }).cancel(CANCEL))
  assert.deepEqual([error.outcome, error.kind], ['not_sent', 'tls'])
})
