// What a person decides, and the statements by themselves.

import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { PGlite } from '@electric-sql/pglite'
import { Refunds } from 'node-refunds'
import { useSandbox } from 'paywelcome/testing'
import { freshData } from './shop.mjs'

const gateway = useSandbox({ after, beforeEach })

test('a person rules on what is unknown, once it is old', { timeout: 300_000 }, async () => {
  const database = await PGlite.create(freshData())
  const refunds = new Refunds(database, gateway.client())
  const tid = gateway.approve({ price: 12000 })
  const order = await refunds.sell({ tid, payType: 'card', price: 12000 })

  gateway.arm('close', { when: 'before_applying' })
  assert.equal(await refunds.refund(order, 12000, 12000), 'unknown')
  const [{ id }] = await refunds.open()
  assert.equal(await refunds.rule(id, 'void'), false)
  await database.query("UPDATE refunds SET claimed_at = now() - interval '6 minutes'")
  assert.equal(await refunds.rule(id, 'void'), true)
  assert.equal(await refunds.rule(id, 'void'), false)
  assert.equal(await refunds.refund(order, 3000, 12000), 'done')

  gateway.arm('close', { when: 'after_applying' })
  assert.equal(await refunds.refund(order, 3000, 9000), 'unknown')
  await database.query("UPDATE refunds SET claimed_at = now() - interval '6 minutes'")
  assert.equal(await refunds.rule((await refunds.open())[0].id, 'done'), true)
  assert.equal(await refunds.refund(order, 6000, 6000), 'done')
  assert.equal(gateway.payment(tid).remaining, 0)

  await refunds.close()
  await database.close()
})
