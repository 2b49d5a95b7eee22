// A person in the admin: on a telephone without JavaScript, who rules, and at a desk, who pauses a batch.
// What is given is JSON: url, session, key and batch as the admin's addresses have them, folder for pictures or null.

import assert from 'node:assert/strict'

import { overflow, startBrowser } from '../browser/browser.mjs'

const given = JSON.parse(process.argv[2])

async function visit(options, walk) {
  const { context, stop } = await startBrowser(options)
  try {
    await context.addCookies([{ name: 'sessionid', value: given.session, url: given.url }])
    const page = await context.newPage()
    const wrong = []
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type()) && !message.location().url.endsWith('/favicon.ico')) wrong.push(message.text())
    })
    page.on('pageerror', (error) => wrong.push(`uncaught: ${error}`))
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== given.url) wrong.push(`request to ${request.url()}`)
    })
    const look = async (name) => {
      if (given.folder) await page.screenshot({ path: `${given.folder}/${name}.png`, fullPage: true })
      assert.equal(await overflow(page), 0, `${name} is wider than the window`)
    }
    await walk(page, look)
    assert.deepEqual(wrong, [])
  } finally {
    await stop()
  }
}

const phone = { viewport: { width: 390, height: 844 }, locale: 'ko-KR' }
await visit({ ...phone, javaScriptEnabled: false }, async (page, look) => {
  await page.goto(`${given.url}/admin/paywelcome/refund/?state=review`)
  await page.locator('th.field-key a').first().click()
  await page.getByText('확인할 것').waitFor()
  await page.locator('input[value=done]').check()
  await page.locator('input[name=remaining]').fill('9000')
  await page.locator('textarea[name=note]').fill('상점관리자에서 확인')
  await page.locator('form[action$="/rule/"] input[type=submit]').click()
  await page.getByRole('heading', { name: '이대로 결정할까요?' }).waitFor()
  await page.getByRole('button', { name: '예, 완료' }).click()
  await page.locator('.messagelist .success').waitFor()
})
await visit(phone, async (page, look) => {
  for (const [name, path] of [
    ['refund', `refund/${given.key}/change/`],
    ['batches', 'batch/'],
    ['batch', `batch/${given.batch}/change/`],
  ]) {
    await page.goto(`${given.url}/admin/paywelcome/${path}`)
    await look(name)
  }
})
await visit({}, async (page, look) => {
  await page.goto(`${given.url}/admin/paywelcome/batch/${given.batch}/change/`)
  await page.locator('input[name=note]').fill('the artist calls')
  await page.getByRole('button', { name: 'Pause' }).click()
  await page.locator('.messagelist .success').waitFor()
  await look('paused')
})
console.log('walked')
