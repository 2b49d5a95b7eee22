// Finds the native addon of this platform, and says what to do where there is none.

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** The platforms that a package is made for. */
const PLATFORMS = [
  'linux-x64-gnu',
  'linux-x64-musl',
  'linux-arm64-gnu',
  'linux-arm64-musl',
  'darwin-x64',
  'darwin-arm64',
  'win32-x64-msvc',
  'win32-arm64-msvc',
]

// A require of our own, for names that no bundler shall take apart.
const here = createRequire(join(__dirname, 'addon.js'))

/** Loads the addon: the one beside this file, which a clone or a bundle has, or else the platform's package. */
export function load(): unknown {
  const wanted = triples()
  const failures: string[] = []
  let cause: unknown
  for (const triple of wanted) {
    const beside = `./paywelcome.${triple}.node`
    const installed = `@paywelcome/native-${triple}`
    for (const name of [beside, installed]) {
      // Looked for first, since a require that fails takes as long as loading half of this package.
      if (name === beside && !existsSync(join(__dirname, beside))) {
        failures.push(`${beside}: not there`)
        continue
      }
      try {
        return name === beside ? here(beside) : fromPackage(triple)
      } catch (error) {
        const there = codeOf(error) !== 'MODULE_NOT_FOUND'
        if (there) cause = error
        const hollow = name === installed && isInstalled(triple)
        failures.push(`${name}: ${there ? String(error) : hollow ? 'there, but without its addon' : 'not there'}`)
      }
    }
  }
  const { platform, arch, version } = process
  const message = [
    `paywelcome has no native addon that loads on ${platform} ${arch}${library()} (Node.js ${version}).`,
    `Looked from ${__dirname} for:`,
    ...failures.map((failure) => `  ${failure}`),
    ...advice(wanted, cause),
  ].join('\n')
  throw Object.assign(new Error(message, cause === undefined ? undefined : { cause }), { code: 'PAYWELCOME_NATIVE' })
}

/** The addon of a platform's package. Each name stands in full for tools that trace files, and in a `try` for bundlers. */
function fromPackage(triple: string): unknown {
  try {
    switch (triple) {
      case 'linux-x64-gnu':
        return require('@paywelcome/native-linux-x64-gnu')
      case 'linux-x64-musl':
        return require('@paywelcome/native-linux-x64-musl')
      case 'linux-arm64-gnu':
        return require('@paywelcome/native-linux-arm64-gnu')
      case 'linux-arm64-musl':
        return require('@paywelcome/native-linux-arm64-musl')
      case 'darwin-x64':
        return require('@paywelcome/native-darwin-x64')
      case 'darwin-arm64':
        return require('@paywelcome/native-darwin-arm64')
      case 'win32-x64-msvc':
        return require('@paywelcome/native-win32-x64-msvc')
      case 'win32-arm64-msvc':
        return require('@paywelcome/native-win32-arm64-msvc')
    }
  } catch (error) {
    throw error
  }
  throw Object.assign(new Error('no such package'), { code: 'MODULE_NOT_FOUND' })
}

/** What to do, from what is installed; never from an error's text. */
function advice(wanted: string[], cause: unknown): string[] {
  const [likeliest = ''] = wanted
  if (!wanted.some((triple) => PLATFORMS.includes(triple))) {
    return [
      `No package is made for ${likeliest}; there are ${PLATFORMS.join(', ')}.`,
      'Build it from its sources: npm run build, in a clone.',
    ]
  }
  if (codeOf(cause) === 'ERR_DLOPEN_DISABLED') {
    return [
      'It is there, but this process may load no addons: Node.js was started with --no-addons, or with its permission model and',
      'without --allow-addons. Look at the command, NODE_OPTIONS, and the execArgv of a worker. paywelcome works only as an addon.',
    ]
  }
  const installed = PLATFORMS.filter(isInstalled)
  if (cause !== undefined || installed.some((triple) => wanted.includes(triple))) {
    return [
      'It is there, but does not load: it is damaged, or made for another C library or a newer system than this.',
      'Install again on this machine: remove node_modules, then npm install',
    ]
  }
  if (installed.length > 0) {
    return [
      `What is installed is for ${installed.join(', ')}: node_modules comes from another machine. Install where it shall run`,
      '(for Alpine in an Alpine container), or for that platform:',
      '  npm:  remove node_modules and package-lock.json, then npm install --os=… --cpu=… --libc=…',
      '  yarn: supportedArchitectures in .yarnrc.yml, then yarn install; pnpm: the same in pnpm-workspace.yaml',
    ]
  }
  return [
    `The package @paywelcome/native-${likeliest} is what is missing. It is an optional dependency of paywelcome:`,
    '  npm install --include=optional   (not --omit=optional; in yarn and pnpm not --ignore-optional, --no-optional)',
    '  If package-lock.json was made on another platform and has no entry of it: remove node_modules and package-lock.json first.',
    '  In a bundle: leave paywelcome out of it (external), or copy the addon beside it.',
  ]
}

function codeOf(error: unknown): unknown {
  // Not by its class: a test runner's modules have another than the loader's.
  return (error as { code?: unknown } | undefined)?.code
}

function isInstalled(triple: string): boolean {
  try {
    here.resolve(`@paywelcome/native-${triple}/package.json`)
    return true
  } catch {
    return false
  }
}

/** The names that a build for this platform may have, likeliest first. */
function triples(): string[] {
  const { platform, arch } = process
  if (platform === 'win32') return [`win32-${arch}-msvc`]
  if (platform !== 'linux') return [`${platform}-${arch}`]
  const libraries = usesMusl() ? ['musl', 'gnu'] : ['gnu', 'musl']
  return libraries.map((name) => `linux-${arch}-${name}`)
}

/** Tells Alpine and its like from the rest, from the script that names its C library. */
function usesMusl(): boolean {
  try {
    return readFileSync('/usr/bin/ldd', 'utf8').includes('musl')
  } catch {
    return false
  }
}

/** The C library as Node.js itself was linked to it. */
function library(): string {
  if (process.platform !== 'linux') return ''
  // A report asks the network for names unless told not to.
  Object.assign(process.report, { excludeNetwork: true })
  const { header } = process.report.getReport() as unknown as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime ? ` glibc ${header.glibcVersionRuntime}` : ' musl or another C library'
}
