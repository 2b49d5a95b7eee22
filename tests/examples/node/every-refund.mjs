// What every example must do, whatever it is built on.

import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { useSandbox } from 'paywelcome/testing'
import { engine } from './engine.mjs'
import { Books, Shop } from './shop.mjs'

const postgres = await engine('postgres', after)
const options = { timeout: 300_000, skip: postgres.skip }

export function everyRefund(name, how) {
  describe(name, options, () => {
    const gateway = useSandbox({ after, beforeEach })
    let books
    let shop
    before(async () => {
      books = await Books.open(postgres)
      shop = await Shop.start(how, gateway, books)
    })
    after(async () => {
      assert.ok([0, 'SIGTERM'].includes(await shop.stop()))
      await books.close()
    })

    it('refunds', async () => {
      const order = await books.sell(gateway)
      assert.ok([200, 202].includes((await shop.refund(order)).code)) // the worker may have been faster
      await books.waitFor({ state: 'done' }, order)
      assert.equal(gateway.payment(order.tid).remaining, 0)
      const { code, said } = await shop.refund(order) // pressed again
      assert.deepEqual([code, said.key, said.state], [200, `order-${order.id}-1`, 'done'])
      const { said: read } = await shop.ask(`refunds/${said.key}`)
      assert.deepEqual([read.state, read.remaining, gateway.executions], ['done', 0, 1])
    })

    it('tells a decline', async () => {
      const order = await books.sell(gateway)
      await gateway.client().cancel({ payType: 'card', tid: order.tid, price: 12000 }) // by another way
      await shop.refund(order)
      await books.waitFor({ state: 'declined' }, order)
      assert.deepEqual([gateway.executions, gateway.requestCount], [1, 2])
    })

    it('sends later what was not sent', async () => {
      const order = await books.sell(gateway)
      const fault = gateway.arm('refuse_connections')
      assert.equal((await shop.refund(order)).code, 202)
      await books.waitFor({ state: 'requested', outcome: 'not_sent' }, order)
      fault.disarm()
      await books.hurry(order)
      await books.waitFor({ state: 'done' }, order)
      assert.equal(gateway.executions, 1)
    })

    it('leaves what is unknown to a person', async () => {
      const order = await books.sell(gateway)
      gateway.arm('close', { when: 'after_applying' })
      for (const _ of ['pressed', 'pressed again']) {
        assert.equal((await shop.refund(order)).code, 202)
        await books.waitFor({ state: 'review' }, order)
      }
      assert.equal((await shop.refund(order, 3000, 2)).code, 400) // nothing would be left for it
      assert.deepEqual([gateway.executions, gateway.requestCount], [1, 1])

      const { said } = await shop.ask('refunds/review')
      assert.deepEqual(said.map(({ tid, note }) => [tid, note]), [[order.tid, 'no_answer']])
      assert.equal((await shop.rule(order, 'void')).code, 409) // what was sent may still arrive
      assert.equal((await shop.rule(order, 'done', 12000)).code, 409) // then it is not done
      assert.equal((await shop.rule(order, 'done', 0)).said.state, 'done')
      assert.deepEqual((await shop.ask('refunds/review')).said, [])
      assert.equal(gateway.requestCount, 1)
    })

    it('refunds once for many at once', async () => {
      const order = await books.sell(gateway)
      gateway.arm('stall', { ms: 300 })
      const answers = await Promise.all(Array.from({ length: 6 }, () => shop.refund(order)))
      assert.ok(answers.every(({ code }) => code === 200 || code === 202))
      await books.waitFor({ state: 'done' }, order)
      assert.deepEqual([gateway.executions, gateway.requestCount], [1, 1])
    })

    it('refunds in parts', async () => {
      const order = await books.sell(gateway)
      for (const [before, amount] of [3000, 3000, 6000].entries()) {
        const number = before + 1
        for (const _ of ['pressed', 'pressed again']) assert.ok((await shop.refund(order, amount, number)).code < 300)
        assert.equal((await shop.refund(order, 10000, number)).code, 400) // another amount in the same form
        assert.equal((await shop.refund(order, 10000, number + 1)).code, 400) // more than remains
        await books.waitFor({ state: 'done' }, order, number)
      }
      assert.deepEqual([gateway.payment(order.tid).remaining, gateway.executions], [0, 3])
    })

    it('answers before a gateway that takes its time', async () => {
      const order = await books.sell(gateway)
      gateway.arm('stall', { ms: 3000 })
      const { code, said } = await shop.refund(order)
      assert.deepEqual([code, said.state], [202, 'sending'])
      await books.waitFor({ state: 'done' }, order)
      assert.deepEqual([gateway.executions, gateway.requestCount], [1, 1])
    })

    it('refuses what makes no sense', async () => {
      const order = await books.sell(gateway)
      assert.equal((await shop.refund(order, 0)).code, 400)
      assert.equal((await shop.refund(order, 1.5)).code, 400)
      assert.equal((await shop.refund(order, 3000, 'x')).code, 400)
      assert.equal((await shop.refund({ id: order.id + 1 })).code, 404)
      assert.equal((await shop.ask(`refunds/order-${order.id}-9`)).code, 404)
      assert.equal(await books.read(order), undefined)
      assert.equal(gateway.requestCount, 0)
    })
  })

  describe(`${name}, at its end`, options, () => {
    const gateway = useSandbox({ after, beforeEach })
    let books
    beforeEach(async () => {
      books = await Books.open(postgres)
    })
    afterEach(() => books.close())

    for (const signal of ['SIGTERM', 'SIGINT']) {
      it(`records what a browser that has gone asked for, however often it gets ${signal}`, async () => {
        const shop = await Shop.start(how, gateway, books)
        const order = await books.sell(gateway)
        gateway.arm('stall', { ms: 1500 })
        await shop.askAndLeave(order, gateway)
        assert.ok([0, signal].includes(await shop.insist(signal)))
        assert.equal((await books.read(order)).state, 'done')
        assert.equal(gateway.executions, 1)
      })
    }

    it('sends at its next start what it had only recorded', async () => {
      const first = await Shop.start(how, gateway, books)
      const order = await books.sell(gateway)
      const fault = gateway.arm('refuse_connections')
      await first.refund(order)
      await books.waitFor({ outcome: 'not_sent' }, order)
      assert.ok([0, 'SIGTERM'].includes(await first.stop()))
      fault.disarm()
      await books.hurry(order)
      const second = await Shop.start(how, gateway, books)
      await books.waitFor({ state: 'done' }, order)
      assert.equal(gateway.executions, 1)
      await second.stop()
    })

    it('does not send again what it was killed in the middle of', async () => {
      const first = await Shop.start(how, gateway, books)
      const order = await books.sell(gateway)
      gateway.arm('stall')
      await first.askAndLeave(order, gateway, 9000)
      await first.stop('SIGKILL')
      const second = await Shop.start(how, gateway, books)
      assert.equal((await second.refund(order, 9000)).said.state, 'sending')
      assert.equal((await second.refund(order, 3000, 2)).said.state, 'requested')
      await books.hurry(order)
      await books.waitFor({ state: 'review', note: 'no_answer' }, order)
      assert.equal((await second.rule(order, 'retry')).code, 409) // too early
      assert.deepEqual([gateway.executions, gateway.requestCount], [1, 1])
      assert.equal((await second.rule(order, 'done', 3000)).code, 200)
      await books.waitFor({ state: 'done' }, order, 2) // its turn
      assert.deepEqual([gateway.executions, gateway.payment(order.tid).remaining], [2, 0])
      await second.stop()
    })
  })
}
