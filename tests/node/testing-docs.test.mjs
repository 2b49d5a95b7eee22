// The JavaScript examples of the READMEs and of the pages in docs/, as they are written there. One that imports nothing continues
// from the last, and so does each of a page that is one story. Those with a database's driver are run by tests/stores/node.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const pages = [
  'README.md', 'README.ko.md', 'docs/sandbox.md',
  'docs/migrating.md', 'docs/observability.md',
]
const stories = ['docs/migrating.md']

/** A page's examples, each with the line it begins at. */
function examples(page) {
  const text = readFileSync(join(root, page), 'utf8')
  const found = []
  for (const { 1: source, index } of text.matchAll(/^```js\n([^]*?)^```$/gm)) {
    const last = found.at(-1)
    const goesOn = last !== undefined && (stories.includes(page) || !/^import |require\(/m.test(source))
    if (goesOn) last.source += source
    else found.push({ line: text.slice(0, index).split('\n').length, source })
  }
  return found
}

for (const page of pages) {
  test(`the examples of ${page} work`, { skip: !existsSync(join(root, page)), timeout: 120_000 }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
    t.after(() => rmSync(folder, { recursive: true }))
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules/paywelcome'), 'junction')
    const all = examples(page)
    assert.ok(all.length > 0, 'no examples')
    for (const { line, source } of all) {
      const foreign = /from '(vitest|@jest\/globals|jest|better-sqlite3)'/.test(source)
      await t.test(`${page}:${line}`, { skip: foreign }, () => {
        const file = join(folder, `line-${line}.mjs`)
        writeFileSync(file, source)
        // A test within a test run would report to it.
        const { NODE_TEST_CONTEXT: _, ...env } = process.env
        const options = { cwd: folder, env, encoding: 'utf8', timeout: 30_000 }
        const { status, stdout, stderr } = spawnSync(process.execPath, [file], options)
        assert.equal(status, 0, stdout + stderr)
      })
    }
  })
}
