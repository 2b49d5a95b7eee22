// The npm packages by every package manager, from a registry, in a fresh folder: each cancels a payment.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import test, { after, before } from 'node:test'

import { addons, managers, project, refunded, run, tarballs } from './merchant.mjs'
import { serve } from './registry.mjs'

let registry
before(async () => (registry = await serve(tarballs)))
after(() => registry.close())

async function smoke(folder) {
  for (const file of ['imported.mjs', 'required.cjs']) {
    assert.equal(await run(folder, process.execPath, file), refunded, file)
  }
}

for (const [name, install] of Object.entries(managers)) {
  test(`${name} installs one addon and nothing else, and a payment is cancelled`, { timeout: 240_000 }, async (t) => {
    const folder = project(t)
    await install(folder, registry.url)
    const found = new Set(addons(folder).map((path) => basename(path)))
    // Yarn 1 knows no C libraries, and takes the addon of each.
    const foreign = name === 'yarn 1' ? 'imitation.node' : ''
    assert.deepEqual([...found].filter((file) => file !== foreign), [registry.addon.main])
    await smoke(folder)
  })
}

test('the tarballs of a build install without a registry', { timeout: 240_000 }, async (t) => {
  const folder = project(t)
  const files = readdirSync(tarballs).map((file) => join(tarballs, file))
  await run(folder, 'npm', 'install', '--offline', '--no-audit', '--no-fund', ...files)
  await smoke(folder)
})

test('the packages are as small as promised, and need nothing else', async (t) => {
  const folder = project(t)
  await managers.npm(folder, registry.url)
  const lock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'))
  assert.deepEqual(Object.keys(lock.packages), [`node_modules/${registry.addon.name}`, 'node_modules/paywelcome'])
  const files = readdirSync(join(folder, 'node_modules'), { recursive: true }).map((file) => statSync(join(folder, 'node_modules', file)))
  const size = files.reduce((sum, { size }) => sum + size, 0)
  assert.ok(size < 6_800_000, `${size} bytes installed`)
  const told = JSON.parse(readFileSync(join(folder, 'node_modules/paywelcome/package.json'), 'utf8'))
  assert.deepEqual([told.dependencies, told.devDependencies, told.scripts], [undefined, undefined, undefined])
})
