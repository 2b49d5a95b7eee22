// Child processes: a cluster whose processes are killed and come again, and a fork that talks to its parent.
//
// PAYWELCOME_LONG=1 kills more of them.

import assert from 'node:assert/strict'
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'node:test'

import { Client } from 'paywelcome'
import { CANCEL, done, gateway, settings } from './gateway.mjs'

const here = new URL('.', import.meta.url)
const KILLS = process.env.PAYWELCOME_LONG ? 50 : 6

test('a cluster’s processes that are killed and started again: nothing twice, and the others continue', async (t) => {
  const server = await gateway(t, done)
  const env = { ...process.env, CASE: JSON.stringify({ settings: settings(server), request: CANCEL, kills: KILLS }) }
  const child = spawn(process.execPath, ['respawn.mjs'], { cwd: here, env, timeout: 300_000 })
  let text = ''
  child.stdout.on('data', (chunk) => { text += chunk })
  child.stderr.on('data', (chunk) => { text += chunk })
  assert.deepEqual(await once(child, 'close'), [0, null], text)
  assert.equal(text, `${KILLS} killed, ${KILLS + 3} forked\n`)
  const tids = server.requests.map(({ fields }) => fields.tid)
  assert.equal(new Set(tids).size, tids.length)
  assert.equal(tids.filter((tid) => tid.startsWith('primary-')).length, 200)
})

test('child_process.fork: parent and child each have their own calls, and a killed child is no matter', async (t) => {
  const server = await gateway(t, done)
  const client = new Client(settings(server))
  const env = { ...process.env, CASE: JSON.stringify({ settings: settings(server), request: CANCEL }) }
  const options = { cwd: here, env }
  const children = Array.from({ length: 3 }, () => fork('forked.mjs', options))
  const told = await Promise.all(children.map(async (child) => (await once(child, 'message'))[0]))
  assert.deepEqual(told, [12_000, 12_000, 12_000])
  const own = Array.from({ length: 50 }, () => client.cancel(CANCEL))
  const ends = children.map((child) => once(child, 'exit'))
  children[0].kill('SIGKILL')
  children[1].disconnect()
  children[2].send('again')
  assert.equal((await once(children[2], 'message'))[0], 12_000)
  children[2].disconnect()
  assert.deepEqual(await Promise.all(ends), [[null, 'SIGKILL'], [0, null], [0, null]])
  assert.equal((await Promise.all(own)).length, 50)
})
