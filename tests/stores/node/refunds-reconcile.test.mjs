// A statement beside what is recorded.

import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

import { InvalidRequestError } from '../../../bindings-node/dist/index.mjs'
import { each, failure } from './shop.mjs'

/** Has a refund come to review, though the money went back. */
async function lost(shop, refunds) {
  const asked = shop.ask()
  await refunds.request(asked)
  shop.bank.arm('close', { when: 'after_applying' })
  assert.equal((await refunds.process(asked.key)).state, 'review')
  return asked
}

/** The rows that agree, and the keys of each list that has any. */
function told(found) {
  const lists = ['closed', 'contradicted', 'unknown', 'ambiguous', 'missing'].filter((list) => found[list].length > 0)
  return [found.agreed, ...lists.map((list) => [list, ...found[list].map(({ keys }) => keys)])]
}

each('what a statement shows is done, once, and is told', async (shop) => {
  const refunds = await shop.refunds()
  const { key, tid } = await lost(shop, refunds)
  const transitions = []
  const hear = ({ line }) => transitions.push(line)
  subscribe('paywelcome:refund', hear)
  const row = { tid, amount: '3,000', remaining: 9_000n, cancelTid: 'C-1', cancelledAt: new Date() }
  const found = await refunds.reconcile([row])
  unsubscribe('paywelcome:refund', hear)
  assert.deepEqual(told(found), [0, ['closed', [key]]])
  assert.deepEqual([found.closed[0].row, found.closed[0].state, found.underWay], [0, 'review', 0])
  assert.deepEqual(transitions, [`refund ${key} review → done`])
  const refund = await refunds.get(key)
  assert.deepEqual([refund.state, refund.evidence, refund.cancelTid, refund.remaining], ['done', 'statement', 'C-1', 9_000])
  assert.deepEqual((await refunds.attempts(key)).at(-1).what, 'statement')
  assert.deepEqual(told(await refunds.reconcile([row])), [1])
  const covers = { since: new Date(Date.now() - 3_600_000), until: new Date(Date.now() + 3_600_000) }
  const empty = await refunds.reconcile([], covers)
  assert.deepEqual(empty.missing.map(({ keys, state }) => [...keys, state]), [[key, 'done']])
})

each('what contradicts goes to a person, and what nobody knows is told', async (shop) => {
  const refunds = await shop.refunds()
  const asked = shop.ask()
  await refunds.request(asked)
  shop.bank.arm('result_code', { when: 'before_applying', code: '9999' })
  assert.equal((await refunds.process(asked.key)).state, 'declined')
  const cancelledAt = new Date().toISOString()
  const rows = [{ tid: asked.tid, amount: 3_000, cancelledAt }, { tid: 'another', amount: 1, cancelledAt: '2026.03.01' }]
  const found = await refunds.reconcile(rows)
  assert.deepEqual(told(found), [0, ['contradicted', [asked.key]], ['unknown', []]])
  assert.match(found.contradicted[0].why.ko, /정산내역/)
  const refund = await refunds.get(asked.key)
  assert.deepEqual([refund.state, refund.note], ['review', 'statement'])
})

each('a wrong statement is refused by name', async (shop) => {
  const refunds = await shop.refunds()
  const right = { tid: 'T1', amount: 3_000, cancelledAt: new Date() }
  for (const [rows, options, fields] of [
    ['no array', undefined, ['rows']],
    [[right, { ...right, amount: 1.5, cancelledAt: new Date(Number.NaN) }], undefined, ['rows[1].amount', 'rows[1].cancelledAt']],
    [[{ ...right, price: 1 }], undefined, ['rows[0].price']],
    [[{ ...right, cancelTid: 'C' }, { ...right, tid: 'T2', cancelTid: 'C' }], undefined, ['rows[1].cancelTid']],
    [[right], { since: '2026-03-01' }, ['until']],
    [[{ tid: 'T1', amount: 'x', cancelledAt: '03/01/2026' }], undefined, ['rows[0].amount', 'rows[0].cancelledAt']],
  ]) {
    const error = await failure(refunds.reconcile(rows, options))
    assert.ok(error instanceof InvalidRequestError)
    for (const field of fields) assert.ok(error.errors.some((wrong) => wrong.field === field), `${field}: ${error.message}`)
  }
})
