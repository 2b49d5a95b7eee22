// What every example must do, whatever it is built on.

import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { useSandbox } from 'paywelcome/testing'
import { freshData, Shop, writtenDown } from './shop.mjs'

export function everyRefund(name, how) {
  describe(name, { timeout: 300_000 }, () => {
    const gateway = useSandbox({ after, beforeEach })
    let shop
    before(async () => {
      shop = await Shop.start(how, gateway, freshData())
    })
    after(async () => assert.ok([0, 'SIGTERM'].includes(await shop.stop())))

    it('refunds', async () => {
      const order = await shop.sell(gateway)
      assert.deepEqual(await shop.refund(order), { code: 200, outcome: 'done' })
      assert.equal(gateway.payment(order.tid).remaining, 0)
      assert.equal((await shop.refund(order)).code, 409)
    })

    it('tells a decline', async () => {
      const order = await shop.sell(gateway)
      await gateway.client().cancel({ payType: 'card', tid: order.tid, price: 12000 }) // by another way
      assert.deepEqual(await shop.refund(order), { code: 409, outcome: 'declined' })
    })

    it('may be asked again for what was not sent', async () => {
      const order = await shop.sell(gateway)
      const fault = gateway.arm('refuse_connections')
      assert.deepEqual(await shop.refund(order), { code: 503, outcome: 'not_sent' })
      fault.disarm()
      assert.equal((await shop.refund(order)).code, 200)
      assert.equal(gateway.executions, 1)
    })

    it('never sends what is unknown again', async () => {
      const order = await shop.sell(gateway)
      gateway.arm('close', { when: 'after_applying' })
      assert.deepEqual(await shop.refund(order), { code: 202, outcome: 'unknown' })
      const { code, outcome } = await shop.refund(order)
      assert.deepEqual({ code, outcome }, { code: 409, outcome: undefined })
      assert.deepEqual([gateway.executions, gateway.requestCount], [1, 1])
      const found = (await shop.open()).find(({ tid }) => tid === order.tid)
      assert.equal(found.status, 'unknown')
      assert.equal((await shop.ask(`refunds/${found.id}/ruling`, { found: 'void' })).code, 409) // too young
    })

    it('refunds once for many at once', async () => {
      const order = await shop.sell(gateway)
      gateway.arm('stall', { ms: 300 })
      const answers = await Promise.all(Array.from({ length: 6 }, () => shop.refund(order)))
      assert.deepEqual(answers.map(({ code }) => code).sort(), [200, 409, 409, 409, 409, 409])
      assert.deepEqual([gateway.executions, gateway.requestCount], [1, 1])
    })

    it('refunds in parts', async () => {
      const order = await shop.sell(gateway)
      const codes = []
      for (const [amount, remaining] of [[3000, 12000], [3000, 12000], [10000, 9000], [3000, 9000], [6000, 6000]]) {
        codes.push((await shop.refund(order, amount, remaining)).code)
      }
      assert.deepEqual(codes, [200, 409, 409, 200, 200])
      assert.deepEqual([gateway.payment(order.tid).remaining, gateway.executions], [0, 3])
    })

    it('refuses what makes no sense', async () => {
      const order = await shop.sell(gateway)
      assert.equal((await shop.refund(order, 0)).code, 400)
      assert.equal((await shop.refund(order, 1.5)).code, 400)
      assert.equal((await shop.refund({ id: order.id + 1 })).code, 409)
      assert.equal(gateway.requestCount, 0)
    })
  })

  describe(`${name}, at its end`, { timeout: 300_000 }, () => {
    const gateway = useSandbox({ after, beforeEach })

    it('writes down what a browser that has gone asked for, and waits for it', async () => {
      const data = freshData()
      const first = await Shop.start(how, gateway, data)
      const order = await first.sell(gateway)
      gateway.arm('stall', { ms: 1500 })
      await first.askAndLeave(order, gateway)
      assert.ok([0, 'SIGTERM'].includes(await first.stop()))
      const second = await Shop.start(how, gateway, data)
      assert.deepEqual(await second.open(), [])
      assert.equal((await second.refund(order)).code, 409)
      assert.equal(gateway.executions, 1)
      await second.stop()
    })

    for (const signal of ['SIGTERM', 'SIGINT']) {
      it(`writes down what is under way, however often it gets ${signal}`, async () => {
        const data = freshData()
        const shop = await Shop.start(how, gateway, data)
        const order = await shop.sell(gateway)
        gateway.arm('stall', { ms: 1500 })
        await shop.askAndLeave(order, gateway)
        assert.ok([0, signal].includes(await shop.insist(signal)))
        assert.deepEqual(await writtenDown(data), ['done'])
        assert.equal(gateway.executions, 1)
      })
    }

    it('does not send again what it was killed in the middle of', async () => {
      const data = freshData()
      const first = await Shop.start(how, gateway, data)
      const order = await first.sell(gateway)
      gateway.arm('stall')
      await first.askAndLeave(order, gateway)
      await first.stop('SIGKILL')
      const second = await Shop.start(how, gateway, data)
      assert.deepEqual((await second.open()).map(({ status, tid }) => [status, tid]), [['sending', order.tid]])
      assert.equal((await second.refund(order)).code, 409)
      assert.deepEqual([gateway.executions, gateway.requestCount], [1, 1])
      await second.stop()
    })
  })
}
