// A cluster whose every process cancels; process.test.mjs runs it.

import cluster from 'node:cluster'

import { Client } from 'paywelcome'

const { settings, request } = JSON.parse(process.env.CASE)
const client = new Client(settings)
const { price } = await client.cancel(request)
if (cluster.isPrimary) {
  console.log(price)
  for (let at = 0; at < 3; at += 1) cluster.fork()
  cluster.on('message', (worker, message) => {
    console.log(message)
    worker.disconnect()
  })
} else {
  process.send(price + cluster.worker.id)
}
