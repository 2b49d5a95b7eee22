// A child that cancels once by itself and once for each message; fork.test.mjs forks it.

import { Client } from 'paywelcome'

const { settings, request } = JSON.parse(process.env.CASE)
const client = new Client(settings)
const call = async () => process.send((await client.cancel(request)).price)
process.on('message', call)
await call()
