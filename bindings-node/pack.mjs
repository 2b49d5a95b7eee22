// Packs what goes to the registry: `paywelcome`, which is JavaScript and types, and one package per platform with its addon.
//
//   node bindings-node/pack.mjs <folder for the tarballs> [--all] [--repository <owner/name>]
//
// Takes the addons that lie in bindings-node/dist. With --all, none of the platforms may be missing.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))
const built = 'bindings-node/dist'
const licences = ['LICENSE-APACHE', 'LICENSE-MIT']

/** Windows starts npm through a shell only. */
function run(cwd, command, ...args) {
  return execFileSync(command, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
}

function write(folder, description) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(description, undefined, 2)}\n`)
}

function read(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** The platforms' packages by the tool's own convention, in folders named after them. */
function describePlatforms(stage, told) {
  write(stage, told)
  run(root, 'npx', '--no-install', 'napi', 'create-npm-dirs', '--cwd', stage)
  return readdirSync(join(stage, 'npm')).map((triple) => ({ triple, folder: join(stage, 'npm', triple) }))
}

function pack(folder, into) {
  for (const licence of licences) cpSync(join(root, licence), join(folder, licence))
  const [{ filename }] = JSON.parse(run(folder, 'npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', into))
  console.log(join(into, filename))
}

function main() {
  const options = { all: { type: 'boolean' }, repository: { type: 'string' } }
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  const into = resolve(positionals[0] ?? 'tarball')
  mkdirSync(into, { recursive: true })
  const stage = mkdtempSync(join(tmpdir(), 'paywelcome-pack-'))
  try {
    const { devDependencies, overrides, scripts, ...told } = read(root)
    // Provenance is believed only of a package that names the repository it was built from.
    if (values.repository) {
      const home = `https://github.com/${values.repository}`
      told.repository = { type: 'git', url: `git+${home}.git` }
      told.homepage = `${home}#readme`
      told.bugs = { url: `${home}/issues` }
    }
    const platforms = describePlatforms(stage, told)

    const missing = []
    for (const { triple, folder } of platforms) {
      const addon = `paywelcome.${triple}.node`
      if (!existsSync(join(root, built, addon))) {
        missing.push(triple)
        continue
      }
      cpSync(join(root, built, addon), join(folder, addon))
      writeFileSync(join(folder, 'README.md'), `The addon of the package paywelcome for ${triple}: install that one.\n`)
      const described = read(folder)
      write(folder, { ...described, type: told.type, files: [...described.files, ...licences] })
      pack(folder, into)
    }
    if (missing.length > 0 && (values.all || missing.length === platforms.length)) {
      throw new Error(`no addon for ${missing.join(', ')} in ${built}`)
    }

    const { napi, ...published } = told
    published.optionalDependencies = Object.fromEntries(
      platforms.map(({ triple }) => [`${napi.packageName}-${triple}`, told.version]),
    )
    const main = join(stage, 'main')
    cpSync(join(root, built), join(main, built), { recursive: true, filter: (path) => !path.endsWith('.node') })
    cpSync(join(root, 'README.md'), join(main, 'README.md'))
    write(main, published)
    pack(main, into)
  } finally {
    rmSync(stage, { recursive: true })
  }
}

main()
