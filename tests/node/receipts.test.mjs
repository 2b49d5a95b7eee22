// Receipts and declines, against the sandbox: its ledger is the judge.

import assert from 'node:assert/strict'
import test from 'node:test'

import { CancelReceipt, Client, DeclinedError, PartialCancelReceipt } from 'paywelcome'
import { Sandbox } from 'paywelcome/testing'
import { CANCEL, gateway, http, json, rejection, settings, TID } from './gateway.mjs'

function sandbox(t) {
  const running = new Sandbox()
  t.after(() => running.close())
  return running
}

for (const payType of ['card', 'hpp', 'vbank', 'bank']) {
  test(`${payType}: in parts, and the rest`, async (t) => {
    const bank = sandbox(t)
    const client = bank.client()
    const tid = bank.approve({ price: 12_000, payType, moid: '주문-1' })

    const part = await client.partialCancel({ payType, tid, cancelPrice: 3_000, confirmPrice: 9_000 })
    assert.ok(part instanceof PartialCancelReceipt)
    assert.deepEqual([part.resultCode, part.mid, part.tid], ['00', bank.mid, tid])
    assert.deepEqual([part.outcome, part.price, part.remainingPrice], ['done', 3_000, 9_000])
    assert.equal(part.cancelTid, bank.payment(tid).cancels[0].cancelTid)
    assert.equal('moid' in part, false)

    const rest = await client.partialCancel({ payType, tid, cancelPrice: 9_000n, confirmPrice: 0 })
    assert.equal(rest.remainingPrice, 0)
    const { price, cancelled, remaining, cancels, moid } = bank.payment(tid)
    assert.deepEqual([price, cancelled, remaining, moid], [12_000, 12_000, 0, '주문-1'])
    assert.deepEqual(cancels.map(({ operation }) => operation), ['partial_cancel', 'partial_cancel'])
    assert.equal(bank.executions, 2)
  })
}

test('a full cancel gives a frozen receipt that can be compared and serialised', async (t) => {
  const bank = sandbox(t)
  const tid = bank.approve({ price: 12_000, currency: 'USD', moid: 'order-7' })
  const receipt = await bank.client().cancel({ payType: 'card', tid, price: '12,000', currency: 'USD' })
  assert.ok(receipt instanceof CancelReceipt)
  const { dateTime } = bank.payment(tid).cancels[0]
  const expected = {
    resultCode: '00',
    resultMsg: receipt.raw.ResultMsg,
    mid: bank.mid,
    tid,
    moid: 'order-7',
    price: 12_000,
    cancelDate: dateTime.slice(0, 8),
    cancelTime: dateTime.slice(8),
    cancelledAt: receipt.cancelledAt,
    raw: receipt.raw,
  }
  assert.deepStrictEqual(receipt, new CancelReceipt(expected))
  assert.equal(receipt.outcome, 'done')
  const [, year, month, day, hour, minute, second] = /(....)(..)(..)(..)(..)(..)/.exec(dateTime)
  assert.equal(receipt.cancelledAt.getTime(), Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}+09:00`))
  const inJson = { outcome: 'done', ...expected, mismatches: [], cancelledAt: receipt.cancelledAt.toISOString() }
  assert.deepEqual(JSON.parse(JSON.stringify(receipt)), inJson)
  assert.throws(() => { receipt.price = 1 }, TypeError)
  assert.throws(() => { receipt.raw.Price = '1' }, TypeError)
  assert.deepEqual(structuredClone({ ...receipt }), { ...receipt })
})

test('fifty at once', async (t) => {
  const bank = sandbox(t)
  const client = bank.client()
  const tids = Array.from({ length: 50 }, (_, at) => bank.approve({ price: 1_000 + at }))
  const receipts = await Promise.all(tids.map((tid, at) => client.cancel({ payType: 'card', tid, price: 1_000 + at })))
  assert.deepEqual(receipts.map(({ tid }) => tid), tids)
  assert.deepEqual(receipts.map(({ price }) => price), tids.map((_, at) => 1_000 + at))
  assert.equal(bank.executions, 50)
  assert.ok(bank.payments().every(({ remaining }) => remaining === 0))
})

test('a second full cancel is declined, with the caller’s stack', async (t) => {
  const bank = sandbox(t)
  const client = bank.client()
  const tid = bank.approve({ price: 500 })
  const request = { payType: 'card', tid, price: 500 }
  await client.cancel(request)
  async function merchantsCode() {
    return await client.cancel(request)
  }
  const error = await rejection(merchantsCode())
  assert.ok(error instanceof DeclinedError && error instanceof Error)
  const { resultCode, resultMsg } = bank.requests()[1]
  assert.deepEqual([error.resultCode, error.resultMsg], [resultCode, resultMsg])
  const { outcome, kind, safeToResend, operation, attempts, httpStatus, code, name, timestamp } = error
  assert.deepEqual(
    { outcome, kind, safeToResend, operation, attempts, httpStatus, code, name },
    {
      outcome: 'declined',
      kind: 'declined',
      safeToResend: false,
      operation: 'cancel',
      attempts: 1,
      httpStatus: 200,
      code: 'PAYWELCOME_DECLINED',
      name: 'DeclinedError',
    },
  )
  assert.equal(error.tid, tid)
  // Also of one that is made by hand, for a test.
  assert.equal(new DeclinedError({ message: 'declined' }).resultCode, '')
  assert.equal(timestamp, bank.requests()[1].fields.timestamp)
  assert.deepEqual(error.raw, { ResultCode: resultCode, ResultMsg: resultMsg })
  const [first, second] = error.stack.split('\n')
  assert.equal(first, `DeclinedError: ${error.message}`)
  assert.match(second, /merchantsCode.*receipts\.test\.mjs/)
  assert.equal(bank.executions, 1)
})

test('an error names whoever waits for the call, however it waits', async (t) => {
  const server = await gateway(t, () => http(200, 'application/json', '{"ResultCode":"01","ResultMsg":"no"}'))
  const client = new Client(settings(server))
  const { signal } = new AbortController()
  const cancelled = async (request, options) => await client.cancel(request, options)
  const part = async () => await client.partialCancel({ payType: 'card', tid: TID, cancelPrice: 1, confirmPrice: 2 })
  const handed = () => client.cancel(CANCEL)
  const chained = async () => client.cancel(CANCEL).then(() => null)
  const ways = [
    [() => cancelled(CANCEL), ['cancelled', 'handler']],
    [part, ['part', 'handler']],
    [handed, ['handler']],
    [chained, ['handler']],
    [() => Promise.all([server.arrived(), cancelled(CANCEL)]), ['cancelled', 'Promise.all', 'handler']],
    // Nothing is under way yet, or nobody may be waiting in the end: these are named as they called.
    [() => cancelled({ ...CANCEL, price: 0 }), ['cancelled', 'handler']],
    [() => cancelled(CANCEL, { signal }), ['cancelled', 'handler']],
  ]
  for (const [way, names] of ways) {
    async function handler() {
      await way()
    }
    const { stack, message } = await rejection(handler())
    const frames = stack.slice(stack.indexOf(message) + message.length)
    const found = [...frames.matchAll(/at (?:async )?(cancelled|part|handler|Promise\.all) \(/g)].map(([, name]) => name)
    assert.deepEqual(found, names, stack)
    assert.doesNotMatch(frames, /bindings-node/)
  }
})

test('raw loses no digit, whatever the gateway adds', async (t) => {
  const server = await gateway(t, ({ fields }) => {
    const fixed = `"ResultCode":"00","Tid":"${fields.tid}","Price":"12000"`
    const odd = '"Long":12345678901234567890,"Negative":-9007199254740993,"Small":7,"Exact":1.50'
    const texts = '"Text":"a \\" 99999999999999999999 \\\\","__proto__":"own","List":[99999999999999999999]'
    return http(200, 'application/json', `{${fixed},${odd},${texts}}`)
  })
  const { raw } = await new Client(settings(server)).cancel(CANCEL)
  assert.equal(raw.Long, '12345678901234567890')
  assert.equal(raw.Negative, '-9007199254740993')
  assert.deepEqual([raw.Small, raw.Exact], [7, 1.5])
  assert.equal(raw.Text, 'a " 99999999999999999999 \\')
  assert.deepEqual(raw.List, ['99999999999999999999'])
  assert.ok(Object.hasOwn(raw, '__proto__'))
})

test('what the gateway leaves out is null', async (t) => {
  const server = await gateway(t, () => json({ ResultCode: '00', Tid: TID, Price: '12000' }))
  const receipt = await new Client(settings(server)).cancel(CANCEL)
  const { resultMsg, mid, moid, cancelDate, cancelTime, cancelledAt } = receipt
  assert.deepEqual(
    { resultMsg, mid, moid, cancelDate, cancelTime, cancelledAt },
    { resultMsg: '', mid: 'welcometst', moid: null, cancelDate: null, cancelTime: null, cancelledAt: null },
  )
})
