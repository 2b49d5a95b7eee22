// What a queue is given of batches with a pace: as much as is sent soon, so that no other refund waits behind them.

import assert from 'node:assert/strict'

import { each } from './shop.mjs'

each('of a batch with a pace, what is sent soon is due', async (shop) => {
  const refunds = await shop.refunds()
  const many = (count, batch) => Array.from({ length: count }, () => shop.ask({ batch }))
  await refunds.requestMany(many(60, 'slow'))
  await refunds.requestMany(many(40, 'quick'))
  const single = await refunds.request(shop.ask())
  assert.equal((await refunds.due()).length, 101)
  // Five a second: fifty in ten seconds. One in a hundred seconds: one at a time.
  await refunds.setBatch('slow', { pace: 5 })
  assert.equal((await refunds.due()).length, 91)
  assert.equal((await refunds.due(500, { batch: 'slow' })).length, 50)
  await refunds.setBatch('quick', { pace: 0.01 })
  const due = await refunds.due(60)
  assert.equal(due.length, 52)
  assert.ok(due.includes(single.key))
  assert.equal((await refunds.due(20)).length, 20)
  assert.equal((await refunds.due(100_000)).length, 52)
})
