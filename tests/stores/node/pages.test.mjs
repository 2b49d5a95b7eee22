// The examples of the READMEs and of docs/refunds that need a database's driver, as they are written there.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

import { betterSqlite3 } from './better-sqlite3.mjs'

const { skip } = betterSqlite3
const root = fileURLToPath(new URL('../../../', import.meta.url))
const modules = fileURLToPath(new URL('node_modules', import.meta.url))
const require = createRequire(import.meta.url)
// What a script that makes a client finds in its environment; it calls nobody.
const MERCHANT = { PAYWELCOME_MID: 'welcometst', PAYWELCOME_SIGN_KEY: 'made-up', PAYWELCOME_ENVIRONMENT: 'test' }

/** A folder where the package and the drivers are installed. */
function project(t) {
  const folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
  t.after(() => rmSync(folder, { recursive: true }))
  mkdirSync(join(folder, 'node_modules'))
  for (const [name, from] of [
    ['paywelcome', root],
    ['better-sqlite3', join(modules, 'better-sqlite3')],
    ['typeorm', join(modules, 'typeorm')],
  ]) {
    symlinkSync(from, join(folder, 'node_modules', name), 'junction')
  }
  return folder
}

function blocks(page, kind) {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${kind}\\n([^]*?)^\`\`\`$`, 'gm'))].map(([, source]) => source)
}

for (const page of ['README.md', 'README.ko.md', 'docs/refunds.md', 'docs/refunds.ko.md', 'docs/outcomes.md', 'docs/outcomes.ko.md']) {
  test(`the examples of ${page} that keep refunds work`, { skip }, (t) => {
    const sources = blocks(page, 'js').filter((source) => source.includes("from 'better-sqlite3'"))
    assert.ok(sources.length > 0, 'no examples')
    for (const source of sources) {
      const folder = project(t)
      writeFileSync(join(folder, 'example.mjs'), source)
      const { NODE_TEST_CONTEXT: _, ...env } = { ...process.env, ...MERCHANT }
      const { status, stdout, stderr } = spawnSync(process.execPath, ['example.mjs'], { cwd: folder, env, encoding: 'utf8', timeout: 30_000 })
      assert.equal(status, 0, stdout + stderr)
    }
  })
}

for (const page of ['docs/refunds.md', 'docs/refunds.ko.md']) {
  test(`the NestJS service of ${page} is durable`, { skip }, async (t) => {
    const { data, gateway, refunds, service } = await shop(t, page)
    const order = { id: 1, tid: gateway.approve({ price: 12_000 }), paid: 12_000, note: '' }
    await data.manager.save('order', order)
    const note = async () => (await data.manager.findOneBy('order', { id: 1 })).note

    assert.equal((await service.refund(order, '1', 3_000)).state, 'done')
    assert.equal((await service.refund(order, '1', 3_000)).state, 'done')
    assert.equal(gateway.payment(order.tid).remaining, 9_000)
    assert.equal(await note(), 'refund of 3000 asked for')

    await assert.rejects(service.refund(order, '2', 10_000), { name: 'InvalidRequestError' })
    assert.equal(await note(), 'refund of 3000 asked for')
    await assert.rejects(refunds.get('order-1-2'), { kind: 'not_found' })

    gateway.arm('close', { when: 'after_applying' })
    for (const _ of [1, 2]) assert.equal((await service.refund(order, '3', 1_000)).note, 'no_answer')
    assert.equal(gateway.payment(order.tid).remaining, 8_000)
  })
}

/** The service that a page shows, as TypeScript makes it, around a database and a gateway of its own. */
async function shop(t, page) {
  const changed = blocks(page, 'diff').map((block) => block.replace(/^(?:-.*\n|[ +])/gm, ''))
  const source = changed.find((file) => file.startsWith('// refund.service.ts\n'))
  const folder = project(t)
  const { transpileModule } = createRequire(join(root, 'package.json'))('typescript')
  const compilerOptions = { module: 'commonjs', target: 'es2022', experimentalDecorators: true }
  writeFileSync(join(folder, 'refund.service.js'), transpileModule(source, { compilerOptions }).outputText)
  // Of NestJS it needs a decorator that does nothing here; tests/examples has the framework itself.
  mkdirSync(join(folder, 'node_modules/@nestjs/common'), { recursive: true })
  writeFileSync(join(folder, 'node_modules/@nestjs/common/index.js'), 'exports.Injectable = () => () => {}\n')
  writeFileSync(
    join(folder, 'order.entity.js'),
    `const { EntitySchema } = require('typeorm')
exports.Order = new EntitySchema({
  name: 'order',
  columns: { id: { type: Number, primary: true }, tid: { type: String }, paid: { type: Number }, note: { type: String } },
})
`,
  )
  const own = createRequire(join(folder, 'refund.service.js'))
  const { RefundService } = own('./refund.service.js')
  const { Order } = own('./order.entity.js')
  const { Refunds, typeormStore } = own('paywelcome/refunds')
  const { Sandbox } = own('paywelcome/testing')
  const { DataSource } = require('typeorm')

  const database = join(folder, 'shop.db')
  const data = await new DataSource({ type: 'better-sqlite3', database, entities: [Order], synchronize: true }).initialize()
  const gateway = new Sandbox()
  const client = gateway.client()
  t.after(async () => {
    await client.close()
    gateway.close()
    await data.destroy()
  })
  const refunds = new Refunds(client, typeormStore(data), { quietMs: 0 })
  return { data, gateway, refunds, service: new RefundService(refunds, data) }
}
