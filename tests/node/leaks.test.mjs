// Leaks: calls of every end, again and again, and nothing grows.
//
// PAYWELCOME_LEAK_CALLS=100000 makes more of them, against a release build in place of a quick look.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import test from 'node:test'
import { promisify } from 'node:util'

const CALLS = Number(process.env.PAYWELCOME_LEAK_CALLS ?? 10_000)

/** How much `what` grows with each call, by least squares over the marks after the first half. */
function slope(marks, what) {
  const late = marks.slice(marks.length / 2)
  const mean = (of) => late.reduce((sum, mark) => sum + mark[of], 0) / late.length
  const [calls, value] = [mean('calls'), mean(what)]
  const over = late.reduce((sum, mark) => sum + (mark.calls - calls) * (mark[what] - value), 0)
  return over / late.reduce((sum, mark) => sum + (mark.calls - calls) ** 2, 0)
}

test('calls of every end leave nothing behind', { skip: process.platform !== 'linux' && 'reads /proc' }, async (t) => {
  const env = { ...process.env, PAYWELCOME_LEAK_CALLS: String(CALLS) }
  // With a small nursery, what the process holds is not mostly the engine's room for short-lived objects.
  const args = ['--expose-gc', '--max-semi-space-size=1', 'leaks-client.mjs']
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: new URL('.', import.meta.url), env })
  const { marks, tally, reported, open, seconds } = JSON.parse(stdout)
  const [first, last] = [marks[0], marks.at(-1)]
  const grows = { rss: slope(marks, 'rss'), heapUsed: slope(marks, 'heapUsed') }
  t.diagnostic(JSON.stringify({ calls: CALLS, seconds, grows, first, last, tally, reported }))
  if (process.env.PAYWELCOME_LEAK_CALLS) for (const mark of marks) t.diagnostic(JSON.stringify(mark))

  // Every call ended as it had to.
  const share = Object.fromEntries(Object.entries(tally).map(([what, times]) => [what, Math.round((times * 9) / CALLS)]))
  const ends = ['done: done', 'declined: declined', 'refused: not_sent', 'invalid: not_sent', 'lost: unknown']
  ends.push('late: unknown', 'withdrawn: not_sent', 'shared: done', 'closed: done')
  assert.deepEqual(share, Object.fromEntries(ends.map((end) => [end, 1])))
  assert.equal(reported, tally['late: unknown'])
  assert.deepEqual(open, [])

  for (const mark of marks) {
    assert.ok(mark.threads <= first.threads, 'threads')
    assert.ok(mark.descriptors <= first.descriptors + 2, 'descriptors')
    assert.ok(mark.handles <= first.handles + 2, 'handles')
  }
  // An allocator wobbles by some hundred kilobytes, which over few calls looks like a slope.
  const wobble = 2_000_000 / (CALLS / 2)
  assert.ok(grows.heapUsed < 20 + wobble / 4, `the heap grows by ${grows.heapUsed} bytes a call`)
  assert.ok(grows.rss < 100 + wobble, `the process grows by ${grows.rss} bytes a call`)
  assert.ok(last.rss < first.rss + 48_000_000)
})
