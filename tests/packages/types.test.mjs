// The types of the installed package: in every way that TypeScript resolves modules, and by the tools that judge packages.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'

import { publint } from 'publint'

import { managers, project, root, run, tarballs, tool } from './merchant.mjs'
import { serve } from './registry.mjs'

const program = `import { cancel, Client, DeclinedError, type CancelReceipt } from 'paywelcome'
import { type Store, sqliteStore, type SyncStore } from 'paywelcome/refunds'
import { wake } from 'paywelcome/refunds/bullmq'
import { checkStore, Sandbox } from 'paywelcome/testing'

export async function refund(tid: string): Promise<CancelReceipt> {
  const bank: Sandbox = new Sandbox()
  const client = new Client({ mid: bank.mid, signKey: bank.signKey, baseUrl: bank.url })
  const receipt = await client.cancel({ payType: 'card', tid, price: 12000 })
  const price: number = receipt.price
  // @ts-expect-error: a payment is named by a text
  await cancel({ payType: 'card', tid: price, price })
  // @ts-expect-error: there is no such setting
  new Client({ merchant: bank.mid })
  return receipt
}
export const store = (handle: Parameters<typeof sqliteStore>[0]): SyncStore => sqliteStore(handle)
export const checked = (made: Store): Promise<void> => checkStore(() => made)
// @ts-expect-error: a name is not a queue
export const woken: Promise<boolean> = wake('refunds', 'refund-17')
// @ts-expect-error: a file's name is not a handle
store('refunds.db')
export const declined = (error: unknown): boolean => error instanceof DeclinedError && error.outcome === 'declined'
`

let registry
before(async () => (registry = await serve(tarballs)))
after(() => registry.close())

test('the types are found in every resolution', { timeout: 240_000 }, async (t) => {
  const folder = project(t, { 'refund.mts': program, 'refund.cts': program, 'refund.ts': program })
  await managers.npm(folder, registry.url)
  const shared = {
    target: 'ES2022', strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true,
    lib: ['ES2022', 'ESNext.Disposable'], types: ['node'], typeRoots: [join(root, 'node_modules/@types')],
  }
  for (const [name, options] of Object.entries({
    node16: { module: 'node16', moduleResolution: 'node16' },
    nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
    bundler: { module: 'esnext', moduleResolution: 'bundler' },
  })) {
    await t.test(name, async () => {
      // In a bundler's resolution, what is written as an import may not end as a require.
      const files = name === 'bundler' ? ['refund.ts', 'refund.mts'] : ['refund.ts', 'refund.mts', 'refund.cts']
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...shared, ...options }, files }))
      await run(folder, process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '-p', folder)
    })
  }
})

test('publint has nothing to say', { timeout: 120_000 }, async () => {
  for (const name of readdirSync(tarballs)) {
    const { buffer } = readFileSync(join(tarballs, name))
    const { messages } = await publint({ pack: { tarball: buffer }, strict: true })
    assert.deepEqual(messages, [], name)
  }
})

test('are the types wrong: no', { timeout: 120_000 }, async (t) => {
  const folder = project(t)
  const name = readdirSync(tarballs).find((file) => /^paywelcome-\d/.test(file))
  await run(folder, process.execPath, tool('@arethetypeswrong/cli/dist/index.js'), '--no-emoji', join(tarballs, name))
})
