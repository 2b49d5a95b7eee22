// The package as a merchant gets it: packed, installed into a fresh folder, and used there.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

function run(cwd, command, ...args) {
  // Windows starts npm through a shell only.
  const options = { cwd, encoding: 'utf8', shell: process.platform === 'win32' }
  const { status, stdout, stderr } = spawnSync(command, args, options)
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

const body = `
  const bank = new Sandbox()
  const tid = bank.approve({ price: 12000 })
  const { price } = await bank.client().cancel({ payType: 'card', tid, price: 12000 })
  if (price !== 12000 || bank.payment(tid).remaining !== 0) throw new Error('no refund')
  console.log(typeof cancel, Client.name)`

test('the packed package works by itself', { timeout: 120_000 }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
  t.after(() => rmSync(folder, { recursive: true }))
  let tarball = process.env.PAYWELCOME_TARBALL
  if (!tarball) {
    const packed = run(root, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', folder)
    const [{ filename }] = JSON.parse(packed)
    tarball = join(folder, filename)
  }
  writeFileSync(join(folder, 'package.json'), '{ "name": "merchant", "private": true }')
  run(folder, 'npm', 'install', '--offline', '--no-audit', '--no-fund', resolve(tarball))
  assert.deepEqual(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.')), ['paywelcome'])

  const imports = "import { cancel, Client } from 'paywelcome'\nimport { Sandbox } from 'paywelcome/testing'\n"
  writeFileSync(join(folder, 'imported.mjs'), imports + body)
  const requires = imports.replaceAll('import', 'const').replaceAll(/ from (.*)/g, ' = require($1)')
  writeFileSync(join(folder, 'required.cjs'), `${requires}async function main() {${body}}\nmain()`)
  for (const file of ['imported.mjs', 'required.cjs']) {
    assert.equal(run(folder, process.execPath, file), 'function Client\n')
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  assert.equal(run(folder, 'npx', '--offline', 'paywelcome', '--version'), `${version}\n`)
  assert.match(run(folder, 'npx', '--offline', 'paywelcome', 'sandbox', '--help'), /^usage: npx paywelcome sandbox/)
})

test('what is packed is what is needed', () => {
  const [{ files }] = JSON.parse(run(root, 'npm', 'pack', '--ignore-scripts', '--json', '--dry-run'))
  const names = files.map(({ path }) => path)
  for (const entry of ['index', 'testing']) {
    for (const ending of ['js', 'mjs', 'd.ts', 'd.mts']) {
      assert.ok(names.includes(`bindings-node/dist/${entry}.${ending}`), `${entry}.${ending}`)
    }
  }
  assert.ok(names.includes('bindings-node/dist/cli.js'))
  assert.ok(names.some((name) => name.endsWith('.node')))
  const built = /^bindings-node\/dist\/[a-z0-9.-]+\.(js|mjs|d\.ts|d\.mts|node)$/
  const written = /^(package\.json|README[\w.]*|LICENSE[\w-]*)$/
  assert.deepEqual(names.filter((name) => !built.test(name) && !written.test(name)), [])
})
