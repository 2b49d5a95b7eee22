// Answers that are not as documented: compressed, in another charset, cut off, somebody else's, or with other echoes.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'

import { Client, ConfigurationError, InvalidRequestError, OutcomeUnknownError } from 'paywelcome'
import { Sandbox } from 'paywelcome/testing'
import { CANCEL, done, gateway, http, json, MID, rejection, settings, TID } from './gateway.mjs'

const PAGE = '<!DOCTYPE html><html><title>차단</title>\r\n<body>Request <b>blocked</b>, support id 1234567</body>'
const HTML = 'text/html; charset=utf-8'
const JSON_TYPE = 'application/json; charset=utf-8'

const bodyOf = (request) => {
  const whole = done(request)
  return whole.subarray(whole.indexOf('\r\n\r\n') + 4)
}

/** The error of a cancel that is answered so. */
async function failed(t, answer, more) {
  const server = await gateway(t, answer)
  const client = new Client(settings(server, more))
  return { server, error: await rejection(client.cancel(CANCEL)) }
}

for (const [name, codings, pack] of [
  ['gzip', ['gzip'], gzipSync],
  ['x-gzip', ['X-GZIP'], gzipSync],
  ['deflate', ['deflate'], deflateSync],
  ['deflate without zlib around it', ['deflate'], deflateRawSync],
  ['two codings', ['deflate, gzip'], (body) => gzipSync(deflateSync(body))],
  ['two lines', ['deflate', 'gzip'], (body) => gzipSync(deflateSync(body))],
  ['gzip that is not declared', [], gzipSync],
  ['gzip that is declared, and not applied', ['gzip'], (body) => body],
]) {
  test(`compressed though nobody asked: ${name}`, async (t) => {
    const headers = codings.map((coding) => `Content-Encoding: ${coding}`)
    const server = await gateway(t, (request) => http(200, JSON_TYPE, pack(bodyOf(request)), headers))
    const receipt = await new Client(settings(server)).cancel(CANCEL)
    assert.deepEqual([receipt.resultMsg, receipt.mismatches], ['정상처리', []])
    assert.equal(server.requests[0].headers['accept-encoding'], 'identity')
  })
}

for (const [coding, body, says] of [
  ['br', Buffer.from([0x0b, 0x02, 0x80, 0x03]), /the answer is compressed by br, which was not asked for/],
  ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), /compressed by gzip, and can't be decompressed/],
  ['gzip', gzipSync(Buffer.alloc(300_000, ' ')), /the answer is too large/],
  ['deflate', deflateRawSync(Buffer.alloc(300_000, ' ')), /the answer is too large/],
  ['gzip, gzip', gzipSync(gzipSync(Buffer.alloc(50_000_000, ' '))), /the answer is too large/],
]) {
  test(`compressed by ${coding} in vain: ${says.source}`, async (t) => {
    const { error } = await failed(t, () => http(200, JSON_TYPE, body, [`Content-Encoding: ${coding}`]))
    assert.deepEqual([error.outcome, error.kind, error.httpStatus, error.raw], ['unknown', 'malformed', 200, null])
    assert.match(error.message, says)
  })
}

test('EUC-KR bytes under any declaration', async (t) => {
  // '정상처리'
  const message = Buffer.from('c1a4bbf3c3b3b8ae', 'hex')
  for (const type of [null, 'text/html', JSON_TYPE, 'application/json; charset=ISO-8859-1']) {
    const server = await gateway(t, (request) => {
      const [before, after] = bodyOf(request).toString().split('정상처리')
      return http(200, type, Buffer.concat([Buffer.from(before), message, Buffer.from(after)]))
    })
    const receipt = await new Client(settings(server)).cancel(CANCEL)
    assert.deepEqual([receipt.resultMsg, receipt.raw.ResultMsg], ['정상처리', '정상처리'], type)
  }
})

for (const status of [200, 403]) {
  test(`a firewall's page with status ${status}`, async (t) => {
    const { error } = await failed(t, () => http(status, HTML, PAGE))
    assert.ok(error instanceof OutcomeUnknownError)
    const words = '차단 Request blocked , support id 1234567'
    const { kind, contentType, bodyExcerpt, raw } = error
    assert.deepEqual([contentType, bodyExcerpt, raw], [HTML, words, null])
    assert.equal(kind, status === 200 ? 'malformed' : 'http_status')
    const told = JSON.parse(JSON.stringify(error))
    assert.deepEqual([told.contentType, told.bodyExcerpt], [HTML, words])
  })
}

test('what came of an answer that was cut off', async (t) => {
  const begun = () => http(200, HTML, Buffer.from(PAGE).subarray(0, -14), [], 5_000)
  const late = await failed(t, () => begun(), { timeoutMs: 500 })
  const lost = await failed(t, (_, socket) => void socket.end(begun()))
  for (const [{ error }, kind] of [[late, 'timeout'], [lost, 'connection_lost']]) {
    assert.deepEqual([error.kind, error.httpStatus, error.contentType], [kind, 200, HTML])
    assert.equal(error.bodyExcerpt, '차단 Request blocked , support id')
  }
})

test('no answer, and an empty one', async (t) => {
  const none = await failed(t, (_, socket) => void socket.destroy())
  assert.deepEqual([none.error.httpStatus, none.error.contentType, none.error.bodyExcerpt], [null, null, null])
  const empty = await failed(t, () => http(200, null, ''))
  assert.deepEqual([empty.error.httpStatus, empty.error.contentType, empty.error.bodyExcerpt], [200, null, ''])
})

test('a redirect names its target', async (t) => {
  const { error } = await failed(t, () => http(302, null, '', ['Location: https://portal.example/login?session=1']))
  assert.match(error.message, /a redirect to https:\/\/portal\.example\/login, which is never followed/)
})

test('what is hidden in an answer that can’t be read', async (t) => {
  const echoed = (fields) => `${fields.signature} ${fields.signature.toUpperCase()} `.repeat(20)
  for (const cut of [0, 10, 40]) {
    const { server, error } = await failed(t, ({ fields }, socket) => {
      const whole = http(200, HTML, `<html>${'x'.repeat(450)} ${echoed(fields)}`)
      return void socket.end(whole.subarray(0, whole.length - cut))
    })
    const { signature } = server.requests[0].fields
    const shown = JSON.stringify(error).toLowerCase()
    assert.ok(!shown.includes(signature.slice(0, 8)) && !shown.includes(signature.slice(-8)), shown)
  }
})

test('an echo that is not required is told in the receipt and by a warning', async (t) => {
  const server = await gateway(t, (request) => done(request, { Tid: 'REFUND-1', RmainPrice: '9000' }))
  const asked = await rejection(new Client(settings(server)).cancel(CANCEL))
  assert.equal(asked.kind, 'mismatch')
  assert.match(asked.message, /Tid is 'REFUND-1' where \S+ was asked; .*requiredEchoes/)

  const warned = once(process, 'warning')
  const client = new Client(settings(server, { requiredEchoes: ['price', 'remainingPrice'] }))
  const receipt = await client.cancel(CANCEL, { reference: 'refund-7' })
  const mismatches = [{ field: 'tid', asked: TID, answered: 'REFUND-1' }]
  assert.deepEqual([receipt.tid, receipt.mismatches, receipt.raw.Tid], [TID, mismatches, 'REFUND-1'])
  assert.deepEqual(JSON.parse(JSON.stringify(receipt)).mismatches, mismatches)
  assert.throws(() => { receipt.mismatches.push(1) }, TypeError)
  assert.throws(() => { receipt.mismatches[0].answered = TID }, TypeError)
  const [warning] = await warned
  assert.deepEqual([warning.name, warning.code], ['PaywelcomeWarning', 'PAYWELCOME_MISMATCH'])
  assert.ok(warning.message.startsWith(`cancel of ${TID}, reference refund-7 is done, but`), warning.message)
  assert.match(warning.message, /tid is 'REFUND-1' for/)
})

test('an echo that differs is warned of where nobody waits any more', async (t) => {
  let answer
  const held = new Promise((resolve) => { answer = resolve })
  const server = await gateway(t, async (request) => {
    await held
    return done(request, { Price: '1' })
  })
  const settled = []
  const onSettled = (told) => void settled.push(told)
  const client = new Client(settings(server, { requiredEchoes: ['tid'], onSettled }))
  const stop = new AbortController()
  const arrived = server.arrived()
  const call = rejection(client.cancel(CANCEL, { signal: stop.signal }))
  await arrived
  stop.abort()
  await call
  const warnings = []
  const listen = (warning) => warnings.push(warning.code)
  process.on('warning', listen)
  t.after(() => process.off('warning', listen))
  answer()
  await client.close()
  assert.deepEqual(settled[0].receipt.mismatches, [{ field: 'price', asked: '12000', answered: '1' }])
  assert.ok(warnings.includes('PAYWELCOME_MISMATCH'), warnings.join())
})

test('no setting makes another code a success, nor a decline of another payment one of this', async (t) => {
  for (const [fields, kind] of [
    [{ ResultCode: '0' }, 'undocumented_code'],
    [{ ResultCode: '000' }, 'undocumented_code'],
    [{ ResultCode: '01', Tid: 'ANOTHER' }, 'mismatch'],
  ]) {
    const { error } = await failed(t, (request) => done(request, fields), { requiredEchoes: [] })
    assert.deepEqual([error.outcome, error.kind], ['unknown', kind])
  }
})

for (const [value, says] of [
  ['tid', /is a text; pass a list/],
  [['tid', 'mid'], /unknown name/],
  [['tid', 'tid'], /twice/],
  [[null], /holds what is missing/],
  [[{}], /is an object/],
  [[1], /is a number/],
  [{ 0: 'tid', length: 1 }, /is an object/],
  [true, /is a yes or no/],
]) {
  test(`requiredEchoes: ${JSON.stringify(value)}`, async () => {
    const wrong = { mid: MID, signKey: 'made-up', baseUrl: 'http://127.0.0.1:1', requiredEchoes: value }
    assert.throws(() => new Client(wrong), (error) => {
      assert.ok(error instanceof ConfigurationError)
      assert.deepEqual(error.errors.map(({ field }) => field), ['requiredEchoes'])
      assert.match(error.errors[0].message, says)
      assert.deepEqual([error.host, error.mid], ['127.0.0.1:1', MID])
      return true
    })
  })
}

test('every error of a call names host and merchant', async (t) => {
  const server = await gateway(t, () => json({}))
  const client = new Client(settings(server))
  const errors = [await rejection(client.cancel(CANCEL))]
  errors.push(await rejection(client.cancel({ ...CANCEL, price: 0 }, { reference: 'refund-7' })))
  errors.push(await rejection(client.cancel({ ...CANCEL, prise: 1 }, { reference: 'refund-7' })))
  errors.push(await rejection(client.cancel({ ...CANCEL, tid: '' })))
  await server.close()
  errors.push(await rejection(client.cancel(CANCEL)))
  await client.close()
  errors.push(await rejection(client.cancel(CANCEL)))
  const kinds = ['malformed', 'invalid_request', 'invalid_request', 'invalid_request', 'connect', 'closed']
  assert.deepEqual(errors.map(({ kind }) => kind), kinds)
  const host = `127.0.0.1:${server.port}`
  for (const error of errors) {
    assert.deepEqual([error.host, error.mid], [host, MID], error.kind)
    assert.deepEqual([error.toJSON().host, error.toJSON().mid], [host, MID])
  }
  assert.deepEqual(errors.map(({ tid }) => tid), [TID, TID, TID, null, TID, TID])
  assert.deepEqual(errors.slice(1, 3).map(({ reference }) => reference), ['refund-7', 'refund-7'])
  assert.ok(errors[4].message.includes(`: ${host}: `), errors[4].message)
  assert.match(errors[2].message, /^nothing was sent: the arguments are wrong: prise: unknown; did you mean price\?$/)
})

test('a client that outlived its sandbox', async () => {
  const bank = new Sandbox()
  const client = bank.client()
  const { host } = new URL(bank.url)
  bank.close()
  const error = await rejection(client.cancel(CANCEL))
  assert.deepEqual([error.kind, error.host, error.mid], ['connect', host, bank.mid])
  assert.ok(error.message.startsWith(`nothing was sent: ${host}: `), error.message)
})

test('numbers of decimal libraries are refused by what to call', async () => {
  const bank = new Sandbox()
  const client = bank.client()
  class Decimal {
    toFixed() { throw new Error('it was called') }
    valueOf() { throw new Error('it was called') }
  }
  for (const price of [new Decimal(), Object.create(new Decimal()), new Number(5)]) {
    const error = await rejection(client.cancel({ ...CANCEL, price }))
    assert.ok(error instanceof InvalidRequestError)
    assert.match(error.errors[0].message, /Number\(…\) or by its \.toFixed\(0\)/)
  }
  const text = await rejection(client.cancel({ ...CANCEL, price: '12000.00' }))
  assert.match(text.errors[0].message, /Number\(/)
  bank.close()
})
