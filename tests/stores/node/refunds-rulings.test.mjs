// What a person rules who has looked, and what is doubted after a restore.

import assert from 'node:assert/strict'

import { InvalidRequestError } from '../../../bindings-node/dist/index.mjs'
import { RefundsError } from '../../../bindings-node/dist/refunds.mjs'
import { each, failure, until } from './shop.mjs'

/** Has a refund come to review: its answer was lost before or after the money moved. */
async function reviewed(shop, refunds, when) {
  const asked = shop.ask()
  await refunds.request(asked)
  shop.bank.arm('close', { when })
  // Its short time limit may be over before it was sent: then it is sent again.
  const processed = async () => {
    const refund = await refunds.process(asked.key)
    return refund.state === 'requested' ? undefined : refund
  }
  const refund = await until(processed)
  assert.equal(refund.state, 'review')
  // Rulings that send or give up are taken once nothing can arrive any more.
  await until(async () => Date.now() > refund.quietOverAt.getTime())
  return asked
}

each('a cancel that is there is recorded as done', async (shop) => {
  const refunds = await shop.refunds({ client: shop.bank.client({ timeoutMs: 500 }) })
  const asked = await reviewed(shop, refunds, 'after_applying')
  const refund = await refunds.resolve(asked.key, 'done', { by: '김하나', note: 'seen in 상점관리자', remaining: 9_000 })
  assert.deepEqual(
    [refund.state, refund.evidence, refund.ruling, refund.ruledBy, refund.rulingNote, refund.remaining, refund.review],
    ['done', 'operator', 'done', '김하나', 'seen in 상점관리자', 9_000, null],
  )
  const entries = await refunds.attempts(asked.key)
  const { what, ruling, ruledBy, rulingNote, remaining } = entries.at(-1)
  assert.deepEqual([what, ruling, ruledBy, rulingNote, remaining], ['ruling', 'done', '김하나', 'seen in 상점관리자', 9_000])
  assert.equal((await failure(refunds.resolve(asked.key, 'void', { by: 'me' }))).kind, 'ruling')
})

each('one that is not there is given up, or asked for anew', async (shop) => {
  const refunds = await shop.refunds({ client: shop.bank.client({ timeoutMs: 500 }) })
  const given = await reviewed(shop, refunds, 'before_applying')
  assert.equal((await refunds.resolve(given.key, 'void', { by: 'me' })).state, 'void')
  const anew = await reviewed(shop, refunds, 'before_applying')
  assert.equal((await refunds.resolve(anew.key, 'retry', { by: 'me', remaining: 12_000 })).state, 'requested')
  assert.deepEqual([(await refunds.process(anew.key)).state, shop.cancelled(anew.tid), shop.cancelled(given.tid)], ['done', 3_000, 0])
})

each('what remains is not taken while another refund of the payment is open', async (shop) => {
  const refunds = await shop.refunds({ client: shop.bank.client({ timeoutMs: 500 }) })
  const asked = await reviewed(shop, refunds, 'after_applying')
  const other = { ...asked, key: `${asked.key}-2` }
  await refunds.request(other)
  // The admin shows it already, though nobody has ruled on it yet.
  const remaining = 9_000
  const error = await failure(refunds.resolve(other.key, 'void', { by: 'me', remaining }))
  assert.deepEqual([error.kind, error.until], ['ruling', null])
  assert.ok(error.message.includes(`until "${asked.key}", another refund of this payment, has ended`), error.message)
  assert.deepEqual([(await refunds.get(other.key)).state, (await refunds.get(other.key)).remaining], ['requested', 12_000])
  assert.equal((await refunds.resolve(asked.key, 'done', { by: 'me', remaining })).remaining, remaining)
  assert.equal((await refunds.resolve(other.key, 'void', { by: 'me', remaining })).remaining, remaining)
})

each('rulings that contradict what is known are refused, and change nothing', async (shop) => {
  const refunds = await shop.refunds({ client: shop.bank.client({ timeoutMs: 500 }) })
  const asked = await reviewed(shop, refunds, 'after_applying')
  const before = await refunds.get(asked.key)
  for (const [ruling, options, message] of [
    ['resend', {}, /neither stated nor proven/],
    ['done', { remaining: 9_001 }, /is above 9000/],
    ['void', { remaining: 9_000 }, /what remains if the 3000 went back/],
  ]) {
    const error = await failure(refunds.resolve(asked.key, ruling, { by: 'me', ...options }))
    assert.ok(error instanceof RefundsError)
    assert.deepEqual([error.kind, error.until], ['ruling', null])
    assert.match(error.message, message)
  }
  for (const [ruling, options, fields] of [
    ['maybe', { by: 'me' }, ['ruling']],
    ['done', {}, ['by']],
    ['done', undefined, ['by']],
    ['done', { by: 7, note: 'x'.repeat(1_001), remaining: -1 }, ['by', 'note', 'remaining']],
    ['done', { by: 'me', who: 'me' }, ['who']],
  ]) {
    const error = await failure(refunds.resolve(asked.key, ruling, options))
    assert.ok(error instanceof InvalidRequestError)
    assert.deepEqual(error.errors.map(({ field }) => field), fields)
  }
  assert.equal((await failure(refunds.resolve('no-such', 'void', { by: 'me' }))).kind, 'not_found')
  assert.deepEqual(await refunds.get(asked.key), before)
})

each('a ruling that is too early says when it may be made', async (shop) => {
  const refunds = await shop.refunds({ quietMs: 60_000 })
  const asked = shop.ask()
  await refunds.request(asked)
  shop.bank.arm('close', { when: 'after_applying' })
  const { quietOverAt } = await refunds.process(asked.key)
  for (const ruling of ['void', 'retry']) {
    const error = await failure(refunds.resolve(asked.key, ruling, { by: 'me' }))
    assert.deepEqual([error.kind, error.until], ['ruling', quietOverAt])
  }
  assert.equal((await refunds.resolve(asked.key, 'done', { by: 'me' })).state, 'done')
})

each('where confirmPrice is enforced, a person may have the same cancel sent once more', async (shop) => {
  const client = shop.bank.client({ timeoutMs: 500 })
  const careful = await shop.refunds({ client })
  const asked = await reviewed(shop, careful, 'after_applying')
  const refunds = await shop.refunds({ client, confirmPriceEnforced: true })
  assert.deepEqual(Object.keys((await refunds.get(asked.key)).review.en.rulings).sort(), ['done', 'resend', 'retry', 'void'])
  assert.equal((await refunds.resolve(asked.key, 'resend', { by: 'me' })).state, 'unknown')
  const refund = await refunds.process(asked.key)
  assert.deepEqual([refund.state, refund.note, shop.cancelled(asked.tid)], ['review', 'probably_done', 3_000])
})

each('after a restore what is open waits for a person, who tells what remains', async (shop) => {
  const refunds = await shop.refunds({ client: shop.bank.client({ timeoutMs: 500 }) })
  const [open, ended] = [shop.ask(), shop.ask()]
  await refunds.requestMany([open, ended])
  assert.equal((await refunds.process(ended.key)).state, 'done')
  assert.equal(await refunds.restored(new Date(Date.now() - 60_000)), 1)
  assert.deepEqual([(await refunds.get(ended.key)).state, await refunds.due()], ['done', []])
  const refund = await refunds.get(open.key)
  assert.deepEqual([refund.state, refund.note], ['review', 'restored'])
  await until(async () => Date.now() > refund.quietOverAt.getTime())
  const error = await failure(refunds.resolve(open.key, 'retry', { by: 'me' }))
  assert.match(error.message, /pass remaining/)
  await refunds.resolve(open.key, 'retry', { by: 'me', remaining: 12_000 })
  assert.equal((await refunds.process(open.key)).state, 'done')
  assert.equal(shop.cancelled(open.tid), 3_000)
})
