// `npx paywelcome`, for the person on call.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import { Sandbox } from 'paywelcome/testing'

import { gateway, MID, SIGN_KEY } from './gateway.mjs'

const { bin } = createRequire(import.meta.url)('../../package.json')
const cli = fileURLToPath(new URL(`../../${bin.paywelcome}`, import.meta.url))

function start(env, ...args) {
  return spawn(process.execPath, [cli, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
}

async function end(child) {
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => { out += chunk })
  child.stderr.on('data', (chunk) => { err += chunk })
  const [code] = await once(child, 'close')
  return { code, out, err }
}

test('a cancel is done once, and then declined', async (t) => {
  const sandbox = new Sandbox()
  t.after(() => sandbox.close())
  const tid = sandbox.approve({ price: 12000 })
  const env = {
    PAYWELCOME_MID: sandbox.mid,
    PAYWELCOME_SIGN_KEY: sandbox.signKey,
    PAYWELCOME_BASE_URL: sandbox.url,
  }
  const args = ['cancel', '--tid', tid, '--pay-type', 'card', '--price', '12000', '--json']
  const done = await end(start(env, ...args))
  assert.deepEqual([done.code, done.err, JSON.parse(done.out).outcome], [0, '', 'done'])
  assert.equal((await end(start(env, ...args))).code, 4)
  assert.equal(sandbox.executions, 1)
  const doctor = await end(start(env, 'doctor'))
  assert.equal(doctor.code, 0, doctor.out)
  assert.match(doctor.out, /Node\.js/)
  const compared = await end(start(env, 'doctor', '--rehearsal', '/nowhere/rehearsal.json'))
  assert.equal(compared.code, 2, compared.out)
  assert.match(compared.out, /✗ {2}rehearsal +the file can't be read: /)
})

test('what it does not know is told, and help is there', async () => {
  const unknown = await end(start({}, 'refund'))
  assert.deepEqual([unknown.code, unknown.err.includes('no command refund')], [2, true])
  const help = await end(start({}, 'sign', '--help'))
  assert.deepEqual([help.code, help.out.startsWith('usage: npx paywelcome sign ')], [0, true])
})

test('an interrupt does not hide what may have left', { skip: process.platform === 'win32' }, async (t) => {
  const silent = await gateway(t)
  const env = { PAYWELCOME_MID: MID, PAYWELCOME_SIGN_KEY: SIGN_KEY, PAYWELCOME_BASE_URL: silent.url }
  const arrived = silent.arrived()
  const child = start(env, 'cancel', '--tid', 'x', '--pay-type', 'card', '--price', '1', '--timeout', '2')
  const ended = end(child)
  await arrived
  child.kill('SIGINT')
  const { code, err } = await ended
  assert.equal(code, 5)
  assert.match(err, /can't be called back/)
})
