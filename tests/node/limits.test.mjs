// A run ends, and names the test that keeps it: `tests/limits.mjs`.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'

const limits = new URL('../limits.mjs', import.meta.url)

/** Runs a file of tests with a limit of a second. */
function run(t, source) {
  const folder = mkdtempSync(join(tmpdir(), 'paywelcome-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'planted.test.mjs')
  writeFileSync(file, `import test from 'node:test'\nimport net from 'node:net'\ntest('fine', () => {})\n${source}`)
  // A test within a test run would report to it.
  const { NODE_TEST_CONTEXT: _, ...env } = { ...process.env, TEST_LIMIT_MS: '1000' }
  const flags = ['--import', limits.href, '--test', '--test-reporter=tap', file]
  const { status, stdout, stderr } = spawnSync(process.execPath, flags, { env, encoding: 'utf8', timeout: 60_000 })
  return { status, said: stdout + stderr }
}

for (const [what, source, words] of [
  ['a promise that never settles', `test('lost', () => new Promise(() => {}))`, /lost/],
  [
    'one that never settles, while something is held',
    `test('lost', () => new Promise(() => setInterval(() => {}, 1000)))`,
    /running: lost\n.*Timeout is held, since: lost/,
  ],
  [
    'one that never settles where the time stands still',
    `test('lost', (t) => { t.mock.timers.enable(); return new Promise(() => net.createServer().listen(0)) })`,
    /running: lost\n.*TCPServerWrap is held, since: lost/,
  ],
  [
    'a handle that is never released',
    `test('holds', () => void net.createServer().listen(0))\ntest('after it', () => {})`,
    /after its last test\n.*TCPServerWrap is held, since: holds/,
  ],
  ['a loop', `test('spins', () => { for (;;); })`, /running: spins/],
  [
    'a subtest',
    `test('outer', (t) => t.test('inner', () => new Promise(() => setInterval(() => {}, 1000))))`,
    /running: outer > inner/,
  ],
  ['a file that never comes to a test', `setInterval(() => {}, 1000)\nawait new Promise(() => {})`, /nothing happened/],
]) {
  test(`${what} ends the run, and is named`, (t) => {
    const { status, said } = run(t, source)
    assert.equal(status, 1, said)
    assert.match(said, words)
  })
}

test('what ends by itself is left alone', (t) => {
  const { status, said } = run(t, `test('slow', () => new Promise((resolve) => setTimeout(resolve, 100)))`)
  assert.equal(status, 0, said)
  assert.doesNotMatch(said, /LIMIT/)
})

test('what a test forks knows nothing of it', (t) => {
  const told = `process.send(process.execArgv.filter((word) => word.includes('limits')))`
  const { status, said } = run(t, `
    import { fork } from 'node:child_process'
    import { writeFileSync } from 'node:fs'
    test('forks', async () => {
      const child = new URL('child.mjs', import.meta.url)
      writeFileSync(child, ${JSON.stringify(told)})
      const found = await new Promise((resolve) => fork(child).on('message', resolve))
      if (found.length > 0) throw new Error(String(found))
    })`)
  assert.equal(status, 0, said)
})

test('what fails fails as ever', (t) => {
  const { status, said } = run(t, `test('wrong', () => { throw new Error('on purpose') })`)
  assert.equal(status, 1, said)
  assert.match(said, /not ok 2 - wrong[^]*on purpose/)
  assert.doesNotMatch(said, /LIMIT/)
})
