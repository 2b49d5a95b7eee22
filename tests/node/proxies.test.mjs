// Proxies: one that is named is used with what was written, or refused by name; a request never goes out beside it.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'
import { Worker } from 'node:worker_threads'

import { cancel, Client } from 'paywelcome'
import { CANCEL, done, gateway, http, MID, rejection, settings, SIGN_KEY } from './gateway.mjs'

const PROXIES = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']
for (const name of Object.keys(process.env)) {
  if (/^PAYWELCOME_|^(https?|all|no)_proxy$/i.test(name)) delete process.env[name]
}

const AWAY = { mid: MID, signKey: SIGN_KEY, baseUrl: 'https://gateway.invalid', connectRetries: 0, timeoutMs: 5000 }
const refusing = (t) => gateway(t, () => http(403, null, ''))
const before = (proxy, credentials) => proxy.url.replace('//', `//${credentials}`)

/** Runs `run` with these variables, and without them after it. */
async function withVariables(variables, run) {
  Object.assign(process.env, variables)
  try {
    return await run()
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name]
  }
}

/** What a proxy was told of its user and password, for each tunnel that it was asked for. */
function told(proxy) {
  assert.ok(proxy.requests.every(({ method, path }) => method === 'CONNECT' && path === 'gateway.invalid:443'))
  const headers = proxy.requests.map(({ headers }) => headers['proxy-authorization'] ?? '')
  return headers.map((header) => Buffer.from(header.replace('Basic ', ''), 'base64').toString())
}

test('a proxy is told what was written', async (t) => {
  for (const [credentials, expected] of [
    ['', ''],
    ['user@', 'user:'],
    ['user:p%40ss%23@', 'user:p@ss#'],
    ['user:p@ss@', 'user:p@ss'],
    ['user:p:ss@', 'user:p:ss'],
    ['user:p%zs@', 'user:p%zs'],
    ['CORP\\user:word@', 'CORP\\user:word'],
    ['user:^|{}<>"` x@', 'user:^|{}<>"` x'],
    ['user:비밀@', 'user:비밀'],
  ]) {
    const proxy = await refusing(t)
    const url = before(proxy, credentials)
    assert.equal((await rejection(new Client({ ...AWAY, proxy: url }).cancel(CANCEL))).kind, 'proxy', url)
    const of = await withVariables({ HTTPS_PROXY: ` "${url}"\n` }, () => new Client(AWAY))
    assert.equal((await rejection(of.cancel(CANCEL))).kind, 'proxy', url)
    assert.deepEqual(told(proxy), [expected, expected])
  }
})

test('what is not understood makes no client, and is not shown', async () => {
  for (const url of [
    'http://user:PLANTED#x@127.0.0.1:1',
    'http://user:PLANTED/x@127.0.0.1:1',
    'http://user:PLANTED?x@127.0.0.1:1',
    'http://user:12#PLANTED@127.0.0.1:1',
    'http://user:PLANTED%0A@127.0.0.1:1',
    'http://user:PLANTED@pro xy:1',
    'http://user:PLANTED@::1:1',
    'http://user:PLANTED\ufffd@127.0.0.1:1',
    'socks5://user:PLANTED@127.0.0.1:1',
    'http:127.0.0.1:1',
    'http://',
  ]) {
    const look = (error, start) => {
      assert.equal(error.code, 'PAYWELCOME_CONFIGURATION', url)
      assert.deepEqual(error.errors.map(({ field }) => field), ['proxy'])
      assert.ok(error.errors[0].message.startsWith(start), error.message)
      assert.ok(!`${error.stack}${JSON.stringify(error)}`.includes('PLANTED'), error.stack)
    }
    const refused = (options) => {
      try {
        new Client(options)
      } catch (error) {
        return error
      }
      throw new Error(`${url} was taken`)
    }
    look(refused({ ...AWAY, proxy: url }), '')
    for (const name of PROXIES) look(await withVariables({ [name]: url }, () => refused(AWAY)), `${name} `)
  }
})

test('the module functions name the variable too', async () => {
  const variables = { PAYWELCOME_MID: 'm', PAYWELCOME_SIGN_KEY: 'k', PAYWELCOME_ENVIRONMENT: 'test', ALL_PROXY: 'http://' }
  const error = await withVariables(variables, () => rejection(cancel(CANCEL)))
  assert.match(error.message, /ALL_PROXY has no host/)
})

test('no proxy reads what goes to a plain http gateway', async (t) => {
  const proxy = await refusing(t)
  for (const baseUrl of ['http://127.0.0.1:9', 'http://localhost:9', 'http://[::1]:9']) {
    for (const given of [proxy.url, 'http://proxy.example:3128', 'https://proxy.example']) {
      assert.throws(() => new Client({ ...AWAY, baseUrl, proxy: given }), /proxy: .*plain http/)
    }
  }
  assert.equal(proxy.requests.length, 0)
})

test('variables mean what they mean to curl', async (t) => {
  for (const [variables, isAsked] of [
    [{ https_proxy: 'P', HTTPS_PROXY: 'X', ALL_PROXY: 'X' }, true],
    [{ HTTPS_PROXY: 'P', all_proxy: 'X' }, true],
    [{ https_proxy: '', HTTPS_PROXY: 'P' }, true],
    [{ all_proxy: 'P', ALL_PROXY: 'X' }, true],
    [{ http_proxy: 'X', HTTP_PROXY: 'X' }, false],
    [{ HTTPS_PROXY: 'X', NO_PROXY: '*.invalid' }, false],
    [{ HTTPS_PROXY: 'X', NO_PROXY: 'a gateway.invalid' }, false],
    [{ HTTPS_PROXY: 'X', no_proxy: '', NO_PROXY: 'gateway.invalid:443' }, false],
    [{ HTTPS_PROXY: 'P', no_proxy: 'a', NO_PROXY: '*' }, true],
  ]) {
    const [proxy, other] = [await refusing(t), await refusing(t)]
    const named = Object.entries(variables).map(([name, value]) => [
      name,
      value.replace('P', proxy.url).replace('X', other.url),
    ])
    const client = await withVariables(Object.fromEntries(named), () => new Client(AWAY))
    const error = await rejection(client.cancel(CANCEL))
    assert.deepEqual([error.kind === 'proxy', proxy.requests.length], [isAsked, Number(isAsked)], JSON.stringify(variables))
    assert.equal(other.requests.length, 0)
  }
})

test('this machine is reached without the environment’s proxy', async (t) => {
  const [server, proxy] = [await gateway(t, done), await refusing(t)]
  const variables = Object.fromEntries(PROXIES.map((name) => [name, proxy.url]))
  await withVariables(variables, () => new Client(settings(server)).cancel(CANCEL))
  assert.deepEqual([server.requests.length, proxy.requests.length], [1, 0])
})

test('a worker’s own environment counts, for all variables alike', async (t) => {
  const [own, outer] = [await refusing(t), await refusing(t)]
  const source = `
    const { parentPort } = require('node:worker_threads')
    const { Client, cancel } = require('paywelcome')
    const request = ${JSON.stringify(CANCEL)}
    const told = async (call) => parentPort.postMessage(await call().then(() => 'done', (error) => error.kind + ' ' + error.message))
    const client = (more) => new Client({ baseUrl: 'https://gateway.invalid', connectRetries: 0, timeoutMs: 5000, ...more })
    told(async () => client().cancel(request))
      .then(() => told(async () => client({ trustEnv: false }).cancel(request)))
      .then(() => { process.env.HTTPS_PROXY = 'http://' })
      .then(() => told(async () => client().cancel(request)))`
  const run = async (env) => {
    const worker = new Worker(source, { eval: true, env })
    const said = []
    worker.on('message', (line) => said.push(line))
    await once(worker, 'exit')
    return said
  }
  const keyed = { PAYWELCOME_MID: MID, PAYWELCOME_SIGN_KEY: SIGN_KEY }
  await withVariables({ HTTPS_PROXY: outer.url, NO_PROXY: '*' }, async () => {
    const [first, second, third] = await run({ ...keyed, HTTPS_PROXY: own.url })
    assert.match(first, /^proxy /)
    assert.match(second, /^(dns|timeout) /)
    assert.match(third, /^configuration .*HTTPS_PROXY has no host/)
    // One that has none goes directly, whatever the process has.
    assert.match((await run(keyed))[0], /^(dns|timeout) /)
  })
  assert.deepEqual([own.requests.length, outer.requests.length], [1, 0])
})
