// The sandbox's web page, in a real browser, with a real client.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

import { OutcomeUnknownError } from 'paywelcome'

import { MISSING, openPage, overflow, startBrowser } from './browser.mjs'
import { command, post, startSandbox } from './sandbox.mjs'

if (MISSING) console.error(MISSING)

describe('the inspector', { skip: MISSING }, () => {
  let browser
  let sandbox

  before(async () => {
    browser = await startBrowser()
  })
  after(() => browser?.stop())

  /** A test with a sandbox and a page of its own; everything that should not happen fails it. */
  function shows(name, test, { rehearsal, ...options } = {}) {
    it(name, async () => {
      sandbox = await startSandbox(rehearsal)
      const { page, check } = await openPage(browser.context, sandbox, options)
      try {
        await test(page)
        check()
      } finally {
        await page.evaluate(() => localStorage.clear())
        await page.close()
        await sandbox.stop()
      }
    })
  }

  const row = (page, text) => page.locator('tbody tr:visible', { hasText: text })
  const approve = (body = {}) => command(sandbox, 'approve', { price: 12000, ...body })

  shows('approves a payment', async (page) => {
    await page.getByText('no money moves').waitFor()
    await page.getByText('No payment yet').waitFor()
    await page.getByRole('button', { name: 'Approve a payment' }).click()
    await page.getByLabel('Amount').fill('34,500')
    await page.getByLabel('Method').selectOption('vbank')
    await page.getByLabel('Deposited').check()
    await page.getByRole('button', { name: 'Approve', exact: true }).click()
    await page.getByText('Payment 1 approved').waitFor()
    await page.keyboard.press('Escape')
    await row(page, '₩34,500').getByText('deposited').waitFor()
    const { payments } = await command(sandbox, 'payments')
    assert.deepEqual([payments.length, payments[0].price, payments[0].deposited], [1, 34500, true])
  })

  shows('says what is wrong with an approval', async (page) => {
    await page.getByRole('button', { name: 'Approve a payment' }).click()
    await page.getByLabel('Amount').fill('a lot')
    await page.getByRole('button', { name: 'Approve', exact: true }).click()
    await page.locator('.outcome.bad').filter({ hasText: 'price' }).waitFor()
    assert.equal(await page.getByLabel('Amount').getAttribute('aria-invalid'), 'true')
    await page.keyboard.press('Escape')
    assert.equal((await command(sandbox, 'stats')).payments, 0)
  }, { refusals: true })

  shows('approves a payment with the keyboard alone', async (page) => {
    const focused = () => page.evaluate(() => document.activeElement.textContent)
    for (let presses = 0; (await focused()) !== 'Approve a payment'; presses += 1) {
      assert.ok(presses < 20, 'the button is reached')
      await page.keyboard.press('Tab')
      const visible = await page.evaluate(() => {
        const { outlineStyle } = getComputedStyle(document.activeElement)
        return outlineStyle !== 'none'
      })
      assert.ok(visible, `the focus is seen on ${await focused()}`)
    }
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.type('7700')
    await page.keyboard.press('Enter')
    await page.getByText('Payment 1 approved').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.equal(await focused(), 'Approve a payment')
    assert.equal((await command(sandbox, 'payments')).payments[0].price, 7700)
  })

  shows('shows a cancel of a real client as it happens', async (page) => {
    const { tid } = await approve()
    await row(page, tid).waitFor()
    const client = sandbox.client()
    await client.partialCancel({ payType: 'card', tid, cancelPrice: 3000, confirmPrice: 9000 })
    await row(page, tid).getByText('−₩3,000').waitFor()
    await row(page, tid).getByText('₩9,000').waitFor()
    await page.locator('[aria-live]', { hasText: 'Request 1: accepted. Client: accepted. Ledger: executed.' }).waitFor({ state: 'attached' })
    await page.getByRole('link', { name: 'Payment 1, details' }).click()
    const dialog = page.getByRole('dialog', { name: 'Payment 1' })
    await dialog.getByText('₩9,000 remaining').waitFor()
    // An open dialog follows too.
    await client.partialCancel({ payType: 'card', tid, cancelPrice: 9000, confirmPrice: 0 })
    await dialog.getByText('₩0 remaining').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Requests' }).click()
    await page.getByRole('link', { name: 'Request 2, details' }).waitFor()
    assert.equal(await page.locator('tbody tr:visible').count(), 2)
    await page.getByRole('link', { name: 'Request 1, details' }).click()
    const request = page.getByRole('dialog', { name: 'Request 1' })
    await request.getByText('confirmPrice', { exact: true }).waitFor()
    assert.match(await request.locator('pre').first().textContent(), /^POST \/cancel\/repay HTTP\/1\.1\r?\n/)
    assert.match(await request.locator('pre').last().textContent(), /"ResultCode":"00"/)
  })

  for (const [when, ledger, remaining] of [['After applying', 'executed', 9000], ['Before applying', 'not executed', 12000]]) {
    shows(`arms a fault and shows both sides: ${when}`, async (page) => {
      const { tid } = await approve()
      await page.getByRole('link', { name: 'Faults' }).click()
      await page.getByLabel('What goes wrong').selectOption('close')
      await page.getByText(when, { exact: true }).click()
      await page.getByRole('button', { name: 'Arm', exact: true }).click()
      await page.getByText('Fault 1 is armed').waitFor()
      await page.getByRole('button', { name: 'Disarm fault 1' }).waitFor()
      const cancel = sandbox.client().partialCancel({ payType: 'card', tid, cancelPrice: 3000, confirmPrice: 9000 })
      await assert.rejects(cancel, OutcomeUnknownError)
      await page.getByText('Nothing is armed').waitFor()
      await page.getByRole('link', { name: 'Requests' }).click()
      await page.getByRole('link', { name: 'Request 1, details' }).click()
      const client = page.locator('[data-side=client]')
      await client.getByText('outcome unknown', { exact: true }).waitFor()
      await client.getByText('Sent: 0 bytes').waitFor()
      await page.locator('[data-side=ledger]').getByText(ledger, { exact: true }).waitFor()
      await page.getByText('The client cannot know').waitFor()
      assert.equal((await command(sandbox, 'payment', { tid })).remaining, remaining)
    })
  }

  shows('offers every kind of fault, and arms each', async (page) => {
    await page.getByRole('link', { name: 'Faults' }).click()
    const kinds = await page.getByLabel('What goes wrong').locator('option').evaluateAll((options) => options.map((option) => option.value))
    assert.equal(kinds.length, 25)
    for (const kind of kinds.filter((kind) => kind !== 'refuse_connections')) {
      await page.getByLabel('What goes wrong').selectOption(kind)
      await page.getByRole('button', { name: 'Arm', exact: true }).click()
      await page.locator('.armed li').nth(kinds.filter((other) => other !== 'refuse_connections').indexOf(kind)).waitFor()
    }
    const { faults } = await command(sandbox, 'faults')
    assert.deepEqual(faults.map(({ kind }) => kind), kinds.filter((kind) => kind !== 'refuse_connections'))
    await page.getByRole('button', { name: 'Disarm fault 2', exact: true }).click()
    await page.getByRole('button', { name: 'Disarm fault 2', exact: true }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Disarm all' }).click()
    await page.getByText('Nothing is armed').waitFor()
    assert.equal((await command(sandbox, 'stats')).faults, 0)
  })

  shows('explains a bad signature, and never shows the key', async (page) => {
    const { tid } = await approve()
    const timestamp = '20260101120000'
    const digest = (text) => createHash('sha256').update(text).digest('hex')
    const signature = digest(`mid=${sandbox.mid}&mkey=${sandbox.signKey}&timestamp=${timestamp}`)
    await post(sandbox, '/cancel/cancel', { payType: 'card', mid: sandbox.mid, tid, price: '12000', currency: 'WON', timestamp, signature })
    await page.getByRole('link', { name: 'Requests' }).click()
    await page.getByRole('link', { name: 'Request 1, details' }).click()
    const why = page.locator('.explanation')
    await why.getByText('sign_key_not_hashed').waitFor()
    await page.locator('[data-side=ledger]').getByText('not executed', { exact: true }).waitFor()
    const text = await page.locator('body').textContent()
    assert.ok(!text.includes(digest(sandbox.signKey)))
  })

  shows('switches a rule', async (page) => {
    await page.getByRole('link', { name: 'Settings' }).click()
    const group = page.getByRole('group', { name: 'confirmPrice of a partial cancel' })
    assert.ok(await group.getByLabel('enforced').isChecked())
    await group.getByText('ignored').click()
    await page.getByText('Saved.').first().waitFor()
    assert.equal((await command(sandbox, 'rules')).confirm_price, 'ignored')
    await page.getByLabel('Oldest timestamp').fill('300')
    await page.keyboard.press('Tab')
    await page.waitForFunction(async () => (await (await fetch('api/rules')).json()).freshness_seconds === 300)
    // Set elsewhere, it changes here.
    await command(sandbox, 'set_rules', { full_price: 'ignored' })
    await page.waitForFunction(() => document.querySelector('input[name^=full_price][value=ignored]').checked)
  })

  const ODD = fileURLToPath(new URL('../rehearsals/odd.json', import.meta.url))

  shows('says whose gateway it behaves as', async (page) => {
    await page.getByText('Behaves as https://gateway.example did for oddshop001').waitFor()
    await page.getByRole('link', { name: 'Settings' }).click()
    const group = page.getByRole('group', { name: 'Connections after an answer' })
    assert.ok(await group.getByLabel('closed').isChecked())
    await page.getByRole('button', { name: '한국어' }).click()
    await page.getByText('oddshop001의 리허설').waitFor()
  }, { rehearsal: ODD })

  shows('says nothing of a rehearsal where there is none', async (page) => {
    await page.getByText('No payment yet').waitFor()
    assert.equal(await page.getByText('Behaves as').count(), 0)
  })

  shows('sets the clock', async (page) => {
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByText('Stands still').click()
    await page.getByLabel('Set to').fill('2026-01-31T23:59:50')
    await page.getByRole('button', { name: 'Set', exact: true }).click()
    await page.locator('.clock-now', { hasText: '2026-01-31 23:59:50' }).waitFor()
    await page.getByRole('button', { name: '1 hour' }).click()
    await page.locator('.clock-now', { hasText: '2026-02-01 00:59:50' }).waitFor()
    assert.deepEqual(await command(sandbox, 'clock'), { now: '20260201005950', mode: 'fixed' })
  })

  shows('pages and finds payments', async (page) => {
    for (let number = 1; number <= 30; number += 1) await approve({ moid: `order-${number}` })
    await page.getByText('No. 30–6 · 30 payments in all').waitFor()
    await page.getByRole('button', { name: 'Older' }).click()
    await page.getByText('No. 5–1').waitFor()
    assert.ok(await page.getByRole('button', { name: 'Older' }).isDisabled())
    await page.getByRole('searchbox', { name: 'Find' }).fill('order-17')
    await page.getByText('No. 17–17').waitFor()
    await page.getByRole('searchbox', { name: 'Find' }).fill('nowhere')
    await page.getByText('Nothing found').waitFor()
  })

  shows('speaks Korean and English, and remembers which', async (page) => {
    await approve()
    await page.getByRole('button', { name: '한국어' }).click()
    await page.getByRole('button', { name: '결제 승인' }).waitFor()
    await row(page, '12,000원').getByText('카드').waitFor()
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'ko')
    await page.reload()
    await page.getByText('실제로 취소되는 결제는 없습니다').waitFor()
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('button', { name: 'Approve a payment' }).waitFor()
  })

  shows('runs nothing that a request brings along', async (page) => {
    const markup = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
    await approve({ moid: '<img src=x onerror=alert(3)>' })
    await post(sandbox, '/cancel/cancel', { [markup]: markup, tid: markup, price: markup })
    await row(page, '<img src=x').waitFor()
    await page.getByRole('link', { name: 'Requests' }).click()
    await page.getByRole('link', { name: 'Request 1, details' }).click()
    await page.getByText('The ledger has no such payment.').waitFor()
    const fields = page.locator('.fields')
    await fields.getByText(markup).first().waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Faults' }).click()
    await command(sandbox, 'arm', { kind: 'close', tid: markup })
    await page.locator('.armed').getByText(markup).waitFor()
    await page.goto(`${sandbox.url}/_sandbox/#/payments/${encodeURIComponent(markup)}`)
    await page.getByText('There is no such payment.').waitFor()
    assert.equal(await page.locator('img, iframe, body script').count(), 0)
  }, { refusals: true })

  shows('comes back after the sandbox forgot everything', async (page) => {
    const { tid } = await approve()
    await row(page, tid).waitFor()
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'Start over' }).click()
    await page.getByRole('button', { name: 'Forget everything' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Payments' }).click()
    await page.getByText('No payment yet').waitFor()
  })

  shows('fits a phone', async (page) => {
    const { tid } = await approve({ moid: 'a-long-order-number-without-any-break-in' })
    await command(sandbox, 'arm', { kind: 'length_too_short', tid })
    await sandbox.client().partialCancel({ payType: 'card', tid, cancelPrice: 3000, confirmPrice: 9000 }).catch(() => {})
    await page.setViewportSize({ width: 360, height: 740 })
    for (const language of ['한국어', 'English']) {
      await page.getByRole('button', { name: language }).click()
      for (const place of ['payments', 'requests', 'faults', 'settings', `payments/${tid}`, 'requests/1']) {
        await page.evaluate((hash) => {
          location.hash = hash
        }, `#/${place}`)
        if (place.includes('/')) await page.getByRole('dialog').waitFor()
        assert.ok((await overflow(page)) <= 0, `${place} fits`)
        const wide = await page.evaluate(() => [...document.querySelectorAll('dialog, main *')].filter((element) => element.checkVisibility() && !element.closest('thead, .unseen') && element.getBoundingClientRect().right > innerWidth + 1).map((element) => element.outerHTML.slice(0, 80)))
        assert.deepEqual(wide, [], place)
      }
      await page.keyboard.press('Escape')
    }
  })

  it('has the same words in both languages', async () => {
    const folder = new URL('../../sandbox/inspector/', import.meta.url)
    const { readFile } = await import('node:fs/promises')
    const words = async (name) => {
      const source = await readFile(new URL(`${name}.js`, folder), 'utf8')
      return (await import(`data:text/javascript,${encodeURIComponent(source)}`))[name]
    }
    const [english, korean] = await Promise.all([words('english'), words('korean')])
    assert.deepEqual(Object.keys(korean), Object.keys(english))
    const blanks = (text) => (text.match(/\{\w+\}/g) ?? []).sort()
    for (const key of Object.keys(english)) assert.deepEqual(blanks(korean[key]), blanks(english[key]), key)
  })
})
