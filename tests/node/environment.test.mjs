// The PAYWELCOME_* variables: what they may replace, and how they are named where they are wrong.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import test from 'node:test'

import { Client } from 'paywelcome'
import { Sandbox } from 'paywelcome/testing'
import { MID, SIGN_KEY } from './gateway.mjs'

for (const name of Object.keys(process.env)) {
  if (/^PAYWELCOME_|^(https?|all|no)_proxy$/i.test(name)) delete process.env[name]
}

const HOSTS = { production: 'https://payapi.paywelcome.co.kr', test: 'https://tpayapi.paywelcome.co.kr' }
const KEYED = { mid: MID, signKey: SIGN_KEY }

const warnings = []
process.on('warning', (warning) => warnings.push(warning))

function withVariables(variables, run) {
  Object.assign(process.env, variables)
  try {
    return run()
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name]
  }
}

function refused(options) {
  try {
    new Client(options)
  } catch (error) {
    assert.equal(error.code, 'PAYWELCOME_CONFIGURATION')
    return error
  }
  throw new Error('a client was made')
}

test('a host that code names is not replaced', () => {
  for (const [environment, host] of Object.entries(HOSTS)) {
    for (const away of ['https://gateway.example', 'https://10.0.0.1', HOSTS[environment === 'test' ? 'production' : 'test']]) {
      const error = withVariables({ PAYWELCOME_BASE_URL: away }, () => refused({ ...KEYED, environment }))
      const [{ field, message }] = error.errors
      assert.deepEqual([field, error.errors.length, error.outcome], ['baseUrl', 1, 'not_sent'])
      assert.ok(message.startsWith('PAYWELCOME_BASE_URL ') && message.includes(away) && message.includes(host), message)
    }
  }
})

test('a sandbox may stand in, and is warned of once', async (t) => {
  const bank = new Sandbox()
  t.after(() => bank.close())
  const warned = once(process, 'warning')
  const client = withVariables(
    { PAYWELCOME_BASE_URL: bank.url },
    () => new Client({ mid: bank.mid, signKey: bank.signKey, environment: 'production' }),
  )
  for (const price of [1, 2]) await client.cancel({ payType: 'card', tid: bank.approve({ price }), price })
  const [{ name, code, message }] = await warned
  assert.deepEqual([name, code], ['PaywelcomeWarning', 'PAYWELCOME_BASE_URL'])
  assert.ok(message.includes(bank.url) && message.includes(HOSTS.production), message)
  assert.deepEqual([bank.executions, warnings.length], [2, 1])
})

test('what code gives is never replaced, and what it leaves open is not warned of', async () => {
  const away = { PAYWELCOME_BASE_URL: 'http://127.0.0.1:9' }
  for (const more of [{}, { environment: 'production' }]) {
    const client = withVariables(away, () => new Client({ ...KEYED, baseUrl: 'https://a.example', ...more }))
    assert.equal(client.baseUrl, 'https://a.example')
  }
  for (const more of [{}, { PAYWELCOME_ENVIRONMENT: 'production' }]) {
    assert.equal(withVariables({ ...away, ...more }, () => new Client(KEYED)).baseUrl, 'http://127.0.0.1:9')
  }
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(warnings.length, 1)
})

test('the rest of a paste is named and not shown', () => {
  const variables = {
    mid: 'PAYWELCOME_MID',
    signKey: 'PAYWELCOME_SIGN_KEY',
    mkey: 'PAYWELCOME_MKEY',
    environment: 'PAYWELCOME_ENVIRONMENT',
    baseUrl: 'PAYWELCOME_BASE_URL',
  }
  for (const [value, words] of Object.entries({
    '"PLANTED"': 'quotes',
    '“PLANTED”': 'quotes',
    '\ufeffPLANTED': 'U+FEFF',
    'PLAN\u200bTED': 'U+200B',
    'PLAN\u00a0TED': 'U+00A0',
    'PLANTED\n': 'line break',
    'PLANTED ': 'white space',
    '${PLANTED}': 'variable',
    '{{ PLANTED }}': 'variable',
    'undefined': 'missing',
    'null': 'missing',
    '***': 'mask',
    'PLANTED\ufffd': 'U+FFFD',
  })) {
    for (const [setting, variable] of Object.entries(variables)) {
      const good = { ...KEYED, environment: 'test' }
      delete good[setting === 'mkey' ? 'signKey' : setting]
      if (setting === 'baseUrl') delete good.environment
      const look = (error, starts) => {
        const [{ field, message }] = error.errors
        assert.deepEqual([field, error.errors.length], [setting, 1])
        assert.ok(message.includes(words) && message.startsWith(`${variable} `) === starts, `${setting}: ${message}`)
        assert.ok(!error.stack.includes('PLANTED'))
      }
      look(refused({ ...good, [setting]: value }), false)
      look(withVariables({ [variable]: value }, () => refused(good)), true)
    }
  }
  const error = withVariables({ PAYWELCOME_ENVIRONMENT: '"production"' }, () => refused(KEYED))
  assert.match(error.message, /PAYWELCOME_ENVIRONMENT has quotes around it/)
})

test('a variable that was set to nothing is told to be missing', () => {
  process.env.PAYWELCOME_SIGN_KEY = undefined
  try {
    assert.match(refused({ mid: MID, environment: 'test' }).message, /PAYWELCOME_SIGN_KEY is a word for a missing value/)
  } finally {
    delete process.env.PAYWELCOME_SIGN_KEY
  }
})
