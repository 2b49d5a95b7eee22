// Databases of the tests' own, which end with them.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const serve = fileURLToPath(new URL('../../engines/serve.py', import.meta.url))
const python = process.env.PYTHON ?? 'python3'

/**
 * Starts an engine: gives where it listens, `stop`, and `again`, which crashes it and starts it in its place after so many
 * seconds; or, where the machine has none, `missing`, which says what to install.
 */
export async function start(name, ...options) {
  const child = spawn(python, [serve, name, ...options], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const lines = createInterface(child.stdout)
  const next = () => new Promise((resolve) => lines.once('line', resolve).once('close', resolve))
  const first = await next()
  if (first === undefined) throw new Error(`${name} did not start`)
  const again = async (down = 0) => {
    child.stdin.write(`${down}\n`)
    if ((await next()) === undefined) throw new Error(`${name} did not start again`)
  }
  const stop = () => {
    child.stdin.end()
    return ended
  }
  return { ...JSON.parse(first), stop, again }
}

/** The engine for a file of tests, stopped after the last; where there is none, what to pass as `skip`. */
export async function engine(name, after, ...options) {
  const started = await start(name, ...options)
  if (started.missing) console.error(started.missing)
  after(started.stop)
  return { ...started, skip: started.missing ?? false }
}
