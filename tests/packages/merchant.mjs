// A merchant's project in a folder of its own: installed by some tool, with programs that cancel a payment.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))
export const tarballs = process.env.PAYWELCOME_TARBALLS ?? join(root, '.build/tarball')
const tools = fileURLToPath(new URL('node_modules', import.meta.url))

/** A tool of the tests by its entry file. */
export const tool = (path) => join(tools, path)

const body = `
  const bank = new Sandbox()
  const tid = bank.approve({ price: 12000 })
  const client = new Client({ mid: bank.mid, signKey: bank.signKey, baseUrl: bank.url })
  const { price } = await client.cancel({ payType: 'card', tid, price: 12000 })
  await client.close()
  if (price !== 12000 || bank.payment(tid).remaining !== 0) throw new Error('no refund')
  console.log('refunded', price, Client.name, typeof DeclinedError)
  bank.close()`

export const imported = `import { Client, DeclinedError } from 'paywelcome'
import { Sandbox } from 'paywelcome/testing'
${body}
`
export const required = `const { Client, DeclinedError } = require('paywelcome')
const { Sandbox } = require('paywelcome/testing')
async function main() {${body}
}
main()
`
export const refunded = 'refunded 12000 Client function\n'

/** Runs a program to its end, without what the surroundings set for a package manager. */
export async function end(cwd, program, ...args) {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|PNPM|YARN|COREPACK)/i.test(name))
  const env = { ...Object.fromEntries(kept), HOME: join(cwd, '.home'), CI: '1' }
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], shell: program === 'npm' && process.platform === 'win32' })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
  const status = await new Promise((told, failed) => child.on('error', failed).on('close', told))
  return { status, stdout, stderr }
}

export async function run(cwd, program, ...args) {
  const { status, stdout, stderr } = await end(cwd, program, ...args)
  assert.equal(status, 0, `${program} ${args.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

/** A fresh folder, with the programs of the smoke test. */
export function project(t, files = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'paywelcome-merchant-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const all = {
    'package.json': '{ "name": "merchant", "version": "1.0.0", "private": true, "license": "UNLICENSED" }\n',
    'imported.mjs': imported,
    'required.cjs': required,
    ...files,
  }
  for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text)
  mkdirSync(join(folder, '.home'))
  return folder
}

/** A project like another one, for a test that damages it. */
export function copy(t, folder) {
  const other = project(t)
  cpSync(join(folder, 'node_modules'), join(other, 'node_modules'), { recursive: true })
  return other
}

/** Each package manager: how it installs from a registry into a folder. */
export const managers = {
  npm: (folder, url, ...more) => run(folder, 'npm', 'install', 'paywelcome', '--registry', url, '--no-audit', '--no-fund', ...more),
  pnpm: (folder, url, ...more) =>
    run(folder, process.execPath, tool('pnpm/bin/pnpm.cjs'), 'add', 'paywelcome', '--registry', url, '--store-dir', join(folder, '.store'), ...more),
  'yarn 1': (folder, url, ...more) =>
    run(folder, process.execPath, tool('yarn/bin/yarn.js'), 'add', 'paywelcome', '--registry', url, '--non-interactive', '--cache-folder', join(folder, '.cache'), ...more),
  'yarn 4': (folder, url, ...more) => {
    const settings = { npmRegistryServer: url, unsafeHttpWhitelist: ['127.0.0.1'], nodeLinker: 'node-modules', enableGlobalCache: false, enableTelemetry: false, enableImmutableInstalls: false }
    writeFileSync(join(folder, '.yarnrc.yml'), JSON.stringify(settings))
    writeFileSync(join(folder, 'yarn.lock'), '')
    return run(folder, process.execPath, tool('@yarnpkg/cli-dist/bin/yarn.js'), 'add', 'paywelcome', ...more)
  },
}

/** The addons that are installed below a folder. */
export function addons(folder) {
  const files = readdirSync(join(folder, 'node_modules'), { recursive: true, withFileTypes: true })
  return files.filter(({ name }) => name.endsWith('.node')).map(({ parentPath, path, name }) => join(parentPath ?? path, name))
}
