// What arrives of an error in loggers, in Sentry, and on the other side of a structured clone.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import test from 'node:test'
import { deserialize, serialize } from 'node:v8'
import { MessageChannel } from 'node:worker_threads'

import { Client as Reporter, createTransport, eventFromUnknownInput, extraErrorDataIntegration, Scope } from '@sentry/core'
import { Client } from 'paywelcome'
import pino from 'pino'
import winston from 'winston'
import { CANCEL, gateway, http, json, MID, rejection, TID } from './gateway.mjs'

const KEY = 'PLANTED-sign-key-b3JpZ2luYWwtYnl0ZXM-7f3a9c51'
const MKEY = createHash('sha256').update(KEY).digest('hex')

/** Everything that an answer may repeat. */
const echoed = ({ fields }) => `${fields.signature} ${MKEY} ${KEY}`
const PAGE = (request) => `<html><p>support id 1234567</p> ${echoed(request)}`

/** One error of each outcome, each with all that it may hold, and the signatures that it must not. */
async function errors(t) {
  const server = await gateway(t, (request) => {
    const { tid } = request.fields
    if (tid === 'page') return http(403, 'text/html', PAGE(request))
    if (tid === 'lost') return http(200, 'text/html', PAGE(request), ['Connection: close'])
    return json({ ResultCode: '01', ResultMsg: `한도초과 ${echoed(request)}`, Tid: tid, More: { deep: echoed(request) } })
  })
  const client = new Client({ mid: MID, signKey: KEY, baseUrl: server.url })
  const cancel = (more) => rejection(client.cancel({ ...CANCEL, ...more }, { reference: 'refund-7' }))
  const found = [await cancel({}), await cancel({ tid: 'page' }), await cancel({ tid: 'lost' }), await cancel({ price: 0 })]
  await server.close()
  found.push(await cancel({}))
  assert.deepEqual(found.map(({ outcome }) => outcome), ['declined', 'unknown', 'unknown', 'not_sent', 'not_sent'])
  return { found, secrets: [KEY, MKEY, ...server.requests.map(({ fields }) => fields.signature)] }
}

function clean(text, secrets) {
  for (const secret of secrets) {
    for (const part of [secret.slice(0, 16), secret.slice(-16)]) assert.ok(!text.includes(part), text)
  }
}

/** What every line should have of an error, under whatever name. */
function assertKnown(told, error) {
  const { outcome, kind, code, tid, reference, timestamp, host, mid, httpStatus, bodyExcerpt, contentType } = error
  const known = { outcome, kind, code, tid, reference, timestamp, host, mid, httpStatus, bodyExcerpt, contentType }
  for (const [name, value] of Object.entries(known)) assert.deepEqual(told[name], value, name)
  assert.ok(told.message.includes(error.message))
}

test('pino keeps the answer under its other name', async (t) => {
  const { found, secrets } = await errors(t)
  const lines = []
  const log = pino({}, { write: (line) => void lines.push(line) })
  for (const error of found) {
    log.error(error)
    log.error({ err: error }, 'refund failed')
    const [plain, named] = lines.splice(0).map((line) => JSON.parse(line))
    for (const { err } of [plain, named]) {
      assertKnown(err, error)
      assert.deepEqual([err.type, err.answer, err.raw], [error.name, error.raw, undefined])
      clean(JSON.stringify(err), secrets)
    }
    log.error({ refund: error.toJSON() }, 'refund failed')
    const { refund } = JSON.parse(lines.pop())
    assertKnown(refund, error)
    assert.deepEqual([refund.name, refund.raw], [error.name, error.raw])
  }
  assert.deepEqual(found[0].raw.More, { deep: '(hidden) (hidden) (hidden)' })
})

test('winston keeps everything of an error that is a member of its line', async (t) => {
  const { found, secrets } = await errors(t)
  const lines = []
  const stream = new Writable({ write: (chunk, _, done) => { lines.push(JSON.parse(chunk)); done() } })
  const { combine, timestamp, errors: stacks, json: asJson } = winston.format
  const log = winston.createLogger({
    format: combine(stacks({ stack: true }), timestamp(), asJson()),
    transports: [new winston.transports.Stream({ stream })],
  })
  for (const error of found) {
    log.error('refund failed', { error })
    const { error: told, timestamp: at } = lines.pop()
    assertKnown(told, error)
    assert.deepEqual([told.name, told.raw], [error.name, error.raw])
    assert.notEqual(at, error.timestamp)
    clean(JSON.stringify(told), secrets)
    // Without a name of its own, its fields are the line's.
    log.error('refund failed', error)
    const line = lines.pop()
    assert.deepEqual([line.outcome, line.answer], [error.outcome, error.answer])
    clean(JSON.stringify(line), secrets)
  }
})

test('Sentry is told the outcome by the message, and all of it where it is asked to look', async (t) => {
  const { found, secrets } = await errors(t)
  const sent = []
  class Node extends Reporter {
    eventFromException(exception, hint) {
      return Promise.resolve(eventFromUnknownInput(this, this.getOptions().stackParser, exception, hint))
    }
  }
  const transport = (options) =>
    createTransport(options, (request) => {
      sent.push(String(request.body).split('\n').map((line) => JSON.parse(line)))
      return Promise.resolve({ statusCode: 200 })
    })
  const client = new Node({
    dsn: 'https://public@sentry.invalid/1',
    transport,
    stackParser: () => [],
    integrations: [extraErrorDataIntegration({ depth: 5 })],
    sendClientReports: false,
  })
  client.init()
  const scope = new Scope()
  scope.setClient(client)
  for (const error of found) {
    scope.captureException(error)
    await client.flush(5_000)
    const [, , event] = sent.pop()
    const [{ type, value }] = event.exception.values
    assert.deepEqual([type, value], [error.name, error.message])
    assertKnown({ message: value, ...event.contexts[error.name] }, error)
    assert.deepEqual(event.contexts[error.name].raw ?? null, error.raw)
    clean(JSON.stringify(event), secrets)
  }
})

test('a structured clone keeps the message, and toJSON() everything', async (t) => {
  const { found, secrets } = await errors(t)
  const { port1, port2 } = new MessageChannel()
  t.after(() => port1.close())
  const posted = async (value) => {
    const message = once(port2, 'message')
    port1.postMessage(value)
    return (await message)[0]
  }
  const SAYS = { declined: /^the gateway declined: /, unknown: /^the outcome is unknown, /, not_sent: /^nothing was sent: / }
  for (const error of found) {
    for (const send of [structuredClone, (value) => deserialize(serialize(value)), posted]) {
      const clone = await send(error)
      assert.deepEqual([clone.outcome, clone.name, clone.message], [undefined, 'Error', error.message])
      assert.match(clone.message, SAYS[error.outcome])
      assert.ok(clone.stack.startsWith(`${error.name}: ${error.message}`))
      const told = await send(error.toJSON())
      assert.deepEqual(told, error.toJSON())
      assertKnown(told, error)
      clean(JSON.stringify(told), secrets)
    }
  }
})

test('raw and answer are one', async (t) => {
  const { found } = await errors(t)
  for (const error of found) {
    assert.equal(error.raw, error.answer)
    assert.deepEqual([Object.hasOwn(error, 'raw'), Object.hasOwn(error.toJSON(), 'answer')], [false, false])
  }
  assert.equal(found[0].raw.Tid, TID)
})
