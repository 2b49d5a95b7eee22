// A client that someone writes by hand, with the mistakes people make: the sandbox says which.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'

import { Sandbox } from 'paywelcome/testing'

const sha256 = (text) => createHash('sha256').update(text).digest('hex')

const SIGNED = {
  sign_key_not_hashed: ({ mid, key, timestamp }) => sha256(`mid=${mid}&mkey=${key}&timestamp=${timestamp}`),
  mkey_spelling: ({ mid, mkey, timestamp }) => sha256(`mid=${mid}&mKey=${mkey}&timestamp=${timestamp}`),
  trailing_ampersand: ({ mid, mkey, timestamp }) => sha256(`mid=${mid}&mkey=${mkey}&timestamp=${timestamp}&`),
  upper_case_hex: ({ mid, mkey, timestamp }) => sha256(`mid=${mid}&mkey=${mkey}&timestamp=${timestamp}`).toUpperCase(),
  bare_concatenation: ({ mid, mkey, timestamp }) => sha256(`${mid}${mkey}${timestamp}`),
  key_white_space: ({ mid, key, timestamp }) => sha256(`mid=${mid}&mkey=${sha256(`${key}\n`)}&timestamp=${timestamp}`),
}

/** Cancels as a merchant's own code would. */
async function cancel(bank, tid, sign) {
  const { mid, signKey: key } = bank
  const timestamp = bank.clock().now
  const signature = sign({ mid, key, mkey: sha256(key), timestamp })
  const form = { payType: 'card', mid, tid, price: '500', currency: 'WON', timestamp, signature }
  const response = await fetch(`${bank.url}/cancel/cancel`, { method: 'POST', body: new URLSearchParams(form) })
  return await response.json()
}

test('a signature that is right has nothing to explain', async (t) => {
  const bank = new Sandbox()
  t.after(() => bank.close())
  const tid = bank.approve({ price: 500 })
  const right = ({ mid, mkey, timestamp }) => sha256(`mid=${mid}&mkey=${mkey}&timestamp=${timestamp}`)
  assert.equal((await cancel(bank, tid, right)).ResultCode, '00')
  assert.deepEqual(bank.requests().map(({ explanation, executed }) => [explanation, executed]), [[null, true]])
})

for (const [mistake, sign] of Object.entries(SIGNED)) {
  test(`a planted mistake is named: ${mistake}`, async (t) => {
    const bank = new Sandbox({ signKey: 'a-made-up-key-for-this-test' })
    t.after(() => bank.close())
    const tid = bank.approve({ price: 500 })
    const arrives = bank.nextRequest({ tid })
    const { ResultCode, ResultMsg } = await cancel(bank, tid, sign)
    assert.notEqual(ResultCode, '00')
    const request = await arrives
    const { mistakes, korean, english } = request.explanation
    assert.deepEqual(mistakes, [mistake])
    assert.ok(ResultMsg.includes(korean) && ResultMsg.includes(english), ResultMsg)
    assert.deepEqual([request.resultCode, request.resultMsg, request.executed], [ResultCode, ResultMsg, false])
    assert.equal(bank.payment(tid).remaining, 500)
    const told = JSON.stringify([request, bank.requests(), ResultMsg, (await bank.events()).events])
    for (const secret of [bank.signKey, sha256(bank.signKey)]) assert.ok(!told.includes(secret))
  })
}

test('another merchant’s key is known as such', async (t) => {
  const bank = new Sandbox()
  t.after(() => bank.close())
  const other = bank.addMerchant('othershop')
  const tid = bank.approve({ price: 500 })
  const sign = ({ mid, timestamp }) => sha256(`mid=${mid}&mkey=${sha256(other.signKey)}&timestamp=${timestamp}`)
  await cancel(bank, tid, sign)
  assert.deepEqual(bank.requests()[0].explanation.mistakes, ['other_merchants_key'])
})
