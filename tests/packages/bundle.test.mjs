// A server that is bundled: with the package left out, and with only its addon left out and copied beside.

import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { after, before } from 'node:test'

import { nodeFileTrace } from '@vercel/nft'
import { build } from 'esbuild'
import webpack from 'webpack'

import { addons, managers, project, refunded, required, run, tarballs } from './merchant.mjs'
import { serve } from './registry.mjs'

let registry
before(async () => (registry = await serve(tarballs)))
after(() => registry.close())

const withEsbuild = (folder, outfile, external) =>
  build({
    absWorkingDir: folder,
    entryPoints: ['server.mjs'],
    outfile,
    external,
    logLevel: 'silent',
    bundle: true,
    platform: 'node',
    format: 'cjs',
  })

async function withWebpack(folder, file, left) {
  const externals = ({ request }, told) => (left.test(request) ? told(null, `commonjs ${request}`) : told())
  const entry = join(folder, 'required.cjs')
  const output = { path: join(file, '..'), filename: 'server.cjs' }
  const options = { context: folder, mode: 'production', target: 'node20', entry, output, externals }
  const stats = await promisify(webpack)(options)
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true })
  assert.deepEqual([errors, warnings], [[], []])
}

test('a bundled server cancels a payment', { timeout: 240_000 }, async (t) => {
  // In CommonJS, which esbuild's output is, nothing is awaited outside of a function.
  const server = required.replaceAll(/const (.*) = require\((.*)\)/g, 'import $1 from $2')
  const folder = project(t, { 'server.mjs': server })
  await managers.npm(folder, registry.url)
  const [addon] = addons(folder)
  // Nothing is installed around it: what is left out of a bundle must be copied.
  const alone = project(t)
  const bundlers = {
    esbuild: {
      all: (file) => withEsbuild(folder, file, ['paywelcome']),
      addon: (file) => withEsbuild(folder, file, ['@paywelcome/*']),
    },
    webpack: {
      all: (file) => withWebpack(folder, file, /^paywelcome(\/|$)/),
      addon: (file) => withWebpack(folder, file, /^@paywelcome\//),
    },
  }
  for (const [name, { all, addon: without }] of Object.entries(bundlers)) {
    await t.test(`${name}, the package left out`, async () => {
      const file = join(folder, 'out', name, 'server.cjs')
      await all(file)
      assert.equal(await run(folder, process.execPath, file), refunded)
    })
    await t.test(`${name}, all but the addon bundled`, async () => {
      const file = join(alone, 'out', name, 'server.cjs')
      await without(file)
      assert.ok(!/require\(["']paywelcome["']\)/.test(readFileSync(file, 'utf8')))
      mkdirSync(join(alone, 'out', name), { recursive: true })
      copyFileSync(addon, join(alone, 'out', name, registry.addon.main))
      assert.match(await run(alone, process.execPath, file), /^refunded 12000 /)
    })
  }
})

test('a tool that traces files takes the addon along', { timeout: 120_000 }, async (t) => {
  const folder = project(t)
  await managers.npm(folder, registry.url)
  const { fileList } = await nodeFileTrace([join(folder, 'required.cjs')], { base: folder, log: false })
  assert.ok([...fileList].some((file) => file.endsWith(registry.addon.main)), [...fileList].join('\n'))
})
