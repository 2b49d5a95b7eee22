// The spans of OpenTelemetry, as its own SDK collects them.

import assert from 'node:assert/strict'
import test from 'node:test'

import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { Client } from 'paywelcome'
import { CANCEL, done, gateway, json, MID, rejection, settings, SIGN_KEY, TID } from './gateway.mjs'

const exporter = new InMemorySpanExporter()
const NOBODY = { url: 'http://127.0.0.1:1' }

test('before a program sets it up, nothing is looked for', async (t) => {
  const server = await gateway(t, done)
  assert.equal((await new Client(settings(server)).cancel(CANCEL)).price, 12_000)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }))
  assert.deepEqual(exporter.getFinishedSpans(), [])
})

/** The spans since the last test. */
function spans() {
  const finished = [...exporter.getFinishedSpans()]
  exporter.reset()
  return finished
}

test('a call is a client span below the caller’s', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  const tracer = trace.getTracer('shop')
  const refund = (number) =>
    tracer.startActiveSpan(`refund-${number}`, async (span) => {
      await client.cancel(CANCEL, { reference: `refund-${number}` })
      span.end()
    })
  await Promise.all([1, 2, 3, 4].map(refund))
  const all = spans()
  const ours = all.filter(({ kind }) => kind === SpanKind.CLIENT)
  assert.equal(ours.length, 4)
  for (const span of ours) {
    const parent = all.find((other) => other.spanContext().spanId === span.parentSpanContext.spanId)
    assert.equal(parent.name, span.attributes['paywelcome.reference'])
    assert.equal(span.name, 'POST /cancel/cancel')
    assert.equal(span.status.code, SpanStatusCode.UNSET)
    assert.deepEqual(span.attributes, {
      'http.request.method': 'POST',
      'server.address': '127.0.0.1',
      'server.port': server.port,
      'url.full': `${server.url}/cancel/cancel`,
      'url.template': '/cancel/cancel',
      'http.response.status_code': 200,
      'paywelcome.operation': 'cancel',
      'paywelcome.mid': MID,
      'paywelcome.tid': TID,
      'paywelcome.reference': parent.name,
      'paywelcome.outcome': 'done',
    })
  }
  // No header tells the gateway of it, which is not ours to trace.
  assert.ok(server.requests.every(({ headers }) => !('traceparent' in headers || 'baggage' in headers)))
})

test('attempts, and what was not sent', async () => {
  const partial = { payType: 'card', tid: TID, cancelPrice: 1, confirmPrice: 0 }
  const error = await rejection(new Client(settings(NOBODY)).partialCancel(partial))
  const [{ name, attributes, status, events }] = spans()
  assert.equal(name, 'POST /cancel/repay')
  assert.equal(attributes['error.type'], 'connect')
  assert.equal(attributes['paywelcome.outcome'], 'not_sent')
  assert.equal(attributes['http.request.resend_count'], 2)
  assert.equal('http.response.status_code' in attributes, false)
  assert.deepEqual(status, { code: SpanStatusCode.ERROR, message: error.message })
  assert.deepEqual(events.map(({ name, attributes }) => [name, attributes]), [1, 2].map((number) =>
    ['paywelcome.attempt', { 'paywelcome.attempt': number, 'error.type': 'connect' }]))
})

test('declined is not an error, and unknown is', async (t) => {
  const server = await gateway(t, ({ fields }, socket) => {
    if (fields.price !== '1') return json({ ResultCode: 'V801', ResultMsg: 'no', Key: SIGN_KEY })
    socket.destroy()
    return null
  })
  const client = new Client(settings(server))
  await rejection(client.cancel(CANCEL))
  await rejection(client.cancel({ ...CANCEL, price: 1 }))
  const [declined, unknown] = spans()
  assert.equal(declined.status.code, SpanStatusCode.UNSET)
  assert.equal(declined.attributes['paywelcome.result_code'], 'V801')
  assert.equal('error.type' in declined.attributes, false)
  assert.equal(unknown.status.code, SpanStatusCode.ERROR)
  assert.equal(unknown.attributes['error.type'], 'connection_lost')
  const text = JSON.stringify([declined, unknown].map(({ attributes, status, events }) => ({ attributes, status, events })))
  assert.ok(!text.includes(SIGN_KEY) && !/[0-9a-f]{64}/i.test(text))
})

test('abandoning a call ends its span; a refused call and a warm-up have none', async (t) => {
  const server = await gateway(t, (request) => (request.method === 'HEAD' ? json({}) : null))
  const client = new Client(settings(server, { onSettled: () => {} }))
  const controller = new AbortController()
  const failed = rejection(client.cancel(CANCEL, { signal: controller.signal }))
  await server.arrived()
  controller.abort()
  assert.equal((await failed).outcome, 'unknown')
  const [span] = spans()
  assert.deepEqual([span.attributes['paywelcome.outcome'], span.attributes['error.type']], ['unknown', 'aborted'])
  await server.close()
  await client.close()
  await rejection(client.cancel({ ...CANCEL, price: 0 }))
  await rejection(client.warmUp())
  assert.deepEqual(spans(), [])
})

test('a tracer that fails changes nothing', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  trace.disable()
  trace.setGlobalTracerProvider({ getTracer() { throw new Error('theirs') } })
  const warned = new Promise((resolve) => process.once('warning', resolve))
  assert.equal((await client.cancel(CANCEL)).price, 12_000)
  assert.equal((await warned).code, 'PAYWELCOME_SPAN')
})
