// Secrets: nothing that can be shown of the package holds the sign key, the mkey, a signature or a proxy's password.

import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import test from 'node:test'

import { Sandbox } from 'paywelcome/testing'
import { CANCEL, done, gateway, http, json, rejection } from './gateway.mjs'

const KEY = 'PLANTED-sign-key-b3JpZ2luYWwtYnl0ZXM-7f3a9c51'
const PASSWORD = 'PLANTED-proxy-password-5d1e'
const sha256 = (text) => createHash('sha256').update(text).digest('hex')
const MKEY = sha256(KEY)

/** Fails where `text` has a secret in full, in part or in another spelling. */
function clean(text, secrets, what) {
  for (const secret of secrets) {
    const spellings = [secret, secret.toUpperCase(), secret.slice(0, 20), secret.slice(-20)]
    const bytes = Buffer.from(secret)
    for (const encoding of ['hex', 'base64', 'base64url']) spellings.push(bytes.toString(encoding).slice(0, 24))
    spellings.push(encodeURIComponent(secret), [...bytes].join(', '), [...bytes].join(','))
    for (const spelling of spellings) {
      const at = text.indexOf(spelling)
      assert.ok(at < 0, `${what}: …${text.slice(Math.max(0, at - 200), at + 80)}…`)
    }
  }
}

const switches = { NODE_DEBUG: '*', NODE_OPTIONS: '--trace-warnings --trace-uncaught', RUST_LOG: 'trace', RUST_BACKTRACE: 'full' }

for (const [what, env] of [['as ever', {}], ['with every debug switch', switches]]) {
  test(`whatever is shown, ${what}`, { timeout: 240_000 }, async (t) => {
    let child
    const server = await gateway(t, async (request, socket) => {
      const { body, fields } = request
      const { tid } = fields
      switch (tid) {
        case 'done':
          return done(request, { RmainPrice: fields.confirmPrice, Price: fields.price ?? fields.cancelPrice })
        case 'echoes':
          return done(request, { ResultMsg: body, RmainPrice: '2', [body]: [body, MKEY], mkey: MKEY })
        case 'echoes-html':
          return http(500, 'text/html', `<pre>${body} ${MKEY}</pre>`)
        case 'echoes-declined':
          return json({ ResultCode: '01', ResultMsg: `${body} ${MKEY}`, more: { deep: fields.signature } })
        case 'status':
          return http(503, null, body)
        case 'noise':
          return Buffer.from(`${body}\r\n\r\n`)
        case 'held': {
          child.send('arrived')
          await once(child, 'message')
          return done(request)
        }
        default:
          return void socket.destroy()
      }
    })
    const dead = createServer().listen(0, '127.0.0.1')
    await once(dead, 'listening')
    const { port } = dead.address()
    await new Promise((resolve) => dead.close(resolve))
    child = fork('secrets-story.mjs', {
      cwd: new URL('.', import.meta.url),
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { text += chunk })
    child.send({
      settings: { mid: 'welcometst', baseUrl: server.url, timeoutMs: 60_000, trustEnv: false },
      credentials: [{ signKey: KEY }, { mkey: MKEY }],
      request: CANCEL,
      key: KEY,
      mkey: MKEY,
      password: PASSWORD,
      dead: `127.0.0.1:${port}`,
    })
    const [code] = await once(child, 'close')
    assert.equal(code, 1, text.slice(-2_000))
    const signatures = server.requests.map(({ fields }) => fields.signature)
    assert.ok(signatures.length > 30)
    // What was shown must be there, or nothing was looked at.
    const errors = ['OutcomeUnknownError', 'DeclinedError', 'InvalidRequestError', 'ConfigurationError', 'AbortError']
    for (const word of [...errors, 'CancelReceipt', 'PAYWELCOME_SETTLED', 'reportVersion', 'welcometst']) {
      assert.ok(text.includes(word), word)
    }
    clean(text, [KEY, MKEY, PASSWORD, ...new Set(signatures)], what)
    t.diagnostic(`${text.length} characters shown, ${signatures.length} signatures`)
  })
}

test('what a sandbox records and says holds no key', async (t) => {
  const bank = new Sandbox({ signKey: KEY })
  t.after(() => bank.close())
  const client = bank.client()
  const tid = bank.approve({ price: 500 })
  await client.cancel({ payType: 'card', tid, price: 500 })
  await rejection(client.cancel({ payType: 'card', tid, price: 500 }))
  const form = { payType: 'card', mid: bank.mid, tid, price: '500', timestamp: bank.clock().now }
  for (const signature of [KEY, MKEY, sha256(`mid=${bank.mid}&mkey=${KEY}&timestamp=${form.timestamp}`)]) {
    const hidden = signature === KEY || signature === MKEY
    const body = new URLSearchParams({ ...form, signature })
    const answer = await fetch(`${bank.url}/cancel/cancel`, { method: 'POST', body })
    // Who posts a key has it in the record of what was posted, and nowhere else.
    if (hidden) clean(await answer.text(), [KEY, MKEY], 'the answer')
  }
  const posted = bank.requests().filter(({ fields }) => ![KEY, MKEY].includes(fields.signature))
  const said = bank.requests().map(({ explanation, resultMsg, sent }) => [explanation, resultMsg, sent])
  clean(JSON.stringify([posted, said, bank.payments(), bank.balances(), bank.command('stats'), bank]), [KEY, MKEY], 'the records')
  assert.throws(() => new Sandbox({ signKey: KEY, port: -1 }), (error) => {
    clean(`${error.stack}${JSON.stringify(error)}`, [KEY], 'an error')
    return true
  })
})
