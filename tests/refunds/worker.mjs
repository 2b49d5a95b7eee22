// A worker of the tests in Node.js: lives of refunds that stop at a point, and those who take over.
//
// One line of JSON in for each command, one out for each answer. It is killed, or ends with its standard input.

import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { Client } from 'paywelcome'
import { pgStore, Refunds, RefundsError, sqliteStore } from 'paywelcome/refunds'

import { freezing } from './freezing.mjs'

// The drivers are those that the stores are tested with.
const driver = createRequire(new URL('../stores/node/package.json', import.meta.url))
const LOOK_EVERY = 20
const answer = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)
const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
const inCamel = (values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [camel(name), value]))
const inMs = (seconds) => (seconds === undefined || seconds === null ? undefined : seconds * 1000)
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

// What is warned of refunds is what the tables say.
process.removeAllListeners('warning')
process.on('warning', () => {})

let Database
let pool

function storeOf({ kind, file, url }) {
  if (kind === 'sqlite') {
    Database ??= driver('better-sqlite3')
    const handle = new Database(file, { timeout: 10_000 })
    return { store: sqliteStore(handle), handle }
  }
  pool ??= new (driver('pg').Pool)({ connectionString: url, max: 40 })
  return { store: pgStore(pool), handle: undefined }
}

/** One merchant's refunds in one store. */
class Book {
  constructor({ store, client, enforced, quiet }) {
    Object.assign(this, storeOf(store))
    const { timeout, connect_timeout, ...others } = client
    const limits = { timeoutMs: inMs(timeout), connectTimeoutMs: inMs(connect_timeout) }
    this.client = new Client({ ...inCamel(others), ...limits })
    this.settings = { confirmPriceEnforced: enforced, quietMs: inMs(quiet) }
    this.refunds = this.made(this.store)
    this.stop = new AbortController()
  }

  made(store) {
    return new Refunds(this.client, store, this.settings)
  }
}

const books = new Map()

/** One refund's life, from its request to what becomes of it; `meet` may give what is waited for. */
async function live({ book: name, request }, meet) {
  const book = books.get(name)
  let isCounting = false
  const counted = (label) => (isCounting ? meet(label) : undefined)
  const refunds = book.made(freezing(book.store, book.handle, counted))
  // The look for the tables is no part of a life.
  await refunds.counts()
  isCounting = true
  await refunds.request(inCamel(request))
  const refund = await refunds.process(request.key)
  await counted('the end')
  return refund
}

/** Lives to the point where it is to stop, and stays there. */
async function liveTo(line) {
  let met = 0
  const meet = () => {
    met += 1
    if (met !== line.point) return undefined
    answer({ at: line.request.key })
    return new Promise(() => {})
  }
  let missed
  try {
    missed = (await live(line, meet)).state
  } catch (error) {
    missed = String(error)
  }
  answer({ at: line.request.key, missed })
}

const isAtRest = ({ isEnded, state }) => isEnded || state === 'review'

const commands = {
  open(line) {
    books.set(line.book, new Book(line))
    return {}
  },
  async request({ book, rows }) {
    const { requested, known } = await books.get(book).refunds.requestMany(rows.map(inCamel))
    return { requested, known }
  },
  async trace(line) {
    const labels = []
    const { state } = await live(line, (label) => void labels.push(label))
    return { labels, state }
  },
  /** Processes one refund until no worker can do anything more, as wake-ups do that come again and again. */
  async take_over({ book, key, seconds }) {
    const { refunds } = books.get(book)
    const until = performance.now() + seconds * 1000
    let refund = await refunds.process(key)
    while (!isAtRest(refund) && performance.now() < until) {
      await pause(LOOK_EVERY)
      refund = await refunds.process(key)
    }
    return { state: refund.state }
  },
  async process({ book, key }) {
    return { state: (await books.get(book).refunds.process(key)).state }
  },
  async run({ book, concurrency, pace, poll }) {
    const { refunds, stop } = books.get(book)
    return { processed: await refunds.run({ concurrency, pace, pollMs: inMs(poll), signal: stop.signal }) }
  },
  stop({ book }) {
    books.get(book).stop.abort()
    return {}
  },
  /** A person's ruling; one that is too early is made again when it may be. */
  async resolve({ book, key, ruling, remaining }) {
    const refused = []
    for (;;) {
      try {
        const { state } = await books.get(book).refunds.resolve(key, ruling, { by: 'a person', remaining })
        return { state, refused }
      } catch (error) {
        if (!(error instanceof RefundsError)) throw error
        refused.push(error.message)
        if (!error.until) return { state: null, refused }
        await pause(Math.max(0, error.until.getTime() - Date.now()) + 10)
      }
    }
  },
}

async function perform(line) {
  let told
  try {
    told = await commands[line.do](line)
  } catch (error) {
    told = { error: `${error?.stack ?? error}` }
  }
  answer({ n: line.n, ...told })
}

for await (const text of createInterface({ input: process.stdin })) {
  const line = JSON.parse(text)
  void (line.do === 'live' ? liveTo(line) : perform(line))
}
// What is under way is nobody's business any more.
process.exit(0)
