// Answers that a database would not take as they are: what came of a refund is recorded all the same.

import assert from 'node:assert/strict'
import { createServer } from 'node:http'

import mysql from 'mysql2/promise'

import { Client } from '../../../bindings-node/dist/index.mjs'
import { mysqlStore, Refunds, RefundsError } from '../../../bindings-node/dist/refunds.mjs'
import { each, failure } from './shop.mjs'

const LONG = 70_000

/** A gateway that answers each partial cancel by a success, with the values of `odd`. */
async function gateway(t, odd) {
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString())
    const given = { Mid: form.get('mid'), Tid: form.get('tid'), Price: form.get('cancelPrice'), RmainPrice: form.get('confirmPrice') }
    response.setHeader('Content-Type', 'application/json; charset=utf-8')
    response.end(JSON.stringify({ ResultCode: '00', ResultMsg: 'ok', C_Tid: 'C1', ...given, ...odd }))
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return `http://127.0.0.1:${server.address().port}`
}

each('whatever a gateway answers is recorded', async (shop) => {
  const cut = `${'9'.repeat(99)}…`
  for (const [odd, state, expected] of [
    // As a program leaves the end of a text of fixed length.
    [{ ResultMsg: '정상\0\0' }, 'done', { resultMsg: '정상' }],
    [{ C_Tid: 'C1\0' }, 'done', { cancelTid: 'C1' }],
    [{ ResultCode: 'E1\0' }, 'declined', { resultCode: 'E1' }],
    [{ C_Tid: '9'.repeat(LONG) }, 'done', { cancelTid: cut }],
    [{ ResultCode: '9'.repeat(LONG) }, 'declined', { resultCode: cut }],
    [{ ResultMsg: '가'.repeat(LONG) }, 'done', { resultMsg: `${'가'.repeat(15_999)}…` }],
    [{ ResultMsg: '💸', '\0': '\0' }, 'done', { resultMsg: '💸' }],
  ]) {
    const client = new Client({ mid: shop.bank.mid, signKey: 'odd', baseUrl: await gateway(shop.t, odd), timeoutMs: 2_000 })
    const refunds = await shop.refunds({ client })
    const asked = shop.ask()
    await refunds.request(asked)
    const refund = await refunds.process(asked.key)
    const found = Object.fromEntries(Object.keys(expected).map((name) => [name, refund[name]]))
    assert.deepEqual([refund.state, found], [state, expected])
    // The whole answer stands beside it.
    for (const [name, value] of Object.entries(odd)) assert.equal(refund.raw[name], value)
    await client.close()
  }
})

each('a connection that can hold no answer sends nothing', async (shop) => {
  const refunds = await shop.refunds()
  const asked = shop.ask()
  await refunds.request(asked)
  const pool = mysql.createPool({ uri: shop.url, charset: 'LATIN1_SWEDISH_CI' })
  shop.t.after(() => pool.end())
  const latin = new Refunds(shop.client, mysqlStore(pool), { quietMs: 0 })
  const error = await failure(latin.process(asked.key))
  assert.ok(error instanceof RefundsError, error.stack)
  assert.equal(error.kind, 'store')
  assert.match(error.message, /does not keep Korean texts; set its character set to utf8mb4/)
  assert.deepEqual([(await refunds.get(asked.key)).state, shop.bank.requestCount], ['requested', 0])
}, ['mysql'])
