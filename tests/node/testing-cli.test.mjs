// The command line: `npx paywelcome sandbox`, a gateway for tests in any language.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import { Client } from 'paywelcome'
import { Sandbox } from 'paywelcome/testing'

const { bin, version } = createRequire(import.meta.url)('../../package.json')
const cli = fileURLToPath(new URL(`../../${bin.paywelcome}`, import.meta.url))
const windows = process.platform === 'win32'
const linux = process.platform === 'linux'

function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], { encoding: 'utf8', timeout: 30_000 })
  return { status, stdout, stderr }
}

/** Starts a sandbox by the command line; it ends with the test at the latest. */
async function serve(t, ...args) {
  const child = spawn(process.execPath, [cli, 'sandbox', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  const closed = once(child, 'close')
  let [out, noise] = ['', '']
  child.stderr.on('data', (chunk) => { noise += chunk })
  const line = new Promise((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      out += chunk
      if (out.endsWith('\n')) resolve(out)
    })
    closed.then(() => reject(new Error(`it ended: ${noise}`)))
  })
  const ready = JSON.parse(await line)
  return { ready, child, ended: async () => ({ end: await closed, out, noise }) }
}

function folder(t) {
  const path = mkdtempSync(join(tmpdir(), 'paywelcome-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`it says where it listens, serves, and ends cleanly on ${signal}`, { skip: windows }, async (t) => {
    const { ready, child, ended } = await serve(t, '--port', '0')
    assert.deepEqual(Object.keys(ready).sort(), ['ca_file', 'inspector', 'mid', 'sign_key', 'url'])
    assert.match(ready.url, /^http:\/\/127\.0\.0\.1:\d+$/)
    assert.deepEqual([ready.inspector, ready.ca_file], [`${ready.url}/_sandbox/`, null])
    const headers = { 'Content-Type': 'application/json' }
    const approve = { method: 'POST', headers, body: '{"price": 900}' }
    const { tid } = await (await fetch(`${ready.url}/_sandbox/api/approve`, approve)).json()
    const client = new Client({ mid: ready.mid, signKey: ready.sign_key, baseUrl: ready.url })
    assert.equal((await client.cancel({ payType: 'card', tid, price: 900 })).price, 900)
    child.kill(signal)
    const { end, out, noise } = await ended()
    assert.deepEqual([end, noise, out.split('\n').length], [[0, null], '', 2])
  })
}

test('it is set up from a file, and speaks https', { skip: windows }, async (t) => {
  const place = folder(t)
  const [seed, authority] = [join(place, 'seed.json'), join(place, 'ca.pem')]
  const tid = 'WPSBX_CARDsandbox00120260930120000000001'
  writeFileSync(seed, JSON.stringify({ rules: { cancel_tid_length: 22 }, payments: [{ price: 900, tid }] }))
  const { ready, child, ended } = await serve(t, '--tls', `--ca-file=${authority}`, '--seed', seed)
  assert.deepEqual([ready.ca_file, new URL(ready.url).protocol], [authority, 'https:'])
  assert.match(readFileSync(authority, 'utf8'), /^-----BEGIN CERTIFICATE-----/)
  const settings = { mid: ready.mid, signKey: ready.sign_key, baseUrl: ready.url, caBundle: authority }
  assert.equal((await new Client(settings).cancel({ payType: 'card', tid, price: 900 })).price, 900)
  child.kill()
  assert.deepEqual((await ended()).end, [0, null])
})

test('a client trusts what it fetches, at an address that the sandbox is told of', { skip: !linux }, async (t) => {
  const flags = ['--host', '0.0.0.0', '--allow-remote', '--tls', '--name', '127.0.0.2']
  const { ready, child, ended } = await serve(t, ...flags)
  assert.match(ready.url, /^https:\/\/127\.0\.0\.2:\d+$/)
  const fetched = await fetch(`${ready.url.replace('https', 'http')}/_sandbox/ca.pem`)
  const caBundle = join(folder(t), 'ca.pem')
  writeFileSync(caBundle, await fetched.text())
  const settings = { mid: ready.mid, signKey: ready.sign_key, baseUrl: ready.url }
  const request = { payType: 'card', tid: 'none', price: 900 }
  await assert.rejects(new Client({ ...settings, caBundle }).cancel(request), { outcome: 'declined' })
  await assert.rejects(new Client(settings).cancel(request), { outcome: 'not_sent', kind: 'tls' })
  child.kill()
  assert.deepEqual((await ended()).end, [0, null])
})

const terminal = linux && spawnSync('script', ['--version']).status === 0
test('in a terminal it prints what to copy', { skip: !terminal }, async (t) => {
  // It gives the command a terminal, and what the command wrote there to us.
  const command = `'${process.execPath}' '${cli}' sandbox`
  const child = spawn('script', ['--quiet', '--command', command, '/dev/null'], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill())
  let said = ''
  for await (const chunk of child.stdout) {
    said += chunk
    if (/PAYWELCOME_BASE_URL.*\r\n/.test(said)) break
  }
  const { url, mid, sign_key } = JSON.parse(said.slice(0, said.indexOf('\n')))
  const exports = said.split('\r\n').filter((line) => line.startsWith('export '))
  assert.deepEqual(exports, [
    `export PAYWELCOME_MID=${mid}`,
    `export PAYWELCOME_SIGN_KEY=${sign_key}`,
    `export PAYWELCOME_BASE_URL=${url}`,
  ])
})

test('help that is worth reading', () => {
  const general = run()
  assert.deepEqual([general.status, general.stderr], [0, ''])
  assert.match(general.stdout, /^usage: npx paywelcome <command>[^]*sandbox/)
  for (const word of ['--help', '-h', 'help']) assert.deepEqual(run(word), general)
  assert.deepEqual(run('--version'), { status: 0, stdout: `${version}\n`, stderr: '' })
  const { status, stdout, stderr } = run('sandbox', '--help')
  assert.deepEqual([status, stderr], [0, ''])
  assert.match(stdout, /^usage: npx paywelcome sandbox /)
  for (const name of ['--port', '--host', '--name', '--tls', '--seed', '--ca-file']) {
    assert.ok(stdout.includes(`\n  ${name} `), name)
  }
  for (const line of stdout.split('\n')) assert.ok(line.length <= 100, line)
})

test('what it can’t use it says in two lines, without a stack', (t) => {
  const place = folder(t)
  for (const [args, words] of [
    [['refund'], 'there is no command refund'],
    [['sandbox', '--port'], '--port needs a number'],
    [['sandbox', '--port', '70000'], '--port needs a number'],
    [['sandbox', '--host', 'example.com'], '--host needs an IP address'],
    [['sandbox', '--host', '0.0.0.0'], 'loopback'],
    [['sandbox', '--host', '0.0.0.0', '--name', 'gateway'], 'loopback'],
    [['sandbox', '--name', 'https://gateway'], 'not a name of a host'],
    [['sandbox', '--ca-file', join(place, 'ca.pem')], '--ca-file needs --tls'],
    [['sandbox', '--mid', 'far-too-long-a-mid'], 'mid'],
    [['sandbox', '--verbose'], 'unknown argument: --verbose'],
  ]) {
    const { status, stdout, stderr } = run(...args)
    assert.deepEqual([status, stdout], [2, ''], args.join(' '))
    assert.match(stderr, /^paywelcome( sandbox)?: .*\nTry npx paywelcome( sandbox)? --help\.\n$/)
    assert.ok(stderr.includes(words), stderr)
  }
  assert.equal(existsSync(join(place, 'ca.pem')), false)
})

test('what stands in its way it says in one line', (t) => {
  const taken = new Sandbox()
  t.after(() => taken.close())
  const seed = join(folder(t), 'seed.json')
  writeFileSync(seed, '{"payments": [{"price": 0}]}')
  for (const args of [
    ['--port', new URL(taken.url).port],
    ['--seed', `${seed}.none`],
    ['--seed', seed],
    ['--tls', '--ca-file', join(seed, 'ca.pem')],
  ]) {
    const { status, stdout, stderr } = run('sandbox', ...args)
    assert.deepEqual([status, stdout], [1, ''], args.join(' '))
    assert.match(stderr, /^paywelcome sandbox: .+\n$/)
  }
})
