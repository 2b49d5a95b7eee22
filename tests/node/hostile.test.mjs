// Hostile arguments: whatever comes in, either it is refused and nothing is sent, or one reading of it is sent.
//
// PAYWELCOME_HOSTILE_SECONDS=300 looks for longer.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import test from 'node:test'

import fc from 'fast-check'

import { Client, ConfigurationError, InvalidRequestError } from 'paywelcome'
import { CANCEL, done, gateway, json, MID, rejection, settings, TID } from './gateway.mjs'
import { calls, clients, dress, reading, signature } from './hostile.mjs'

const SECONDS = Number(process.env.PAYWELCOME_HOSTILE_SECONDS ?? 0)
const LENGTH = SECONDS > 0 ? { numRuns: 1e9, interruptAfterTimeLimit: SECONDS * 1_000 } : { numRuns: 3_000 }

/** A gateway that does what it is asked. */
function obeys({ fields }) {
  const { mid: Mid, tid: Tid, price: Price, confirmPrice: RmainPrice } = fields
  return json({ ResultCode: '00', ResultMsg: '', Mid, Tid, Price: Price ?? fields.cancelPrice, RmainPrice })
}

/** A gateway that counts what arrives, also of bare connections. */
async function counting(t, answer) {
  const server = await gateway(t, answer)
  const count = { connections: 0 }
  server.server.on('connection', () => { count.connections += 1 })
  return { server, count }
}

test('any arguments: refused by name and unsent, or sent as they were read', async (t) => {
  const { server, count } = await counting(t, obeys)
  const client = new Client(settings(server))
  const told = { sent: 0, refused: 0, threw: 0 }

  async function holds(call) {
    const { object, seen, unknown, throws } = dress(call)
    const before = [server.requests.length, count.connections]
    const method = { cancel: 'cancel', partial_cancel: 'partialCancel' }[call.operation]
    const [receipt, error] = await client[method](object).then((value) => [value], (reason) => [undefined, reason])
    const { posted, refused } = throws ? { refused: [] } : reading(call.operation, seen, unknown)
    if (posted === undefined) {
      assert.deepEqual([server.requests.length, count.connections], before, 'something was sent')
      if (throws) {
        assert.ok(throws === error || (typeof throws === 'function' && error instanceof throws), String(error))
        told.threw += 1
        return
      }
      assert.ok(error instanceof InvalidRequestError, String(error))
      assert.deepEqual(error.errors.map(({ field }) => field).sort(), refused.sort())
      told.refused += 1
      return
    }
    assert.equal(error, undefined)
    assert.equal(server.requests.length, before[0] + 1)
    const { fields } = server.requests.at(-1)
    const { timestamp } = fields
    assert.match(timestamp, /^\d{14}$/)
    assert.deepEqual({ ...fields }, { ...posted, mid: MID, timestamp, signature: signature(timestamp) })
    assert.equal(receipt.tid, posted.tid)
    assert.equal(String(receipt.price), posted.price ?? posted.cancelPrice)
    told.sent += 1
  }

  await fc.assert(fc.asyncProperty(calls, holds), { ...LENGTH, markInterruptAsFailure: false })
  t.diagnostic(JSON.stringify(told))
  // Each of the three must have been seen often, or this proves little.
  for (const [what, times] of Object.entries(told)) assert.ok(times > 100, what)
  assert.equal(server.requests.length, told.sent)
})

test('any options: refused by name and unsent', async (t) => {
  const { server, count } = await counting(t, done)
  const client = new Client(settings(server))
  const none = [0, -0, -1, 3_600_001, 1e300, Number.NaN, Infinity, 5n, '', '5s', true, [], {}, Symbol('s')]
  const notMilliseconds = fc.constantFrom(...none)
  const lookalikes = [{ aborted: 'no' }, { aborted: true }, new AbortController()]
  const noSignal = fc.constantFrom('now', 5, true, {}, [], () => {}, ...lookalikes)
  const times = ['timeoutMs', 'waitMs'].map((name) => fc.record({ [name]: notMilliseconds }))
  const options = fc.oneof(...times, fc.record({ signal: noSignal }))
  const bad = async (given) => {
    const error = await rejection(client.cancel(CANCEL, given))
    assert.ok(error instanceof InvalidRequestError, String(error))
    assert.deepEqual(error.errors.map(({ field }) => field), Object.keys(given))
  }
  await fc.assert(fc.asyncProperty(options, bad), { numRuns: 300 })
  assert.deepEqual([server.requests.length, count.connections], [0, 0])
})

test('any settings: refused by name, or a client', async (t) => {
  const told = { made: 0, refused: 0 }
  const holds = (given) => {
    const { object, throws } = dress(given)
    try {
      const { mid } = new Client(object)
      assert.equal(typeof mid, 'string')
      told.made += 1
    } catch (error) {
      if (throws) return
      assert.ok(error instanceof ConfigurationError, String(error))
      assert.ok(error.errors.length > 0)
      told.refused += 1
    }
  }
  const numRuns = Math.min(LENGTH.numRuns, 50_000)
  fc.assert(fc.property(clients, holds), { ...LENGTH, numRuns, markInterruptAsFailure: false })
  t.diagnostic(JSON.stringify(told))
  assert.ok(told.made > 100 && told.refused > 100)
})

test('ten megabytes of text in any place are refused', async (t) => {
  const { server, count } = await counting(t, done)
  const client = new Client(settings(server))
  for (const huge of ['9'.repeat(10_000_000), '\ud83d\ude00'.repeat(5_000_000)]) {
    for (const name of ['payType', 'tid', 'price', 'currency', 'cancelType']) {
      const error = await rejection(client.cancel({ ...CANCEL, [name]: huge }))
      assert.deepEqual(error.errors.map(({ field }) => field), [name])
      assert.ok(error.message.length < 1_000)
    }
    assert.match((await rejection(client.cancel({ ...CANCEL, [huge]: 1 }))).message, /unknown/)
    assert.throws(() => new Client({ mid: huge, signKey: 'k', baseUrl: huge }), ({ message }) => message.length < 2_000)
  }
  assert.deepEqual([server.requests.length, count.connections], [0, 0])
})

test('an object of twenty thousand wrong keys is refused', async (t) => {
  const { server, count } = await counting(t, done)
  const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`key${at}`, at]))
  const error = await rejection(new Client(settings(server)).cancel({ ...CANCEL, ...many }))
  assert.ok(error instanceof InvalidRequestError)
  assert.deepEqual([server.requests.length, count.connections], [0, 0])
})

test('what is added to every object changes no call, no receipt and no error', async (t) => {
  const server = await gateway(t, ({ fields }) => (fields.tid === TID ? done({ fields }) : json({ ResultCode: '01' })))
  const client = new Client(settings(server))
  const names = ['price', 'cancelType', 'currency', 'timeoutMs', 'mid', 'signKey', 'mkey', 'baseUrl', 'proxy']
  names.push('onSettled', 'receipt', 'failure', 'outcome', 'kind', 'code', 'moid', 'cancelTid', 'cancelDate', 'raw', 'id')
  names.push('cancelledAt', 'PAYWELCOME_MID', 'PAYWELCOME_BASE_URL', 'field', 'message', 'errors', 'refused', 'cause')
  names.push('attempts', 'tid', 'once')

  async function story() {
    const receipt = await client.cancel({ payType: 'card', tid: TID, price: 12_000 })
    const declined = await rejection(client.cancel({ payType: 'card', tid: 'other', price: 1 }))
    const refused = await rejection(client.cancel({ payType: 'card', tid: 'other', prise: 1 }))
    const unset = await rejection(Promise.resolve().then(() => new Client({ environment: 'test' })))
    const own = (value) => Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'timestamp'))
    return JSON.stringify([receipt, own(declined), own(refused), own(unset), 'cause' in refused && refused.cause])
  }

  const before = await story()
  const posted = server.requests.map(({ fields }) => Object.keys(fields).join())
  for (const name of names) {
    for (const value of ['evil', { evil: 1 }, 7]) {
      server.requests.length = 0
      Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: false })
      let after
      try {
        after = await story()
      } finally {
        delete Object.prototype[name]
      }
      // The language itself hands a cause that everybody has to whoever looks.
      if (name !== 'cause') assert.equal(after, before, name)
      assert.deepEqual(server.requests.map(({ fields }) => Object.keys(fields).join()), posted, name)
    }
  }
})

test('a signal that is added to every object gives up no call', async (t) => {
  const client = new Client(settings(await gateway(t, done)))
  // Only while the call is read: Node.js itself accepts no connection as long as every object has a signal.
  Object.defineProperty(Object.prototype, 'signal', { value: AbortSignal.abort(), configurable: true })
  let receipt
  try {
    receipt = client.cancel({ payType: 'card', tid: TID, price: 12_000 })
  } finally {
    delete Object.prototype.signal
  }
  assert.equal((await receipt).price, 12_000)
})

test('a program that stops half-way through a getter has sent nothing', async (t) => {
  const { server, count } = await counting(t, done)
  const source = `
    const { Client } = require('paywelcome')
    const client = new Client(${JSON.stringify(settings(server))})
    client.cancel({ ...${JSON.stringify(CANCEL)}, get price() { process.exit(9) } })`
  const options = { cwd: new URL('.', import.meta.url), encoding: 'utf8' }
  const { status, stderr } = spawnSync(process.execPath, ['-e', source], options)
  assert.deepEqual([status, stderr], [9, ''])
  assert.deepEqual([server.requests.length, count.connections], [0, 0])
})
