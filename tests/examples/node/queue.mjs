// What every example on a queue must do, whatever the queue is.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { createInterface } from 'node:readline'
import { Sandbox } from 'paywelcome/testing'
import { Books } from './shop.mjs'

/** A worker of an example, as its own process. */
class Working {
  static async start(folder, environment) {
    const working = new Working()
    const env = { ...process.env, ...environment }
    working.process = spawn(process.execPath, ['worker.js'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] })
    working.ended = once(working.process, 'exit')
    const [line] = await once(createInterface(working.process.stdout), 'line')
    assert.equal(line, 'working')
    return working
  }

  async stop(signal = 'SIGTERM') {
    this.process.kill(signal)
    const [code, by] = await this.ended
    return code ?? by
  }
}

export function everyQueue(name, folder, postgres, more) {
  const home = join(import.meta.dirname, folder)

  describe(name, { timeout: 300_000, skip: postgres.skip }, () => {
    const gateway = new Sandbox()
    let books
    let shop
    let worker
    let environment
    before(async () => {
      books = await Books.open(postgres)
      await books.query('ALTER TABLE orders ADD asked integer NOT NULL DEFAULT 0')
      environment = { ...gateway.environment, ...books.environment, ...more }
      // A web server that asks for refunds imports the same modules.
      Object.assign(process.env, environment)
      shop = { ...(await import(join(home, 'ask.js'))), ...(await import(join(home, 'refunding.js'))) }
      worker = await Working.start(home, environment)
    })
    after(async () => {
      await worker.stop('SIGKILL')
      await (shop.queue?.close() ?? shop.boss.stop({ graceful: false }))
      await shop.client.close()
      await shop.pool.end()
      await books.close()
      gateway.close()
    })

    const sold = async () => ({ ...(await books.sell(gateway)), paid: 12000 })

    it('refunds once what is asked for twice', async () => {
      const order = await sold()
      for (const _ of ['pressed', 'pressed again']) await shop.ask(order, 1, 12000)
      await books.waitFor({ state: 'done' }, order)
      await shop.ask(order, 1, 12000)
      assert.deepEqual([gateway.payment(order.tid).remaining, gateway.executions], [0, 1])
    })

    it('asks for nothing where its transaction is taken back', async () => {
      const order = await sold()
      await assert.rejects(shop.ask(order, 1, 12001), { name: 'InvalidRequestError' })
      const [{ asked }] = await books.query('SELECT asked FROM orders WHERE id = $1', order.id)
      assert.deepEqual([asked, await books.read(order)], [0, undefined])
    })

    it('sends what no wake-up came for, and what was not sent', async () => {
      const order = await sold()
      const fault = gateway.arm('refuse_connections')
      await shop.refunds.request({ key: `order-${order.id}-1`, tid: order.tid, amount: 3000, paid: 12000, payType: 'card' })
      await books.waitFor({ outcome: 'not_sent' }, order)
      fault.disarm()
      await books.hurry(order)
      await books.waitFor({ state: 'done' }, order)
    })

    it('leaves what is unknown to a person, also where its worker died', async () => {
      const [lost, killed] = [await sold(), await sold()]
      const before = gateway.executions
      gateway.arm('close', { when: 'after_applying' })
      await shop.ask(lost, 1, 3000)
      await books.waitFor({ state: 'review', note: 'no_answer' }, lost)
      gateway.arm('stall')
      await shop.ask(killed, 1, 3000)
      await gateway.waitFor(() => gateway.executions === before + 2, { timeoutMs: 60_000 })
      assert.equal(await worker.stop('SIGKILL'), 'SIGKILL')
      worker = await Working.start(home, environment)
      await books.hurry(killed)
      await books.waitFor({ state: 'review', note: 'no_answer' }, killed)
      assert.equal(gateway.executions, before + 2)
    })

    it('records what is under way when it is told to stop', async () => {
      const order = await sold()
      const before = gateway.executions
      gateway.arm('stall', { ms: 1500 })
      await shop.ask(order, 1, 12000)
      await gateway.waitFor(() => gateway.executions > before, { timeoutMs: 60_000 })
      assert.equal(await worker.stop(), 0)
      assert.equal((await books.read(order)).state, 'done')
      worker = await Working.start(home, environment)
    })
  })
}
