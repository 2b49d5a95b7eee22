// Refunds in Fastify. Who may call this is your app's own business: put your login before it.

import Fastify from 'fastify'
import { Client, InvalidRequestError } from 'paywelcome'
import { pgStore, Refunds, RefundsError } from 'paywelcome/refunds'
import pg from 'pg'

const app = Fastify()

// [region: plugin]
app.register(async (shop) => {
  const pool = new pg.Pool() // PGHOST, PGDATABASE and so on
  const client = new Client({ timeoutMs: 20_000 })
  const refunds = new Refunds(client, pgStore(pool))
  await refunds.init() // in production, a migration with the SQL of `schema('postgres')`

  // Sends what no request waits for: what was not sent, and what a process that died has left.
  const stop = new AbortController()
  const worker = refunds.run({ signal: stop.signal })
  // Fastify runs it after the server has stopped listening and answered what came before.
  shop.addHook('onClose', async () => {
    stop.abort()
    await worker
    await client.close() // waits until the result of each sent request is recorded
    await pool.end()
  })

  // The number is the page's own: a form that is posted twice is one refund.
  const ask = { type: 'object', required: ['number', 'amount'], properties: { number: { type: 'integer' } } }
  shop.post('/orders/:id/refunds', { schema: { body: ask } }, async ({ params, body: { number, amount } }, reply) => {
    const { rows } = await pool.query('SELECT id, tid, paid FROM orders WHERE id = $1', [params.id])
    if (rows.length === 0) return reply.code(404).send({ error: 'there is no such order' })
    const [{ id, tid, paid }] = rows
    const key = `order-${id}-${number}`
    await refunds.request({ key, tid, amount, paid, payType: 'card' })
    const refund = await refunds.process(key, { waitMs: 2000 })
    return reply.code(refund.isEnded ? 200 : 202).send(refund)
  })
  // [end]

  // [region: review]
  shop.get('/refunds/review', () => refunds.inReview())

  shop.get('/refunds/:key', ({ params }) => refunds.get(params.key))

  shop.post('/refunds/:key/ruling', ({ params, body }) => {
    const { ruling, remaining } = body ?? {}
    return refunds.resolve(params.key, ruling, { by: 'staff', remaining })
  })

  shop.setErrorHandler((error, _request, reply) => {
    const { message, kind } = error
    if (error instanceof InvalidRequestError) return reply.code(400).send({ error: message }) // such as: more than remains
    if (error instanceof RefundsError) return reply.code(kind === 'not_found' ? 404 : 409).send({ error: message })
    return reply.send(error)
  })
  // [end]
})

// [region: close]
// `on`, not `once`: a second signal would find no listener, and end the process at once. Fastify closes once.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => app.close())
// [end]
console.log('listening on', await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' }))
