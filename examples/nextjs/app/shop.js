import { Client, InvalidRequestError } from 'paywelcome'
import { pgStore, Refunds, RefundsError } from 'paywelcome/refunds'
import pg from 'pg'

// [region: refunds]
// Once in a process, not once in each bundle or at each reload in development.
export function open() {
  return (globalThis.shop ??= start())
}

async function start() {
  const pool = new pg.Pool() // PGHOST, PGDATABASE and so on
  const client = new Client({ timeoutMs: 20_000 })
  const refunds = new Refunds(client, pgStore(pool))
  await refunds.init() // in production, a migration with the SQL of `schema('postgres')`

  // Sends what no request waits for: what was not sent, and what a process that died has left.
  const stop = new AbortController()
  const worker = refunds.run({ signal: stop.signal })
  const close = async () => {
    stop.abort()
    await worker
    await client.close() // waits until the result of each sent request is recorded
    await pool.end()
    process.exit()
  }
  let closing
  // `on`, not `once`: a second signal would find no listener, and end the process at once.
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => (closing ??= close()))
  return { pool, refunds }
}
// [end]

// [region: answer]
/** Answers with what `work` gives, or with why it was refused. */
export async function answer(work) {
  try {
    const given = await work(await open())
    return Response.json(given, { status: given.isEnded === false ? 202 : 200 })
  } catch (error) {
    const { message, kind } = error
    if (error instanceof InvalidRequestError) return Response.json({ error: message }, { status: 400 }) // such as: more than remains
    if (error instanceof RefundsError) return Response.json({ error: message }, { status: kind === 'not_found' ? 404 : 409 })
    throw error
  }
}
// [end]
