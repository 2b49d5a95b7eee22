// Refunds in Express. Who may call this is your app's own business: put your login before it.

import express from 'express'
import { Client, InvalidRequestError } from 'paywelcome'
import { pgStore, Refunds, RefundsError } from 'paywelcome/refunds'
import pg from 'pg'

// [region: refunds]
const pool = new pg.Pool() // PGHOST, PGDATABASE and so on
const client = new Client({ timeoutMs: 20_000 })
const refunds = new Refunds(client, pgStore(pool))
await refunds.init() // in production, a migration with the SQL of `schema('postgres')`

// Sends what no request waits for: what was not sent, and what a process that died has left.
const stop = new AbortController()
const worker = refunds.run({ signal: stop.signal })
// [end]

const app = express()
app.use(express.json())

// [region: route]
app.post('/orders/:id/refunds', async ({ params, body }, response) => {
  // The number is the page's own: a form that is posted twice is one refund.
  const { number, amount } = body ?? {}
  if (!Number.isInteger(number)) return response.status(400).json({ error: 'no number' })
  const { rows } = await pool.query('SELECT id, tid, paid FROM orders WHERE id = $1', [params.id])
  if (rows.length === 0) return response.status(404).json({ error: 'there is no such order' })
  const [{ id, tid, paid }] = rows
  const key = `order-${id}-${number}`
  await refunds.request({ key, tid, amount, paid, payType: 'card' })
  // No signal: a browser that goes away is no reason to stop waiting.
  const refund = await refunds.process(key, { waitMs: 2000 })
  response.status(refund.isEnded ? 200 : 202).json(refund)
})
// [end]

// [region: review]
app.get('/refunds/review', async (_request, response) => response.json(await refunds.inReview()))

app.get('/refunds/:key', async ({ params }, response) => response.json(await refunds.get(params.key)))

app.post('/refunds/:key/ruling', async ({ params, body }, response) => {
  const { ruling, remaining } = body ?? {}
  response.json(await refunds.resolve(params.key, ruling, { by: 'staff', remaining }))
})

app.use((error, _request, response, next) => {
  const { message, kind } = error
  if (error instanceof InvalidRequestError) response.status(400).json({ error: message }) // such as: more than remains
  else if (error instanceof RefundsError) response.status(kind === 'not_found' ? 404 : 409).json({ error: message })
  else next(error)
})
// [end]

// [region: close]
const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`)
})

let closing
const close = () => {
  closing ??= server.close(async () => {
    stop.abort()
    await worker
    await client.close() // waits until the result of each sent request is recorded
    await pool.end()
  })
}
// `on`, not `once`: a second signal would find no listener, and end the process at once.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, close)
// [end]
