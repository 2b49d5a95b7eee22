// What the tests' workers in Node.js share: a merchant's client, and one line of JSON for each command and each answer.

import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { Client } from 'paywelcome'

// The drivers and queues are those that the stores are tested with.
export const driver = createRequire(new URL('../stores/node/package.json', import.meta.url))
export const answer = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)
const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
export const inCamel = (values) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [camel(name), value]))
export const inMs = (seconds) => (seconds === undefined || seconds === null ? undefined : seconds * 1000)
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

export function clientOf({ timeout, connect_timeout, ...others }) {
  return new Client({ ...inCamel(others), timeoutMs: inMs(timeout), connectTimeoutMs: inMs(connect_timeout) })
}

/** Returns a pool whose connections may break while nobody uses them. */
export function poolOf(url, max) {
  const pool = new (driver('pg').Pool)({ connectionString: url, max })
  pool.on('error', () => {})
  return pool
}

/** Does what it is told until standard input ends. */
export async function serve(commands) {
  // What is warned of refunds is what the tables say.
  process.removeAllListeners('warning')
  process.on('warning', () => {})
  const perform = async (line) => {
    let told
    try {
      told = await commands[line.do](line)
    } catch (error) {
      told = { error: `${error?.stack ?? error}` }
    }
    if (line.n !== undefined) answer({ n: line.n, ...told })
  }
  for await (const text of createInterface({ input: process.stdin })) void perform(JSON.parse(text))
  // What is under way is nobody's business any more.
  process.exit(0)
}
