// Processes that end in the middle of calls, in every way there is: the right exit code, no crash, no noise.
//
// PAYWELCOME_LONG=1 ends more of them.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'node:test'

import { CANCEL, done, gateway, settings } from './gateway.mjs'

const here = new URL('.', import.meta.url)
const EACH = process.env.PAYWELCOME_LONG ? 25 : 3
const TOGETHER = 4

/** Runs `source` with `calls` under way in a process of its own; `on(child)` may end it. */
async function ends(server, source, { on, calls = 20, more = '' } = {}) {
  const prelude = `
    const { Client } = require('paywelcome')
    const client = new Client({ ...${JSON.stringify(settings(server))}${more} })
    const request = ${JSON.stringify(CANCEL)}
    const calls = (each = () => {}) => {
      for (let at = 0; at < ${calls}; at += 1) client.cancel(request).then(each, () => {})
    }\n`
  const child = spawn(process.execPath, ['-e', prelude + source], { cwd: here, timeout: 120_000 })
  let text = ''
  child.stdout.on('data', (chunk) => { text += chunk })
  child.stderr.on('data', (chunk) => { text += chunk })
  on?.(child)
  const [code, signal] = await once(child, 'close')
  return { code, signal, text }
}

const told = (signal) => ({ on: (child) => child.stdout.once('data', () => child.kill(signal)) })
const exits = (code, text = '') => ({ code, signal: null, text })
const killed = (signal) => ({ code: null, signal, text: 'on\n' })

/** How a process ends, for round `at`: its source, what it comes to, and how it is run. */
const modes = {
  'process.exit at once': (at) => [`calls(); process.exit(${10 + at})`, exits(10 + at)],
  'process.exit later': (at) => [`calls(); setTimeout(() => process.exit(${10 + at}), ${at % 10})`, exits(10 + at)],
  'process.exit with a hundred calls': (at) => [
    `calls(); setTimeout(() => process.exit(3), ${at * 2})`, exits(3), { calls: 100 },
  ],
  'process.exit in a promise': (at) => [
    `let settled = 0; calls(() => { if (++settled === ${1 + (at % 20)}) process.exit(4) })`, exits(4),
  ],
  'process.exit in onSettled': () => [
    `process.removeAllListeners('warning')
     const controller = new AbortController()
     client.cancel(request, { signal: controller.signal }).catch(() => {}); calls()
     setImmediate(() => controller.abort())
     process.on('beforeExit', () => process.exit(5))`,
    exits(5),
    { more: ', onSettled: () => process.exit(5)' },
  ],
  'an uncaught error': (at) => [
    `process.on('uncaughtException', () => process.exit(6)); calls(); setTimeout(() => { throw 1 }, ${at % 5})`,
    exits(6),
  ],
  'an uncaught error in a promise': () => [
    `process.on('exit', (code) => console.log(code))
     process.on('uncaughtException', () => { process.exitCode = 7; process.exit() })
     calls(() => { throw new Error('the merchant’s own') })
     process.on('unhandledRejection', () => process.exit(7))`,
    exits(7, '7\n'),
  ],
  'SIGKILL by itself': () => [`calls(); process.kill(process.pid, 'SIGKILL')`, { ...killed('SIGKILL'), text: '' }],
  // Without the timer it may end by itself before the signal comes.
  SIGTERM: () => [`calls(); console.log('on'); setInterval(() => {}, 1_000)`, killed('SIGTERM'), told('SIGTERM')],
  SIGINT: () => [`calls(); console.log('on'); setInterval(() => {}, 1_000)`, killed('SIGINT'), told('SIGINT')],
  'SIGTERM with a handler that closes': () => [
    `process.once('SIGTERM', async () => process.exit((await client.close({ timeoutMs: 5 })).length >= 0 ? 8 : 9))
     calls(); console.log('on'); setInterval(() => {}, 1_000)`,
    exits(8, 'on\n'),
    told('SIGTERM'),
  ],
  'an exit handler that makes calls': () => [`process.on('exit', () => calls()); calls(); process.exit(2)`, exits(2)],
}

for (const [answers, answer] of [['answers', done], ['never answers', undefined]]) {
  test(`processes that end with calls under way at a gateway that ${answers}`, async (t) => {
    const server = await gateway(t, answer)
    // Where nothing is answered, what waits for an answer has nothing to do.
    const waits = ['process.exit in a promise', 'process.exit in onSettled', 'an uncaught error in a promise']
    const length = answer ? EACH : Math.ceil(EACH / 2)
    const rounds = Object.entries(modes)
      .filter(([mode]) => answer || !waits.includes(mode))
      .flatMap(([mode, make]) => Array.from({ length }, (_, at) => [mode, ...make(at)]))
    let next = 0
    async function lane() {
      while (next < rounds.length) {
        const [mode, source, expected, options] = rounds[next++]
        assert.deepEqual(await ends(server, source, options), expected, mode)
      }
    }
    await Promise.all(Array.from({ length: TOGETHER }, lane))
    t.diagnostic(`${rounds.length} processes`)
  })
}
