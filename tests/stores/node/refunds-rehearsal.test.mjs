// Refunds that take from a rehearsal whether `confirmPrice` is enforced.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { InvalidRequestError } from '../../../bindings-node/dist/index.mjs'
import { each, failure, warnings } from './shop.mjs'

const TEST = { base_url: 'https://tpayapi.paywelcome.co.kr', kind: 'test' }

/** A rehearsal with a shop's gateway that has proven it for cards. */
function rehearsal({ bank }, more = {}) {
  return {
    format: 'paywelcome-rehearsal',
    version: 1,
    gateway: { base_url: bank.url, kind: 'loopback' },
    mid: bank.mid,
    payment: { tid: 't', price: 1_000, pay_type: 'card', currency: 'WON' },
    findings: { confirm_price: { enforced: true } },
    ...more,
  }
}

function written(t, text) {
  const folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'rehearsal.json')
  writeFileSync(path, text)
  return path
}

each('what was rehearsed is sent again by itself, and nothing else', async (shop, t) => {
  const told = warnings(t, 'PAYWELCOME_REHEARSAL')
  const path = written(t, JSON.stringify(rehearsal(shop)))
  for (const given of [path, pathToFileURL(path), rehearsal(shop)]) {
    const refunds = await shop.refunds({ rehearsal: given })
    assert.equal(refunds.confirmPriceEnforced, true)
    for (const [payType, state] of [['card', 'unknown'], ['hpp', 'review']]) {
      const asked = shop.ask({ payType, tid: shop.bank.approve({ price: 12_000, payType }) })
      await refunds.request(asked)
      shop.bank.arm('close', { when: 'before_applying' })
      const refund = await refunds.process(asked.key)
      assert.deepEqual([refund.state, refund.review?.en.rulings.resend], [state, undefined])
    }
  }
  assert.deepEqual(told, [])
}, ['sqlite'])

each('evidence of elsewhere counts for nothing, and is said to', async (shop, t) => {
  const told = warnings(t, 'PAYWELCOME_REHEARSAL')
  const refunds = await shop.refunds({ rehearsal: rehearsal(shop, { gateway: TEST }) })
  assert.equal(refunds.confirmPriceEnforced, false)
  while (told.length === 0) await once(process, 'warning')
  assert.match(told[0].message, /^refunds: confirmPriceEnforced stays off, .* was with the test host, .* proves nothing for /)
}, ['sqlite'])

each('a rehearsal that is wrong is refused by its place, and so is one beside a statement', async (shop, t) => {
  for (const confirmPriceEnforced of [true, false]) {
    const error = await failure(shop.refunds({ rehearsal: rehearsal(shop), confirmPriceEnforced }))
    assert.ok(error instanceof InvalidRequestError)
    assert.deepEqual(error.errors.map(({ field }) => field), ['confirmPriceEnforced'])
  }
  const hostile = { toJSON: () => undefined }
  const circular = {}
  circular.circular = circular
  for (const [wrong, words] of [
    [rehearsal(shop, { findings: { signature: { format: 'md5' } } }), /^findings\.signature\.format: /],
    [rehearsal(shop, { version: 2 }), /^version: /],
    [{}, /^format: must be paywelcome-rehearsal/],
    [hostile, /is not JSON/],
    [circular, /can't be read: .*circular/],
    [new URL('https://pg.example/rehearsal.json'), /can't be read/],
    [written(t, '{"format": "paywelcome-rehearsal", "vers'), /is not JSON/],
    ['/nowhere/rehearsal.json', /the file can't be read/],
    [17, /paywelcome rehearse/],
  ]) {
    const error = await failure(shop.refunds({ rehearsal: wrong }))
    assert.ok(error instanceof InvalidRequestError, String(error))
    assert.deepEqual(error.errors.map(({ field }) => field), ['rehearsal'])
    assert.match(error.errors[0].message, words)
  }
}, ['sqlite'])
