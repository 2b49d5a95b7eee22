// What a program or a test has made of the language and of Node.js before, or around, a call.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import { CANCEL, done, gateway, json, settings, TID } from './gateway.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const LIMIT = { timeout: 60_000 }

/** Starts a program of this folder; `ended` is what it wrote, at its end. */
function start(t, ...args) {
  const child = spawn(process.execPath, ['--no-warnings', ...args], { cwd: here, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  t.after(() => child.kill('SIGKILL'))
  let [out, noise] = ['', '']
  child.stdout.on('data', (chunk) => { out += chunk })
  child.stderr.on('data', (chunk) => { noise += chunk })
  return { child, ended: once(child, 'close').then((end) => ({ out, noise, end })) }
}

for (const whose of ['node:test', 'sinon']) {
  for (const from of ['before the package is loaded', 'before a client is made', 'while a call is under way']) {
    test(`closes end though the clock of ${whose} stands, from ${from}`, LIMIT, async (t) => {
      const { out, noise, end } = await start(t, 'clocked.cjs', whose, from).ended
      assert.deepEqual([noise, end], ['', [0, null]])
      assert.deepEqual(JSON.parse(out), [[2, 2, 2], [[], []], [1, 'unknown'], ['done'], 2])
    })
  }
}

const kinds = ['a value', 'a function', 'a value that stays', 'a getter', 'a setter that keeps nothing', 'what throws', 'frozen']
// Names of ours, of property descriptors and of what else is looked for in objects; none that stops Node.js itself.
const ours = 'outcome kind message errors field code tid reference raw cause refused attempts operation timeoutMs onSettled'
const names = `should each isEmpty toJSON findings detail price ${ours}`.split(' ')
const descriptors = ['enumerable', 'configurable', 'get', 'set']

for (const kind of kinds) {
  for (const added of [names, descriptors]) {
    if (kind === 'frozen' && added === descriptors) continue
    test(`to every object was added ${kind} before the package was loaded: ${added[0]}, …`, LIMIT, async (t) => {
      const server = await gateway(t, async ({ fields }) => {
        if (fields.price === '1') return json({ ResultCode: 'V801', ResultMsg: 'no' })
        if (fields.price === '2') {
          child.send('abort')
          await once(child, 'message')
        }
        return done({ fields })
      })
      const given = [kind, settings(server), CANCEL, added].map((value) => JSON.stringify(value))
      const { child, ended } = start(t, 'polluted.cjs', ...given)
      const { out, noise } = await ended
      // Node.js itself can't make a warning where it can't give it a code.
      assert.match(noise, /^(\[PAYWELCOME_SETTLED\] .*\n)?$/)
      const error = (name, outcome, kind, errors) => [name, outcome, kind, TID, errors]
      const [configuration, receipt, declined, invalid, aborted, late, left, told] = JSON.parse(out)
      assert.deepEqual([configuration, receipt], [true, ['done', 12_000, '00']])
      assert.deepEqual(declined, error('DeclinedError', 'declined', 'declined', []))
      assert.deepEqual([invalid[0], invalid[1], invalid[4].map(({ field }) => field)], ['InvalidRequestError', 'not_sent', ['price', 'other']])
      assert.deepEqual([aborted[0], aborted[1], aborted[3]], ['AbortError', 'not_sent', TID])
      assert.deepEqual([late[1], late[3], left, told], ['unknown', TID, 0, ['done']])
    })
  }
}

const works = [
  '--disallow-code-generation-from-strings', '--frozen-intrinsics', '--disable-proto=delete', '--disable-proto=throw',
  '--throw-deprecation', '--enable-source-maps', '--stack-trace-limit=0',
]
test('flags of Node.js that change the language', LIMIT, async (t) => {
  const server = await gateway(t, done)
  const source = `
    const { Client } = require('paywelcome')
    const client = new Client({ ...${JSON.stringify(settings(server))}, onAttempt() {} })
    const request = ${JSON.stringify(CANCEL)}
    const refused = () => client.cancel({ ...request, price: 0 }).catch(({ outcome }) => outcome)
    const all = [client.cancel(request).then(({ price }) => price), refused(), client.close()]
    Promise.all(all).then((ends) => console.log(JSON.stringify(ends)))`
  for (const flag of works) {
    const { out, noise, end } = await start(t, flag, '-e', source).ended
    assert.deepEqual([out.trim(), noise, end], ['[12000,"not_sent",[]]', '', [0, null]], flag)
  }
})

test('a process that may load no addons is told so', () => {
  const { major } = /v(?<major>\d+)/.exec(process.version).groups
  const permission = Number(major) < 24 ? '--experimental-permission' : '--permission'
  for (const flags of [['--no-addons'], [permission, '--allow-fs-read=*']]) {
    const { stderr, status } = spawnSync(process.execPath, [...flags, '-e', "require('paywelcome')"], { cwd: here, encoding: 'utf8' })
    assert.equal(status, 1)
    assert.match(stderr, /PAYWELCOME_NATIVE/)
    assert.match(stderr, /this process may load no addons: .*--no-addons/)
    assert.match(stderr, /--allow-addons/)
    assert.doesNotMatch(stderr, /damaged|npm install/)
  }
})
