// Databases of the tests' own, which end with them.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const serve = fileURLToPath(new URL('../../engines/serve.py', import.meta.url))
const python = process.env.PYTHON ?? 'python3'

/**
 * Starts an engine: gives where it listens, and `stop`; or, where the machine has none, `missing`, which says what to install.
 */
export async function start(name) {
  const child = spawn(python, [serve, name], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const first = await new Promise((resolve) => createInterface(child.stdout).once('line', resolve).once('close', resolve))
  if (first === undefined) throw new Error(`${name} did not start`)
  const stop = () => {
    child.stdin.end()
    return ended
  }
  return { ...JSON.parse(first), stop }
}

/** The engine for a file of tests, stopped after the last; where there is none, what to pass as `skip`. */
export async function engine(name, after) {
  const started = await start(name)
  if (started.missing) console.error(started.missing)
  after(started.stop)
  return { ...started, skip: started.missing ?? false }
}
