// The packages as a merchant gets them: packed, installed into a fresh folder, and used there.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

function run(cwd, command, ...args) {
  // Windows starts npm through a shell only.
  const options = { cwd, encoding: 'utf8', shell: process.platform === 'win32' }
  const { status, stdout, stderr } = spawnSync(command, args, options)
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

let packed
let tarballs
before(() => {
  packed = mkdtempSync(join(tmpdir(), 'paywelcome-'))
  tarballs = process.env.PAYWELCOME_TARBALLS
  if (!tarballs) {
    tarballs = packed
    run(root, process.execPath, 'bindings-node/pack.mjs', tarballs)
  }
  tarballs = readdirSync(tarballs).map((name) => join(tarballs, name))
})
after(() => rmSync(packed, { recursive: true }))

const body = `
  const bank = new Sandbox()
  const tid = bank.approve({ price: 12000 })
  const { price } = await bank.client().cancel({ payType: 'card', tid, price: 12000 })
  if (price !== 12000 || bank.payment(tid).remaining !== 0) throw new Error('no refund')
  console.log(typeof cancel, Client.name)`

test('the packed packages work by themselves', { timeout: 120_000 }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'package.json'), '{ "name": "merchant", "private": true }')
  run(folder, 'npm', 'install', '--offline', '--no-audit', '--no-fund', ...tarballs)
  const installed = readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))
  assert.deepEqual(installed, ['@paywelcome', 'paywelcome'])
  assert.equal(readdirSync(join(folder, 'node_modules/@paywelcome')).length, 1)

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
  const written = /^package\/(package\.json|README[\w.]*|LICENSE-(MIT|APACHE))$/
  for (const tarball of tarballs) {
    const names = run(root, 'tar', '-tzf', tarball).trim().split('\n')
    assert.equal(names.filter((name) => written.test(name)).length, 4, tarball)
    const rest = names.filter((name) => !written.test(name))
    if (/-native-/.test(tarball)) {
      assert.match(rest.join(), /^package\/paywelcome\.[a-z0-9-]+\.node$/)
      continue
    }
    const built = /^package\/bindings-node\/dist\/(refunds\/(check\/)?)?[a-z0-9-]+\.(js|mjs|d\.ts|d\.mts)$/
    assert.deepEqual(rest.filter((name) => !built.test(name) || name.includes('internals')), [])
    for (const entry of ['index', 'refunds', 'testing']) {
      for (const ending of ['js', 'mjs', 'd.ts', 'd.mts']) {
        assert.ok(rest.includes(`package/bindings-node/dist/${entry}.${ending}`), `${entry}.${ending}`)
      }
    }
    assert.ok(rest.includes('package/bindings-node/dist/cli.js'))
  }
})

test('a package of a release names its repository, its pages and where problems go', { timeout: 120_000 }, (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
  t.after(() => rmSync(folder, { recursive: true }))
  run(root, process.execPath, 'bindings-node/pack.mjs', folder, '--repository', 'shop/paywelcome')
  const home = 'https://github.com/shop/paywelcome'
  for (const name of readdirSync(folder)) {
    const told = JSON.parse(run(folder, 'tar', '-xzOf', name, 'package/package.json'))
    assert.deepEqual(told.repository, { type: 'git', url: `git+${home}.git` }, name)
    assert.deepEqual([told.homepage, told.bugs], [`${home}#readme`, { url: `${home}/issues` }], name)
  }
  assert.equal(readdirSync(folder).length, 2)
})
