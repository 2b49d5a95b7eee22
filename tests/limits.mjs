// A time limit for each test, and for what tests leave behind: `node --import ./tests/limits.mjs --test …`.
//
// The runner's own limit is for a whole file, and names no test; what holds a file open after its last test, nothing names.
// Node.js passes the import on to the process of each file, where a thread watches that tests begin and end. It works also
// where a test blocks everything else.

import { writeSync } from 'node:fs'
import { afterEach, beforeEach } from 'node:test'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const LIMIT = Number(process.env.TEST_LIMIT_MS ?? 300_000)
/** How long the process gets to say what it waits for. */
const LAST_WORDS = 5_000

if (!isMainThread && workerData?.watches === import.meta.url) {
  watch()
} else if (isMainThread && process.env.NODE_TEST_CONTEXT && process.argv[1]?.endsWith('.test.mjs')) {
  // Processes that tests fork would inherit it, and from another folder not even find it.
  process.execArgv = process.execArgv.filter((word, at, all) => word !== '--import' && all[at - 1] !== '--import')
  tell()
}

/** Tells the watching thread of each test; in the process of a file, but in none that its tests start. */
function tell() {
  const watching = new Worker(new URL(import.meta.url), { workerData: { watches: import.meta.url }, execArgv: [] })
  const left = new Map()
  let last = 'the file itself'
  let before = counted()

  /** Notes what a test has left behind: known once the next begins, since it may clean up after its end. */
  const look = () => {
    const now = counted()
    for (const [kind, count] of now) if (count > (before.get(kind) ?? 0)) left.set(kind, last)
    before = now
  }
  beforeEach((t) => {
    look()
    last = t.name
    watching.postMessage({ began: t.name })
  })
  afterEach((t) => watching.postMessage({ ended: t.name }))
  watching.on('message', () => {
    look()
    for (const [kind, since] of left) if (before.has(kind)) say(`${kind} is held, since: ${since}`)
    process.exit(1)
  })
  // Only now: to listen holds the process open.
  watching.unref()
}

function watch() {
  const running = []
  let began = false
  const expired = () => {
    const place = began ? 'after its last test' : 'before its first test'
    say(`nothing happened for ${LIMIT / 1_000} s; running: ${running.join(' > ') || place}`)
    parentPort.postMessage('last words')
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_WORDS)
  }
  let limit = setTimeout(expired, LIMIT)
  parentPort.on('message', (told) => {
    clearTimeout(limit)
    limit = setTimeout(expired, LIMIT)
    began = true
    if ('began' in told) running.push(told.began)
    else running.splice(running.lastIndexOf(told.ended), 1)
  })
}

/** How many there are of each kind of thing that the event loop waits for. */
function counted() {
  const counts = new Map()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

/** Says it at once, whatever the streams are doing. */
function say(text) {
  writeSync(2, `TIME LIMIT: ${text}\n`)
}
