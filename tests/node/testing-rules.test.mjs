// A gateway whose rules, clock, merchants and balances a test sets.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { pathToFileURL } from 'node:url'

import { Client } from 'paywelcome'
import { Sandbox, SandboxError } from 'paywelcome/testing'
import { rejection } from './gateway.mjs'

const DEFAULTS = {
  confirmPrice: 'enforced',
  confirmPriceAtOnce: 'enforced',
  sameAgain: 'judged',
  fullPrice: 'enforced',
  fullAfterPartial: 'declined',
  moreThanRemains: 'declined',
  checkedFirst: 'signature',
  timestamp: 'both',
  cancelTidLength: 40,
  alreadyCancelledCode: 'SBX401',
  freshnessSeconds: null,
  signatureFormat: 'name_value',
  connections: 'kept',
}

function start(t, options) {
  const bank = new Sandbox(options)
  t.after(() => bank.close())
  return bank
}

/** The `resultCode` of a call: that of its decline where it is declined. */
async function code(call) {
  return await call.then(({ resultCode }) => resultCode, ({ resultCode, message }) => resultCode ?? message)
}

function refuses(call, argument, kind = 'invalid_argument') {
  assert.throws(call, (error) => {
    assert.ok(error instanceof SandboxError && error instanceof Error)
    assert.deepEqual([error.name, error.code, error.argument], ['SandboxError', kind, argument])
    if (argument) assert.ok(error.message.includes(argument.split('.').at(-1)), error.message)
    return true
  })
}

test('rules are switched while it runs, and reset to those it started with', async (t) => {
  const bank = start(t, { rules: { cancelTidLength: 22 } })
  assert.deepEqual(bank.rules(), { ...DEFAULTS, cancelTidLength: 22 })
  const tid = bank.approve({ price: 1000 })
  const part = { payType: 'card', tid, cancelPrice: 100, confirmPrice: 5 }
  assert.notEqual(await code(bank.client().partialCancel(part)), '00')
  assert.equal(bank.setRules({ confirmPrice: 'ignored' }).confirmPrice, 'ignored')
  const moved = await bank.client().partialCancel({ ...part, confirmPrice: 900 })
  assert.equal(moved.cancelTid.length, 22)
  const request = { payType: 'card', tid: bank.approve({ price: 5 }), price: 5 }
  bank.setRules({ alreadyCancelledCode: 'DUP1' })
  assert.equal(await code(bank.client().cancel(request)), '00')
  assert.equal(await code(bank.client().cancel(request)), 'DUP1')
  assert.equal(bank.setRules({ freshnessSeconds: 60 }).freshnessSeconds, 60)
  assert.equal(bank.setRules({ freshnessSeconds: 'off' }).freshnessSeconds, null)
  bank.reset()
  assert.deepEqual(bank.rules(), { ...DEFAULTS, cancelTidLength: 22 })
  assert.deepEqual([bank.payments(), bank.requests(), bank.executions], [[], [], 0])
})

test('the freshness window goes by the sandbox’s clock', async (t) => {
  const bank = start(t, { rules: { freshnessSeconds: 300 } })
  const request = { payType: 'card', tid: bank.approve({ price: 5 }), price: 5 }
  bank.advance(3_600)
  assert.notEqual(await code(bank.client().cancel(request)), '00')
  bank.setClock({ mode: 'machine' })
  assert.equal(await code(bank.client().cancel(request)), '00')
})

test('a phone payment can’t be cancelled in another month', async (t) => {
  const bank = start(t)
  assert.equal(bank.clock().mode, 'machine')
  assert.deepEqual(bank.setClock({ at: '20260930235959' }), { now: '20260930235959', mode: 'fixed' })
  const [one, two] = [1, 2].map(() => bank.approve({ price: 500, payType: 'hpp' }))
  const cancel = (tid) => code(bank.client().cancel({ payType: 'hpp', tid, price: 500 }))
  assert.equal(await cancel(one), '00')
  assert.deepEqual(bank.advance(1), { now: '20261001000000', mode: 'fixed' })
  assert.notEqual(await cancel(two), '00')
  assert.equal(bank.advance(-1).now, '20260930235959')
  assert.equal(await cancel(two), '00')
  assert.equal(bank.payment(two).cancels[0].dateTime, '20260930235959')
  assert.equal(bank.setClock({ at: '20260101000000', mode: 'running' }).mode, 'running')
})

test('what a payment is decides what can be done with it', async (t) => {
  const bank = start(t)
  const approve = (more) => bank.approve({ price: 1000, ...more })
  const part = (tid, payType = 'card') =>
    code(bank.client().partialCancel({ payType, tid, cancelPrice: 1, confirmPrice: 999 }))
  const full = (tid, payType = 'card') => code(bank.client().cancel({ payType, tid, price: 1000 }))
  assert.equal(await part(approve()), '00')
  const whole = approve({ partiallyCancellable: false })
  assert.notEqual(await part(whole), '00')
  assert.equal(await full(whole), '00')
  assert.notEqual(await full(approve({ payType: 'vbank', deposited: true }), 'vbank'), '00')
  assert.notEqual(await full(approve({ escrow: true })), '00')
  const tid = approve({ approvedAt: '20260102030405', moid: 'my-order', currency: 'USD' })
  const { approvedAt, moid, currency, partiallyCancellable, deposited, escrow } = bank.payment(tid)
  assert.deepEqual(
    { approvedAt, moid, currency, partiallyCancellable, deposited, escrow },
    {
      approvedAt: '20260102030405',
      moid: 'my-order',
      currency: 'USD',
      partiallyCancellable: true,
      deposited: false,
      escrow: false,
    },
  )
})

test('two merchants, and a payment of one unknown to the other', async (t) => {
  const bank = start(t)
  const shop = bank.addMerchant('othershop')
  assert.match(shop.signKey, /^paywelcome-sandbox-/)
  const named = bank.addMerchant('thirdshop', 'their-own-key')
  assert.deepEqual([named.mid, named.signKey], ['thirdshop', 'their-own-key'])
  const request = { payType: 'card', tid: bank.approve({ price: 700, mid: 'othershop' }), price: 700 }
  assert.notEqual(await code(bank.client().cancel(request)), '00')
  assert.notEqual(await code(named.client().cancel(request)), '00')
  assert.equal(await code(shop.client({ timeoutMs: 9_000 }).cancel(request)), '00')
  assert.deepEqual(bank.payments({ mid: 'othershop' }).map(({ tid }) => tid), [request.tid])
  assert.deepEqual(bank.payments({ mid: bank.mid }), [])
  refuses(() => bank.approve({ price: 1, mid: 'nobody' }), 'mid')
  refuses(() => bank.addMerchant('far too long'), 'mid')
})

test('a balance that is short now, and enough later', async (t) => {
  const bank = start(t)
  bank.setClock({ at: '20260930120000' })
  const limited = bank.setBalance({ amount: 100, credit: 5_000, creditAt: '20260930130000' })
  const balance = { mid: bank.mid, currency: 'WON', amount: 100, credit: 5_000, creditAt: '20260930130000' }
  assert.deepEqual(limited, [balance])
  assert.deepEqual(bank.balances(), [balance])
  const request = { payType: 'card', tid: bank.approve({ price: 1_000 }), price: 1_000 }
  assert.notEqual(await code(bank.client().cancel(request)), '00')
  bank.advance(3_600)
  assert.equal(await code(bank.client().cancel(request)), '00')
  assert.deepEqual(bank.setBalance({ amount: null }), [])
})

test('a balance without an amount is not a limit', (t) => {
  const bank = start(t)
  bank.addMerchant('othershop')
  for (const change of [{}, { mid: 'othershop' }, { currency: 'USD' }]) bank.setBalance({ amount: 1, ...change })
  assert.deepEqual(bank.setBalance().map(({ mid, currency }) => [mid, currency]).sort(), [['othershop', 'WON'], [bank.mid, 'USD']])
  bank.setBalance({ mid: 'othershop' })
  assert.deepEqual(bank.setBalance({ currency: 'USD' }), [])
  refuses(() => bank.setBalance({ credit: 1, creditAt: '20260930130000' }), 'amount')
})

test('a fault says what is missing', (t) => {
  const bank = start(t)
  for (const given of [{ lateMs: 5 }, { lateMs: 5, when: 'before_applying' }]) {
    refuses(() => bank.arm('close', given), 'lateMs')
    assert.throws(() => bank.arm('close', given), /^SandboxError: lateMs needs when to be late/)
    assert.throws(() => bank.seed({ faults: [{ kind: 'close', ...given }] }), { argument: 'faults[0].lateMs' })
  }
  refuses(() => bank.arm('close', { seed: 5 }), 'seed')
  bank.arm('close', { lateMs: 5, when: 'late' }).disarm()
})

const SEED = {
  clock: { at: '20260930120000' },
  rules: { confirmPrice: 'ignored' },
  merchants: [{ mid: 'seedshop', signKey: 'seed-key' }],
  balances: [{ mid: 'seedshop', amount: 10 }],
  payments: [{ price: 1_000 }, { price: 5, mid: 'seedshop', payType: 'hpp', approvedAt: '20260901000000' }],
  faults: [{ kind: 'close', when: 'before_applying', nth: 2 }],
}

test('many things are set up at once, from an object or a file', (t) => {
  const bank = start(t)
  const check = (done) => {
    assert.deepEqual(done.payments.map(({ tid }) => tid), bank.payments().map(({ tid }) => tid))
    assert.deepEqual(bank.payments().map(({ price, payType }) => [price, payType]), [[1_000, 'card'], [5, 'hpp']])
    assert.deepEqual([bank.clock().now, bank.rules().confirmPrice], ['20260930120000', 'ignored'])
    assert.deepEqual([bank.faults()[0].nth, bank.balances()[0].amount], [2, 10])
    bank.reset()
  }
  check(bank.seed(SEED))
  const folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'seed.json')
  const lower = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
  const snake = (text) => text.replace(/"\w+":/g, lower)
  writeFileSync(path, snake(JSON.stringify(SEED)))
  check(bank.seed(path))
  check(bank.seed(pathToFileURL(path)))
  refuses(() => bank.seed({ payments: [{ price: 1 }, { price: 1, payType: 'X' }] }), 'payments[1].payType')
  writeFileSync(path, '{"payments": [{"price": 1, "pay_type": "X"}]}')
  refuses(() => bank.seed(path), 'payments[0].pay_type')
  writeFileSync(path, '{"payments": [')
  refuses(() => bank.seed(path), null)
  assert.throws(() => bank.seed(join(folder, 'none.json')), { code: 'ENOENT' })
})

test('every command is there, in either spelling', (t) => {
  const bank = start(t)
  const { commands } = bank.command('commands')
  assert.ok(commands.length >= 20)
  assert.equal(bank.command('add_merchant', { mid: 'shop', sign_key: 'k' }).mid, 'shop')
  assert.equal(bank.command('setRules', { cancelTidLength: 22 }).cancelTidLength, 22)
  assert.equal(bank.command('approve', { price: 12n }).price, 12)
  assert.deepEqual(bank.command('stats').payments, 1)
})

test('what it can’t do is an error that names the argument', (t) => {
  const bank = start(t)
  refuses(() => new Sandbox({ port: -1 }), 'port')
  refuses(() => new Sandbox({ tls: 'yes' }), 'tls')
  refuses(() => new Sandbox({ signKey: 5 }), 'signKey')
  refuses(() => new Sandbox({ rules: { full_price: 'ignored' } }), 'full_price')
  refuses(() => new Sandbox({ rules: { fullPrice: 'sometimes' } }), 'fullPrice')
  refuses(() => new Sandbox({ port: Number(new URL(bank.url).port) }), null, 'unavailable')
  assert.throws(() => new Sandbox({ rules: { cancelTidLength: 7 } }), /cancelTidLength/)
  refuses(() => bank.approve({ price: 1, approvedAt: 'yesterday' }), 'approvedAt')
  refuses(() => bank.approve({ price: 1, partiallyCancellable: 1 }), 'partiallyCancellable')
  refuses(() => bank.approve({ price: 1, payType: new Date() }), 'payType')
  refuses(() => bank.approve({ price: 1, moid: '\ud800' }), 'moid')
  refuses(() => bank.setRules({ fullPrice: 'off' }), 'fullPrice')
  refuses(() => bank.setRules({ full_price: 'ignored' }), 'full_price')
  refuses(() => bank.setClock({ at: '20260231000000' }), 'at')
  refuses(() => bank.advance(Number.NaN), 'advanceSeconds')
  refuses(() => bank.advance(0.5), 'advanceSeconds')
  refuses(() => bank.setBalance({ amount: 1, credit: 1 }), 'creditAt')
  refuses(() => bank.setBalance({ amount: () => 5 }), 'amount')
  refuses(() => bank.setTls('expired'), null, 'unavailable')
  refuses(() => bank.command('launchRocket'), null, 'unknown_command')
  refuses(() => bank.command('payment', { tid: 'none' }), 'tid', 'not_found')
  refuses(() => bank.command('events', { timeoutMs: 5 }), 'timeoutMs')
  const endless = {}
  endless.rules = endless
  assert.throws(() => bank.seed(endless), /too deep/)
  assert.deepEqual(bank.command('stats').payments, 0)
})

test('it still answers for its ledger when it is closed', async (t) => {
  const bank = start(t)
  const tid = bank.approve({ price: 5 })
  bank.close()
  assert.equal(bank.payment(tid).price, 5)
  assert.equal((await rejection(bank.waitFor(() => false))).code, 'unavailable')
})

test('its variables lead a client without settings to it', async (t) => {
  const bank = start(t)
  const kept = Object.keys(bank.environment).map((name) => [name, process.env[name]])
  t.after(() => {
    for (const [name, value] of kept) value === undefined ? delete process.env[name] : (process.env[name] = value)
  })
  Object.assign(process.env, bank.environment)
  const client = new Client()
  assert.deepEqual([client.mid, client.baseUrl], [bank.mid, bank.url])
  const tid = bank.approve({ price: 1000 })
  assert.equal((await client.cancel({ payType: 'card', tid, price: 1000 })).price, 1000)
})
