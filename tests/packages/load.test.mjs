// An addon that can't be loaded: the error names what was looked for, why it failed, and what to install.

import assert from 'node:assert/strict'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'

import { copy, end, managers, project, run, tarballs } from './merchant.mjs'
import { serve } from './registry.mjs'

let registry
before(async () => (registry = await serve(tarballs)))
after(() => registry.close())

/** What a program that loads the package is told. */
async function told(folder, { first = '' } = {}) {
  const source = `${first}; try { require('paywelcome') } catch (error) { console.log(JSON.stringify([error.code, error.message, error.cause?.code ?? null])) }`
  const [code, message, cause] = JSON.parse(await run(folder, process.execPath, '-e', source))
  assert.equal(code, 'PAYWELCOME_NATIVE')
  assert.ok(message.includes(`${process.platform} ${process.arch}`) && message.includes(process.version), message)
  assert.ok(message.includes(join('node_modules', 'paywelcome')), message)
  return { message, cause }
}

test('optional dependencies left out', { timeout: 120_000 }, async (t) => {
  const folder = project(t)
  await managers.npm(folder, registry.url, '--omit=optional')
  const { message, cause } = await told(folder)
  assert.ok(message.includes(`${registry.addon.name}: not there`), message)
  assert.ok(message.includes('npm install --include=optional'), message)
  assert.equal(cause, null)
  // The advice works.
  await run(folder, 'npm', 'install', '--include=optional', '--registry', registry.url, '--no-audit', '--no-fund')
  await run(folder, process.execPath, 'required.cjs')
})

test('what is wrong with an installed addon', { timeout: 240_000 }, async (t) => {
  const installed = project(t)
  await managers.npm(installed, registry.url)
  const { name, main } = registry.addon
  const addon = (folder) => join(folder, 'node_modules', name, main)

  await t.test('damaged: the loader’s own words', async (t) => {
    const folder = copy(t, installed)
    writeFileSync(addon(folder), 'no addon at all')
    const { message, cause } = await told(folder)
    assert.ok(message.includes(`${name}: Error: `) && message.includes(addon(folder)), message)
    assert.ok(message.includes('does not load') && message.includes('remove node_modules'), message)
    assert.equal(cause, 'ERR_DLOPEN_FAILED')
  })

  await t.test('gone from its package', async (t) => {
    const folder = copy(t, installed)
    rmSync(addon(folder))
    const { message } = await told(folder)
    assert.ok(message.includes(`${name}: there, but without its addon`), message)
    assert.ok(message.includes('remove node_modules'), message)
  })

  await t.test('installed on another platform', async (t) => {
    const folder = copy(t, installed)
    rmSync(join(folder, 'node_modules', name), { recursive: true })
    const other = process.platform === 'darwin' ? 'linux-x64-gnu' : 'darwin-arm64'
    const foreign = join(folder, 'node_modules/@paywelcome', `native-${other}`)
    mkdirSync(foreign, { recursive: true })
    writeFileSync(join(foreign, 'package.json'), '{}')
    const { message } = await told(folder)
    assert.ok(message.includes(`What is installed is for ${other}`), message)
    for (const word of ['package-lock.json', 'supportedArchitectures', 'Alpine']) assert.ok(message.includes(word), message)
  })

  await t.test('a platform that no package is made for', async (t) => {
    const { message } = await told(copy(t, installed), { first: "Object.defineProperty(process, 'arch', { value: 'riscv64' })" }).catch(
      (error) => ({ message: error.message }),
    )
    assert.match(message, /No package is made for .*riscv64/)
    assert.ok(message.includes('linux-x64-gnu, linux-x64-musl'), message)
  })

  await t.test('the command says the same, without a stack', async (t) => {
    const folder = copy(t, installed)
    rmSync(addon(folder))
    const { status, stderr } = await end(folder, process.execPath, 'node_modules/paywelcome/bindings-node/dist/cli.js', 'sandbox')
    assert.equal(status, 1)
    assert.ok(stderr.includes('no native addon'), stderr)
  })
})
