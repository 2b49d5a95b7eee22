// The site that `make docs` builds, in a real browser, as large as a phone: both languages, the switch between them, search.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

import { MISSING, startBrowser } from './browser.mjs'

const SITE = fileURLToPath(new URL('../../.build/site/', import.meta.url))
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.svg': 'image/svg+xml' }
const UNBUILT = existsSync(join(SITE, 'ko/index.html')) ? false : 'THE SITE IS NOT TESTED: build it with make test-docs'
const PHONE = { width: 360, height: 800 }

if (UNBUILT) console.error(UNBUILT)

/** All pages, as paths of the site, without source text and the documentation of crates. */
const pages = () =>
  readdirSync(SITE, { recursive: true })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.html') && !/^(rust|source)\/|(^|\/)404\.html$/.test(path))

/** What of a page is wider than its window and can't be scrolled to. */
function fallenOff() {
  const scrolls = (element) => ['auto', 'scroll', 'hidden'].includes(getComputedStyle(element).overflowX)
  const kept = (element) => {
    for (let at = element; at !== document.body; at = at.parentElement) if (scrolls(at)) return true
    return false
  }
  const wide = [...document.querySelectorAll('.md-content *')].filter((element) => {
    const { width, right } = element.getBoundingClientRect()
    return width > 0 && right > innerWidth + 1 && !kept(element)
  })
  return wide.map((element) => `${element.tagName}: ${element.textContent.trim().slice(0, 40)}`)
}

const read = (path) => readFileSync(join(SITE, path), 'utf8')
const ids = (path) => new Set([...read(path).matchAll(/ id="?([^"\s>]+)/g)].map(([, id]) => id))

// The builder knows no link from one language's pages to the other's.
it('has no link between its pages that leads nowhere', { skip: UNBUILT }, () => {
  const anchors = new Map()
  const dead = []
  let links = 0
  for (const page of pages()) {
    for (const [, href] of read(page).matchAll(/<a [^>]*?href="?([^"\s>]+)/g)) {
      const url = new URL(href.replaceAll('&amp;', '&'), `http://site/${page}`)
      const path = decodeURIComponent(url.pathname).slice(1)
      if (url.host !== 'site' || path.startsWith('rust/')) continue
      links += 1
      if (path === '' || path.endsWith('/')) continue
      if (!existsSync(join(SITE, path))) dead.push(`${page}: ${href}`)
      else if (url.hash.length > 1 && path.endsWith('.html')) {
        if (!anchors.has(path)) anchors.set(path, ids(path))
        if (!anchors.get(path).has(decodeURIComponent(url.hash).slice(1))) dead.push(`${page}: ${href}`)
      }
    }
  }
  assert.deepEqual(dead, [])
  assert.ok(links > 5_000, `only ${links} links`)
})

describe('the site', { skip: MISSING || UNBUILT }, () => {
  let browser, page, server, address

  before(async () => {
    server = createServer((request, response) => {
      const path = join(SITE, decodeURIComponent(new URL(request.url, 'http://site').pathname))
      if (!existsSync(path)) return void response.writeHead(404).end()
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(readFileSync(path))
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${server.address().port}`
    browser = await startBrowser({ viewport: PHONE })
    page = await browser.context.newPage()
    page.setDefaultTimeout(60_000)
  })
  after(async () => {
    await browser?.stop()
    server?.closeAllConnections()
    server?.close()
  })

  it('fits on a phone, says its language, and describes each page', async () => {
    const described = new Map()
    const all = pages()
    assert.ok(all.length > 50, `only ${all.length} pages`)
    // What is searched is large, and of no use here.
    await page.route('**/search.json', (route) => route.abort())
    for (const path of all) {
      await page.goto(`${address}/${path}`, { waitUntil: 'domcontentloaded' })
      assert.deepEqual(await page.evaluate(fallenOff), [], path)
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= PHONE.width, path)
      const language = path.startsWith('ko/') ? 'ko' : 'en'
      assert.equal(await page.locator('html').getAttribute('lang'), language, path)
      const description = await page.locator('meta[name=description]').getAttribute('content')
      const key = `${language} ${description}`
      assert.ok(!described.has(key), `${path} and ${described.get(key)} have the same description: ${description}`)
      described.set(key, path)
    }
    await page.unroute('**/search.json')
  })

  it('shows a table of three columns row by row, each value after its column', async () => {
    await page.goto(`${address}/outcomes.html`)
    const cell = page.locator('table[data-columns] tbody td[data-column]').first()
    assert.equal(await cell.evaluate((element) => getComputedStyle(element).display), 'block')
    const name = await cell.getAttribute('data-column')
    assert.equal(await cell.evaluate((element) => getComputedStyle(element, '::before').content), `"${name}: "`)
  })

  it('leads from each page to the same one in the other language, and back', async () => {
    for (const path of ['index.html', 'tutorial.html', 'guides/django.html', 'changelog.html']) {
      await page.goto(`${address}/${path}`)
      await page.locator('.language-switch').click()
      assert.equal(page.url(), `${address}/ko/${path}`)
      await page.locator('.language-switch').click()
      assert.equal(page.url(), `${address}/${path}`)
    }
  })

  it('marks the pages that have no Korean yet, and their language', async () => {
    await page.goto(`${address}/ko/changelog.html`)
    assert.equal(await page.locator('[lang=en] > .untranslated[lang=ko]').count(), 1)
    assert.match(await page.locator('.md-nav__link--active').last().textContent(), /\(영문\)/)
  })

  it('finds Korean words on Korean pages', async () => {
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.goto(`${address}/ko/index.html`)
    await page.locator('.md-search__button').click()
    await page.keyboard.type('망취소')
    const found = page.locator('a:has-text("망취소")').first()
    await found.waitFor()
    await found.click()
    await page.waitForURL((url) => url.pathname.startsWith('/ko/') && url.pathname !== '/ko/index.html')
    await page.setViewportSize(PHONE)
  })

  it('chooses the language of a program once for all tabs', async () => {
    await page.goto(`${address}/tutorial.html`)
    await page.locator('.tabbed-labels > label', { hasText: 'Node.js' }).first().click()
    await page.locator('code:visible', { hasText: 'node first.mjs' }).waitFor()
    assert.equal(await page.locator('code:visible', { hasText: 'python first.py' }).count(), 0)
  })

  it('leads from a page to the reference and back', async () => {
    await page.goto(`${address}/refunds.html`)
    await page.locator('a[href="reference/python/refunds.html#paywelcome.refunds.Refunds"]').first().click()
    await page.locator('[id="paywelcome.refunds.Refunds"]').waitFor()
    assert.ok((await page.locator('a[href="../../refunds.html"]').count()) > 0)
    await page.goto(`${address}/refunds.html`)
    await page.locator('a[href="reference/node/refunds.html#refunds"]').first().click()
    await page.locator('h3#refunds').waitFor()
    assert.ok((await page.locator('a[href="../../refunds.html"]').count()) > 0)
  })
})
