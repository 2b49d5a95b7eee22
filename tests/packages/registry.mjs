// A registry on this machine, with the packages that were built here: installers get them as from the real one.
// The platforms that were not built are there too, with a text in place of their addon.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

function describe(tarball) {
  return JSON.parse(execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }))
}

/** Whether a package is the one of this platform. */
function isHere({ os = [], cpu = [], libc }) {
  const library = process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
  return os.includes(process.platform) && cpu.includes(process.arch) && (!libc || libc.includes(library))
}

/** A tarball for a platform that this machine can't build. */
function imitate(name, version, into) {
  const [os, cpu, library] = name.replace('@paywelcome/native-', '').split('-')
  const libc = { gnu: ['glibc'], musl: ['musl'] }[library]
  const folder = join(into, name.replace('/', '-'))
  mkdirSync(join(folder, 'package'), { recursive: true })
  const told = { name, version, os: [os], cpu: [cpu], ...(libc && { libc }), main: 'imitation.node' }
  writeFileSync(join(folder, 'package', 'package.json'), JSON.stringify(told))
  writeFileSync(join(folder, 'package', 'imitation.node'), 'not an addon')
  execFileSync('tar', ['-czf', `${folder}.tgz`, '-C', folder, 'package'])
  return `${folder}.tgz`
}

function entry(tarball) {
  const bytes = readFileSync(tarball)
  return { bytes, told: describe(tarball), integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}` }
}

/** Serves the tarballs of a folder; the answer has the address and a `close`. */
export async function serve(folder) {
  const stage = mkdtempSync(join(tmpdir(), 'paywelcome-registry-'))
  const entries = new Map()
  const add = (tarball) => {
    const added = entry(tarball)
    entries.set(added.told.name, added)
  }
  for (const file of readdirSync(folder)) add(join(folder, file))
  const { version, optionalDependencies } = entries.get('paywelcome').told
  for (const name of Object.keys(optionalDependencies)) {
    if (!entries.has(name)) add(imitate(name, version, stage))
  }
  rmSync(stage, { recursive: true })

  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url.split('?')[0]).slice(1)
    const asked = entries.get(path.replace(/\/-\/.*$/, ''))
    if (!asked) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}')
    } else if (path.endsWith('.tgz')) {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(asked.bytes)
    } else {
      const { told, integrity } = asked
      const tarball = `${url}/${told.name}/-/${told.name.split('/').at(-1)}-${told.version}.tgz`
      const versions = { [told.version]: { ...told, dist: { tarball, integrity } } }
      const page = { name: told.name, 'dist-tags': { latest: told.version }, versions, time: { [told.version]: '2020-01-01T00:00:00Z' } }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(page))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}`
  return {
    url,
    addon: [...entries.values()].find(({ told }) => isHere(told)).told,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
