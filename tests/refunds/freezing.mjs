// A store that stops a refund's life between two of its statements.

const FOR_EVER = new Promise(() => {})

/**
 * Calls `meet` before each statement, before each transaction begins and before it is committed; where that gives a promise,
 * the life waits for it.
 */
export function freezing(store, handle, meet) {
  const query = async (pieces, values) => {
    await meet(named(pieces))
    return store.query(pieces, values)
  }
  const within = (inner) => async (pieces, values) => {
    await meet(`in a transaction: ${named(pieces)}`)
    return inner(pieces, values)
  }
  const transaction = async (work) => {
    await meet('BEGIN')
    if (handle === undefined) {
      return store.transaction(async (inner) => {
        const result = await work(within(inner))
        await meet('in a transaction: COMMIT')
        return result
      })
    }
    return together(store, meet, work)
  }
  return { dialect: store.dialect, query, transaction, inTransaction: () => false }
}

/**
 * As the store for SQLite does it, whose transactions no other work of the process may come between. Where a life is to stop
 * within one, the transaction stays open, on a file of that life's own.
 */
function together(store, meet, work) {
  let stopped = false
  const step = (label) => {
    const waits = meet(`in a transaction: ${label}`)
    stopped ||= waits !== undefined
    if (waits !== undefined) throw new Error('the life stops here')
  }
  const direct = (statement) => store.query([statement], [])
  direct('BEGIN IMMEDIATE')
  try {
    const result = work((pieces, values) => {
      step(named(pieces))
      return store.query(pieces, values)
    })
    step('COMMIT')
    direct('COMMIT')
    return result
  } catch (error) {
    if (stopped) return FOR_EVER
    direct('ROLLBACK')
    throw error
  }
}

/** What a statement does, in a few words. */
function named(pieces) {
  const words = pieces.join('').split(/\s+/)
  const table = words.find((word) => word.startsWith('paywelcome_')) ?? ''
  return `${words[0]} ${table}`.trim()
}
