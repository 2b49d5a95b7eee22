// Workers that die: another takes over when the lease is over, and nothing goes back twice or is forgotten.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { each, until } from './shop.mjs'

const program = fileURLToPath(new URL('worker.mjs', import.meta.url))

/** Starts a worker that processes `key`, and stops where `stops` says: it has then said so on its output. */
async function worker(shop, key, stops, more = {}) {
  const settings = { mid: shop.bank.mid, signKey: shop.bank.signKey, baseUrl: shop.bank.url, timeoutMs: 1_500 }
  const child = spawn(process.execPath, [program, JSON.stringify({ kind: shop.kind, url: shop.url, settings, key, stops, ...more })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  shop.t.after(() => child.kill('SIGKILL'))
  const lines = createInterface(child.stdout)
  const ended = once(child, 'exit')
  return { child, ended, line: async () => JSON.parse((await once(lines, 'line'))[0]) }
}

for (const [stops, sent] of [['claimed', 0], ['answered', 1]]) {
  for (const confirmPriceEnforced of [false, true]) {
    const rule = confirmPriceEnforced ? 'enforced' : 'not enforced'
    each(`a worker that is killed when it has ${stops} is taken over (confirmPrice ${rule})`, async (shop) => {
      const refunds = await shop.refunds({ client: shop.bank.client({ timeoutMs: 1_500 }), confirmPriceEnforced })
      const asked = shop.ask()
      await refunds.request(asked)
      const dying = await worker(shop, asked.key, stops)
      assert.deepEqual(await dying.line(), { at: stops })
      dying.child.kill('SIGKILL')
      await dying.ended
      assert.equal(shop.bank.requestCount, sent)
      // Until its lease is over it is the dead worker's.
      const held = await refunds.process(asked.key)
      assert.deepEqual([held.state, held.attempts], ['sending', 1])
      await until(async () => (await refunds.due()).length > 0)
      const found = await refunds.process(asked.key)
      assert.equal(found.state, confirmPriceEnforced ? 'unknown' : 'review')
      if (confirmPriceEnforced) {
        await until(async () => (await refunds.due()).length > 0)
        const again = await refunds.process(asked.key)
        assert.deepEqual([again.state, again.note], sent ? ['review', 'probably_done'] : ['done', null])
      }
      assert.equal(shop.cancelled(asked.tid), sent || confirmPriceEnforced ? 3_000 : 0)
      assert.equal(shop.bank.executions, sent || confirmPriceEnforced ? 1 : 0)
    })
  }
}

each('a worker that is stopped between claim and send for longer than its lease sends nothing when it wakes', async (shop) => {
  const refunds = await shop.refunds({ client: shop.bank.client({ timeoutMs: 1_500 }) })
  const asked = shop.ask()
  await refunds.request(asked)
  const stopped = await worker(shop, asked.key, 'claimed', { goesOn: true })
  assert.deepEqual(await stopped.line(), { at: 'claimed' })
  stopped.child.kill('SIGSTOP')
  await until(async () => (await refunds.due()).length > 0)
  assert.equal((await refunds.process(asked.key)).state, 'review')
  stopped.child.kill('SIGCONT')
  // Nothing was sent, and the late word of that counts: it was the only attempt.
  assert.deepEqual(await stopped.line(), { state: 'requested', outcome: 'not_sent', kind: 'timeout' })
  await stopped.ended
  assert.equal(shop.bank.requestCount, 0)
})

each('a process that closes its client before its connections has recorded what it has sent', async (shop) => {
  const refunds = await shop.refunds()
  const asked = shop.ask()
  await refunds.request(asked)
  shop.bank.arm('stall', { ms: 300 })
  const leaving = await worker(shop, asked.key, 'never', { waitMs: 50 })
  assert.deepEqual(await leaving.line(), { state: 'sending', outcome: null, kind: null })
  assert.deepEqual(await leaving.ended, [0, null])
  assert.deepEqual([(await refunds.get(asked.key)).state, shop.cancelled(asked.tid)], ['done', 3_000])
})
