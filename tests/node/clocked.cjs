// A program whose clock stands from some moment on: what its calls, and the closes of its client, say then.

const { writeSync } = require('node:fs')

const [whose, from] = process.argv.slice(2)
const stop = {
  'node:test': () => require('node:test').mock.timers.enable(),
  sinon: () => require('@sinonjs/fake-timers').install({ now: 0 }),
}[whose]

const at = (moment) => { if (moment === from) stop() }

async function main() {
  at('before the package is loaded')
  const { Client } = require('paywelcome')
  const { Sandbox } = require('paywelcome/testing')
  const gateway = new Sandbox()
  const tids = [1, 2].map((price) => gateway.approve({ price }))
  at('before a client is made')
  const row = []
  const onSettled = async ({ outcome }) => { await undefined; row.push(outcome) }
  const client = new Client({ mid: gateway.mid, signKey: gateway.signKey, baseUrl: gateway.url, onSettled })
  gateway.arm('stall', { ms: 1_000, times: 2 })
  const controller = new AbortController()
  const calls = [
    client.cancel({ payType: 'card', tid: tids[0], price: 1 }).then(({ price }) => price),
    client.cancel({ payType: 'card', tid: tids[1], price: 2 }, { signal: controller.signal }).catch(({ outcome }) => outcome),
  ]
  at('while a call is under way')
  const still = new Int32Array(new SharedArrayBuffer(4))
  while (gateway.requestCount < 2) Atomics.wait(still, 0, 0, 5)
  controller.abort()
  const open = []
  for (const timeoutMs of [0, 1, 20]) open.push((await client.close({ timeoutMs })).length)
  const closes = await Promise.all([client.close(), client.close({ timeoutMs: 50_000 })])
  writeSync(1, JSON.stringify([open, closes, await Promise.all(calls), row, gateway.executions]))
  process.exit(0)
}

main()
