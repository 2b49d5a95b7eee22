// One Chromium for a test file, and pages that notice everything that should not happen.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { chromium } from 'playwright-core'

export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** Why nothing can be tested, or false. */
export const MISSING = existsSync(CHROMIUM)
  ? false
  : `THE WEB PAGE IS NOT TESTED: there is no Chromium at ${CHROMIUM}; install it, or name it in CHROMIUM`

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export async function startBrowser(options = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'inspector-'))
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: CHROMIUM,
    headless: true,
    args: ARGUMENTS,
    locale: 'en-US',
    viewport: { width: 1280, height: 900 },
    ...options,
  })
  context.setDefaultTimeout(10_000)
  return {
    context,
    async stop() {
      await context.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/**
 * Opens the sandbox's page; `check` fails on console errors, uncaught errors, dialogs, and requests elsewhere. Where
 * `refusals` are expected, a command that is refused (which browsers tell the console) is fine.
 */
export async function openPage(context, sandbox, { refusals = false } = {}) {
  const page = await context.newPage()
  const wrong = []
  page.on('console', (message) => {
    const refused = message.location().url.startsWith(`${sandbox.url}/_sandbox/api/`) && / status of 4/.test(message.text())
    if (['error', 'warning'].includes(message.type()) && !(refusals && refused)) wrong.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => wrong.push(`uncaught: ${error}`))
  page.on('dialog', (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`)
    dialog.dismiss()
  })
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== sandbox.url) wrong.push(`request to ${request.url()}`)
  })
  await page.goto(`${sandbox.url}/_sandbox/`)
  await page.locator('.live.on').waitFor()
  return { page, check: () => assert.deepEqual(wrong, []) }
}

/** How many pixels the page is wider than its window. */
export function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
}
