// A worker of the tests in Node.js: lives of refunds that stop at a point, and those who take over.
//
// One line of JSON in for each command, one out for each answer. It is killed, or ends with its standard input.

import { pgStore, Refunds, RefundsError, sqliteStore } from 'paywelcome/refunds'

import { freezing } from './freezing.mjs'
import { answer, clientOf, driver, inCamel, inMs, pause, poolOf, serve } from './merchant.mjs'

const LOOK_EVERY = 20

let Database
let pool

function storeOf({ kind, file, url }) {
  if (kind === 'sqlite') {
    Database ??= driver('better-sqlite3')
    const handle = new Database(file, { timeout: 10_000 })
    return { store: sqliteStore(handle), handle }
  }
  pool ??= poolOf(url, 40)
  return { store: pgStore(pool), handle: undefined }
}

/** One merchant's refunds in one store. */
class Book {
  constructor({ store, client, enforced, quiet }) {
    Object.assign(this, storeOf(store))
    this.client = clientOf(client)
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
  // The look for the tables is not part of a life.
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
  live: liveTo,
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

await serve(commands)
