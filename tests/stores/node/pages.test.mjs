// The examples of the READMEs and of docs/refunds that need a database's driver, as they are written there.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { after } from 'node:test'
import { fileURLToPath } from 'node:url'

import * as exported from '../../../bindings-node/dist/refunds.mjs'
import { betterSqlite3 } from './better-sqlite3.mjs'
import { engine } from './engine.mjs'

const postgres = await engine('postgres', after)
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

for (const page of ['README.md', 'README.ko.md', 'docs/refunds.md', 'docs/refunds.ko.md']) {
  test(`the examples of ${page} that keep refunds work`, { skip: betterSqlite3.skip }, (t) => {
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

test('every store that docs/refunds.md names is exported', () => {
  const names = new Set(readFileSync(join(root, 'docs/refunds.md'), 'utf8').match(/\b[a-z]\w*Store\b/g))
  names.delete('checkStore')
  assert.ok(names.size >= 9, [...names].join())
  for (const name of names) assert.equal(typeof exported[name], 'function', name)
})

for (const page of ['docs/refunds.md', 'docs/refunds.ko.md']) {
  test(`the NestJS service of ${page} is durable`, { skip: postgres.skip }, async (t) => {
    const { data, gateway, refunds, service } = await shop(t, page)
    const order = { id: 1, tid: gateway.approve({ price: 12_000 }), paid: 12_000, note: '' }
    await data.manager.save('Order', order)
    const note = async () => (await data.manager.findOneBy('Order', { id: 1 })).note

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

const SURROUNDINGS = {
  'package.json': '{ "private": true }',
  'tsconfig.json': JSON.stringify({
    compilerOptions: { module: 'nodenext', target: 'es2022', strict: true, experimentalDecorators: true, skipLibCheck: true, types: [] },
  }),
  // Of NestJS it needs a decorator that does nothing here; tests/examples has the framework itself.
  'node_modules/@nestjs/common/index.js': 'exports.Injectable = () => () => {}\n',
  'node_modules/@nestjs/common/index.d.ts': 'export declare function Injectable(): ClassDecorator\n',
  'order.entity.ts': `import { Column, Entity, PrimaryColumn } from 'typeorm'

@Entity()
export class Order {
  @PrimaryColumn('integer') id!: number
  @Column('text') tid!: string
  @Column('integer') paid!: number
  @Column('text') note!: string
}
`,
}

/** The service that a page shows, compiled, around a database and a gateway of its own. */
async function shop(t, page) {
  const folder = project(t)
  const changed = blocks(page, 'diff').map((block) => block.replace(/^(?:-.*\n|[ +])/gm, ''))
  const service = changed.find((file) => file.startsWith('// refund.service.ts\n'))
  mkdirSync(join(folder, 'node_modules/@nestjs/common'), { recursive: true })
  for (const [name, text] of Object.entries({ ...SURROUNDINGS, 'refund.service.ts': service })) writeFileSync(join(folder, name), text)
  const compiled = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], { cwd: folder, encoding: 'utf8' })
  assert.equal(compiled.status, 0, compiled.stdout + compiled.stderr)

  const own = createRequire(join(folder, 'refund.service.js'))
  const { RefundService } = own('./refund.service.js')
  const { Order } = own('./order.entity.js')
  const { Refunds, typeormStore } = own('paywelcome/refunds')
  const { Sandbox } = own('paywelcome/testing')
  const { DataSource } = require('typeorm')

  const data = new DataSource({ type: 'postgres', url: postgres.url, entities: [Order], synchronize: true, dropSchema: true })
  await data.initialize()
  const gateway = new Sandbox()
  const client = gateway.client()
  t.after(async () => {
    await client.close()
    gateway.close()
    await data.destroy()
  })
  const refunds = new Refunds(client, typeormStore(data), { quietMs: 0 })
  await refunds.init()
  return { data, gateway, refunds, service: new RefundService(refunds, data) }
}
