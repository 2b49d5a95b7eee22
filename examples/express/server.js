// Refunds in Express. Who may call this is your app's own business: put your login before it.

import { PGlite } from '@electric-sql/pglite'
import express from 'express'
import { Refunds, SCHEMA } from 'node-refunds'

// A PostgreSQL within this process, to try it; in production `new Pool()` of pg, with the same statements.
const database = await PGlite.create(process.env.SHOP_DATA ?? './shop-data')
await database.exec(SCHEMA)
const refunds = new Refunds(database)

const STATUS = { done: 200, unknown: 202, declined: 409, not_sent: 503 }
const amount = (value) => Number.isInteger(value) && value > 0 && value < 2 ** 31

const app = express()
app.use(express.json())

app.post('/orders', async ({ body }, response) => {
  response.status(201).json({ id: await refunds.sell(body) })
})

// [region: route]
app.post('/orders/:id/refunds', async ({ params, body }, response) => {
  if (!amount(body?.amount) || !amount(body?.remaining)) return response.status(400).json({ error: 'no amounts' })
  const outcome = await refunds.refund(Number(params.id), body.amount, body.remaining)
  if (!outcome) return response.status(409).json({ error: 'it is being refunded, or not as much remains' })
  // Where the browser has gone ('close' of the request), this is written to nobody; the refund is written down.
  response.status(STATUS[outcome]).json({ outcome })
})
// [end]

app.get('/refunds/open', async (_request, response) => {
  response.json(await refunds.open())
})

app.post('/refunds/:id/ruling', async ({ params, body }, response) => {
  const { found } = body ?? {}
  if (found !== 'done' && found !== 'void') return response.status(400).json({ error: 'found: done or void' })
  if (await refunds.rule(Number(params.id), found)) return response.json({ found })
  response.status(409).json({ error: 'it is not open, or so young that the request may still be under way' })
})

// [region: close]
const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`)
})

let closing
const close = () => {
  // A connection that has closed is none the server waits for, but its refund may be under way.
  closing ??= server.close(async () => {
    await refunds.close()
    await database.close()
  })
}
// `on`, not `once`: a second signal would find no listener, and end the process at once.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, close)
// [end]
