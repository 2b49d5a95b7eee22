// The cases of tests/vectors, by the one rule of its README.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import test from 'node:test'

import { Client, PaywelcomeError } from 'paywelcome'
import { formOf } from '../../bindings-node/dist/internals.js'
import { gateway, http, MID, rejection, SIGN_KEY } from './gateway.mjs'

const folder = new URL('../vectors/', import.meta.url)
const read = (name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'))

for (const name of Object.keys(process.env)) {
  if (/^PAYWELCOME_|^(https?|all|no)_proxy$/i.test(name)) delete process.env[name]
}

const SETTINGS = ['mid', 'signKey', 'mkey', 'environment', 'baseUrl', 'timeoutSeconds', 'connectTimeoutSeconds']
SETTINGS.push('connectRetries', 'signatureFormat', 'timestampFormat', 'requiredEchoes', 'proxy', 'caBundle', 'trustEnv')

/** Fails on a field that this runner would pass over. */
function known(object, names) {
  for (const name of Object.keys(object)) assert.ok(names.includes(name), `${name} is unknown to the runner`)
}

/** A case's options under the names of JavaScript. */
function options(given) {
  known(given, SETTINGS)
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      milliseconds(name),
      name.endsWith('Seconds') && typeof value === 'number' ? value * 1000 : value,
    ]),
  )
}

const milliseconds = (name) => (name.endsWith('Seconds') ? name.replace('Seconds', 'Ms') : name)

/** Runs `call` and gives what came, or the error. */
async function attempt(call) {
  try {
    return { value: await call() }
  } catch (error) {
    assert.ok(error instanceof PaywelcomeError, String(error))
    return { error }
  }
}

const fieldNames = (error) => error.errors.map(({ field }) => field)

const suites = {
  async signature({ given, expect }) {
    const { at, ...settings } = given
    known(expect, ['timestamp', 'signature'])
    const client = new Client({ ...options(settings), environment: 'test' })
    const form = formOf(client, 'cancel', { payType: 'card', tid: 't', price: 1 }, at)
    const { timestamp, signature } = Object.fromEntries(new URLSearchParams(form))
    assert.deepEqual({ timestamp, signature }, expect)
  },

  async request({ given, expect }) {
    const { operation, args, at, ...settings } = given
    known(expect, ['form', 'fields'])
    const client = new Client({ ...options(settings), environment: 'test' })
    const { value, error } = await attempt(() => formOf(client, operation, args, at))
    if ('form' in expect) assert.equal(value, expect.form, error)
    else {
      assert.deepEqual(fieldNames(error), expect.fields)
      assert.equal(error.code, 'PAYWELCOME_INVALID_REQUEST')
    }
  },

  async amount({ given, expect }) {
    known(given, ['currency', 'value'])
    known(expect, ['posted', 'refused'])
    const client = new Client({ mid: MID, signKey: SIGN_KEY, environment: 'test' })
    const request = { payType: 'card', tid: 't', price: given.value, currency: given.currency }
    const { value, error } = await attempt(() => formOf(client, 'cancel', request, 0))
    if ('posted' in expect) assert.equal(new URLSearchParams(value).get('price'), expect.posted, error)
    else {
      assert.equal(expect.refused, true)
      assert.deepEqual(fieldNames(error), ['price'])
    }
  },

  async reply({ given, expect }, server) {
    known(given, ['operation', 'args', 'status', 'contentType', 'contentEncoding', 'requiredEchoes', 'body', 'bodyHex'])
    known(expect, ['receipt', 'outcome', 'kind', 'httpStatus', 'resultCode', 'resultMsg', 'bodyExcerpt'])
    const { status, contentType, contentEncoding, requiredEchoes, body, bodyHex, operation, args } = given
    const headers = contentEncoding === undefined ? [] : [`Content-Encoding: ${contentEncoding}`]
    server.reply = http(status, contentType, bodyHex === undefined ? body : Buffer.from(bodyHex, 'hex'), headers)
    const client = requiredEchoes === undefined ? server.client : new Client({ ...server.settings, requiredEchoes })
    const before = server.requests.length
    const method = { cancel: 'cancel', partial_cancel: 'partialCancel' }[operation]
    const { value, error } = await attempt(() => client[method]({ payType: 'card', ...args }))
    assert.equal(server.requests.length, before + 1)
    if ('receipt' in expect) {
      const { outcome, raw, cancelledAt, ...rest } = value ?? assert.fail(error)
      assert.equal(outcome, 'done')
      assert.deepEqual({ ...rest, cancelledAt: cancelledAt?.getTime() ?? null }, expect.receipt)
      assert.equal(typeof raw, 'object')
      return
    }
    assert.ok(error, `it gave a receipt: ${JSON.stringify(value)}`)
    for (const [name, wanted] of Object.entries(expect)) assert.equal(error[name], wanted, name)
  },

  async error({ given, expect }) {
    known(given, ['options'])
    known(expect, ['baseUrl', 'fields'])
    const { value, error } = await attempt(() => new Client(options(given.options)))
    if ('baseUrl' in expect) assert.equal(value?.baseUrl, expect.baseUrl, error)
    else {
      assert.deepEqual(fieldNames(error), expect.fields.map(milliseconds))
      assert.equal(error.code, 'PAYWELCOME_CONFIGURATION')
    }
  },
}

const index = read('index.json')
const files = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'index.json')

test('the index, the files and the runner know the same suites', () => {
  known(index, ['suites'])
  assert.deepEqual(Object.keys(index.suites).sort(), Object.keys(suites).sort())
  assert.deepEqual(files.sort(), Object.keys(suites).sort().map((name) => `${name}.json`))
})

for (const [suite, count] of Object.entries(index.suites)) {
  test(`vectors: ${suite}`, async (t) => {
    const cases = read(`${suite}.json`)
    assert.equal(cases.length, count)
    const server = suite === 'reply' ? await gateway(t, () => server.reply) : null
    if (server) {
      server.settings = { mid: MID, signKey: SIGN_KEY, baseUrl: server.url }
      server.client = new Client(server.settings)
    }
    for (const vector of cases) {
      known(vector, ['name', 'given', 'expect', 'node'])
      const expect = vector.node ?? vector.expect
      assert.ok(Object.keys(expect).length > 0, vector.name)
      try {
        await suites[suite]({ given: vector.given, expect }, server)
      } catch (error) {
        error.message = `${vector.name}: ${error.message}`
        throw error
      }
    }
  })
}

test('the runner itself fails on what it does not know', async () => {
  const vector = { given: { options: { mid: 'm', colour: 'red' } }, expect: { fields: [] } }
  assert.match((await rejection(suites.error(vector))).message, /colour is unknown/)
  const wrong = { given: { currency: 'WON', value: 1 }, expect: { posted: '2' } }
  assert.ok(await rejection(suites.amount(wrong)))
})
