// Arguments and settings: nothing is coerced, every bad field is named, and nothing is sent.

import assert from 'node:assert/strict'
import test from 'node:test'

import { Client, ConfigurationError, InvalidRequestError } from 'paywelcome'
import { native, pack } from '../../bindings-node/dist/internals.js'
import { CANCEL, done, gateway, rejection, settings, TID } from './gateway.mjs'

const PARTIAL = { payType: 'card', tid: TID, cancelPrice: 3_000, confirmPrice: 9_000 }

/** A client whose gateway counts what arrives; the test fails if anything does. */
async function unsent(t) {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  return async (call) => {
    const error = await rejection(call(client))
    assert.equal(server.requests.length, 0)
    return error
  }
}

const fields = (error) => error.errors.map(({ field }) => field)

test('every bad field is named at once, also unknown ones and those of the options', async (t) => {
  const refused = await unsent(t)
  const request = { pay_type: 'card', tid: '', price: -1, currency: 'KRW', cancelType: true, prise: 1, xyzzy: 1 }
  const error = await refused((client) => client.cancel(request, { timeoutMs: 0, waitMs: 0, signal: 'now', time_out: 1 }))
  assert.ok(error instanceof InvalidRequestError)
  assert.deepEqual(fields(error), [
    'payType',
    'tid',
    'price',
    'currency',
    'cancelType',
    'timeoutMs',
    'waitMs',
    'pay_type',
    'prise',
    'xyzzy',
    'time_out',
    'signal',
  ])
  const message = Object.fromEntries(error.errors.map(({ field, message }) => [field, message]))
  assert.equal(message.pay_type, 'unknown; did you mean payType?')
  assert.equal(message.prise, 'unknown; did you mean price?')
  assert.equal(message.xyzzy, 'unknown; there are payType, tid, price, currency, cancelType')
  assert.equal(message.time_out, 'unknown; did you mean timeoutMs?')
  assert.equal(message.signal, 'is a string; pass an AbortSignal')
  for (const { field, message } of error.errors) assert.ok(error.message.includes(`${field}: ${message}`), field)
  assert.deepEqual([error.operation, error.kind, error.attempts], ['cancel', 'invalid_request', 0])
  assert.match(error.stack, /arguments\.test\.mjs/)
})

test('an unknown key alone is refused', async (t) => {
  const refused = await unsent(t)
  assert.deepEqual(fields(await refused((client) => client.cancel({ ...CANCEL, memo: 'x' }))), ['memo'])
  for (const name of ['timeoutMs', 'waitMs']) {
    const misplaced = await refused((client) => client.cancel({ ...CANCEL, [name]: 5 }))
    assert.match(misplaced.message, new RegExp(`wrong: ${name}: unknown here; pass it in the second argument$`))
  }
  const foreign = await refused((client) => client.partialCancel({ ...PARTIAL, cancelType: 'C' }))
  assert.deepEqual(fields(foreign), ['cancelType'])
  assert.deepEqual(fields(await refused((client) => client.cancel(CANCEL, { retries: 3 }))), ['retries'])
})

test('what is not an object is refused', async (t) => {
  const refused = await unsent(t)
  for (const request of [null, 'card', 7, [CANCEL], () => CANCEL, Symbol('s')]) {
    assert.ok(fields(await refused((client) => client.cancel(request))).includes('request'), String(request))
  }
  assert.deepEqual(fields(await refused((client) => client.cancel())), ['payType', 'tid', 'price'])
  assert.deepEqual(fields(await refused((client) => client.cancel(CANCEL, 500))), ['options'])
  assert.deepEqual(fields(await refused((client) => client.cancel(CANCEL, null))), ['options'])
})

const amounts = {
  'a fraction': 12000.5,
  'a tiny fraction': 0.1,
  'a negative number': -1,
  'minus zero': -0,
  zero: 0,
  NaN: Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  'one above the safe integers': Number.MAX_SAFE_INTEGER + 1,
  'far above the safe integers': 1e300,
  'a negative bigint': -5n,
  'a bigint above the safe integers': BigInt(Number.MAX_SAFE_INTEGER) + 1n,
  'a bigint of two words': 2n ** 64n + 1n,
  'a huge bigint': 2n ** 300n,
  'digits above the safe integers': '9007199254740992',
  'true': true,
  'an empty text': '',
  'a text with a fraction': '12000.0',
  'a text with an exponent': '1e3',
  'full-width digits': '１２０００',
  'an object with valueOf': { valueOf: () => 12000 },
  'an object with toPrimitive': { [Symbol.toPrimitive]: () => 12000 },
  'a boxed number': new Number(12000),
  'a boxed text': new String('12000'),
  'an array': [12000],
  'a date': new Date(12000),
  'a function': () => 12000,
  'a symbol': Symbol('12000'),
  'half a character': '\ud800',
  'an object that looks like a refusal': { refused: 12000 },
}

for (const [what, price] of Object.entries(amounts)) {
  test(`amounts: ${what} is refused`, async (t) => {
    const refused = await unsent(t)
    const error = await refused((client) => client.cancel({ ...CANCEL, price }))
    assert.deepEqual(fields(error), ['price'])
    const request = { ...PARTIAL, cancelPrice: price, tax: price || -1 }
    const partial = await refused((client) => client.partialCancel(request))
    assert.deepEqual(fields(partial), ['cancelPrice', 'tax'])
  })
}

test('amounts: every way to write one is posted alike', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  const most = Number.MAX_SAFE_INTEGER
  for (const [price, posted] of [
    [12000, '12000'],
    [12000n, '12000'],
    ['12000', '12000'],
    ['12,000', '12000'],
    [most, String(most)],
    [BigInt(most), String(most)],
    [String(most), String(most)],
    [1.2e4, '12000'],
  ]) {
    const receipt = await client.cancel({ ...CANCEL, price })
    assert.equal(server.requests.at(-1).fields.price, posted)
    assert.equal(receipt.price, Number(posted))
  }
})

test('half a character is refused in every text, and a whole one is sent', async (t) => {
  const refused = await unsent(t)
  const request = { payType: 'ca\udc00rd', tid: 'a\ud83d', price: 1 }
  const error = await refused((client) => client.cancel(request))
  assert.deepEqual(fields(error), ['payType', 'tid'])
  assert.match(error.errors[0].message, /unpaired surrogate/)
  const server = await gateway(t, done)
  await new Client(settings(server)).cancel({ ...CANCEL, tid: '😀' })
  assert.equal(server.requests.at(-1).fields.tid, '😀')
  const lost = await refused((client) => client.cancel({ ...CANCEL, tid: 'T\ufffd' }))
  assert.match(lost.message, /tid: holds the mark of a character that could not be read/)
  assert.throws(() => new Client({ mid: 'm', signKey: '\ud800', environment: 'test' }), /signKey: holds an unpaired/)
})

test('each property is read once', async (t) => {
  const server = await gateway(t, done)
  const reads = []
  const spy = (target) =>
    new Proxy(target, {
      get(object, name) {
        reads.push(String(name))
        return object[name]
      },
    })
  const { signal } = new AbortController()
  await new Client(settings(server)).cancel(spy({ ...CANCEL }), spy({ signal, timeoutMs: 5_000 }))
  const each = ['cancelType', 'currency', 'payType', 'price', 'reference', 'signal', 'tid', 'timeoutMs', 'waitMs']
  assert.deepEqual(reads.sort(), each)
})

test('what a getter or a proxy throws comes through, and nothing is sent', async (t) => {
  const refused = await unsent(t)
  const own = new Error('the merchant’s own')
  const fail = () => { throw own }
  const getter = Object.defineProperty({ ...CANCEL }, 'price', { get: fail, enumerable: true })
  assert.equal(await refused((client) => client.cancel(getter)), own)
  for (const trap of ['get', 'ownKeys', 'getOwnPropertyDescriptor']) {
    assert.equal(await refused((client) => client.cancel(new Proxy({ ...CANCEL }, { [trap]: fail }))), own, trap)
  }
  assert.equal(await refused((client) => client.cancel(CANCEL, { get signal() { return fail() } })), own)
})

test('a getter that calls back into the client is no danger', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  let inner
  const request = {
    ...CANCEL,
    get price() {
      inner = client.cancel(CANCEL)
      return 5
    },
  }
  const outer = await client.cancel(request)
  assert.deepEqual([outer.price, (await inner).price], [5, 12_000])
})

test('getters of a class are read, what someone put on every object is not', async (t) => {
  class Refund {
    get payType() { return 'card' }
    get tid() { return TID }
    get price() { return 700 }
  }
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  Object.prototype.cancelType = 'C'
  Object.prototype.proxy = 'http://evil.example'
  try {
    await client.cancel(new Refund())
    new Client(settings(server))
  } finally {
    delete Object.prototype.cancelType
    delete Object.prototype.proxy
  }
  assert.deepEqual(server.requests[0].fields.price, '700')
  assert.equal('cancelType' in server.requests[0].fields, false)
})

test('settings: all that is wrong at once, with hints, and never a key', () => {
  const key = 'super-secret-sign-key'
  assert.throws(
    () => new Client({ sign_key: key, mkey: key, mid: 'elevenchars', timeout: 5, onSettled: 'log', trustEnv: 'no' }),
    (error) => {
      assert.ok(error instanceof ConfigurationError)
      assert.deepEqual(fields(error), ['mid', 'mkey', 'environment', 'trustEnv', 'sign_key', 'timeout', 'onSettled'])
      assert.match(error.message, /sign_key: unknown; did you mean signKey\?/)
      assert.match(error.message, /timeout: unknown; did you mean timeoutMs\?/)
      assert.doesNotMatch(`${error.stack}${JSON.stringify(error)}`, new RegExp(key))
      assert.deepEqual([error.code, error.operation, error.outcome], ['PAYWELCOME_CONFIGURATION', null, 'not_sent'])
      assert.match(error.stack.split('\n')[1], /arguments\.test\.mjs/)
      return true
    },
  )
  for (const options of [null, 'test', [], 5]) {
    assert.throws(() => new Client(options), (error) => fields(error).includes('options'))
  }
})

test('the native half refuses by itself what TypeScript would have held back', () => {
  const client = native.open({ mid: 'm', signKey: 'k', environment: 'test' }, {}, [])
  const form = (more) => JSON.parse(client.form('cancel', { payType: 'card', tid: 't', price: 5, ...more }, [], 0))
  assert.match(form({}), /price=5&/)
  for (const [what, price] of Object.entries(amounts)) {
    const refused = form({ price })
    assert.deepEqual(refused.errors?.map(({ field }) => field), ['price'], `${what}: ${refused}`)
  }
  const others = form({ tid: '\ud800', currency: {}, timeoutMs: Number.NaN })
  assert.deepEqual(fields(others), ['tid', 'currency', 'timeoutMs'])
  assert.match(form({ price: { refused: 'is odd' } }).message, /price: is odd/)
  assert.throws(() => client.form('refund', {}, [], 0))
  assert.throws(() => client.form('cancel', null, [], 0))
})

test('packed values are read as those of an object', () => {
  const client = native.open({ mid: 'm', signKey: 'k', environment: 'test' }, {}, [])
  const odd = [undefined, null, '', 'n5', 't5', '5', 'card', 'C', '😀', '\ufffd', 0, -0, -5, 5, Number.MAX_SAFE_INTEGER]
  const values = { payType: 'card', tid: 'a', price: 5, cancelPrice: 5, confirmPrice: 5 }
  for (const operation of ['cancel', 'partial_cancel']) {
    for (const name of [...Object.keys(values), 'currency', 'cancelType', 'tax', 'taxfree', 'timeoutMs', 'waitMs']) {
      for (const value of odd) {
        const given = { ...values, [name]: value }
        const packed = pack(operation, given)
        assert.equal(typeof packed, 'string')
        assert.deepEqual(client.form(operation, packed, [], 0), client.form(operation, given, [], 0), `${name}: ${value}`)
      }
    }
  }
  for (const value of [5n, 0.5, 2 ** 53, Number.NaN, true, 'a\0tb', Symbol('s'), {}, () => 5]) {
    const given = { ...values, price: value }
    assert.equal(pack('cancel', given), given, String(value))
  }
  const good = pack('cancel', values)
  for (const packed of ['', 'tcard\0', `${good}\0`, good.slice(0, -1), `${good}t`, good.replace('n5', 'x5'), good.replace('n5', 'n')]) {
    assert.throws(() => client.form('cancel', packed, [], 0), /not the values/, JSON.stringify(packed))
  }
})
