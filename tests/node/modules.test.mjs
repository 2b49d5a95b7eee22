// How the package is loaded: by import and by require alike, and with a plain word where it can't be.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import * as imported from 'paywelcome'
import * as importedRefunds from 'paywelcome/refunds'
import * as importedBullmq from 'paywelcome/refunds/bullmq'
import * as importedTesting from 'paywelcome/testing'

const require = createRequire(import.meta.url)
const root = fileURLToPath(new URL('../../', import.meta.url))

test('import and require give the same things under the same names', () => {
  assert.deepEqual(Object.keys(imported).sort(), Object.keys(require('paywelcome')).sort())
  for (const [name, value] of Object.entries(require('paywelcome'))) assert.equal(imported[name], value, name)
  assert.deepEqual(Object.keys(importedRefunds).sort(), [
    'JournalEntry',
    'Progress',
    'Refund',
    'Refunds',
    'RefundsError',
    'drizzleStore',
    'knexStore',
    'kyselyStore',
    'mysqlStore',
    'pgStore',
    'postgresStore',
    'prismaStore',
    'schema',
    'sqliteStore',
    'typeormStore',
  ])
  assert.deepEqual({ ...importedRefunds }, { ...require('paywelcome/refunds') })
  assert.deepEqual(Object.keys(importedBullmq).sort(), ['bullmqProcessor', 'sweep', 'sweepEvery', 'wake'])
  assert.deepEqual({ ...importedBullmq }, { ...require('paywelcome/refunds/bullmq') })
  assert.deepEqual(Object.keys(importedTesting).sort(), ['Sandbox', 'SandboxError', 'checkStore', 'storeCases', 'useSandbox'])
  assert.deepEqual({ ...importedTesting }, { ...require('paywelcome/testing') })
  assert.equal(imported.partial_cancel, imported.partialCancel)
  assert.equal(require('paywelcome/package.json').name, 'paywelcome')
})

test('the five errors are real subclasses', () => {
  const { PaywelcomeError, NotSentError } = imported
  const names = ['ConfigurationError', 'InvalidRequestError', 'NotSentError', 'DeclinedError', 'OutcomeUnknownError']
  for (const name of names) {
    const error = new imported[name]({ message: 'made by hand' })
    assert.ok(error instanceof PaywelcomeError && error instanceof Error)
    assert.equal(error.name, name)
    assert.equal(String(error), `${name}: made by hand`)
    assert.equal(error.safeToResend, error.outcome === 'not_sent')
    assert.equal(error.toJSON().name, name)
  }
  const cause = new Error('below')
  assert.equal(new NotSentError({ message: 'm', cause }).cause, cause)
  assert.equal('cause' in new NotSentError({ message: 'm' }), false)
})

test('nothing but the library’s own folder is public', () => {
  for (const path of ['paywelcome/bindings-node/dist/native.js', 'paywelcome/client', 'paywelcome/native']) {
    assert.throws(() => require(path), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' })
  }
})

test('to require it reads two files and the addon', () => {
  const source = `require('paywelcome'); console.log(Object.keys(require.cache).join('\\n'))`
  const { stdout } = spawnSync(process.execPath, ['-e', source], { cwd: root, encoding: 'utf8' })
  const endings = stdout.trim().split('\n').map((path) => basename(path).replace(/^paywelcome\..*node$/, 'the addon'))
  assert.deepEqual(endings.sort(), ['index.js', 'paywelcome.js', 'the addon'])
})

test('an addon that is not there, or does not load, says so', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const addon = readdirSync(join(root, 'bindings-node/dist')).find((name) => name.endsWith('.node'))
  cpSync(join(root, 'bindings-node/dist'), folder, { recursive: true, filter: (path) => !path.endsWith('.node') })
  const source = `require(${JSON.stringify(folder)})`
  const load = () => spawnSync(process.execPath, ['-e', source], { encoding: 'utf8' }).stderr
  const missing = load()
  assert.match(missing, new RegExp(`no native addon that loads on ${process.platform} ${process.arch}`))
  assert.ok(missing.includes(`./${addon}: not there`), missing)
  assert.match(missing, /PAYWELCOME_NATIVE/)
  writeFileSync(join(folder, addon), 'no addon at all')
  const broken = load()
  assert.ok(broken.includes(`./${addon}: Error: `), broken)
  assert.match(broken, /\[cause\]|ERR_DLOPEN_FAILED/)
})
