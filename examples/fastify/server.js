// Refunds in Fastify. Who may call this is your app's own business: put your login before it.

import { PGlite } from '@electric-sql/pglite'
import Fastify from 'fastify'
import { Refunds, SCHEMA } from 'node-refunds'

const STATUS = { done: 200, unknown: 202, declined: 409, not_sent: 503 }

const app = Fastify()

// [region: plugin]
app.register(async (shop) => {
  // A PostgreSQL within this process, to try it; in production `new Pool()` of pg, with the same statements.
  const database = await PGlite.create(process.env.SHOP_DATA ?? './shop-data')
  await database.exec(SCHEMA)
  const refunds = new Refunds(database)
  // Fastify runs it after the server has stopped listening and answered what came before.
  shop.addHook('onClose', async () => {
    await refunds.close()
    await database.close()
  })

  const amount = { type: 'integer', minimum: 1, maximum: 2 ** 31 - 1 }
  const ask = { type: 'object', required: ['amount', 'remaining'], properties: { amount, remaining: amount } }
  shop.post('/orders/:id/refunds', { schema: { body: ask } }, async ({ params, body }, reply) => {
    const outcome = await refunds.refund(Number(params.id), body.amount, body.remaining)
    if (!outcome) return reply.code(409).send({ error: 'it is being refunded, or not as much remains' })
    return reply.code(STATUS[outcome]).send({ outcome })
  })
  // [end]

  shop.post('/orders', async ({ body }, reply) => reply.code(201).send({ id: await refunds.sell(body) }))

  shop.get('/refunds/open', () => refunds.open())

  const ruling = { type: 'object', required: ['found'], properties: { found: { enum: ['done', 'void'] } } }
  shop.post('/refunds/:id/ruling', { schema: { body: ruling } }, async ({ params, body }, reply) => {
    if (await refunds.rule(Number(params.id), body.found)) return { found: body.found }
    return reply.code(409).send({ error: 'it is not open, or so young that the request may still be under way' })
  })
})

// [region: close]
// `on`, not `once`: a second signal would find no listener, and end the process at once. Fastify closes once.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => app.close())
// [end]
console.log('listening on', await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' }))
