// The client of leaks.test.mjs: calls of every end, and after each round what this process then holds.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'

import { Client } from 'paywelcome'

const CALLS = Number(process.env.PAYWELCOME_LEAK_CALLS)
const ROUNDS = 20
const TOGETHER = 50

const gateway = fork(new URL('gateway-process.mjs', import.meta.url), { execArgv: [] })
const [port] = await once(gateway, 'message')
const settings = { mid: 'welcometst', signKey: 'made-up-sign-key', connectRetries: 0 }
const tally = {}
const count = (what) => { tally[what] = (tally[what] ?? 0) + 1 }
let reported = 0
const onSettled = () => { reported += 1 }
const client = new Client({ ...settings, baseUrl: `http://127.0.0.1:${port}`, onSettled })
// Nobody may listen on this port, and nobody can without being the super-user of a strange machine.
const nobody = new Client({ ...settings, baseUrl: 'http://127.0.0.1:1', onSettled })

const waiting = new Map()
gateway.on('message', (tid) => {
  waiting.get(tid).abort()
  waiting.delete(tid)
  gateway.send(tid)
})
const shared = new AbortController()

const kinds = {
  done: (tid) => client.cancel({ payType: 'card', tid, price: 5 }),
  declined: (tid) => client.partialCancel({ payType: 'card', tid, cancelPrice: 5, confirmPrice: 5 }),
  refused: (tid) => nobody.cancel({ payType: 'card', tid, price: 5 }),
  invalid: (tid) => client.cancel({ payType: 'card', tid, price: -5, memo: 1 }),
  lost: (tid) => client.cancel({ payType: 'card', tid, price: 5 }),
  late(tid) {
    const controller = new AbortController()
    waiting.set(tid, controller)
    return client.cancel({ payType: 'card', tid, price: 5 }, { signal: controller.signal })
  },
  withdrawn(tid) {
    const controller = new AbortController()
    const call = nobody.cancel({ payType: 'card', tid, price: 5 }, { signal: controller.signal })
    controller.abort()
    return call
  },
  shared: (tid) => client.cancel({ payType: 'card', tid: `done-${tid}`, price: 5 }, { signal: shared.signal }),
  closed: (tid) => {
    const once = new Client({ ...settings, baseUrl: client.baseUrl })
    return Promise.all([once.cancel({ payType: 'card', tid: `done-${tid}`, price: 5 }), once.close({ timeoutMs: 60_000 })])
  },
}
const names = Object.keys(kinds)

async function call(at) {
  const name = names[at % names.length]
  const outcome = await kinds[name](`${name}-${at}`).then(() => 'done', (error) => error.outcome)
  count(`${name}: ${outcome}`)
}

const held = (folder) => readdirSync(`/proc/self/${folder}`).length

/** What is held when everything has come to rest; connections, and the threads that limit closes, end a moment after their calls. */
async function rest(first) {
  for (let tries = 0; tries < 100; tries += 1) {
    globalThis.gc()
    if (first && held('fd') <= first.descriptors && held('task') <= first.threads) break
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const { rss, heapUsed } = process.memoryUsage()
  return { rss, heapUsed, threads: held('task'), descriptors: held('fd'), handles: process.getActiveResourcesInfo().length }
}

const marks = []
let at = 0
const began = performance.now()
for (let round = 1; round <= ROUNDS; round += 1) {
  const end = Math.round((CALLS / ROUNDS) * round)
  const lane = async () => { while (at < end) await call(at++) }
  await Promise.all(Array.from({ length: TOGETHER }, lane))
  marks.push({ calls: at, ...(await rest(marks[0])) })
}
const open = await client.close()
console.log(JSON.stringify({ marks, tally, reported, open, seconds: (performance.now() - began) / 1_000 }))
gateway.disconnect()
