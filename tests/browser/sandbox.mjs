// A sandbox for one test, through the npm package; with PAYWELCOME_SANDBOX_BIN, that program in its place.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

import { Client } from 'paywelcome'

/** Gives `{url, signKey, mid, client(), stop()}`; with a rehearsal's path, of a sandbox that plays it. */
export async function startSandbox(rehearsal) {
  const program = process.env.PAYWELCOME_SANDBOX_BIN
  if (program !== undefined) return startProgram(program, rehearsal)
  const { Sandbox } = await import('paywelcome/testing')
  const sandbox = new Sandbox({ rehearsal })
  return {
    url: sandbox.url,
    mid: sandbox.mid,
    signKey: sandbox.signKey,
    client: () => sandbox.client(),
    stop: async () => sandbox.close(),
  }
}

async function startProgram(program, rehearsal) {
  const more = rehearsal === undefined ? [] : ['--rehearsal', rehearsal]
  const child = spawn(program, ['--port', '0', ...more], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const { url, mid, sign_key: signKey } = JSON.parse(line)
  return {
    url,
    mid,
    signKey,
    client: () => new Client({ mid, signKey, baseUrl: url }),
    stop: async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** Runs a command of the sandbox over HTTP. */
export async function command(sandbox, name, body = {}) {
  const response = await fetch(`${sandbox.url}/_sandbox/api/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(`${name}: ${answer.error.message}`)
  return answer
}

/** Posts a form to an endpoint, as a client with mistakes of its own would. */
export async function post(sandbox, path, fields) {
  return fetch(sandbox.url + path, { method: 'POST', body: new URLSearchParams(fields) })
}
