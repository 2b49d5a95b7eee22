// One Node.js client of the bench in a process of its own: `worker.mjs CLIENT`.
//
// It reads lines of JSON: the setting first, then one for each turn; and answers each with one.

import { performance } from 'node:perf_hooks'
import { createInterface } from 'node:readline'

import { clients } from './clients.mjs'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)
const now = () => performance.now() / 1000
const cpu = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

const setting = JSON.parse((await lines.next()).value)
const make = clients[process.argv[2]]
const calls = { http: await make(setting, 'http'), https: await make(setting, 'https') }
say({ ready: true })
for await (const line of lines) {
  const turn = JSON.parse(line)
  try {
    say(await ('rate' in turn ? open(calls[turn.scheme], turn) : closed(calls[turn.scheme], turn)))
  } catch (error) {
    say({ error: `${error.name}: ${error.message}${error.cause ? ` (${error.cause.message})` : ''}` })
  }
}

/** A closed loop: the next call begins when one has ended, for so long and at least so often. */
async function burst(call, inFlight, seconds, least) {
  const until = now() + seconds
  let count = 0
  const run = async () => {
    while (count < least || now() < until) {
      await call(1000)
      count += 1
    }
  }
  await Promise.all(Array.from({ length: inFlight }, run))
  return count
}

async function closed(call, turn) {
  await burst(call, turn.in_flight, turn.warm, turn.least)
  const [start, used] = [now(), cpu()]
  const count = await burst(call, turn.in_flight, turn.seconds, turn.least)
  return { calls: count, seconds: now() - start, cpu: cpu() - used }
}

/**
 * An open loop: calls begin when they are due, whatever has become of those before; a call's time is counted from when
 * it was due. The event loop's timer counts in milliseconds, so that what begins late by it is told besides.
 */
async function open(call, { rate, seconds }) {
  const count = Math.floor(rate * seconds)
  const start = now() + 0.05
  const [took, late, pending] = [[], [], []]
  for (let place = 0; place < count; ) {
    const due = start + place / rate
    const wait = due - now()
    if (wait > 0) {
      await new Promise((resolve) => setTimeout(resolve, wait * 1000))
      continue
    }
    late.push(-wait)
    pending.push(call(1000).then(() => took.push(now() - due)))
    place += 1
  }
  await Promise.all(pending)
  const at = (times, part) => times[Math.min(times.length - 1, Math.floor(times.length * part))] * 1e6
  took.sort((a, b) => a - b)
  late.sort((a, b) => a - b)
  const times = { p50: at(took, 0.5), p99: at(took, 0.99), 'p99.9': at(took, 0.999), late: at(late, 0.5) }
  return { calls: took.length, seconds: now() - start, ...times }
}
