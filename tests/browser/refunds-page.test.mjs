// The page on which a person rules on refunds, in a real browser, with a store and a gateway that are real.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

import { betterSqlite3 } from '../stores/node/better-sqlite3.mjs'
import { MISSING, overflow, startBrowser } from './browser.mjs'
import { command, startSandbox } from './sandbox.mjs'

const { bin } = createRequire(import.meta.url)('../../package.json')
const cli = fileURLToPath(new URL(`../../${bin.paywelcome}`, import.meta.url))
/** Where a driver of SQLite is. */
const drivers = fileURLToPath(new URL('../stores/node/', import.meta.url))

/** A shop with refunds in review, and the page of its store. */
class Shop {
  async start(...more) {
    this.sandbox = await startSandbox()
    this.folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
    this.env = {
      ...process.env,
      PAYWELCOME_MID: this.sandbox.mid,
      PAYWELCOME_SIGN_KEY: this.sandbox.signKey,
      PAYWELCOME_BASE_URL: this.sandbox.url,
      PAYWELCOME_STORE: `sqlite:${join(this.folder, 'refunds.db')}`,
      LANG: 'C',
      LC_ALL: '',
    }
    await this.refunds('init')
    for (const key of ['order-1', 'order-2']) {
      const { tid } = await command(this.sandbox, 'approve', { price: 12000 })
      await this.refunds(`request ${key} --tid ${tid} --amount 3000 --paid 12000 --pay-type card --batch concert-17`)
      await command(this.sandbox, 'arm', { kind: 'close', when: 'after_applying' })
      await this.refunds(`process ${key}`)
    }
    this.page = spawn(process.execPath, [cli, 'refunds', 'page', '--json', ...more], { cwd: drivers, env: this.env, stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(createInterface({ input: this.page.stdout }), 'line')
    this.url = JSON.parse(line).url
    this.origin = new URL(this.url).origin
    return this
  }

  /** Runs a command, and gives what it says as JSON. */
  async refunds(line) {
    const child = spawn(process.execPath, [cli, 'refunds', ...line.split(' '), '--json'], { cwd: drivers, env: this.env, stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', (chunk) => { out += chunk })
    await once(child, 'close')
    return JSON.parse(out)
  }

  /** Presses Ctrl-C, and gives what has ended the page. */
  async interrupt() {
    if (this.page.signalCode === null && this.page.kill('SIGINT')) await once(this.page, 'exit')
    return this.page.signalCode
  }

  async stop() {
    await this.interrupt()
    await this.sandbox.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Opens an address; `check` fails on everything of a page that should not happen. */
async function open(context, shop, url, { refusals = false } = {}) {
  const page = await context.newPage()
  const wrong = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()) && !(refusals && / status of 4/.test(message.text()))) wrong.push(message.text())
  })
  page.on('pageerror', (error) => wrong.push(`uncaught: ${error}`))
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== shop.origin) wrong.push(`request to ${request.url()}`)
  })
  await page.goto(url)
  return { page, check: () => assert.deepEqual(wrong, []) }
}

describe('the page for refunds', { skip: MISSING || betterSqlite3.skip }, () => {
  let browser
  before(async () => {
    // It works without JavaScript.
    browser = await startBrowser({ javaScriptEnabled: false })
  })
  after(() => browser?.stop())

  /** A picture, where one is asked for, to be looked at. */
  const picture = async (page, name) => {
    const folder = process.env.PICTURES
    if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  }

  it('takes rulings, each after a question', async (t) => {
    const shop = await new Shop().start()
    t.after(() => shop.stop())
    const { page, check } = await open(browser.context, shop, shop.url, { refusals: true })
    assert.equal(page.url(), `${shop.origin}/`)
    await page.getByRole('heading', { name: 'Waiting for a person: 2' }).waitFor()
    await picture(page, 'list')
    await page.getByRole('link', { name: 'order-1' }).click()
    await page.getByText('no answer says how it ended').waitFor()
    await page.getByText('may still arrive until').waitFor()
    await picture(page, 'case')

    // Too early: it is said until when, and what was typed stays.
    await page.getByRole('radio', { name: 'void' }).check()
    await page.getByLabel('Who rules').fill('Kim')
    await page.getByLabel('Note').fill('<i>not</i> there')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'Record this?' }).waitFor()
    await picture(page, 'question')
    assert.equal((await shop.refunds('status order-1')).refund.state, 'review')
    await page.getByRole('button', { name: 'Record it' }).click()
    await page.getByText('This ruling is possible after:').waitFor()
    assert.equal(await page.getByLabel('Note').inputValue(), '<i>not</i> there')
    await picture(page, 'early')

    await page.getByRole('radio', { name: 'done' }).check()
    await page.getByLabel('What the merchant admin shows as left').fill('9,000')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('button', { name: 'Record it' }).click()
    await page.getByText('Recorded: order-1 · done · done').waitFor()
    const { refund } = await shop.refunds('status order-1')
    assert.deepEqual([refund.state, refund.ruled_by, refund.ruling_note, refund.remaining], ['done', 'Kim', '<i>not</i> there', 9000])

    // Somebody else rules while this person looks.
    await page.getByRole('link', { name: 'order-2' }).click()
    await shop.refunds('resolve order-2 done --by Lee')
    await page.getByRole('radio', { name: 'done' }).check()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('It has changed in the meantime').waitFor()
    await page.getByText('ruled by Lee (done)').waitFor()
    await page.getByRole('link', { name: 'All waiting refunds' }).click()
    await page.getByRole('heading', { name: 'No refund waits for a person' }).waitFor()
    await page.getByLabel('Key of a refund').fill('order-1')
    await page.getByRole('button', { name: 'Look up' }).click()
    await page.getByText('ruled by Kim (done)').waitFor()
    await picture(page, 'ruled')
    check()
    await page.close()
  })

  it('fits a phone, in Korean and in the dark', async (t) => {
    const shop = await new Shop().start('--lang', 'ko', '--by', '김')
    t.after(() => shop.stop())
    const { page, check } = await open(browser.context, shop, shop.url)
    await page.setViewportSize({ width: 360, height: 740 })
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.getByRole('heading', { name: '확인을 기다리는 환불: 2' }).waitFor()
    await picture(page, 'phone-list')
    assert.ok((await overflow(page)) <= 0)
    await page.getByRole('link', { name: 'order-1' }).click()
    await page.getByRole('radio', { name: 'done' }).check()
    assert.ok((await overflow(page)) <= 0)
    await picture(page, 'phone-case')
    await page.getByRole('button', { name: '다음' }).click()
    await page.getByRole('heading', { name: '이대로 기록할까요?' }).waitFor()
    assert.ok((await overflow(page)) <= 0)
    await picture(page, 'phone-question')
    await page.getByRole('button', { name: '기록하기' }).click()
    await page.getByText('기록했습니다: order-1').waitFor()
    await page.getByRole('link', { name: 'English' }).click()
    await page.getByText('Waiting for a person: 1').waitFor()
    check()
    await page.close()
  })

  it('lets one browser in once, and no page of another site', async (t) => {
    const shop = await new Shop().start()
    t.after(() => shop.stop())
    const first = await open(browser.context, shop, shop.url)
    await first.page.getByText('Waiting for a person: 2').waitFor()
    const other = await startBrowser()
    t.after(() => other.stop())
    const second = await open(other.context, shop, shop.url, { refusals: true })
    await second.page.getByText('This address was used already').waitFor()
    await picture(second.page, 'used')
    second.check()
    // A page of another origin of this machine, in the browser that has the cookie.
    const fields = { key: 'order-1', ruling: 'done', by: 'Eve', sure: '1' }
    const inputs = Object.entries(fields).map(([name, value]) => `<input name="${name}" value="${value}">`).join('')
    const site = createServer((_, response) => response.setHeader('content-type', 'text/html').end(`<form action="${shop.origin}/rule" method="post">${inputs}<button>go</button></form>`))
    await once(site.listen(0, '127.0.0.1'), 'listening')
    t.after(() => site.close())
    const evil = await browser.context.newPage()
    await evil.goto(`http://127.0.0.1:${site.address().port}/`)
    await evil.getByRole('button', { name: 'go' }).click()
    await evil.getByText('This page is only for its own address').waitFor()
    assert.equal((await shop.refunds('status order-1')).refund.state, 'review')
    await evil.close()
    first.check()
    await first.page.close()
    // Ctrl-C ends it.
    assert.equal(await shop.interrupt(), 'SIGINT')
  })
})
